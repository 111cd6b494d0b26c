/** Signals that ask the running daemon for something; what ends it is in serve.ts. */
import { watchSignal } from '../../native/process.ts';
import { SIGNAL_NUMBERS, type SignalPurpose } from './signals.ts';

export type RequestPurpose = Exclude<SignalPurpose, 'STOP'>;

/** In place of their default action, which would end a router that holds addresses. */
export function listenForRequests(actions: Readonly<Record<RequestPurpose, () => void>>): void {
  for (const [purpose, act] of Object.entries(actions)) {
    watchSignal(SIGNAL_NUMBERS[purpose as RequestPurpose], act);
  }
}
