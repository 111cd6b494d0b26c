/** One HTTP_GET or SSL_GET of one real server. Times are integers in microseconds. */
import type { CheckerInput } from '../checker/checker.input.ts';
import type { HttpProbe } from './http-probe.ts';

export type HttpCheckerInput = Omit<CheckerInput, 'probe'> & {
  readonly probe: HttpProbe;
  /** Between pages that pass while it comes up there is no delay (fast_recovery). */
  readonly fastRecovery: boolean;
};
