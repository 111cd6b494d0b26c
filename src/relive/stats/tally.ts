/** Rows of one node as figures, in groups. */
import type { ActorState, StoredRow } from '../../journal/model.ts';
import type { Json } from '../../protocol/json.ts';
import { actorName, protocolPath, regions, roleOf } from '../words.ts';
import { count, FLAP_US, Group, ROLES, type Role } from './group.ts';

export type By = 'instance' | 'day' | 'node' | 'cause';

/** Groups by name; `total` is all of it. */
export class Groups {
  readonly total = new Group();
  readonly byName = new Map<string, Group>();
  readonly #by: By;

  constructor(by: By) {
    this.#by = by;
  }

  /** Those that something counts for. */
  of(node: string, actor: string, wallUs: number): readonly Group[] {
    const name = this.#name(node, actor, wallUs);
    if (name === null) return [this.total];
    const known = this.byName.get(name);
    if (known !== undefined) return [this.total, known];
    const made = new Group();
    this.byName.set(name, made);
    return [this.total, made];
  }

  #name(node: string, actor: string, wallUs: number): string | null {
    switch (this.#by) {
      case 'instance':
        return actorName(actor);
      case 'node':
        return node;
      case 'day':
        return new Date(wallUs / 1000).toISOString().slice(0, 10);
      case 'cause':
        return null;
    }
  }
}

interface Known {
  role: string;
  /** It follows a master that it hears, or is one. */
  hasMaster: boolean;
  since: { monoUs: number; wallUs: number };
  masterSinceUs: number | null;
  /** Mastership that was gained: how long it took until then, while the addresses are awaited. */
  gaining: { readonly monoUs: number; readonly silentUs: number } | null;
  /** It follows another master. */
  follows: boolean;
  /** When another router was last an event of its own. */
  heardUs: number;
}

/** Another router was heard of so lately that it was there. */
const RECENT_US = 5_000_000;

const DAY_US = 86_400_000_000;

export class Tally {
  readonly #node: string;
  readonly #groups: Groups;
  readonly #known = new Map<string, Known>();

  constructor(node: string, groups: Groups) {
    this.#node = node;
    this.#groups = groups;
  }

  resume({ actor, state, context }: ActorState, monoUs: number, wallUs: number): void {
    if (!actor.startsWith('vrrp/')) return;
    const follows = context.master !== null && context.master !== undefined;
    const role = roleOf(state);
    this.#known.set(actor, {
      ...{ role, follows, hasMaster: role === 'master' || follows, since: { monoUs, wallUs } },
      heardUs: Number.NEGATIVE_INFINITY,
      ...{ masterSinceUs: role === 'master' ? monoUs : null, gaining: null },
    });
  }

  row(row: StoredRow, before: Json | null): void {
    const { actor, event } = row;
    if (event.type === 'probe.reported' && event.outcome === 'failed')
      for (const group of this.#of(row)) count(group.checks, String(event.code));
    if (!actor.startsWith('vrrp/') || row.kind === 'note') return;
    if (event.type === 'self.stalled') this.#stalled(row, Number(event.stalledUs));
    const known = this.#actor(row);
    const role = row.kind === 'crash' ? 'crashed' : roleOf(row.state);
    const followed = known.follows || (before !== null && protocolPath(before) === 'backup.skewing');
    if (event.type === 'advert.received' && event.priority !== 0) known.heardUs = row.monoUs;
    if ('master' in row.delta) known.follows = row.delta.master !== null;
    if (role !== known.role) this.#changed(row, known, role, followed);
    if (known.gaining !== null && regions(row.state).get('addresses') === 'held') this.#held(row, known);
    const hasMaster = role === 'master' || (role === 'backup' && known.follows);
    if (role !== known.role || hasMaster !== known.hasMaster) {
      this.#spent(actor, known, row);
      Object.assign(known, { role, hasMaster });
    }
  }

  /** The process ended, or nothing more is read of it. */
  end(monoUs: number, wallUs: number): void {
    for (const [actor, known] of this.#known) {
      this.#spent(actor, known, { monoUs, wallUs });
      if (known.gaining !== null)
        for (const group of this.#groups.of(this.#node, actor, wallUs)) group.unmeasured += 1;
    }
    this.#known.clear();
  }

  #of({ actor, wallUs }: Pick<StoredRow, 'actor' | 'wallUs'>): readonly Group[] {
    return this.#groups.of(this.#node, actor, wallUs);
  }

  #actor({ actor, monoUs, wallUs }: StoredRow): Known {
    const found = this.#known.get(actor);
    if (found !== undefined) return found;
    const made: Known = {
      ...{ role: '', hasMaster: false, since: { monoUs, wallUs }, masterSinceUs: null, gaining: null },
      ...{ follows: false, heardUs: Number.NEGATIVE_INFINITY },
    };
    this.#known.set(actor, made);
    return made;
  }

  #stalled(row: StoredRow, us: number): void {
    for (const { stalls } of this.#of(row)) {
      stalls.count += 1;
      stalls.totalUs += us;
      stalls.largestUs = Math.max(stalls.largestUs, us);
    }
  }

  /** A change of role; `followed`: another was master until then. */
  #changed(row: StoredRow, known: Known, role: string, followed: boolean): void {
    const { event, monoUs } = row;
    if (role === 'master') {
      known.masterSinceUs = monoUs;
      const isThere = monoUs - known.heardUs < RECENT_US;
      for (const group of this.#of(row)) {
        count(group.gained, event.type);
        if (followed || isThere) group.failovers += 1;
        if (followed && event.type !== 'master.silent') group.unmeasured += 1;
      }
      // Who preempts leaves no time without a master.
      if (followed && event.type === 'master.silent')
        known.gaining = { monoUs, silentUs: Number(event.silentUs ?? 0) };
    } else if (known.role === 'master') {
      const isFlap = known.masterSinceUs !== null && monoUs - known.masterSinceUs < FLAP_US;
      for (const group of this.#of(row)) {
        count(group.lost, event.type);
        if (isFlap) group.flaps += 1;
        if (known.gaining !== null) group.unmeasured += 1;
      }
      known.gaining = null;
      known.masterSinceUs = null;
    }
  }

  #held(row: StoredRow, known: Known): void {
    const { gaining } = known;
    if (gaining === null) return;
    known.gaining = null;
    for (const group of this.#of(row)) group.addDuration(gaining.silentUs + row.monoUs - gaining.monoUs);
  }

  /** Time in a role, of the days that it falls on. */
  #spent(actor: string, known: Known, until: { readonly monoUs: number; readonly wallUs: number }): void {
    const role: Role = ROLES.find((name) => name === known.role) ?? 'other';
    let { wallUs } = known.since;
    for (let leftUs = Math.max(0, until.monoUs - known.since.monoUs); leftUs > 0; ) {
      const toMidnightUs = DAY_US - (wallUs % DAY_US);
      const partUs = Math.min(leftUs, toMidnightUs);
      for (const group of this.#groups.of(this.#node, actor, wallUs)) {
        group.timeUs[role] += partUs;
        if (known.hasMaster) group.masterKnownUs += partUs;
      }
      leftUs -= partUs;
      wallUs += partUs;
    }
    known.since = { monoUs: until.monoUs, wallUs: until.wallUs };
  }
}
