/** GRPC_CHECK, which keepalived does not have: in the manner of its other checks, with the reason. */
import { afterRetries, type CheckerWords, cannotRun, tellsEachTry } from './told.ts';

export const grpcWords: CheckerWords = (told) => {
  const { rs, vs, report, change } = told;
  const { code, detail, outcome } = report;
  if (outcome === 'unable') return [cannotRun('GRPC_CHECK', told)];
  const reason = detail === '' ? code : `${code}, ${detail}`;
  if (outcome === 'passed') {
    return [
      ...(detail === '' ? [] : [`GRPC_CHECK for RS ${rs} VS ${vs}: ${detail}`]),
      ...(change === 'up' ? [`GRPC health of ${rs} success.`] : []),
    ];
  }
  return [
    ...(tellsEachTry(told) ? [`GRPC health of ${rs} failed: ${reason}.`] : []),
    ...(change === 'down' ? [`GRPC_CHECK on service ${rs} failed${afterRetries(told)}: ${reason}.`] : []),
  ];
};
