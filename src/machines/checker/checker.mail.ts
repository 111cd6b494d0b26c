/** What mails say of a check, in the words that keepalived's readers and their filters know (keepalived 2.4.3). */
import type { ProbeOutcome } from './checker.events.ts';
import type { CheckPlan, SmtpProbe } from './checker.input.ts';

/** What the last probe came to. */
export interface Result {
  readonly outcome: ProbeOutcome;
  readonly code: string;
  readonly detail: string;
}

/** null: keepalived mails nothing about it. `rs`: `[10.0.0.2]:tcp:80`. */
export function mailBody(plan: CheckPlan, passed: boolean, last: Result | null, rs: string): string | null {
  const verdict = passed ? 'succeed' : 'failed';
  switch (plan.kind) {
    case 'tcp':
    case 'udp':
      return `=> ${plan.kind.toUpperCase()} CHECK ${verdict} on service <=`;
    case 'agent':
      return `=> AGENT CHECK ${verdict} on service <=`;
    case 'ping':
      return `=> ICMP CHECK ${verdict} on service <=`;
    case 'dns':
      return `=> DNS_CHECK: ${verdict} on service <=`;
    case 'grpc': {
      const why = passed || last === null || last.detail === '' ? '' : ` : ${last.detail}`;
      return `=> GRPC CHECK ${verdict} on service${why} <=`;
    }
    case 'misc': {
      const ending = last?.code === 'PROCTOUT' ? 'timed out' : 'failed';
      return `=> MISC CHECK ${passed ? 'succeeded' : ending} on service <=`;
    }
    case 'smtp':
      if (passed || last === null) return '=> CHECK succeed on service <=';
      return `=> CHECK failed on service : ${smtpReason(plan, last, rs)} <=`;
    case 'http':
    case 'ssl':
      if (passed) return '=> CHECK succeed on service <=';
      return '=> CHECK failed on service : HTTP/SSL request failed <=';
    case 'bfd': {
      const name = plan.tracker.replace(/^tracker\/bfd\//, '');
      return `=> BFD CHECK ${name} ${passed ? 'succeeded' : 'failed'} on service <=`;
    }
    case 'file':
      return null;
    default:
      return plan satisfies never;
  }
}

/** Why a mail server has failed, as the log has it, too. */
export function smtpReason(
  { address, port }: Pick<SmtpProbe, 'address' | 'port'>,
  { code, detail }: Pick<Result, 'code' | 'detail'>,
  rs: string,
): string {
  const server = `[${address}]:${port}`;
  if (code === 'L4TOUT') return `Connection timeout to server ${server}`;
  if (code === 'L4CON') return `Could not connect to server ${server}`;
  if (code === 'L4UNR') {
    return `Network unreachable for server ${address} - real server ${rs.replace(/:[a-z]+:/, ':')}`;
  }
  if (code === 'L7TOUT') return `Read timeout from server ${server}`;
  const [stage] = detail.split(' ', 1);
  if (stage === 'write') return `Write failure to server ${server}`;
  if (stage === 'greeting') return `Bad greeting banner from server ${server}`;
  if (stage === 'HELO') return `Bad HELO response from server ${server}`;
  return `Read failure from server ${server}`;
}
