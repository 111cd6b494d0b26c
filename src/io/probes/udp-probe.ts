/** UDP_CHECK: whether a datagram is answered as it should be, or at least nobody says that the server is not there. */
import { catchError, map, type Observable, of, race, take } from 'rxjs';
import type { UdpProbe } from '../../machines/checker/checker.input.ts';
import { describeMismatch, filler } from '../../protocol/udp-check.ts';
import { type Datagram, DatagramFailure, udpExchange } from './udp-exchange.ts';
import { codeOfRefusal, patience, type Verdict, verdictOn } from './verdict.ts';

/** Bytes of a datagram whose content does not matter. */
const FILLER_BYTES = 32;
/** So much of an answer whose content does not matter. */
const LEAST_BUFFER_BYTES = 1;

/** Emits one verdict and completes. Unsubscribing gives the probe up. */
export function udpProbe(plan: UdpProbe): Observable<Verdict> {
  const { origin, payload, reply, timeoutUs } = plan;
  const datagram = payload === null ? filler(FILLER_BYTES) : Buffer.from(payload, 'hex');
  const mostBytes = reply === null ? LEAST_BUFFER_BYTES : Math.max(reply.mostBytes, LEAST_BUFFER_BYTES);
  const answered = udpExchange(plan, origin, datagram, mostBytes).pipe(
    map((answer) => judge(answer, plan)),
    catchError((error: unknown) => of(failure(error))),
  );
  const silence: Verdict =
    reply === null
      ? { outcome: 'passed', code: 'L4OK', detail: '' }
      : { outcome: 'failed', code: 'L7TOUT', detail: 'no answer' };
  return race(answered, patience(timeoutUs, silence)).pipe(take(1));
}

/** keepalived: lengths count only beside a pattern. */
function judge({ bytes, length }: Datagram, { reply }: UdpProbe): Verdict {
  const wrong = reply === null || reply.pattern === '' ? null : describeMismatch(bytes, length, reply);
  if (wrong !== null) return { outcome: 'failed', code: 'L7RSP', detail: wrong };
  // Nothing that may differ each time: steady state is no news.
  return { outcome: 'passed', code: 'L7OK', detail: '' };
}

/** keepalived: what cannot be sent from here is a failure of the server, too. */
function failure(error: unknown): Verdict {
  if (error instanceof DatagramFailure) {
    return { outcome: 'failed', code: codeOfRefusal(error.code), detail: error.code };
  }
  const verdict = verdictOn(error);
  const isAboutUs = verdict.outcome === 'unable' && !isOutOfSockets(verdict.detail);
  return isAboutUs ? { ...verdict, outcome: 'failed' } : verdict;
}

const OUT_OF_SOCKETS: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EAFNOSUPPORT',
]);

function isOutOfSockets(code: string): boolean {
  return OUT_OF_SOCKETS.has(code);
}
