/**
 * The wire of many instances over a long time: each has one other router, and adverts that say the same again are counted
 * where they are not sent. What an instance hears of changes is what it would hear of the heartbeat service.
 */
import type { InterfaceCounters } from '../../../src/engine/heartbeat/instance-table.ts';
import type { HeartbeatListener, HeartbeatPort, HeartbeatStatus } from '../../../src/engine/heartbeat.ts';
import type { VirtualClock } from '../../../src/engine/virtual-clock.ts';
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../../src/machines/vrrp/vrrp.effects.ts';

const LONGEST_RUN_US = 60_000_000;

/** Adverts of one side that follow each other. */
interface Train {
  readonly direction: 'sent' | 'received';
  readonly source: string;
  readonly priority: number;
  readonly intervalUs: number;
  firstUs: number;
  cancel: () => void;
}

interface Watch {
  readonly awaited: AwaitedAdvert | null;
  readonly allowedUs: number;
  readonly sinceUs: number;
}

interface Line {
  readonly intervalUs: number;
  readonly addresses: readonly string[];
  source: string;
  announced: AdvertContent | null;
  watch: Watch | null;
  sent: Train | null;
  received: Train | null;
  lastHeardUs: number | null;
  /** The other router was, since something changed. */
  isHeard: boolean;
  linkUp: boolean;
  readonly peer: { readonly source: string; readonly priority: number; present: boolean };
  cancel: () => void;
}

export class DistantRouters implements HeartbeatPort {
  readonly #time: VirtualClock;
  readonly #listener: HeartbeatListener;
  readonly #peers: ReadonlyMap<string, { readonly source: string; readonly priority: number }>;
  readonly #lines = new Map<string, Line>();
  adverts = 0;

  constructor(
    time: VirtualClock,
    listener: HeartbeatListener,
    peers: ReadonlyMap<string, { readonly source: string; readonly priority: number }>,
  ) {
    this.#time = time;
    this.#listener = listener;
    this.#peers = peers;
  }

  open(actor: string, { advertIntervalUs, addresses }: WireIdentity): void {
    const { source, priority } = this.#peers.get(actor) ?? { source: '192.0.2.1', priority: 1 };
    this.#lines.set(actor, {
      ...{ intervalUs: advertIntervalUs, addresses, source: '', announced: null, watch: null },
      ...{ sent: null, received: null, lastHeardUs: null, isHeard: false, linkUp: true, cancel: () => {} },
      peer: { source, priority, present: true },
    });
  }

  close(actor: string): void {
    this.#lines.delete(actor);
  }

  setSource(actor: string, address: string): void {
    this.#change(actor, (line) => {
      line.source = address;
    });
  }

  announce(actor: string, content: AdvertContent): void {
    this.#change(actor, (line) => {
      line.announced = content;
    });
  }

  revise(actor: string, content: AdvertContent): void {
    this.announce(actor, content);
  }

  stopAnnouncing(actor: string): void {
    this.#change(actor, (line) => {
      line.announced = null;
    });
  }

  sendOnce(): void {
    this.adverts += 1;
  }

  watch(actor: string, awaited: AwaitedAdvert | null, allowedUs: number): void {
    this.#change(actor, (line) => {
      line.watch = { awaited, allowedUs, sinceUs: this.#time.monotonicUs() };
      line.lastHeardUs = awaited === null ? null : line.watch.sinceUs;
    });
  }

  adjustWatch(actor: string, awaited: AwaitedAdvert | null, allowedUs: number): void {
    this.#change(actor, (line) => {
      if (line.watch !== null) line.watch = { ...line.watch, awaited, allowedUs };
    });
  }

  stopWatching(actor: string): void {
    this.#change(actor, (line) => {
      line.watch = null;
    });
  }

  status(): HeartbeatStatus | null {
    return null;
  }

  interfaceCounters(): InterfaceCounters {
    return { received: 0, errors: {} } as unknown as InterfaceCounters;
  }

  /** The other router dies, comes back, or says that it goes. */
  setPeer(actor: string, present: boolean, resigns = false): void {
    this.#change(actor, (line) => {
      line.peer.present = present;
    });
    if (resigns && this.#lines.get(actor)?.watch !== null) this.#hear(actor, 0);
  }

  /** A third router advertises once. */
  contest(actor: string, priority: number): void {
    this.#hear(actor, priority);
  }

  setLink(actor: string, up: boolean): void {
    this.#change(actor, (line) => {
      line.linkUp = up;
    });
  }

  #change(actor: string, change: (line: Line) => void): void {
    const line = this.#lines.get(actor);
    if (line === undefined) return;
    change(line);
    line.isHeard = false;
    this.#review(actor, line);
  }

  #hears({ peer, linkUp, announced }: Line): boolean {
    return linkUp && peer.present && (announced === null || peer.priority > announced.priority);
  }

  #review(actor: string, line: Line): void {
    line.cancel();
    line.cancel = () => {};
    const { announced, watch, peer, intervalUs, linkUp, source } = line;
    const sends = announced !== null && linkUp;
    line.sent = this.#train(
      actor,
      line.sent,
      sends ? { direction: 'sent', source, priority: announced.priority, intervalUs } : null,
    );
    const hears = this.#hears(line);
    const isAwaited = watch?.awaited?.source === peer.source && watch.awaited.priority === peer.priority;
    const follows =
      hears && isAwaited
        ? { direction: 'received' as const, source: peer.source, priority: peer.priority, intervalUs }
        : null;
    const heardUs = line.received === null ? line.lastHeardUs : this.#lastOf(line.received);
    line.received = this.#train(actor, line.received, follows);
    if (follows !== null) return;
    line.lastHeardUs = heardUs;
    const nowUs = this.#time.monotonicUs();
    if (watch !== null) {
      const sinceUs = heardUs ?? watch.sinceUs;
      const overUs = Math.max(nowUs, sinceUs + watch.allowedUs);
      line.cancel = this.#time.at(overUs, () => this.#silent(actor, watch, sinceUs));
    }
    // One that changes nothing is not repeated: the heartbeat service counts it.
    if (!hears || line.isHeard) return;
    line.isHeard = true;
    const phaseUs = (actor.length * 37_003) % intervalUs;
    const told = this.#time.at(nowUs + phaseUs, () => this.#hear(actor, peer.priority));
    const cancelSilence = line.cancel;
    line.cancel = () => {
      cancelSilence();
      told();
    };
  }

  #hear(actor: string, priority: number): void {
    const line = this.#lines.get(actor);
    if (line === undefined || !line.linkUp) return;
    this.adverts += 1;
    const { peer, intervalUs, addresses } = line;
    line.lastHeardUs = this.#time.monotonicUs();
    this.#listener.event(actor, {
      type: 'advert.received',
      source: peer.source,
      priority,
      advertIntervalUs: intervalUs,
      addresses,
    });
  }

  #silent(actor: string, { allowedUs }: Watch, sinceUs: number): void {
    const silentUs = this.#time.monotonicUs() - sinceUs;
    const missedAdverts = Math.floor(silentUs / (this.#lines.get(actor)?.intervalUs ?? silentUs));
    this.#listener.event(actor, { type: 'master.silent', silentUs, allowedUs, missedAdverts, lateUs: 0 });
  }

  #lastOf({ firstUs, intervalUs }: Train): number {
    return firstUs + Math.floor((this.#time.monotonicUs() - firstUs) / intervalUs) * intervalUs;
  }

  /** The one that goes on, or the next one. */
  #train(actor: string, current: Train | null, next: Omit<Train, 'firstUs' | 'cancel'> | null): Train | null {
    if (
      current !== null &&
      next !== null &&
      current.priority === next.priority &&
      current.source === next.source
    ) {
      return current;
    }
    if (current !== null) {
      current.cancel();
      this.#store(actor, current);
    }
    if (next === null) return null;
    const train: Train = { ...next, firstUs: this.#time.monotonicUs(), cancel: () => {} };
    this.#armTrain(actor, train);
    return train;
  }

  #armTrain(actor: string, train: Train): void {
    train.cancel = this.#time.at(train.firstUs + LONGEST_RUN_US - 1, () => {
      const lastUs = this.#store(actor, train);
      train.firstUs = lastUs + train.intervalUs;
      this.#armTrain(actor, train);
    });
  }

  #store(actor: string, train: Train): number {
    const { direction, source, priority, intervalUs, firstUs } = train;
    const lastUs = this.#lastOf(train);
    const count = (lastUs - firstUs) / intervalUs + 1;
    this.adverts += count;
    const firstWallUs = this.#time.wallUs() - (this.#time.monotonicUs() - firstUs);
    // As much as a quiet network makes of a second.
    const largestGapUs = count === 1 ? 0 : intervalUs + ((firstUs / 1000) % 900);
    this.#listener.run({
      actor,
      direction,
      source,
      priority,
      count,
      firstUs,
      lastUs,
      largestGapUs: Math.round(largestGapUs),
      firstWallUs,
    });
    return lastUs;
  }
}
