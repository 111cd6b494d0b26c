/** PING_CHECK */
import { afterRetries, type CheckerWords, cannotRun, tellsEachTry } from './told.ts';

export const pingWords: CheckerWords = (told) => {
  const { rs, vs, report, change, input } = told;
  if (report.outcome === 'unable') {
    const isIpv6 = input.probe.kind === 'ping' && input.probe.address.includes(':');
    const family = isIpv6 ? 'v6' : '';
    return [cannotRun('PING_CHECK', told), `ICMP${family} connect fail to create socket. Rescheduling.`];
  }
  if (change === 'up') return [`ICMP connection to ${rs} success.`];
  const tried =
    report.code === 'L4TOUT'
      ? `ICMP connection to address ${rs} timeout.`
      : `ICMP connection to ${rs} of ${vs} failed.`;
  return [...(tellsEachTry(told) ? [tried] : []), ...(change === 'down' ? [failed(told)] : [])];
};

/** keepalived names the virtual server only where it speaks of retries. */
function failed(told: Parameters<CheckerWords>[0]): string {
  const retries = afterRetries(told);
  return `ICMP CHECK on service ${told.rs}${retries === '' ? '' : ` of ${told.vs}`} failed${retries}.`;
}
