/** DNS_CHECK */
import { constants } from 'node:os';
import { type CheckerWords, cannotRun, hasNoSocket, isToldOf, serverPair } from './told.ts';

/** keepalived says nothing of a success. */
export const dnsWords: CheckerWords = (told) => {
  const { rs, report, input, hasRun, change } = told;
  const ofDns = (text: string): string => `DNS_CHECK (${rs}) ${text}`;
  if (report.outcome === 'unable') {
    const what = hasNoSocket(told) ? 'failed to create socket.' : 'UDP socket bind failed.';
    return [cannotRun('DNS_CHECK', told), ofDns(`${what} Rescheduling.`)];
  }
  if (!isToldOf(told)) return [];
  const retries = hasRun && change === 'down' ? ` after ${input.retry} retries` : '';
  return [ofDns(`${reason(told)}${retries}`)];
};

/** strerror's. */
const ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
};

function reason({ report: { code, detail }, input }: Parameters<CheckerWords>[0]): string {
  if (code === 'L7TOUT') return 'read timeout from socket';
  const [stage, error = ''] = detail.split(' ');
  if (stage === 'rcode') return `read error occurred. (rcode = ${error})`;
  if (stage === 'send') return 'failed to write socket.';
  if (stage === 'receive') {
    const number = constants.errno[error as keyof typeof constants.errno] ?? 0;
    return `failed to read socket; errno ${number} (${ERRORS[error] ?? error})`;
  }
  if (code === 'INTERNAL') return detail;
  return `network unreachable for ${serverPair(input)}`;
}
