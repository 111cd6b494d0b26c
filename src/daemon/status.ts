/** The answer to `relive status`: what the process is doing now, straight from memory. */
import type { Engine } from '../engine/engine.ts';
import type { HeartbeatPort } from '../engine/heartbeat.ts';
import type { ActorId } from '../engine/types.ts';
import { vrrpDefinition } from '../machines/registry.ts';
import type { VrrpContext } from '../machines/vrrp/vrrp.context.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { FaultTimes } from './fault-times.ts';
import { protocolRole } from './vrrp-log-lines.ts';

export interface InstanceSources {
  readonly engine: Pick<Engine, 'view'>;
  readonly heartbeats: Pick<HeartbeatPort, 'status'>;
  readonly faults: Pick<FaultTimes, 'of'>;
}

/** An instance for `relive status`; null if the actor is none. Times in microseconds. */
export function instanceStatus({ engine, heartbeats, faults }: InstanceSources, id: ActorId, nowUs: number) {
  const view = engine.view(id);
  if (view === null || view.machine !== vrrpDefinition.name) return null;
  const context = view.context as unknown as VrrpContext;
  const { input } = context;
  const heartbeat = heartbeats.status(id);
  const role = view.crashed ? 'crashed' : protocolRole(view.state);
  const held = ['held', 'incomplete', 'completing', 'untidy'].includes(
    String((view.state as JsonObject).addresses),
  );
  return {
    name: input.name,
    role,
    state: view.state,
    interface: input.interface,
    virtualRouterId: input.virtualRouterId,
    version: input.version,
    priority: context.effectivePriority,
    sourceAddress: context.sourceAddress,
    master:
      role === 'master'
        ? { source: context.sourceAddress, priority: context.effectivePriority }
        : context.master,
    lastAdvertAgoUs: heartbeat?.lastAdvert ? nowUs - heartbeat.lastAdvert.atUs : null,
    addresses: held ? input.addresses.map((vip) => `${vip.address}/${vip.prefixLength}`) : [],
    faultReasons: context.faultReasons,
    faults: faults.of(id).map(({ reason, atUs, atWallUs }) => ({ reason, sinceUs: nowUs - atUs, atWallUs })),
    pending: context.pending,
    sendError: context.sendError,
    counters: heartbeat?.counters ?? null,
  };
}
