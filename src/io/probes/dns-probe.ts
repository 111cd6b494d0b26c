/**
 * DNS_CHECK: whether a name server answers a question without an error. As with keepalived the answer itself is not
 * looked at, so that it costs nothing whatever is in it; what is no answer to this question is not heard.
 */
import { catchError, filter, map, type Observable, of, race, take } from 'rxjs';
import type { DnsProbe } from '../../machines/checker/checker.input.ts';
import { type DnsHeader, decodeDnsHeader, dnsResponseName, encodeDnsQuestion } from '../../protocol/dns.ts';
import { lateCrypto } from '../late-modules.ts';
import { DatagramFailure, udpExchange } from './udp-exchange.ts';
import { codeOfRefusal, patience, type Verdict, verdictOn } from './verdict.ts';

/** The header is all that is read. */
const BUFFER_BYTES = 512;
const IDS = 65_536;

const SILENCE: Verdict = { outcome: 'failed', code: 'L7TOUT', detail: 'no answer' };

/** Emits one verdict and completes. Unsubscribing gives the probe up. */
export function dnsProbe(plan: DnsProbe): Observable<Verdict> {
  const { type, name, origin, timeoutUs } = plan;
  const id = lateCrypto().randomInt(IDS);
  const question = encodeDnsQuestion({ id, type, name });
  const answered = udpExchange(plan, origin, question, BUFFER_BYTES).pipe(
    map(({ bytes }) => decodeDnsHeader(bytes)),
    filter((header): header is DnsHeader => header !== null && header.id === id && header.isResponse),
    map(judge),
    catchError((error: unknown) => of(failure(error))),
  );
  return race(answered, patience(timeoutUs, SILENCE)).pipe(take(1));
}

function judge({ responseCode }: DnsHeader): Verdict {
  const detail = `rcode ${responseCode} ${dnsResponseName(responseCode)}`;
  if (responseCode !== 0) return { outcome: 'failed', code: 'L7STS', detail };
  return { outcome: 'passed', code: 'L7OK', detail: '' };
}

function failure(error: unknown): Verdict {
  if (!(error instanceof DatagramFailure)) return verdictOn(error);
  const { stage, code } = error;
  return { outcome: 'failed', code: codeOfRefusal(code), detail: `${stage} ${code}` };
}
