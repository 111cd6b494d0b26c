/** What one probe comes to, and what probes of every kind share. */
import { Observable } from 'rxjs';
import type { ProbeReport } from '../../machines/checker/checker.events.ts';
import { ConnectFailure } from './tcp-connect.ts';

/** What one probe came to. `code` is the kind of it for people and statistics, `detail` the system's own word. */
export type ProbeResult = Omit<ProbeReport, 'type'>;

/** Before it is known how long it took. */
export type Verdict = Omit<ProbeResult, 'durationUs'>;

const UNREACHABLE: ReadonlySet<string> = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETDOWN']);

export const CONNECT_TIMEOUT: Verdict = { outcome: 'failed', code: 'L4TOUT', detail: 'ETIMEDOUT' };

/** What a connection that could not be had says of the server; throws whatever is not about connections. */
export function verdictOn(error: unknown): Verdict {
  if (!(error instanceof ConnectFailure)) throw error;
  const { code, isOurs } = error;
  if (isOurs) return { outcome: 'unable', code: 'SOCKERR', detail: code };
  if (code === CONNECT_TIMEOUT.detail) return CONNECT_TIMEOUT;
  return { outcome: 'failed', code: codeOfRefusal(code), detail: code };
}

/** For `ECONNREFUSED` and the like. */
export function codeOfRefusal(code: string): string {
  return UNREACHABLE.has(code) ? 'L4UNR' : 'L4CON';
}

/** What this machine needs for TLS cannot be had. */
export function unableTls({ message }: Error): Verdict {
  return { outcome: 'unable', code: 'TLSERR', detail: message };
}

/** What there is to say beside a success. */
export function withRemark(verdict: Verdict, remark: string): Verdict {
  if (verdict.outcome !== 'passed' || remark === '') return verdict;
  return { ...verdict, detail: verdict.detail === '' ? remark : `${verdict.detail}; ${remark}` };
}

/** A mistake in the probe itself. */
export function brokenOff(error: unknown): Verdict {
  const detail = error instanceof Error ? error.message : String(error);
  return { outcome: 'failed', code: 'INTERNAL', detail };
}

/**
 * Calls back when the time is over and whatever came meanwhile has been heard: a process that did not run for a while must
 * not take its own stall for the server's silence. Returns what calls it off.
 */
export function afterPatience(limitUs: number, isOver: () => void): () => void {
  let heard: NodeJS.Immediate | undefined;
  const timer = setTimeout(
    () => {
      heard = setImmediate(isOver);
    },
    Math.ceil(limitUs / 1000),
  );
  return () => {
    clearTimeout(timer);
    clearImmediate(heard);
  };
}

/** The same as a stream. */
export function patience<T>(limitUs: number, verdict: T): Observable<T> {
  return new Observable<T>((subscriber) => afterPatience(limitUs, () => subscriber.next(verdict)));
}
