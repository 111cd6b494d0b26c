/** SMTP_CHECK */
import { type CheckerWords, cannotRun, hasNoSocket, isToldOf, serverPair, type Told } from './told.ts';

export const smtpWords: CheckerWords = (told) => {
  const { rs, report, change } = told;
  if (report.outcome === 'unable') {
    const what = hasNoSocket(told) ? 'connection failed to create socket.' : 'socket bind failed.';
    return [cannotRun('SMTP_CHECK', told), `SMTP_CHECK ${what} Rescheduling.`];
  }
  if (change === 'up') return [`Remote SMTP server ${rs} succeed on service.`];
  return isToldOf(told) ? [`SMTP_CHECK ${smtpReason(told)}`] : [];
};

/** keepalived's, which mails about it quote, too. */
export function smtpReason({
  report: { code, detail },
  input,
  rs,
}: Pick<Told, 'report' | 'input' | 'rs'>): string {
  const server = serverPair(input);
  if (code === 'L4TOUT') return `Connection timeout to server ${server}`;
  if (code === 'L4CON') return `Could not connect to server ${server}`;
  if (code === 'L4UNR') {
    const address = input.probe.kind === 'smtp' ? input.probe.address : '';
    return `Network unreachable for server ${address} - real server ${rs.replace(/:[a-z]+:/, ':')}`;
  }
  if (code === 'L7TOUT') return `Read timeout from server ${server}`;
  const [stage] = detail.split(' ', 1);
  if (stage === 'write') return `Write failure to server ${server}`;
  if (stage === 'greeting') return `Bad greeting banner from server ${server}`;
  if (stage === 'HELO') return `Bad HELO response from server ${server}`;
  return `Read failure from server ${server}`;
}
