/** What every heartbeat service does with its core: asks it at the time of its clock, and looks again when it is due next. */
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import type { HeartbeatPort, HeartbeatStatus } from '../heartbeat.ts';
import type { ActorId, Clock } from '../types.ts';
import type { HeartbeatCore } from './core.ts';
import type { InterfaceCounters } from './instance-table.ts';

export abstract class CoreHeartbeat implements HeartbeatPort {
  protected abstract readonly core: HeartbeatCore;
  protected abstract readonly clock: Clock;

  /** What is due next may have changed. */
  protected abstract arm(): void;

  abstract open(actor: ActorId, identity: WireIdentity): void;

  abstract close(actor: ActorId): void;

  setSource(actor: ActorId, address: string): void {
    this.core.setSource(actor, address);
  }

  announce(actor: ActorId, content: AdvertContent): void {
    this.core.announce(actor, content, this.clock.monotonicUs(), this.clock.wallUs());
    this.arm();
  }

  revise(actor: ActorId, content: AdvertContent): void {
    this.core.revise(actor, content);
    this.arm();
  }

  stopAnnouncing(actor: ActorId): void {
    this.core.stopAnnouncing(actor);
    this.arm();
  }

  sendOnce(actor: ActorId, content: AdvertContent): void {
    this.core.sendOnce(actor, content, this.clock.monotonicUs(), this.clock.wallUs());
    this.arm();
  }

  watch(
    actor: ActorId,
    awaited: AwaitedAdvert | null,
    allowedUs: number,
    expectedIntervalUs: number,
    first: AdvertContent | null = null,
  ): void {
    this.core.watch(actor, awaited, allowedUs, expectedIntervalUs, this.clock.monotonicUs(), first);
    this.arm();
  }

  adjustWatch(
    actor: ActorId,
    awaited: AwaitedAdvert | null,
    allowedUs: number,
    first: AdvertContent | null = null,
  ): void {
    this.core.adjustWatch(actor, awaited, allowedUs, this.clock.monotonicUs(), first);
    this.arm();
  }

  stopWatching(actor: ActorId): void {
    this.core.stopWatching(actor);
    this.arm();
  }

  status(actor: ActorId): HeartbeatStatus | null {
    return this.core.status(actor);
  }

  interfaceCounters(interfaceName: string): InterfaceCounters {
    return this.core.interfaceCounters(interfaceName);
  }
}
