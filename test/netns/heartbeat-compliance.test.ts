import { setTimeout as elapse } from 'node:timers/promises';
import { vi } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { type HeartbeatLan, heartbeatCompliance } from '../compliance/heartbeat.ts';
import { createLan } from '../harness/lan.ts';
import { RemoteHeartbeat } from '../harness/remote-heartbeat.ts';

// What is measured is measured inside the services; with too many of them each would measure the others.
vi.setConfig({ maxConcurrency: 3 });

const HOSTS = ['a', 'b'];

async function realLan(): Promise<HeartbeatLan> {
  const lan = await createLan({ hosts: HOSTS });
  const start = async (host: string) => {
    const service = await RemoteHeartbeat.start((argv) => lan.argv(host, argv));
    return Object.assign(service, { address: lan.address(host) });
  };
  const remove = async () => {
    // Some of them are paused, and would not end in order.
    await Promise.all(services.map((service) => service.stop()));
    await lan.destroy();
  };
  const services = await Promise.all(HOSTS.map(start)).catch(async (error: Error) => {
    await lan.destroy();
    throw error;
  });
  return {
    hosts: services,
    mayStall: true,
    cut: (index) => lan.block(HOSTS[index] ?? ''),
    heal: (index) => lan.heal(HOSTS[index] ?? ''),
    elapse: (us) => elapse(us / 1000),
    until: async (what, condition, withinUs) => {
      await waitFor(condition, { deadlineMs: withinUs / 1000, intervalMs: 5, what });
    },
    remove,
  };
}

heartbeatCompliance('raw sockets in network namespaces', realLan);
