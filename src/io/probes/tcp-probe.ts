/** TCP_CHECK: whether a connection can be had. It is closed at once, and nothing is sent on it. */
import { catchError, map, Observable, of, race, take } from 'rxjs';
import type { Clock } from '../../engine/types.ts';
import type { ProbeReport } from '../../machines/checker/checker.events.ts';
import type { TcpProbe } from '../../machines/checker/checker.input.ts';
import { ConnectFailure, tcpConnect } from './tcp-connect.ts';

/** What one probe came to. `code` is the kind of it for people and statistics, `detail` the system's own word. */
export type ProbeResult = Omit<ProbeReport, 'type'>;

type Verdict = Omit<ProbeResult, 'durationUs'>;

const CONNECTED: Verdict = { outcome: 'passed', code: 'L4OK', detail: '' };
const TIMED_OUT: Verdict = { outcome: 'failed', code: 'L4TOUT', detail: 'ETIMEDOUT' };

const UNREACHABLE: ReadonlySet<string> = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETDOWN']);

/** Emits one report and completes; never errors. Unsubscribing gives the probe up. */
export function tcpProbe(plan: TcpProbe, clock: Clock): Observable<ProbeResult> {
  const { address, port, origin, timeoutUs } = plan;
  return new Observable<ProbeResult>((subscriber) => {
    const beganUs = clock.monotonicUs();
    const connected = tcpConnect({ address, port }, origin).pipe(
      map(() => CONNECTED),
      catchError((error: unknown) => of(verdictOn(error))),
    );
    return race(connected, patience(timeoutUs))
      .pipe(
        take(1),
        map((verdict) => ({ ...verdict, durationUs: clock.monotonicUs() - beganUs })),
      )
      .subscribe(subscriber);
  });
}

function verdictOn(error: unknown): Verdict {
  if (!(error instanceof ConnectFailure)) throw error;
  const { code, isOurs } = error;
  if (isOurs) return { outcome: 'unable', code: 'SOCKERR', detail: code };
  if (code === TIMED_OUT.detail) return TIMED_OUT;
  return { outcome: 'failed', code: UNREACHABLE.has(code) ? 'L4UNR' : 'L4CON', detail: code };
}

/**
 * Emits when the time is over and whatever came meanwhile has been heard: a process that did not run for a while must not
 * take its own stall for the server's silence.
 */
function patience(limitUs: number): Observable<Verdict> {
  return new Observable<Verdict>((subscriber) => {
    let heard: NodeJS.Immediate | undefined;
    const timer = setTimeout(
      () => {
        heard = setImmediate(() => subscriber.next(TIMED_OUT));
      },
      Math.ceil(limitUs / 1000),
    );
    return () => {
      clearTimeout(timer);
      clearImmediate(heard);
    };
  });
}
