/** One place for the defaults of a test virtual server. Used by tests only. */
import type { RealServerPlan, SorryServerPlan, VirtualServerInput } from './virtual-server.input.ts';

export const REAL_A = 'real/[10.0.0.1]:tcp:80/[10.0.0.2]:tcp:80';
export const REAL_B = 'real/[10.0.0.1]:tcp:80/[10.0.0.3]:tcp:80';
export const REAL_C = 'real/[10.0.0.1]:tcp:80/[10.0.0.4]:tcp:80';

export const SORRY: SorryServerPlan = {
  name: '[10.0.0.9]:tcp:80',
  destination: { address: '10.0.0.9', port: 80, method: 'NAT' },
};

/** `startWeight` null: it starts down. */
export function realServer(
  actor: string,
  startWeight: number | null = 1,
  more: Partial<RealServerPlan> = {},
): RealServerPlan {
  const address = /\/\[([0-9.]+)\]:tcp:80$/.exec(actor)?.[1] ?? '';
  return { actor, destination: { address, port: 80, method: 'NAT' }, startWeight, ...more };
}

export function virtualServerInput(changes: Partial<VirtualServerInput> = {}): VirtualServerInput {
  return {
    name: '[10.0.0.1]:tcp:80',
    service: {
      ranges: [{ protocol: 'TCP', first: '10.0.0.1', port: 80 }],
      ...{ scheduler: 'wlc', flags: 0, persistenceSeconds: 0, granularity: null },
    },
    realServers: [REAL_A, REAL_B, REAL_C].map((actor) => realServer(actor)),
    quorum: 1,
    hysteresis: 0,
    sorryServer: null,
    notifiesStop: false,
    ...changes,
  };
}
