/**
 * What actors want of the table of IPVS beside what the kernel holds, and the requests that make them one. Services and
 * destinations that several actors want (virtual servers that share a group) stay until the last of them lets go.
 *
 * What nobody here wants or knows is left alone, in the services that are wanted, too: it is somebody else's.
 */
import type { ActorId } from '../../engine/types.ts';
import type { TableWeight } from '../../machines/virtual-server/virtual-server.effects.ts';
import {
  type DestinationSettings,
  type DestinationTarget,
  destinationKey,
} from '../../protocol/ipvs/destination.ts';
import {
  type DestinationPlan,
  destinationAt,
  destinationSettings,
  type ServicePlan,
  settingsAt,
  targetsOf,
} from '../../protocol/ipvs/plan.ts';
import { type ServiceSettings, type ServiceTarget, targetKey } from '../../protocol/ipvs/service.ts';
import { type IpvsTable, sameDestination, sameService } from '../../protocol/ipvs/table.ts';
import type { IpvsRequest } from './request.ts';

/** By the place of a destination in the plan. */
export type Weights = readonly TableWeight[];
export type WeightChange = readonly [place: number, weight: TableWeight];

/** A service, or a destination of one. */
export interface Entry {
  /** Equal for equal entries. */
  readonly id: string;
  readonly service: ServiceTarget;
  /** Key of the service. */
  readonly key: string;
  readonly destination: DestinationTarget | null;
  /** Key of the destination; empty for the service itself. */
  readonly name: string;
}

export interface Difference {
  readonly entry: Entry;
  readonly kind: 'missing' | 'changed' | 'unwanted';
}

type Claim = DestinationSettings | null | 'asFound' | Fallback;

/** How it shall stand if it does not; else as it does. */
interface Fallback {
  readonly ifMissing: DestinationSettings;
}

interface WantedService {
  readonly claims: Map<ActorId, ServiceSettings>;
  /** By destination, then by place and actor. Null: it is known, and shall not stand. */
  readonly destinations: Map<string, Map<string, Claim>>;
}

/** Settings are null where something stands and nobody knows how. */
interface HeldService {
  settings: ServiceSettings | null;
  readonly destinations: Map<string, DestinationSettings | null>;
}

interface Asked {
  readonly destinations: readonly DestinationPlan[];
  /** Of each service itself and, behind it, its destinations in the order of the plan. */
  readonly entries: readonly Entry[];
}

const NOTHING: Asked = { destinations: [], entries: [] };

export class ServiceTable {
  readonly #asked = new Map<ActorId, Asked>();
  /** What each wanted before and does not any more, by the entry's id, until it is known to be gone: the kernel may refuse. */
  readonly #leftovers = new Map<ActorId, Map<string, Entry>>();
  readonly #wanted = new Map<string, WantedService>();
  #held = new Map<string, HeldService>();

  /** What the kernel holds was read anew. */
  learn(table: IpvsTable): void {
    this.#held = new Map();
    for (const [key, { settings, destinations }] of table) {
      const entries = [...destinations].map(([name, one]) => [name, one.settings] as const);
      this.#held.set(key, { settings, destinations: new Map(entries) });
    }
  }

  /** An actor wants this from now on, and nothing else of what it wanted before. Gives the entries that this concerns. */
  hold(
    actor: ActorId,
    plan: ServicePlan,
    destinations: readonly DestinationPlan[],
    weights: Weights,
  ): readonly Entry[] {
    const { entries: before } = this.#askedBy(actor);
    this.#forget(actor);
    const targets = plan.ranges.flatMap(targetsOf);
    const entries = targets.flatMap((target) => [
      entryOf(target, null),
      ...destinations.map((each) => entryOf(target, destinationAt(each, target))),
    ]);
    this.#asked.set(actor, { destinations, entries });
    this.#noteLeftovers(actor, before, entries);
    for (const { key, service, destination } of entries) {
      if (destination !== null) continue;
      const wanted = this.#wanted.get(key) ?? { claims: new Map(), destinations: new Map() };
      wanted.claims.set(actor, settingsAt(plan, service));
      this.#wanted.set(key, wanted);
    }
    this.#claim(
      actor,
      destinations.map((_, place) => [place, weights[place] ?? null]),
    );
    return [...entries, ...before, ...(this.#leftovers.get(actor)?.values() ?? [])];
  }

  /** Other weights for some destinations of an actor. Gives the entries that this concerns. */
  weigh(actor: ActorId, changes: readonly WeightChange[]): readonly Entry[] {
    return this.#claim(actor, changes);
  }

  #claim(actor: ActorId, changes: readonly WeightChange[]): readonly Entry[] {
    const { destinations, entries } = this.#askedBy(actor);
    const changed: Entry[] = [];
    for (let at = 0; at < entries.length; at += destinations.length + 1) {
      for (const [place, weight] of changes) {
        const plan = destinations[place];
        const entry = entries[at + 1 + place];
        const service = entry === undefined ? undefined : this.#wanted.get(entry.key);
        if (plan === undefined || entry === undefined || service === undefined) continue;
        const claims = service.destinations.get(entry.name) ?? new Map();
        claims.set(`${place} ${actor}`, claimOf(plan, weight));
        service.destinations.set(entry.name, claims);
        changed.push(entry);
      }
    }
    return changed;
  }

  /** An actor wants nothing any more. Gives the entries that this concerns. */
  release(actor: ActorId): readonly Entry[] {
    const { entries } = this.#askedBy(actor);
    this.#forget(actor);
    // The kernel may refuse, and a reload have the actor want some of it again.
    this.#noteLeftovers(actor, entries, []);
    return entries;
  }

  leaving(): readonly ActorId[] {
    return [...this.#leftovers.keys()];
  }

  /** All that an actor asked for last has been done, or refused. */
  settled(actor: ActorId): void {
    const leftovers = this.#leftovers.get(actor);
    if (leftovers === undefined) return;
    for (const entry of leftovers.values()) if (this.#isOver(entry)) leftovers.delete(entry.id);
    if (leftovers.size === 0) this.#leftovers.delete(actor);
  }

  /** What of an actor's entries is not as it shall be. */
  differences(actor: ActorId): readonly Difference[] {
    const found = new Map<string, Difference>();
    const leftovers = this.#leftovers.get(actor);
    for (const entry of [...this.#askedBy(actor).entries, ...(leftovers?.values() ?? [])]) {
      const request = this.requestFor(entry);
      if (request !== null) found.set(entry.id, { entry, kind: KINDS[request.does] });
    }
    this.settled(actor);
    return [...found.values()];
  }

  /** A leftover is none any more: whoever adds it from now on is somebody else. What stands in a service that is to go is one. */
  #isOver(entry: Entry): boolean {
    if (this.requestFor(entry) !== null) return false;
    return entry.destination === null || this.#wanted.has(entry.key) || !this.#stands(entry);
  }

  #noteLeftovers(actor: ActorId, before: readonly Entry[], entries: readonly Entry[]): void {
    const leftovers = this.#leftovers.get(actor) ?? new Map<string, Entry>();
    for (const entry of before) leftovers.set(entry.id, entry);
    for (const { id } of entries) leftovers.delete(id);
    if (leftovers.size > 0) this.#leftovers.set(actor, leftovers);
    else this.#leftovers.delete(actor);
  }

  /** Services and destinations of an actor that shall stand, and those of them that do. */
  counts(actor: ActorId): { readonly wanted: number; readonly standing: number } {
    const wanted = new Set<string>();
    let standing = 0;
    for (const entry of this.#askedBy(actor).entries) {
      if (wanted.has(entry.id) || !this.#isWanted(entry)) continue;
      wanted.add(entry.id);
      if (this.#stands(entry)) standing += 1;
    }
    return { wanted: wanted.size, standing };
  }

  #askedBy(actor: ActorId): Asked {
    return this.#asked.get(actor) ?? NOTHING;
  }

  #isWanted({ key, destination, name }: Entry): boolean {
    const wanted = this.#wanted.get(key);
    if (wanted === undefined || destination === null) return wanted !== undefined;
    const claim = strongest(wanted.destinations.get(name));
    return claim !== null && claim !== 'asFound';
  }

  #stands({ key, destination, name }: Entry): boolean {
    const held = this.#held.get(key);
    return held !== undefined && (destination === null || held.destinations.has(name));
  }

  /** Whether the service of a destination does not stand though it should: nothing can be asked for the destination. */
  lacksService(entry: Entry): boolean {
    return entry.destination !== null && this.#isWanted(entry) && !this.#held.has(entry.key);
  }

  /** What brings an entry of an actor of ours to what is wanted; null: it is so. */
  requestFor(entry: Entry): IpvsRequest | null {
    const { service, key, destination } = entry;
    const wanted = this.#wanted.get(key);
    const held = this.#held.get(key);
    if (destination !== null) {
      // Destinations come and go with their service.
      if (wanted === undefined) return null;
      return destinationRequest(entry, destination, wanted, held);
    }
    const [settings] = wanted?.claims.values() ?? [];
    if (settings === undefined) return held === undefined ? null : { does: 'remove', service };
    if (held === undefined) return { does: 'add', service, settings };
    const isSo = held.settings !== null && sameService(held.settings, settings);
    return isSo ? null : { does: 'change', service, settings };
  }

  /** The kernel has done it. */
  done(request: IpvsRequest): void {
    if (request.does === 'flush') {
      this.#held.clear();
      return;
    }
    const key = targetKey(request.service);
    const held = this.#held.get(key);
    switch (request.does) {
      case 'add':
        this.#held.set(key, { settings: request.settings, destinations: new Map() });
        return;
      case 'change':
        if (held !== undefined) held.settings = request.settings;
        return;
      case 'remove':
        this.#held.delete(key);
        return;
      case 'removeDestination':
        held?.destinations.delete(destinationKey(request.destination));
        return;
      default:
        held?.destinations.set(destinationKey(request.destination), request.settings);
    }
  }

  /**
   * The kernel has refused it because its table is not as it was taken to be: somebody else has changed it. What is known
   * of the entry is put right. False for any other refusal.
   */
  surprise(request: IpvsRequest, code: string): boolean {
    if (request.does === 'flush') return false;
    const key = targetKey(request.service);
    switch (`${request.does} ${code}`) {
      case 'add EEXIST':
        this.#held.set(key, { settings: null, destinations: new Map() });
        return true;
      case 'addDestination EEXIST':
        if ('destination' in request)
          this.#held.get(key)?.destinations.set(destinationKey(request.destination), null);
        return true;
      case 'changeDestination ENOENT':
      case 'removeDestination ENOENT':
        if ('destination' in request)
          this.#held.get(key)?.destinations.delete(destinationKey(request.destination));
        return true;
      default:
        // No such service: neither are its destinations there.
        if (code === 'ESRCH') this.#held.delete(key);
        return code === 'ESRCH';
    }
  }

  #forget(actor: ActorId): void {
    const { destinations, entries } = this.#askedBy(actor);
    this.#asked.delete(actor);
    entries.forEach(({ key, destination, name }, at) => {
      const service = this.#wanted.get(key);
      if (service === undefined) return;
      if (destination === null) {
        service.claims.delete(actor);
        if (service.claims.size === 0) this.#wanted.delete(key);
        return;
      }
      const claims = service.destinations.get(name);
      claims?.delete(`${(at % (destinations.length + 1)) - 1} ${actor}`);
      if (claims?.size === 0) service.destinations.delete(name);
    });
  }
}

const KINDS = {
  add: 'missing',
  addDestination: 'missing',
  change: 'changed',
  changeDestination: 'changed',
  remove: 'unwanted',
  removeDestination: 'unwanted',
  flush: 'unwanted',
} as const;

function entryOf(service: ServiceTarget, destination: DestinationTarget | null): Entry {
  const name = destination === null ? '' : destinationKey(destination);
  const key = targetKey(service);
  return { id: `${key} ${name}`, service, key, destination, name };
}

function claimOf(plan: DestinationPlan, weight: TableWeight): Claim {
  if (weight === 'asFoundOrIdle') return { ifMissing: destinationSettings(plan, 0) };
  return typeof weight === 'number' ? destinationSettings(plan, weight) : weight;
}

/** Who says more about it has a larger one. */
function weightOf(claim: Claim): number {
  if (claim === null) return -3;
  if (claim === 'asFound') return -2;
  return 'ifMissing' in claim ? -1 : claim.weight;
}

/** The claim with the largest weight, the first of equals; null if it shall not stand, undecided if nobody says more. */
function strongest(claims: ReadonlyMap<string, Claim> | undefined): Claim {
  let found: Claim = null;
  for (const claim of claims?.values() ?? []) if (weightOf(claim) > weightOf(found)) found = claim;
  return found;
}

function destinationRequest(
  { service, name }: Entry,
  destination: DestinationTarget,
  wanted: WantedService,
  held: HeldService | undefined,
): IpvsRequest | null {
  const settings = strongest(wanted.destinations.get(name));
  const now = held?.destinations.get(name);
  if (settings === 'asFound') return null;
  if (settings === null)
    return now === undefined ? null : { does: 'removeDestination', service, destination };
  if ('ifMissing' in settings) {
    const { ifMissing } = settings;
    return now === undefined ? { does: 'addDestination', service, destination, settings: ifMissing } : null;
  }
  if (now === undefined) return { does: 'addDestination', service, destination, settings };
  const isSo = now !== null && sameDestination(now, settings);
  return isSo ? null : { does: 'changeDestination', service, destination, settings };
}
