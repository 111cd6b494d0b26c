/**
 * Every state that a sync group and its members can reach together: the real charts, their signals in one queue as in
 * the engine, a kernel that answers at once, and an outside that does what it likes. Used by tests only.
 */
import type { AnyMachineSnapshot } from 'xstate';
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent } from '../declare.ts';
import { type MachineDefinition, syncGroupDefinition, vrrpDefinition } from '../registry.ts';
import { vrrpInput } from '../vrrp/vrrp.fixture.ts';
import type { SyncGroupContext } from './sync-group.context.ts';

const GROUP = 'group/VG';

interface Letter {
  readonly to: string;
  readonly event: ActorEvent;
}

/** One state of all of them, and what is still on its way. */
export interface Product {
  readonly snapshots: ReadonlyMap<string, AnyMachineSnapshot>;
  readonly queue: readonly Letter[];
}

export interface ProductOptions {
  readonly members: number;
  /** The outside may act while no more letters than this are on their way. */
  readonly mostInFlight: number;
  /** Events of the outside, for any member. */
  readonly outside: readonly ActorEvent[];
  readonly definition?: MachineDefinition;
}

export const SILENT: ActorEvent = {
  type: 'master.silent',
  silentUs: 3,
  allowedUs: 3,
  missedAdverts: 3,
  lateUs: 0,
};
export const HIGHER: ActorEvent = {
  type: 'advert.received',
  source: '10.0.0.9',
  priority: 200,
  advertIntervalUs: 1_000_000,
  addresses: [],
};
export const LINK_DOWN: ActorEvent = { type: 'link.down' };
export const LINK_UP: ActorEvent = { type: 'link.up' };
/** A reload: it goes, and another one begins under its name. */
export const REPLACED: ActorEvent = { type: 'instance.removed' };
const STARTED: ActorEvent = { type: 'instance.started', linkUp: true, sourceAddress: '10.0.0.1' };
export const DELETED: ActorEvent = { type: 'object.deleted', object: 'address', name: '10.0.0.100' };

const ANSWERS: Readonly<Record<string, ActorEvent>> = {
  addVips: { type: 'vips.added' },
  removeVips: { type: 'vips.removed' },
};

function letters(actor: string, { effects }: Evaluation): Letter[] {
  return effects.flatMap(({ type, params }): Letter[] => {
    const answer = ANSWERS[type];
    if (answer !== undefined) return [{ to: actor, event: answer }];
    const event = params.event as ActorEvent;
    if (type === 'signalActor') return [{ to: String(params.actor), event }];
    return type === 'signalActors' ? (params.actors as string[]).map((to) => ({ to, event })) : [];
  });
}

/** The group hears of another one under a name before that one says anything. */
function beginning(member: string): Letter[] {
  return [
    { to: GROUP, event: { type: 'members.returned', members: [member] } },
    { to: member, event: STARTED },
  ];
}

export class Exploration {
  /** Every state by its key, in the order found. */
  readonly states = new Map<string, Product>();
  /** Keys of the states that a state leads to. */
  readonly steps = new Map<string, Set<string>>();
  readonly members: readonly string[];
  readonly #options: ProductOptions;

  constructor(options: ProductOptions) {
    this.#options = options;
    this.members = Array.from({ length: options.members }, (_, at) => `vrrp/${'ABC'[at]}`);
    let frontier = [this.#begin()];
    while (frontier.length > 0) {
      const found: Product[] = [];
      for (const product of frontier) {
        const key = this.#key(product);
        if (this.states.has(key)) continue;
        this.states.set(key, product);
        const next = this.#next(product);
        this.steps.set(key, new Set(next.map((each) => this.#key(each))));
        found.push(...next);
      }
      frontier = found;
    }
  }

  /** States in which nothing is on its way. */
  get settled(): readonly Product[] {
    return [...this.states.values()].filter(({ queue }) => queue.length === 0);
  }

  stateOf({ snapshots }: Product, actor: string): { readonly protocol: string; readonly addresses: string } {
    const value = snapshots.get(actor)?.value as { protocol: string | object; addresses: string };
    const { protocol, addresses } = value;
    return {
      protocol: typeof protocol === 'string' ? protocol : (Object.keys(protocol)[0] ?? ''),
      addresses,
    };
  }

  hasOwnFault({ snapshots }: Product, actor: string): boolean {
    const reasons = snapshots.get(actor)?.context.faultReasons as readonly string[];
    return reasons.some((reason) => reason !== 'group');
  }

  groupState({ snapshots }: Product): string {
    return String(snapshots.get(GROUP)?.value);
  }

  roles(product: Product): readonly string[] {
    return this.members.map((member) => this.stateOf(product, member).protocol);
  }

  /** Keys of the states from which a state for which `isGoal` holds can be reached. */
  leadingTo(isGoal: (product: Product) => boolean): ReadonlySet<string> {
    const before = new Map<string, string[]>();
    for (const [from, targets] of this.steps) {
      for (const to of targets) before.set(to, [...(before.get(to) ?? []), from]);
    }
    const open = [...this.states].flatMap(([key, product]) => (isGoal(product) ? [key] : []));
    const reached = new Set(open);
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      for (const from of before.get(key) ?? []) {
        if (reached.has(from)) continue;
        reached.add(from);
        open.push(from);
      }
    }
    return reached;
  }

  describe(product: Product): string {
    return this.#key(product);
  }

  #begin(): Product {
    const snapshots = new Map<string, AnyMachineSnapshot>();
    const input = { name: 'VG', actor: GROUP, members: this.members };
    snapshots.set(GROUP, startActor(syncGroupDefinition, input).snapshot);
    for (const actor of this.members) snapshots.set(actor, this.#newMember(actor));
    return { snapshots, queue: this.members.map((to) => ({ to, event: STARTED })) };
  }

  #newMember(actor: string): AnyMachineSnapshot {
    const own = vrrpInput({ name: actor.slice(5), actor, group: GROUP, garpMasterDelayUs: 0 });
    return startActor(this.#options.definition ?? vrrpDefinition, own).snapshot;
  }

  #next(product: Product): Product[] {
    const [first, ...rest] = product.queue;
    const next: Product[] = [];
    if (first !== undefined) next.push(this.#deliver({ ...product, queue: rest }, first));
    if (product.queue.length > this.#options.mostInFlight) return next;
    for (const to of this.members) {
      for (const event of this.#options.outside) {
        if (this.#isPossible(product, to, event)) next.push(this.#deliver(product, { to, event }));
      }
    }
    return next;
  }

  /** Facts that cannot be: a link that comes up twice, a silence that nobody waited for. */
  #isPossible(product: Product, actor: string, event: ActorEvent): boolean {
    const context = product.snapshots.get(actor)?.context;
    if (context.started !== true) return false;
    const isDown = (context.faultReasons as readonly string[]).includes('link');
    if (event.type === 'link.down') return !isDown;
    if (event.type === 'link.up') return isDown;
    if (event.type === 'object.deleted') return this.stateOf(product, actor).addresses === 'held';
    return true;
  }

  #deliver({ snapshots, queue }: Product, { to, event }: Letter): Product {
    const definition = to === GROUP ? syncGroupDefinition : (this.#options.definition ?? vrrpDefinition);
    const before = snapshots.get(to);
    if (before === undefined) throw new Error(`nobody is called ${to}`);
    const evaluation = evaluate(definition, before, event);
    const isReplaced = event.type === REPLACED.type;
    const said = letters(to, evaluation).filter((letter) => !isReplaced || letter.to !== to);
    return {
      snapshots: new Map(snapshots).set(to, isReplaced ? this.#newMember(to) : evaluation.snapshot),
      queue: [...queue, ...said, ...(isReplaced ? beginning(to) : [])],
    };
  }

  /** Without what has no consequence: who was heard last. */
  #key({ snapshots, queue }: Product): string {
    const actors = [...snapshots].map(([actor, { value, context }]) => {
      if (actor === GROUP) {
        const { standings, told } = context as SyncGroupContext;
        return { value, standings: Object.entries(standings).sort(), told };
      }
      const { faultReasons, pending, willing, reported, started, master } = context;
      return {
        value,
        faultReasons: [...faultReasons].sort(),
        pending,
        willing,
        reported,
        started,
        master: master !== null,
      };
    });
    return JSON.stringify([actors, queue]);
  }
}

/** What must hold in a state in which nothing is on its way; empty if it does. */
export function wrongs(exploration: Exploration, product: Product): string[] {
  const found: string[] = [];
  const roles = exploration.roles(product);
  const masters = roles.filter((role) => role === 'master').length;
  const faulty = exploration.members.some((member) => exploration.hasOwnFault(product, member));
  if (masters > 0 && masters < roles.length) found.push(`some are master: ${roles.join()}`);
  if (faulty && roles.some((role) => role !== 'fault'))
    found.push(`not all share the fault: ${roles.join()}`);
  if (!faulty && roles.includes('fault')) found.push(`a fault that nobody has: ${roles.join()}`);
  const expected = masters > 0 ? 'master' : faulty ? 'fault' : 'backup';
  const state = exploration.groupState(product);
  if (state !== expected) found.push(`the group says ${state}: ${roles.join()}`);
  for (const member of exploration.members) {
    const { protocol, addresses } = exploration.stateOf(product, member);
    const holds = addresses === 'held';
    if (holds !== (protocol === 'master')) found.push(`${member} is ${protocol}, its addresses ${addresses}`);
  }
  return found.map((text) => `${text} in ${exploration.describe(product)}`);
}
