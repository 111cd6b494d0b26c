/** A heartbeat core whose every output is kept, and whose time is a number. */

import { HeartbeatCore } from '../../src/engine/heartbeat/core.ts';
import type { Repetition } from '../../src/engine/heartbeat/repetition.ts';
import type { HeartbeatRun } from '../../src/engine/heartbeat/run-counter.ts';
import { type AdvertDigests, NO_DIGESTS } from '../../src/engine/heartbeat/signer.ts';
import type { HeartbeatCounters } from '../../src/engine/heartbeat.ts';
import type { AwaitedAdvert, WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../../src/machines/vrrp/vrrp.events.ts';
import { encodeAdvertPacket, type VrrpAdvert } from '../../src/protocol/vrrp.ts';
import { wireIdentity } from './wire-identity.ts';

export const second = 1_000_000;
const WALL_OFFSET_US = 1_700_000_000_000_000;

export const identity = wireIdentity({ addresses: ['10.0.0.100'] });

export const master: AwaitedAdvert = {
  source: '10.0.0.2',
  priority: 200,
  advertIntervalUs: second,
  addresses: ['10.0.0.100'],
};

export interface SentPacket {
  readonly interfaceName: string;
  readonly bytes: Uint8Array;
  /** The very object that was handed over, to see whether it is reused. */
  readonly buffer: Uint8Array;
  readonly destination: string;
  readonly atUs: number;
}

export class RecordedCore {
  nowUs = 0;
  readonly sent: SentPacket[] = [];
  readonly events: { readonly actor: string; readonly event: VrrpEvent }[] = [];
  readonly runs: HeartbeatRun[] = [];
  /** What sending says, by destination; null is success. */
  sendError: (destination: string) => string | null = () => null;
  onEvent: (actor: string, event: VrrpEvent) => void = () => {};
  readonly core: HeartbeatCore;

  constructor(digests: AdvertDigests = NO_DIGESTS, repetitionOf: () => Repetition | null = () => null) {
    this.core = new HeartbeatCore(
      {
        send: (interfaceName, packet, destination) => {
          const error = this.sendError(destination);
          if (error === null)
            this.sent.push({
              interfaceName,
              bytes: packet.slice(),
              buffer: packet,
              destination,
              atUs: this.nowUs,
            });
          return error;
        },
        event: (actor, event) => {
          this.events.push({ actor, event });
          this.onEvent(actor, event);
        },
        run: (run) => this.runs.push(run),
        repetitionOf,
      },
      digests,
    );
  }

  get wallUs(): number {
    return WALL_OFFSET_US + this.nowUs;
  }

  /** Opens `vrrp/VI_1` with the source 10.0.0.1. */
  opened(overrides: Partial<WireIdentity> = {}): this {
    this.core.open('vrrp/VI_1', { ...identity, ...overrides });
    this.core.setSource('vrrp/VI_1', '10.0.0.1');
    return this;
  }

  announce(priority: number): void {
    this.core.announce('vrrp/VI_1', { priority }, this.nowUs, this.wallUs);
  }

  sendOnce(priority: number): void {
    this.core.sendOnce('vrrp/VI_1', { priority }, this.nowUs, this.wallUs);
  }

  watch(awaited: AwaitedAdvert | null, allowedUs: number): void {
    this.core.watch('vrrp/VI_1', awaited, allowedUs, awaited?.advertIntervalUs ?? second, this.nowUs);
  }

  receiveAt(bytes: Uint8Array, wallUs: number): void {
    this.core.packetReceived(bytes, 'eth0', this.nowUs, wallUs);
  }

  status(): HeartbeatCounters {
    const status = this.core.status('vrrp/VI_1');
    if (status === null) throw new Error('the instance is not open');
    return status.counters;
  }

  receive(bytes: Uint8Array, interfaceName = 'eth0'): void {
    this.core.packetReceived(bytes, interfaceName, this.nowUs, this.wallUs);
  }

  /** Lets time pass; everything is done at its own time. */
  runTo(untilUs: number): void {
    for (;;) {
      const dueUs = this.core.nextDueUs();
      if (dueUs === null || dueUs > untilUs) break;
      this.nowUs = Math.max(this.nowUs, dueUs);
      this.core.due(this.nowUs, this.wallUs);
    }
    this.nowUs = untilUs;
  }

  /** The process did not run: time passes, then one turn. */
  stallTo(atUs: number): void {
    this.nowUs = atUs;
    this.core.due(this.nowUs, this.wallUs);
  }

  /** Events but for refusals. */
  heard() {
    return this.events.filter(({ event }) => event.type !== 'advert.refused');
  }

  eventTypes(): readonly string[] {
    return this.events.map(({ event }) => event.type);
  }
}

export interface AdvertOptions extends Partial<VrrpAdvert> {
  readonly source?: string;
  readonly destination?: string;
}

/** An advert of the master above, unless told otherwise. */
export function advertPacket(options: AdvertOptions = {}): Uint8Array {
  const { source = master.source, destination = '224.0.0.18', ...advert } = options;
  return encodeAdvertPacket(
    {
      version: 3,
      virtualRouterId: 51,
      priority: master.priority,
      advertIntervalUs: master.advertIntervalUs,
      addresses: master.addresses,
      ...advert,
    },
    { source, destination },
  );
}
