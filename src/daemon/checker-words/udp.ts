/** UDP_CHECK */
import { afterRetries, type CheckerWords, cannotRun, tellsEachTry } from './told.ts';

export const udpWords: CheckerWords = (told) => {
  const { rs, report, change } = told;
  if (report.outcome === 'unable') {
    return [cannotRun('UDP_CHECK', told), 'UDP connect fail to create socket. Rescheduling.'];
  }
  if (change === 'up') return [`UDP connection to ${rs} success.`];
  const tried =
    report.code === 'L7RSP' ? `UDP check to ${rs} reply data mismatch.` : `UDP connection to ${rs} failed.`;
  return [
    ...(tellsEachTry(told) ? [tried] : []),
    ...(change === 'down' ? [`UDP_CHECK on service ${rs} failed${afterRetries(told)}.`] : []),
  ];
};
