import { setTimeout as elapse } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { waitFor } from '../../src/lab/run.ts';
import { type HeartbeatLan, heartbeatCompliance } from '../compliance/heartbeat.ts';
import { createLan } from '../harness/lan.ts';
import { RemoteHeartbeat } from '../harness/remote-heartbeat.ts';

const HOSTS = ['a', 'b'];
let lan: Lan;

beforeAll(async () => {
  lan = await createLan({ hosts: HOSTS });
});

afterAll(() => lan?.destroy());

/** The same LAN for every test, whole again, with new services on it. */
async function realLan(): Promise<HeartbeatLan> {
  for (const host of HOSTS) await lan.heal(host);
  const services = await Promise.all(
    HOSTS.map((host) => RemoteHeartbeat.start((argv) => lan.argv(host, argv))),
  );
  return {
    hosts: services.map((service, index) =>
      Object.assign(service, { address: lan.address(HOSTS[index] ?? '') }),
    ),
    cut: (index) => lan.block(HOSTS[index] ?? ''),
    heal: (index) => lan.heal(HOSTS[index] ?? ''),
    elapse: (us) => elapse(us / 1000),
    until: async (what, condition, withinUs) => {
      await waitFor(condition, { deadlineMs: withinUs / 1000, intervalMs: 5, what });
    },
    remove: async () => {
      await Promise.all(services.map((service) => service.stop()));
    },
  };
}

heartbeatCompliance('raw sockets in network namespaces', realLan);
