/** Routers that are lived again together, in one virtual time. */
import type { JournalRow } from '../../engine/types.ts';
import { formatIpBytes } from '../../protocol/ip.ts';
import { destinationOffset, packetFamily } from '../../protocol/ip-packet.ts';
import { IPV4_HEADER_BYTES } from '../../protocol/ipv4-header.ts';
import { IPV6_HEADER_BYTES } from '../../protocol/ipv6-header.ts';
import { CutTime } from './cut-time.ts';
import type { Happening } from './happenings.ts';
import { type EnteredActor, Router } from './router.ts';
import { passage, type Terms } from './terms.ts';

export interface WorldOptions {
  readonly startUs: number;
  readonly routers: readonly string[];
  readonly terms: Terms;
  readonly row: (router: string, row: JournalRow) => void;
  /** Addresses that these routers send from. */
  readonly ownSources: ReadonlySet<string>;
  /** Whether an advert between two of these routers is lost on its way at this time. */
  readonly isLost?: (from: string, to: string, source: string, atUs: number) => boolean;
  /** Times at which what is lost changes, in order. */
  readonly edgesUs?: readonly number[];
}

/** How long an advert takes on the LAN. */
const LATENCY_US = 200;

/** More different intervals than that are not brought to one. */
const LONGEST_PERIOD_US = 120_000_000;

export class World {
  readonly routers: ReadonlyMap<string, Router>;
  readonly #time: CutTime;
  readonly #options: WorldOptions;
  readonly #edgesUs: readonly number[];
  #changedUs: number;
  #allowedUs = 0;
  #edge = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#time = new CutTime(options.startUs);
    this.#changedUs = options.startUs;
    const { terms, ownSources } = options;
    this.routers = new Map(
      options.routers.map((name) => [
        name,
        new Router({
          ...{ name, terms, time: this.#time },
          send: (from, packet, destination) => this.#transmit(from, packet, destination),
          row: (from, row) => this.#row(from, row),
          isOurs: (source) => options.routers.length > 1 && ownSources.has(source),
        }),
      ]),
    );
    const windows = terms.interferences.flatMap(({ fromUs, toUs }) => [fromUs, toUs]);
    const edges = [...windows.filter((us) => us !== null), ...(options.edgesUs ?? [])];
    this.#edgesUs = edges.sort((a, b) => a - b);
    for (const { fromUs, toUs, advert, instance } of terms.added) {
      const all = [...this.routers.values()];
      const step = Math.max(1, Math.min(...all.flatMap((router) => router.ears.intervals()), 1_000_000));
      const say = (atUs: number): void => {
        for (const router of all) router.ears.hearAdded(advert, instance);
        if (atUs + step < toUs) this.#time.history.at(atUs + step, () => say(atUs + step));
      };
      if (fromUs >= options.startUs) this.#time.history.at(fromUs, () => say(fromUs));
    }
  }

  get nowUs(): number {
    return this.#time.nowUs;
  }

  enter(router: string, actors: readonly EnteredActor[]): void {
    for (const { moment } of actors)
      this.#allowedUs = Math.max(this.#allowedUs, moment?.watch?.allowedUs ?? 0);
    this.routers.get(router)?.enter(actors);
  }

  /** In order of time; what is only made known does not move it. */
  feed(router: string, happening: Happening): void {
    if (happening.kind === 'state' || happening.kind === 'sent') return;
    if (!QUIET.has(happening.kind)) {
      this.advanceTo(happening.atUs);
      this.#changedUs = happening.atUs;
    }
    this.routers.get(router)?.apply(happening);
  }

  advanceTo(targetUs: number): void {
    for (;;) {
      const nowUs = this.#time.nowUs;
      const arrival = this.#nextArrival();
      const nextUs = Math.min(this.#time.nextUs() ?? Infinity, arrival?.arrival.atUs ?? Infinity);
      if (nextUs > targetUs) break;
      if (this.#cut(nowUs, targetUs)) continue;
      if (arrival !== null && arrival.arrival.atUs <= (this.#time.nextUs() ?? Infinity)) {
        this.#time.advanceTo(Math.max(nowUs, arrival.arrival.atUs));
        arrival.router.ears.deliver(arrival.actor, arrival.arrival);
      } else this.#time.advanceTo(nextUs);
    }
    this.#time.advanceTo(targetUs);
  }

  #nextArrival() {
    let best: ({ router: Router } & NonNullable<ReturnType<Router['ears']['nextArrival']>>) | null = null;
    for (const router of this.routers.values()) {
      const next = router.ears.nextArrival();
      if (next !== null && (best === null || next.arrival.atUs < best.arrival.atUs))
        best = { router, ...next };
    }
    return best;
  }

  /** Leaves out what would only repeat itself. True if it did. */
  #cut(nowUs: number, targetUs: number): boolean {
    if (!this.#time.isFree || nowUs - this.#changedUs < this.#allowedUs) return false;
    for (let edgeUs = this.#edgeUs(); edgeUs <= nowUs; edgeUs = this.#edgeUs()) {
      this.#changedUs = Math.max(this.#changedUs, edgeUs);
      this.#edge += 1;
    }
    const mostUs = Math.min(targetUs, this.#edgeUs());
    if (mostUs - nowUs < this.#allowedUs) return false;
    const routers = [...this.routers.values()];
    const periodUs = commonPeriod(routers.flatMap((router) => router.ears.intervals()));
    if (periodUs === null) return false;
    const steady = routers.map((router) => router.ears.steadyAround(nowUs));
    const sinceUs = Math.max(this.#changedUs, ...steady.map(({ fromUs }) => fromUs));
    const untilUs = Math.min(mostUs, ...steady.map(({ toUs }) => toUs));
    const periods = Math.floor((untilUs - nowUs) / periodUs) - 3;
    if (nowUs - sinceUs < this.#allowedUs + 2 * periodUs || periods < 1) return false;
    this.#time.cut(periods * periodUs);
    for (const router of routers) router.ears.skipTo(this.#time.nowUs);
    return true;
  }

  /** The next time at which what gets lost changes. */
  #edgeUs(): number {
    return this.#edgesUs[this.#edge] ?? Number.POSITIVE_INFINITY;
  }

  #row(from: Router, row: JournalRow): void {
    this.#changedUs = row.monoUs;
    for (const { type, params } of row.effects) {
      if (type === 'watchMaster' || type === 'adjustWatch')
        this.#allowedUs = Math.max(this.#allowedUs, Number(params.allowedUs));
    }
    this.#options.row(from.name, row);
  }

  #transmit(from: Router, packet: Uint8Array, destination: string): void {
    if (this.routers.size === 1) return;
    const family = packetFamily(packet);
    const start = family === 'inet' ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
    const virtualRouterId = packet[start + 1] ?? 0;
    const sourceAt = destinationOffset(family) - (family === 'inet' ? 4 : 16);
    const source = formatIpBytes(packet, sourceAt, family);
    const nowUs = this.#time.nowUs;
    const arrivesUs = passage(this.#options.terms, source, nowUs);
    if (arrivesUs === null) return;
    const copy = packet.slice();
    for (const router of this.routers.values()) {
      if (router === from || this.#options.isLost?.(from.name, router.name, source, nowUs) === true) continue;
      const dueUs = this.#time.livedUs(arrivesUs + LATENCY_US);
      this.#time.lived.at(dueUs, () => router.receive(copy, virtualRouterId, family, destination));
    }
  }
}

const QUIET: ReadonlySet<Happening['kind']> = new Set([
  'outcome',
  'train',
  'foreseen',
  'attends',
  'leaves',
  'foretold',
]);

function commonPeriod(intervals: readonly number[]): number | null {
  let period = 1;
  for (const interval of new Set(intervals)) {
    period = (period / divisor(period, interval)) * interval;
    if (!(period <= LONGEST_PERIOD_US)) return null;
  }
  return intervals.length === 0 ? null : period;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
