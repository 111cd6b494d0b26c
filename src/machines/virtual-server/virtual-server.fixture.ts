/** One place for the defaults of a test virtual server. Used by tests only. */
import type { VirtualServerInput } from './virtual-server.input.ts';

export const REAL_A = 'real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80';
export const REAL_B = 'real/[10.0.0.1]:tcp:80/[10.0.0.3]:tcp:80';
export const REAL_C = 'real/[10.0.0.1]:tcp:80/[10.0.0.4]:tcp:80';

export function virtualServerInput(changes: Partial<VirtualServerInput> = {}): VirtualServerInput {
  return {
    name: '[10.0.0.1]:tcp:80',
    realServers: [REAL_A, REAL_B, REAL_C],
    startWeights: [1, 1, 1],
    quorum: 1,
    hysteresis: 0,
    sorryServer: null,
    notifiesStop: false,
    ...changes,
  };
}
