/**
 * A take-over that nobody sees, lived through many times: the real chart, engine and heartbeat core in virtual time, between a
 * network and a kernel that are not there. Code that has not run yet is slow, and the first take-over of a router may be the one
 * that counts.
 */
import { vrrpDefinition } from '../machines/registry.ts';
import type { WireIdentity } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import { Engine } from './engine.ts';
import { type AdvertPacket, buildAdvertPackets } from './heartbeat/advert-packets.ts';
import { channelOf } from './heartbeat/instance.ts';
import { isHeartbeatEffect, performHeartbeat } from './heartbeat/perform.ts';
import { VirtualHeartbeat } from './heartbeat/virtual-heartbeat.ts';
import type { ActorEvent, Effect, Post } from './types.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Addresses of documentation (RFC 5737, RFC 3849), own and of the master. */
const PLACES = {
  inet: ['192.0.2.1', '192.0.2.2'],
  inet6: ['2001:db8::1', '2001:db8::2'],
} as const;

const OWN_PRIORITY = 100;
const MASTERS_PRIORITY = 200;

/** Which effects of the kernel are answered, and how. */
const OUTCOMES: Readonly<Record<string, string>> = { addVips: 'vips.added', removeVips: 'vips.removed' };

/** An instance as this one, that nothing but its master keeps from being one. */
function actorOf(input: VrrpInput): VrrpInput {
  return {
    ...input,
    priority: OWN_PRIORITY,
    addresses: input.addresses.slice(0, 1),
    ...{ group: null, trackers: [], faultsAtStart: [], devices: [], blocked: null },
    ...{ startAsMaster: false, nopreempt: false, startupDelayUs: 0, delayAfterBootUs: 0 },
    ...{ unicastPeers: [], wire: { ...input.wire, authentication: { kind: 'none' } } },
  };
}

/** A step for each take-over; before the next one the instance is a backup again. Gives how many there were. */
export function* rehearse(input: VrrpInput, takeOvers: number): Generator<undefined, number, undefined> {
  const clock = new VirtualClock();
  const actor = input.actor;
  const rehearsed = actorOf(input);
  const [own, masters] = PLACES[input.family];
  let happened = 0;
  let identity: WireIdentity | null = null;
  const heartbeat = new VirtualHeartbeat({
    time: clock,
    send: () => null,
    listener: {
      event: (_, event) => engine.post(actor, { ...event } as ActorEvent),
      run: () => {},
    },
  });
  const perform = (_: string, effect: Effect, cause: number, post: Post): void => {
    if (effect.type === 'openHeartbeat') identity = effect.params.identity as unknown as WireIdentity;
    if (isHeartbeatEffect(effect)) performHeartbeat(heartbeat, actor, effect);
    const outcome = OUTCOMES[effect.type];
    if (outcome !== undefined) post(actor, { type: outcome }, cause);
    if (effect.type === 'announce') happened += 1;
  };
  const engine: Engine = new Engine({
    ...{ clock, scheduler: clock, executor: { perform } },
    journal: { row: () => {}, run: () => {}, define: () => {} },
  });
  engine.spawn(actor, vrrpDefinition, { ...rehearsed });
  engine.post(actor, { type: 'instance.started', linkUp: true, sourceAddress: own });
  for (let at = 0; at < takeOvers; at++) {
    if (identity === null) return happened;
    const packets = advertOf(identity, masters);
    const channel = channelOf(identity);
    // Heard twice: from the second one on it is the awaited master's.
    for (let adverts = 0; adverts < 2; adverts++) {
      for (const { bytes } of packets) heartbeat.arrive(channel, bytes);
      clock.advanceBy(rehearsed.advertIntervalUs);
    }
    clock.advanceBy((rehearsed.downTimerAdverts + 2) * rehearsed.advertIntervalUs);
    yield;
  }
  return happened;
}

function advertOf(identity: WireIdentity, source: string): readonly AdvertPacket[] {
  const form = { source, priority: MASTERS_PRIORITY, seal: { kind: 'none' }, oldChecksum: false } as const;
  return buildAdvertPackets(identity, form);
}
