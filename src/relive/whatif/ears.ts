/** The ears of a router that is lived again: for each instance what reaches it from outside, and where it listens. */
import { channelOf } from '../../engine/heartbeat/instance.ts';
import type { ActorEvent, ActorId } from '../../engine/types.ts';
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import { advertFrom } from './adverts-on-wire.ts';
import type { Happening, Heard } from './happenings.ts';
import { type Arrival, HeardAdverts } from './heard-adverts.ts';
import { passage, type Terms } from './terms.ts';

interface Ear {
  identity: WireIdentity;
  source: string | null;
  isOpen: boolean;
  readonly adverts: HeardAdverts;
  readonly packets: Map<string, Uint8Array | null>;
}

/** What is heard, or made known of it. */
export type Hearing = Extract<
  Happening,
  { readonly kind: 'heard' | 'foreseen' | 'attends' | 'leaves' | 'train' }
>;

export interface EarsParts {
  readonly router: string;
  readonly terms: Terms;
  readonly nowUs: () => number;
  /** A router of this world sends from there, so that its adverts are no outside input. */
  readonly isOurs: (source: string) => boolean;
  /** Adverts that may be missing before their sender counts as gone. */
  readonly patience: (actor: ActorId) => number;
  readonly arrive: (channel: string, packet: Uint8Array) => void;
}

/** What is made known to one instance before it listens. */
const MOST_EARLY = 1_000;

export class Ears {
  readonly #parts: EarsParts;
  readonly #ears = new Map<ActorId, Ear>();
  /** What is made known to instances that do not listen yet. */
  readonly #early = new Map<ActorId, Hearing[]>();

  constructor(parts: EarsParts) {
    this.#parts = parts;
  }

  /** Intervals of everything that is sent or awaited here. */
  intervals(): number[] {
    const { router, terms } = this.#parts;
    return [...this.#ears].flatMap(([actor, { identity, adverts }]) => [
      identity.advertIntervalUs,
      ...adverts.sourceIntervals().map((us) => terms.peerIntervalUs(router, actor) ?? us),
    ]);
  }

  /** The next advert from outside. */
  nextArrival(): { readonly actor: ActorId; readonly arrival: Arrival } | null {
    let best: { actor: ActorId; arrival: Arrival } | null = null;
    for (const [actor, { adverts }] of this.#ears) {
      const arrival = adverts.next();
      if (arrival !== null && (best === null || arrival.atUs < best.arrival.atUs)) best = { actor, arrival };
    }
    return best;
  }

  deliver(actor: ActorId, arrival: Arrival): void {
    const ear = this.#ears.get(actor);
    ear?.adverts.pass(arrival);
    this.#arriveAt(actor, arrival.advert);
  }

  /** The stretch of time around this one in which nothing changes about what is heard. */
  steadyAround(nowUs: number): { readonly fromUs: number; readonly toUs: number } {
    const all = [...this.#ears.values()].map(({ adverts }) => adverts.steadyAround(nowUs));
    return {
      fromUs: Math.max(Number.NEGATIVE_INFINITY, ...all.map(({ fromUs }) => fromUs)),
      toUs: Math.min(Number.POSITIVE_INFINITY, ...all.map(({ toUs }) => toUs)),
    };
  }

  /** Time has been cut out: what was heard all the while was heard last just now. */
  skipTo(nowUs: number): void {
    for (const [actor, { adverts }] of this.#ears) {
      adverts.skip(nowUs);
      for (const advert of adverts.present(nowUs)) this.#arriveAt(actor, advert);
    }
  }

  /** Where instances of a virtual router listen for packets to this address. */
  channels(virtualRouterId: number, family: string, destination: string): ReadonlySet<string> {
    const channels = new Set<string>();
    for (const { identity, source, isOpen } of this.#ears.values()) {
      if (!isOpen || identity.virtualRouterId !== virtualRouterId || identity.family !== family) continue;
      if (identity.unicastPeers.length > 0 && source !== destination) continue;
      channels.add(channelOf(identity));
    }
    return channels;
  }

  /** An advert that nobody sent. */
  hearAdded({ source, priority }: Pick<Heard, 'source' | 'priority'>, instance: string | null): void {
    for (const [actor, { identity }] of this.#ears) {
      if (instance !== null && actor !== `vrrp/${instance}` && actor !== instance) continue;
      const { advertIntervalUs, addresses } = identity;
      this.#arriveAt(actor, { source, priority, advertIntervalUs, addresses });
    }
  }

  /** True if recorded adverts of the source go on at this time. */
  isHeardOn(actor: ActorId, source: string, atUs: number): boolean {
    return this.#ears.get(actor)?.adverts.livedAt(source, atUs) ?? false;
  }

  unplacedGaps(): number {
    return [...this.#ears.values()].reduce((sum, { adverts }) => sum + adverts.unplacedGaps, 0);
  }

  losses(): number {
    return [...this.#ears.values()].reduce((sum, { adverts }) => sum + adverts.losses, 0);
  }

  hear(happening: Hearing): void {
    const { actor } = happening;
    const ear = this.#ears.get(actor);
    if (ear === undefined) {
      this.#keepEarly(actor, happening);
      return;
    }
    const { adverts } = ear;
    switch (happening.kind) {
      case 'attends':
        adverts.attend(happening.sinceUs);
        return;
      case 'leaves':
        adverts.leave(happening.untilUs);
        return;
      case 'heard':
        this.#heard(happening, adverts);
        return;
      case 'foreseen':
        if (this.#parts.isOurs(happening.advert.source)) return;
        if (this.#isDerived(actor)) adverts.hear(happening.advert, happening.heardUs);
        else adverts.foresee(happening.advert, happening.heardUs);
        return;
      case 'train':
        this.#train(happening, ear);
        return;
    }
  }

  open(actor: ActorId, identity: WireIdentity): void {
    const known = this.#ears.get(actor);
    if (known !== undefined) {
      Object.assign(known, { identity, isOpen: true });
      known.packets.clear();
      return;
    }
    const { terms, router, patience } = this.#parts;
    const adverts = new HeardAdverts({
      intervalUs: terms.peerIntervalUs(router, actor),
      passage: ({ source }, atUs) => passage(terms, source, atUs),
      patience: patience(actor),
    });
    this.#ears.set(actor, { identity, source: null, isOpen: true, packets: new Map(), adverts });
    const early = this.#early.get(actor) ?? [];
    this.#early.delete(actor);
    for (const happening of early) this.hear(happening);
  }

  /** The address that an instance sends from. */
  setSource(actor: ActorId, source: string | null): void {
    const ear = this.#ears.get(actor);
    if (ear === undefined) return;
    ear.source = source;
    ear.packets.clear();
  }

  know(actor: ActorId, advert: Heard): void {
    this.#ears.get(actor)?.adverts.know(advert);
  }

  close(actor: ActorId): void {
    const ear = this.#ears.get(actor);
    if (ear !== undefined) ear.isOpen = false;
  }

  closeAll(): void {
    for (const actor of this.#ears.keys()) this.close(actor);
  }

  /** Nothing is heard exactly as it was recorded. */
  #isDerived(actor: ActorId): boolean {
    const { peerIntervalUs, interferences } = this.#parts.terms;
    return interferences.length > 0 || peerIntervalUs(this.#parts.router, actor) !== null;
  }

  #heard({ actor, advert, seq, atUs }: Extract<Hearing, { kind: 'heard' }>, adverts: HeardAdverts): void {
    const { terms, router, isOurs } = this.#parts;
    if (this.#isDerived(actor) || isOurs(advert.source)) return;
    if (terms.isLeftOut(router, seq, { type: 'advert.received', ...advert } as ActorEvent)) return;
    adverts.know(advert);
    adverts.noteHeard(advert, atUs);
    this.#arriveAt(actor, advert);
  }

  #train({ train }: Extract<Hearing, { kind: 'train' }>, { identity, adverts }: Ear): void {
    if (this.#parts.isOurs(train.source)) return;
    const { advertIntervalUs, addresses } = identity;
    adverts.train(train, { ...train, advertIntervalUs, addresses });
    const nowUs = this.#parts.nowUs();
    if (train.fromUs < nowUs) adverts.skip(nowUs);
  }

  #keepEarly(actor: ActorId, happening: Hearing): void {
    const early = this.#early.get(actor) ?? [];
    early.push(happening);
    if (early.length > MOST_EARLY) early.shift();
    this.#early.set(actor, early);
  }

  #arriveAt(actor: ActorId, advert: Heard): void {
    const ear = this.#ears.get(actor);
    if (ear === undefined || !ear.isOpen) return;
    const key = `${advert.source} ${advert.priority} ${advert.advertIntervalUs} ${advert.addresses.join()}`;
    const known = ear.packets.get(key);
    const packet = known === undefined ? advertFrom(ear.identity, ear.source, advert) : known;
    if (known === undefined) ear.packets.set(key, packet);
    if (packet !== null) this.#parts.arrive(channelOf(ear.identity), packet);
  }
}
