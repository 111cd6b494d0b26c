/** One place for the defaults of a test checker. Used by tests only. */
import type { CheckerInput, TcpProbe } from './checker.input.ts';

export const TCP_PROBE: TcpProbe = {
  kind: 'tcp',
  address: '10.0.0.2',
  port: 80,
  origin: { source: '', sourcePort: 0, device: '', mark: 0 },
  timeoutUs: 5_000_000,
};

export function checkerInput(changes: Partial<CheckerInput> = {}): CheckerInput {
  return {
    actor: 'checker/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80/1',
    name: '[10.0.0.2]:tcp:80',
    realServer: 'real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80',
    probe: TCP_PROBE,
    delayLoopUs: 60_000_000,
    delayBeforeRetryUs: 1_000_000,
    retry: 1,
    alpha: false,
    logAllFailures: false,
    ...changes,
  };
}
