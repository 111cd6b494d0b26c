/** One life of the routers under one set of terms: worlds that do not know of each other, and who was master in them. */
import type { JournalRow } from '../../engine/types.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { roleOf } from '../words.ts';
import { Chronicle, type RoleChange } from './chronicle.ts';
import type { Happening } from './happenings.ts';
import type { Line } from './lines.ts';
import type { LossBook, Window } from './losses.ts';
import type { Proof } from './proof.ts';
import type { Scribe } from './scribe.ts';
import { Tally } from './tally.ts';
import type { Terms } from './terms.ts';
import { World } from './world.ts';

export interface Life {
  readonly terms: Terms;
  readonly chronicle: Chronicle;
  /** In place of the changes and of what was announced; null: these are kept. */
  readonly tally: Tally | null;
  /** Answers that the kernel is taken to have given, by type. */
  readonly assumed: ReadonlyMap<string, number>;
  /** Take-overs from one that lived on. */
  readonly falseTakeOvers: readonly RoleChange[];
  readonly unplacedGaps: number;
  readonly losses: number;
  /** Some routers have another interval than the recorded one. */
  readonly hasOtherIntervals: boolean;
  /** What was announced, and from when on. */
  readonly sent: readonly Sending[];
}

/** What a router announces from a time on; null: nothing. */
export interface Sending {
  readonly atUs: number;
  readonly router: string;
  readonly actor: string;
  readonly priority: number | null;
}

export interface LifeOptions {
  readonly terms: Terms;
  readonly range: Window;
  readonly lines: readonly Line[];
  readonly own: ReadonlySet<string>;
  readonly losses: LossBook | null;
  readonly proof: Proof | null;
  /** Changes are counted and not kept. Only of one journal. */
  readonly isCounted: boolean;
  /** Writes all of it down; null: nobody does. */
  readonly scribe: Scribe | null;
}

/** What all instances share that have a tracker or a sync group. */
const SHARED = 'shared';

/** More than this is not kept for actors that may never come. */
const MOST_EARLY = 10_000;

export class LifeMaker {
  readonly #options: LifeOptions;
  readonly #worlds = new Map<string, World>();
  readonly #keys = new Map<string, string>();
  readonly #chronicle: Chronicle;
  readonly #tally: Tally | null;
  readonly #falseTakeOvers: RoleChange[] = [];
  readonly #sent: Sending[] = [];
  readonly #masters = new Set<string>();
  /** What is made known of actors that are still to come. */
  #early: (readonly [router: string, happening: Happening])[] = [];

  constructor(options: LifeOptions) {
    this.#options = options;
    const tally = options.isCounted ? new Tally() : null;
    this.#tally = tally;
    this.#chronicle = new Chronicle(tally === null, (change) => tally?.take(change));
    for (const { source, entry } of options.lines) {
      const byWorld = new Map<string, (typeof entry.actors)[number][]>();
      for (const entered of entry.actors) {
        const { actor, state, context } = entered;
        this.#chronicle.enter(source.name, actor, state, context);
        options.scribe?.entered(source.name, entered, options.range.fromUs);
        if (roleOf(state) === 'master') this.#masters.add(`${source.name} ${actor}`);
        const key = this.#keyOf(actor, context.input as JsonObject);
        byWorld.set(key, [...(byWorld.get(key) ?? []), entered]);
      }
      for (const [key, entered] of byWorld)
        this.#world(key, options.range.fromUs).enter(source.name, entered);
    }
  }

  feed(router: string, happening: Happening): void {
    const { kind } = happening;
    if (kind === 'state' || kind === 'sent') return;
    if (kind === 'ended' || kind === 'began') {
      for (const world of this.#worlds.values()) world.feed(router, happening);
      this.#options.scribe?.[kind](router, happening.atUs);
      this.#chronicle.end(router, happening.atUs);
      for (const key of [...this.#masters]) if (key.startsWith(`${router} `)) this.#masters.delete(key);
      return;
    }
    const { actor } = happening;
    const key = kind === 'spawned' ? this.#keyOf(actor, happening.input) : this.#keys.get(actor);
    if (key === undefined) {
      this.#early.push([router, happening]);
      if (this.#early.length > MOST_EARLY) this.#early.shift();
      return;
    }
    this.#world(key, happening.atUs).feed(router, happening);
    if (kind !== 'spawned' || this.#early.length === 0) return;
    const mine = this.#early.filter(([, early]) => 'actor' in early && early.actor === actor);
    this.#early = this.#early.filter((each) => !mine.includes(each));
    for (const [name, early] of mine) this.#world(key, happening.atUs).feed(name, early);
  }

  end(toUs: number): Life {
    const worlds = [...this.#worlds.values()];
    for (const world of worlds) world.advanceTo(toUs);
    const routers = worlds.flatMap((world) => [...world.routers.values()]);
    const assumed = new Map<string, number>();
    for (const { kernel } of routers)
      for (const [type, count] of kernel.assumed) assumed.set(type, (assumed.get(type) ?? 0) + count);
    return {
      ...{ terms: this.#options.terms, chronicle: this.#chronicle, assumed, sent: this.#sent },
      tally: this.#tally,
      falseTakeOvers: this.#falseTakeOvers,
      unplacedGaps: routers.reduce((sum, router) => sum + router.ears.unplacedGaps(), 0),
      losses: routers.reduce((sum, router) => sum + router.ears.losses(), 0),
      hasOtherIntervals: [...this.#keys.keys()].some((actor) =>
        this.#options.lines.some(
          ({ source }) => this.#options.terms.peerIntervalUs(source.name, actor) !== null,
        ),
      ),
    };
  }

  missingMachines(): string[] {
    return [...this.#worlds.values()].flatMap(({ routers }) =>
      [...routers.values()].flatMap(({ missingMachines }) => [...missingMachines]),
    );
  }

  /** An instance without trackers or group of one journal alone knows of nobody. */
  #keyOf(actor: string, input: JsonObject): string {
    const { lines } = this.#options;
    const isAlone =
      lines.length === 1 &&
      actor.startsWith('vrrp/') &&
      (input.group ?? null) === null &&
      (input.trackers as readonly unknown[]).length === 0;
    const key = isAlone ? actor : SHARED;
    this.#keys.set(actor, key);
    return key;
  }

  #world(key: string, startUs: number): World {
    const known = this.#worlds.get(key);
    if (known !== undefined) return known;
    const { terms, lines, own, losses } = this.#options;
    const world = new World({
      ...{ startUs, terms, ownSources: own },
      routers: lines.map(({ source }) => source.name),
      row: (router, row) => this.#row(world, router, row),
      ...(losses === null ? {} : { isLost: losses.isLost, edgesUs: losses.edgesUs() }),
    });
    this.#worlds.set(key, world);
    return world;
  }

  #row(world: World, router: string, row: JournalRow): void {
    const { actor, monoUs, event, state, effects } = row;
    this.#options.proof?.lived(router, actor, monoUs, state, event.type);
    this.#options.scribe?.row(router, world, row);
    if (!actor.startsWith('vrrp/')) return;
    for (const { type, params } of this.#tally === null ? effects : []) {
      if (type === 'announce' || type === 'reviseAnnouncement')
        this.#sent.push({ atUs: monoUs, router, actor, priority: Number(params.priority) });
      if (type === 'stopAnnouncing') this.#sent.push({ atUs: monoUs, router, actor, priority: null });
    }
    const change = this.#chronicle.row(router, row);
    if (change === null) return;
    if (change.role !== 'master') this.#masters.delete(`${router} ${actor}`);
    else {
      if (this.#isFalse(world, router, change)) this.#takeFalse(change);
      this.#masters.add(`${router} ${actor}`);
    }
  }

  #takeFalse(change: RoleChange): void {
    if (this.#tally === null) this.#falseTakeOvers.push(change);
    else this.#tally.takeFalse(change);
  }

  /** The one that was followed lives: it says so itself, or is heard on in the recording. */
  #isFalse(world: World, router: string, { actor, followed, silentUs, atUs }: RoleChange): boolean {
    if (followed === null || silentUs === null) return false;
    if (this.#options.lines.length > 1)
      return [...this.#masters].some((key) => key !== `${router} ${actor}` && key.endsWith(` ${actor}`));
    return world.routers.get(router)?.ears.isHeardOn(actor, followed, atUs) ?? false;
  }
}
