/** Two heartbeat services on a real LAN, for the compliance suite. */
import { setTimeout as elapse } from 'node:timers/promises';
import { waitFor } from '../../src/lab/run.ts';
import type { HeartbeatLan } from '../compliance/heartbeat.ts';
import { createLan } from './lan.ts';
import { type HeartbeatCarrier, RemoteHeartbeat } from './remote-heartbeat.ts';

const HOSTS = ['a', 'b'];

export async function realLan(carrier: HeartbeatCarrier): Promise<HeartbeatLan> {
  const lan = await createLan({ hosts: HOSTS });
  const start = async (host: string) => {
    const service = await RemoteHeartbeat.start((argv) => lan.argv(host, argv), carrier);
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
