/** Keeps what netlink reports about interfaces, and tells each instance what changed for it. */

import type { VrrpActor } from '../config/actors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent, ActorId } from '../engine/types.ts';
import type { AddressChange } from '../io/addresses.ts';
import type { LinkState } from '../io/links.ts';
import type { GoneObject } from '../machines/kernel-objects.ts';
import { heldAddresses } from '../machines/vrrp/input/objects.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import {
  ABSENT_INTERFACE,
  deletionFacts,
  deviceFacts,
  type InterfaceView,
  interfacesOf,
  type KernelView,
  type Standing,
  standingFacts,
  standingOf,
  startFact,
  type Uptimes,
} from '../machines/vrrp/vrrp.kernel-facts.ts';
import type { FormerSelf } from '../machines/vrrp/vrrp.resumption.ts';
import type { OwnMark } from './own-removals.ts';

/** What of a link matters here, but for its state. */
export type LinkDescription = Pick<LinkState, 'interface' | 'index' | 'kind' | 'baseIndex' | 'gone'>;

/** The state of a link as it counts: delays and polling may have their say about what the kernel tells. */
export type LinkChange = Pick<LinkState, 'interface' | 'up'>;

/** Interfaces that share the wire, and the state, of the one they sit on. */
const SITS_ON_BASE = ['macvlan', 'macvtap', 'ipvlan', 'ipvtap'];

interface Watched {
  readonly actor: VrrpActor;
  /** Without those that others of them sit on. */
  readonly interfaces: ReadonlySet<string>;
  /** Null until it was told its first fact. */
  standing: Standing | null;
}

type FormerOf = (actor: VrrpActor) => FormerSelf | null;

const NO_UPTIMES: Uptimes = { machineUptimeUs: 0, processUptimeUs: 0 };
const NO_ADDRESSES: ReadonlySet<string> = new Set();

export class KernelWatch {
  readonly #engine: Engine;
  readonly #uptimes: () => Uptimes;
  readonly #formerOf: FormerOf;
  readonly #watched = new Map<ActorId, Watched>();
  /** Only of interfaces that exist: on some machines they come and go all day, under ever new names. */
  readonly #interfaces = new Map<string, InterfaceView>();
  readonly #names = new Map<number, string>();
  /** Of interfaces that sit on another: the index of that one. */
  readonly #bases = new Map<string, number>();
  /** By interface: what instances put there. */
  #virtual = new Map<string, Set<string>>();

  /** `uptimes`: how long the machine and this program have been running. `formerOf`: what a worker that died left of an instance. */
  constructor(engine: Engine, uptimes: () => Uptimes = () => NO_UPTIMES, formerOf: FormerOf = () => null) {
    this.#engine = engine;
    this.#uptimes = uptimes;
    this.#formerOf = formerOf;
  }

  /** Number of interfaces that are remembered. */
  get size(): number {
    return this.#interfaces.size;
  }

  /**
   * Watches for these from now on, all together: none may take a virtual address of another for one of the machine's own.
   * A new one is given its first fact; one that is watched already is told what its new configuration changes.
   */
  follow(actors: readonly VrrpActor[]): void {
    const followed = actors.map((actor) => {
      const standing = this.#watched.get(actor.id)?.standing ?? null;
      const made = actor.input.devices.map(({ name }) => name);
      const interfaces = new Set([actor.input.interface, ...made, ...interfacesOf(actor.input)]);
      const watched = { actor, interfaces, standing };
      this.#watched.set(actor.id, watched);
      return watched;
    });
    this.#collectVirtual();
    for (const watched of followed) {
      const before = watched.standing;
      const after = standingOf(watched.actor.input, this.#viewFor(watched), before);
      watched.standing = after;
      const facts = before === null ? [this.#startFact(watched.actor, after)] : standingFacts(before, after);
      for (const fact of facts) this.#post(watched, fact);
    }
  }

  #startFact(actor: VrrpActor, standing: Standing): VrrpEvent {
    const fact = startFact(actor.input, standing, this.#uptimes());
    const former = this.#formerOf(actor);
    return former === null || fact.type !== 'instance.started' ? fact : { ...fact, former };
  }

  /** Nothing more is told to it. */
  forget(id: ActorId): void {
    if (this.#watched.delete(id)) this.#collectVirtual();
  }

  /** An interface is there, is another kind now, or is gone. Whether it is up is told apart. */
  linkDescribed(link: LinkDescription): void {
    const { interface: name, index } = link;
    if (link.gone === true) {
      this.#interfaces.delete(name);
      this.#bases.delete(name);
      if (this.#names.get(index) === name) this.#names.delete(index);
    } else {
      this.#names.set(index, name);
      this.#interfaces.set(name, { ...this.#view(name), base: this.#baseOf(link) });
      // It may be told after those that sit on it, or have another name now.
      for (const [above, base] of this.#bases) {
        if (base === index) this.#interfaces.set(above, { ...this.#view(above), base: name });
      }
    }
    this.#tell(name);
    if (link.gone !== true) return;
    for (const watched of this.#watched.values()) {
      for (const fact of deviceFacts(watched.actor.input, name)) this.#post(watched, fact);
    }
  }

  linkChanged({ interface: name, up }: LinkChange): void {
    const view = this.#interfaces.get(name);
    if (view === undefined || view.up === up) return;
    this.#interfaces.set(name, { ...view, up });
    this.#tell(name);
  }

  addressChanged(change: AddressChange & OwnMark): void {
    const { interface: name, address } = change;
    const view = this.#interfaces.get(name);
    if (view !== undefined) {
      const others = view.addresses.filter((known) => known !== address);
      const addresses = change.change === 'added' ? [...others, address] : others;
      this.#interfaces.set(name, { ...view, addresses });
    }
    this.#tell(name);
    if (change.change === 'deleted') this.objectDeleted({ object: 'address', ...change });
  }

  objectDeleted(gone: GoneObject): void {
    for (const watched of this.#watched.values()) {
      for (const fact of deletionFacts(watched.actor.input, gone)) this.#post(watched, fact);
    }
  }

  /** Null if no interface has this index. */
  nameOf(index: number): string | null {
    return this.#names.get(index) ?? null;
  }

  #view(name: string): InterfaceView {
    return this.#interfaces.get(name) ?? ABSENT_INTERFACE;
  }

  #baseOf({ interface: name, kind, baseIndex }: LinkDescription): string | null {
    if (kind === null || baseIndex === null || !SITS_ON_BASE.includes(kind)) return null;
    this.#bases.set(name, baseIndex);
    return this.#names.get(baseIndex) ?? null;
  }

  #tell(name: string): void {
    for (const watched of this.#watched.values()) {
      const { actor, standing } = watched;
      if (standing === null || !this.#concerns(watched, name)) continue;
      watched.standing = standingOf(actor.input, this.#viewFor(watched), standing);
      for (const fact of standingFacts(standing, watched.standing)) this.#post(watched, fact);
    }
  }

  /** A configured source may be on an interface that is otherwise none of its business. */
  #concerns({ actor, interfaces }: Watched, name: string): boolean {
    if (interfaces.has(name) || actor.input.sourceAddress !== null) return true;
    return [...interfaces].some((own) => this.#interfaces.get(own)?.base === name);
  }

  #viewFor({ actor }: Watched): KernelView {
    const virtualAddresses = this.#virtual.get(actor.input.interface) ?? NO_ADDRESSES;
    return { interfaces: this.#interfaces, virtualAddresses };
  }

  #collectVirtual(): void {
    this.#virtual = new Map();
    for (const { actor } of this.#watched.values()) {
      for (const vip of heldAddresses(actor.input)) {
        const known = this.#virtual.get(vip.interface);
        if (known === undefined) this.#virtual.set(vip.interface, new Set([vip.address]));
        else known.add(vip.address);
      }
    }
  }

  #post({ actor }: Watched, fact: VrrpEvent): void {
    this.#engine.post(actor.id, { ...fact } as ActorEvent);
  }
}
