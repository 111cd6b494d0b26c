/** Performs effects on the Linux kernel of the network namespace it is started in, and tells what changes there. */
import { existsSync } from 'node:fs';
import { realClock, realScheduler } from '../../src/daemon/clock.ts';
import { createDeviceExecutor } from '../../src/effects/devices/devices.ts';
import { createExecutor } from '../../src/effects/executor.ts';
import { Firewall } from '../../src/effects/firewall/firewall.ts';
import { createNftables } from '../../src/effects/firewall/nftables.ts';
import { createGarpExecutor } from '../../src/effects/garp.ts';
import { GarpRefreshes } from '../../src/effects/garp-refresh.ts';
import { createObjectExecutor } from '../../src/effects/kernel-objects.ts';
import { NO_NOTICES } from '../../src/effects/notices.ts';
import type { AddressChange } from '../../src/io/addresses.ts';
import { createKernelStreams, type KernelSnapshot, type KernelStreams } from '../../src/io/kernel-streams.ts';
import type { LinkState } from '../../src/io/links.ts';
import type { AtReturn, Outcome, Step } from '../compliance/effects.ts';
import { createHeartbeatRecorder } from './heartbeat-recorder.ts';
import { push, serve } from './json-lines-service.ts';

export type KernelPush =
  | ({ readonly kind: 'outcome' } & Outcome)
  | ({ readonly kind: 'link' } & Omit<LinkState, 'kind'>)
  | ({ readonly kind: 'address' } & AddressChange)
  | { readonly kind: 'blocked' }
  | { readonly kind: 'trouble'; readonly message: string };

const say = (message: KernelPush): void => push(message);

const heartbeats = createHeartbeatRecorder();
const vips = createObjectExecutor();
const garp = createGarpExecutor(realClock, realScheduler);
const refreshes = new GarpRefreshes(garp, realClock, realScheduler);
const devices = createDeviceExecutor();
const firewall = new Firewall({
  backend: createNftables({ table: 'keepalived', priority: -1, byIndex: false, counters: false }),
  localIgmpDisabled: false,
  failed: (message) => say({ kind: 'trouble', message }),
});
const executor = createExecutor({
  heartbeats: heartbeats.port,
  vips,
  garp,
  refreshes,
  devices,
  firewall,
  notices: NO_NOTICES,
});
let streams: KernelStreams | null = null;

function listening(): KernelStreams {
  if (streams !== null) return streams;
  streams = createKernelStreams();
  streams.links$.subscribe((link) => say({ ...link, kind: 'link' }));
  streams.addresses$.subscribe((address) => say({ kind: 'address', ...address }));
  streams.troubles$.subscribe((error) => say({ kind: 'trouble', message: error.message }));
  return streams;
}

function perform(steps: readonly Step[]): AtReturn {
  let outcomes = 0;
  heartbeats.calls.length = 0;
  for (const { actor, effect, cause } of steps) {
    executor.perform(actor, effect, cause, (to, event, from) => {
      outcomes++;
      say({ kind: 'outcome', actor: to, event, cause: from });
    });
  }
  return { heartbeatCalls: [...heartbeats.calls], outcomes };
}

/** Blocks the whole process until the file exists. */
function blockUntil(file: string): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  say({ kind: 'blocked' });
  while (!existsSync(file)) Atomics.wait(cell, 0, 0, 5);
}

const methods = {
  perform,
  blockUntil,
  snapshot: (): Promise<KernelSnapshot> => listening().snapshot(),
};

export type KernelService = typeof methods;

serve(methods, () => {
  streams?.close();
  vips.close();
  refreshes.close();
  devices.close();
  garp.close();
});
