/** TCP_CHECK */
import { afterRetries, type CheckerWords, cannotRun, hasNoSocket, tellsEachTry } from './told.ts';

export const tcpWords: CheckerWords = (told) => {
  const { rs, report, change } = told;
  if (report.outcome === 'unable') {
    const what = hasNoSocket(told) ? 'TCP connect fail to create socket.' : 'TCP socket bind failed.';
    return [cannotRun('TCP_CHECK', told), `${what} Rescheduling.`];
  }
  if (change === 'up') return [`TCP connection to ${rs} success.`];
  return [
    ...(tellsEachTry(told)
      ? [`TCP connection to ${rs} ${report.code === 'L4TOUT' ? 'timeout' : 'failed'}.`]
      : []),
    ...(change === 'down' ? [`TCP_CHECK on service ${rs} failed${afterRetries(told)}.`] : []),
  ];
};
