/**
 * Every state that a VRRP instance can reach: the real chart, a kernel that answers in order when it likes, and an outside
 * that does whatever can happen. Time, and what has no consequence, is left out, so that there is an end. Used by tests only.
 */
import type { AnyMachineSnapshot } from 'xstate';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { type MachineDefinition, vrrpDefinition } from '../registry.ts';
import { heldAddresses } from './input/objects.ts';
import type { VrrpContext } from './vrrp.context.ts';
import type { VrrpEvent } from './vrrp.events.ts';
import type { VrrpInput } from './vrrp.input.ts';
import { FAULT_KINDS, type FaultKind } from './vrrp.standing.ts';

type RequestKind = 'addVips' | 'removeVips' | 'createDevices' | 'removeDevices';

/** What holds outside the chart, kept from its effects. */
interface World {
  /** Asked of the kernel and not answered, oldest first. */
  readonly requests: readonly { readonly kind: RequestKind; readonly addresses: readonly string[] }[];
  readonly kernel: readonly string[];
  readonly devices: boolean;
  readonly timers: readonly string[];
  readonly watching: boolean;
  /** Priority of the advert that leaves as soon as there is silence, before the chart is asked. */
  readonly first: number | null;
  readonly open: boolean;
}

export interface Place {
  readonly key: string;
  readonly snapshot: AnyMachineSnapshot;
  readonly world: World;
}

export interface Step {
  readonly from: Place;
  readonly to: Place;
  readonly event: VrrpEvent['type'] | 'timer.expired';
}

export interface Scenario {
  readonly name: string;
  /** The first one is in force at start, the others after a reload. */
  readonly inputs: readonly [VrrpInput, ...VrrpInput[]];
  /** What the outside may tell at any time; what only sometimes can be is known here. */
  readonly outside: readonly VrrpEvent[];
  /** The kernel may refuse. */
  readonly failing?: boolean;
  readonly definition?: MachineDefinition;
}

const MOST_STATES = 30_000;

/** Nothing of the protocol depends on these regions: they only tell. */
const TELLING: ReadonlySet<string> = new Set(['notices', 'garp', 'contest', 'refresh']);

const ANSWERS: Readonly<Record<RequestKind, readonly [VrrpEvent, VrrpEvent]>> = {
  addVips: [{ type: 'vips.added' }, { type: 'vips.addFailed', address: '10.0.0.100', error: 'EPERM' }],
  removeVips: [
    { type: 'vips.removed' },
    { type: 'vips.removeFailed', address: '10.0.0.100', error: 'EPERM' },
  ],
  createDevices: [{ type: 'device.created' }, { type: 'device.failed', error: 'EPERM' }],
  removeDevices: [{ type: 'device.removed' }, { type: 'device.removeFailed', error: 'EPERM' }],
};

export function contextOf({ snapshot }: Pick<Place, 'snapshot'>): VrrpContext {
  return snapshot.context as VrrpContext;
}

export function roleOf({ snapshot }: Place): string {
  const { protocol } = snapshot.value as { protocol: string | object };
  return typeof protocol === 'string' ? protocol : (Object.keys(protocol)[0] ?? '');
}

export function addressesOf({ snapshot }: Place): string {
  return String((snapshot.value as JsonObject).addresses);
}

export function kindOf(reason: string): FaultKind {
  if (reason.startsWith('tracker/')) return 'tracker';
  return FAULT_KINDS.find((kind) => kind === reason) ?? 'named';
}

function afterEffect(world: World, { type, params }: Effect): World {
  switch (type) {
    case 'addVips':
    case 'removeVips':
    case 'createDevices':
    case 'removeDevices': {
      const addresses = ((params.addresses ?? []) as { address: string }[]).map(({ address }) => address);
      return { ...world, requests: [...world.requests, { kind: type, addresses }] };
    }
    case 'armTimer':
      return { ...world, timers: [...new Set([...world.timers, String(params.timer)])].sort() };
    case 'disarmTimer':
      return { ...world, timers: world.timers.filter((timer) => timer !== params.timer) };
    case 'watchMaster':
    case 'adjustWatch': {
      const first = (params.thenAnnounce as { priority: number } | undefined)?.priority ?? null;
      return type === 'watchMaster' || world.watching ? { ...world, watching: true, first } : world;
    }
    case 'stopWatching':
      return { ...world, watching: false, first: null };
    case 'openHeartbeat':
    case 'closeHeartbeat':
      // A new ear knows nothing of what was watched.
      return { ...world, open: type === 'openHeartbeat', watching: false, first: null };
    default:
      return world;
  }
}

/** The world when the kernel has done what was asked first. */
function served(world: World): World {
  const [first, ...requests] = world.requests;
  if (first === undefined) return world;
  const rest = world.kernel.filter((address) => !first.addresses.includes(address));
  switch (first.kind) {
    case 'addVips':
      return { ...world, requests, kernel: [...rest, ...first.addresses].sort() };
    case 'removeVips':
      return { ...world, requests, kernel: rest };
    default:
      return { ...world, requests, devices: first.kind === 'createDevices' };
  }
}

export class VrrpExploration {
  /** In the order found. */
  readonly places = new Map<string, Place>();
  /** The steps that lead to a state. */
  readonly arrivals = new Map<Place, Step[]>();
  readonly scenario: Scenario;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    const { snapshot } = startActor(scenario.definition ?? vrrpDefinition, scenario.inputs[0]);
    // A predecessor that was killed left its addresses.
    const kernel = heldAddresses(scenario.inputs[0]).map(({ address }) => address);
    const silent = { watching: false, first: null, open: false };
    const world: World = { requests: [], kernel, devices: false, timers: [], ...silent };
    const open = [this.#add({ key: this.#key(snapshot, world), snapshot, world })];
    for (const place of open) {
      for (const [event, before] of this.#possible(place)) {
        const found = this.#step(place, event, before);
        const known = this.places.get(found.key);
        const to = known ?? this.#add(found);
        this.arrivals.get(to)?.push({ from: place, to, event: event.type as Step['event'] });
        if (known === undefined) open.push(to);
      }
      if (this.places.size > MOST_STATES)
        throw new Error(`${scenario.name}: more than ${MOST_STATES} states`);
    }
  }

  get steps(): readonly Step[] {
    return [...this.arrivals.values()].flat();
  }

  /** The states from which one that is a goal can be reached, by these steps alone. */
  leadingTo(isGoal: (place: Place) => boolean, counts: (step: Step) => boolean): ReadonlySet<Place> {
    const open = [...this.places.values()].filter(isGoal);
    const reached = new Set(open);
    for (const place of open) {
      for (const step of this.arrivals.get(place) ?? []) {
        if (reached.has(step.from) || !counts(step)) continue;
        reached.add(step.from);
        open.push(step.from);
      }
    }
    return reached;
  }

  #add(place: Place): Place {
    this.places.set(place.key, place);
    this.arrivals.set(place, []);
    return place;
  }

  /** Every event that can come now, and the world in which it comes. */
  #possible(place: Place): [ActorEvent, World][] {
    const { snapshot, world } = place;
    const possible: [ActorEvent, World][] = [];
    const [request] = world.requests;
    if (request !== undefined) {
      const [done, refused] = ANSWERS[request.kind];
      possible.push([{ ...done }, served(world)]);
      const requests = world.requests.slice(1);
      if (this.scenario.failing === true) possible.push([{ ...refused }, { ...world, requests }]);
    }
    for (const timer of world.timers) {
      const timers = world.timers.filter((other) => other !== timer);
      possible.push([
        { type: 'timer.expired', timer },
        { ...world, timers },
      ]);
    }
    // Bounds what is under way: the kernel is not slower than the outside is quick.
    if (world.requests.length > 1) return possible;
    for (const event of this.scenario.outside) {
      if (!canHappen(event, place)) continue;
      const next = event.type === 'device.deleted' ? { ...world, devices: false } : world;
      possible.push([{ ...event } as ActorEvent, event.type === 'object.deleted' ? lost(next, event) : next]);
    }
    for (const input of this.scenario.inputs) {
      const differs = input !== (snapshot.context as VrrpContext).input;
      if (differs && contextOf(place).started)
        possible.push([{ type: 'instance.reconfigured', input } as unknown as ActorEvent, world]);
    }
    return possible;
  }

  #step({ snapshot }: Place, event: ActorEvent, before: World): Place {
    const { effects, snapshot: next } = evaluate(this.scenario.definition ?? vrrpDefinition, snapshot, event);
    const world = effects.reduce(afterEffect, before);
    return { key: this.#key(next, world), snapshot: next, world };
  }

  /** Without counters, times, and who exactly it was. */
  #key(snapshot: AnyMachineSnapshot, world: World): string {
    const { input, faultReasons, pending, trackers, master, rival, ...context } =
      snapshot.context as VrrpContext;
    const { started, sourceAddress, effectivePriority, conceded, willing, reported, farewell } = context;
    const { leftover, outdated } = context;
    const regions = Object.entries(snapshot.value as JsonObject).filter(([region]) => !TELLING.has(region));
    return JSON.stringify([
      regions,
      this.scenario.inputs.indexOf(input),
      [...faultReasons].sort(),
      [...pending].sort(),
      Object.entries(trackers).sort(),
      master === null ? null : [master.source, master.priority],
      rival !== null,
      [leftover.addresses.map(({ address }) => address).sort(), outdated],
      [started, sourceAddress, effectivePriority, conceded, willing, reported, farewell !== null],
      world,
    ]);
  }
}

function lost(world: World, { name }: Extract<VrrpEvent, { type: 'object.deleted' }>): World {
  return { ...world, kernel: world.kernel.filter((address) => address !== name) };
}

function hasAddress(input: VrrpInput, address: string): boolean {
  return heldAddresses(input).some((vip) => vip.address === address);
}

/** Services do not tell a silence that nobody waits for, and the kernel tells what changes. */
function canHappen(event: VrrpEvent, place: Place): boolean {
  const { started, faultReasons, input } = contextOf(place);
  const { world } = place;
  if (event.type === 'instance.started') return !started;
  if (!started) return false;
  switch (event.type) {
    case 'advert.received':
      return world.open;
    case 'master.silent':
      return world.watching;
    case 'link.down':
    case 'source.lost':
      return !faultReasons.includes(event.type === 'link.down' ? 'link' : 'source');
    case 'link.up':
    case 'source.found':
      return faultReasons.includes(event.type === 'link.up' ? 'link' : 'source');
    case 'fault.cleared':
      return faultReasons.includes(event.reason);
    case 'object.deleted':
      return world.kernel.includes(event.name) && hasAddress(input, event.name);
    case 'device.deleted':
      return world.devices && world.requests.length === 0;
    case 'group.decided':
      return input.group !== null;
    case 'tracker.changed':
      return input.trackers.some(({ tracker }) => tracker === event.tracker);
    default:
      return true;
  }
}

/** What must hold in a state; empty if it does. */
export function wrongsIn(place: Place): string[] {
  const { world, key } = place;
  const { faultReasons, pending, input, farewell, started } = contextOf(place);
  const [role, addresses] = [roleOf(place), addressesOf(place)];
  const found: string[] = [];
  if (role === 'master' && faultReasons.length > 0) found.push('a master with a fault');
  if (role === 'backup' && faultReasons.length > 0) found.push('a backup with a fault');
  if (role === 'fault' && faultReasons.length + pending.length === 0) found.push('a fault without a reason');
  if (started && farewell === null && faultReasons.length > 0 && role !== 'fault')
    found.push(`a fault hidden by ${role}`);
  if (role !== 'backup' && world.watching) found.push(`${role} watches a master`);
  const isInheriting = addresses === 'inherited';
  const mayInherit =
    (place.snapshot.value as JsonObject).startup === 'resuming' && world.timers.includes('vrrp.lease');
  if (isInheriting !== mayInherit && role !== 'master') found.push(`${role} that inherits without end`);
  if (world.requests.length === 0 && started && !isInheriting) {
    const wanted = heldAddresses(input)
      .map(({ address }) => address)
      .sort();
    const held = JSON.stringify(world.kernel);
    // What the kernel refused to add is missing; what it refused to remove is removed again later.
    const isRefused = ['incomplete', 'untidy', 'stuck'].includes(addresses);
    if (role === 'master' && !isRefused && held !== JSON.stringify(wanted))
      found.push(`a master that holds ${held}`);
    if (role !== 'master' && !isRefused && world.kernel.length > 0) found.push(`${role} that holds ${held}`);
    const settled = role === 'master' ? ['held', 'incomplete', 'untidy'] : ['absent', 'stuck'];
    if (!settled.includes(addresses))
      found.push(`${role}, its addresses ${addresses} though nothing is under way`);
  }
  return found.map((text) => `${text}: ${key}`);
}
