/** TCP_CHECK: whether a connection can be had. It is closed at once, and nothing is sent on it. */
import { Observable } from 'rxjs';
import { closeSocket } from '../../../native/socket.ts';
import type { TcpProbe } from '../../machines/checker/checker.input.ts';
import { startConnecting } from './tcp-connect.ts';
import { afterPatience, CONNECT_TIMEOUT, type Verdict, verdictOn } from './verdict.ts';

export const CONNECTED: Verdict = { outcome: 'passed', code: 'L4OK', detail: '' };

/** Emits one verdict and completes. Unsubscribing gives the probe up. */
export function tcpProbe(plan: TcpProbe): Observable<Verdict> {
  return new Observable<Verdict>((subscriber) => {
    const end = (verdict: Verdict): void => {
      subscriber.next(verdict);
      subscriber.complete();
    };
    const callOff = afterPatience(plan.timeoutUs, () => end(CONNECT_TIMEOUT));
    const giveUp = startConnecting(
      plan,
      plan.origin,
      (socket) => {
        closeSocket(socket);
        end(CONNECTED);
      },
      (failure) => end(verdictOn(failure)),
    );
    return () => {
      callOff();
      giveUp();
    };
  });
}
