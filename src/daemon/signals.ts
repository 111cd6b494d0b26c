/** keepalived's signals (2.4.3, lib/signals.h), and what each is for. */
import os from 'node:os';

/** The first signal that programs may use, as glibc counts: it keeps two for itself. */
const FIRST_REALTIME = 34;
const LAST_REALTIME = 64;

const { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 } = os.constants.signals;

export const SIGNAL_NUMBERS = {
  STOP: SIGTERM,
  RELOAD: SIGHUP,
  DATA: SIGUSR1,
  STATS: SIGUSR2,
  STATS_CLEAR: LAST_REALTIME - 1,
  JSON: FIRST_REALTIME + 2,
} as const;

export type SignalPurpose = keyof typeof SIGNAL_NUMBERS;

/** `--signum`: null if there is no such purpose. */
export function signalNumber(purpose: string): number | null {
  return Object.hasOwn(SIGNAL_NUMBERS, purpose) ? SIGNAL_NUMBERS[purpose as SignalPurpose] : null;
}
