/** TCP_CHECK: whether a connection can be had. It is closed at once, and nothing is sent on it. */
import { catchError, map, type Observable, of, race, take } from 'rxjs';
import type { TcpProbe } from '../../machines/checker/checker.input.ts';
import { tcpConnect } from './tcp-connect.ts';
import { CONNECT_TIMEOUT, patience, type Verdict, verdictOn } from './verdict.ts';

const CONNECTED: Verdict = { outcome: 'passed', code: 'L4OK', detail: '' };

/** Emits one verdict and completes. Unsubscribing gives the probe up. */
export function tcpProbe({ address, port, origin, timeoutUs }: TcpProbe): Observable<Verdict> {
  const connected = tcpConnect({ address, port }, origin).pipe(
    map(() => CONNECTED),
    catchError((error: unknown) => of(verdictOn(error))),
  );
  return race(connected, patience(timeoutUs, CONNECT_TIMEOUT)).pipe(take(1));
}
