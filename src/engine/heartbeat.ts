/**
 * The heartbeat port: adverts are the one hot path, so a machine declares what shall hold and hears only of change.
 * Implementations: src/io/heartbeat (the addon's engine, or raw-socket) and test/sim (simulated LAN). One compliance suite
 * runs against all of them.
 */
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../machines/vrrp/vrrp.effects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import type { AdvertFault } from '../protocol/vrrp-judgement.ts';
import type { ActorId, JournalRun } from './types.ts';

/** Why a packet was not accepted, or (`addressList`) was accepted with a remark. Names follow keepalived's statistics. */
export type AdvertErrorKind = AdvertFault | 'addressList';

/** Counters of one instance. `received` and `sent` count logical adverts, whatever the number of peers. */
export interface HeartbeatCounters {
  readonly received: number;
  readonly sent: number;
  readonly priorityZeroReceived: number;
  readonly priorityZeroSent: number;
  readonly errors: Readonly<Record<AdvertErrorKind, number>>;
}

export interface HeartbeatStatus {
  readonly counters: HeartbeatCounters;
  /** Newest accepted advert, null if none: its sender, priority and monotonic time. */
  readonly lastAdvert: { readonly source: string; readonly priority: number; readonly atUs: number } | null;
  /** When the newest advert of our own left, in Unix time; 0 if none did. */
  readonly lastSentWallUs: number;
}

export interface StrangeAdvert {
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly source: string;
}

export interface HeartbeatListener {
  /** Something changed (see VrrpEvent): advert.received, advert.refused, master.silent, self.*, adverts.send*. */
  event(actor: ActorId, event: VrrpEvent): void;
  /** An advert for a virtual router that no instance here has. */
  stranger?(stranger: StrangeAdvert): void;
  /** Identical adverts, summed up. Closed on any change and at least every 60 s. */
  run(run: Omit<JournalRun, 'afterSeq'>): void;
}

export interface HeartbeatPort {
  /** An actor that is open already goes on with another identity; its counters go on, too. */
  open(actor: ActorId, identity: WireIdentity): void;
  setSource(actor: ActorId, address: string): void;
  announce(actor: ActorId, content: AdvertContent): void;
  /** What is announced changes from its next advert on. Nothing if nothing is announced. */
  revise(actor: ActorId, content: AdvertContent): void;
  stopAnnouncing(actor: ActorId): void;
  sendOnce(actor: ActorId, content: AdvertContent): void;
  /** `first`: the advert that may leave as soon as there is silence, before the statechart has been told; null: none. */
  watch(
    actor: ActorId,
    awaited: AwaitedAdvert | null,
    allowedUs: number,
    expectedIntervalUs: number,
    first?: AdvertContent | null,
  ): void;
  /** The present watch goes on for another advert, its deadline moved by the change of `allowedUs`. `first` as that of `watch`. */
  adjustWatch(
    actor: ActorId,
    awaited: AwaitedAdvert | null,
    allowedUs: number,
    first?: AdvertContent | null,
  ): void;
  stopWatching(actor: ActorId): void;
  close(actor: ActorId): void;
  status(actor: ActorId): HeartbeatStatus | null;
}
