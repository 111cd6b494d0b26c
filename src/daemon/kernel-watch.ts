/** Keeps what netlink reports about interfaces, and tells each instance what changed for it. */

import type { VrrpActor } from '../config/actors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent, ActorId } from '../engine/types.ts';
import type { VrrpEvent } from '../machines/vrrp/vrrp.events.ts';
import {
  ABSENT_INTERFACE,
  deletionFacts,
  type InterfaceView,
  interfacesOf,
  type KernelView,
  type Standing,
  standingFacts,
  standingOf,
  startFact,
  type Uptimes,
} from '../machines/vrrp/vrrp.kernel-facts.ts';

export interface LinkChange {
  readonly interface: string;
  readonly up: boolean;
}

export interface AddressChange {
  readonly interface: string;
  readonly address: string;
  readonly change: 'added' | 'deleted';
}

interface Watched {
  readonly actor: VrrpActor;
  readonly interfaces: ReadonlySet<string>;
  /** Null until it was told its first fact. */
  standing: Standing | null;
}

const NO_UPTIMES: Uptimes = { machineUptimeUs: 0, processUptimeUs: 0 };
const NO_ADDRESSES: ReadonlySet<string> = new Set();

export class KernelWatch {
  readonly #engine: Engine;
  readonly #uptimes: () => Uptimes;
  readonly #watched = new Map<ActorId, Watched>();
  /** Only of interfaces that exist: on some machines they come and go all day, under ever new names. */
  readonly #interfaces = new Map<string, InterfaceView>();
  /** By interface: what instances put there. */
  #virtual = new Map<string, Set<string>>();

  /** `uptimes`: how long the machine and this program have been running. */
  constructor(engine: Engine, uptimes: () => Uptimes = () => NO_UPTIMES) {
    this.#engine = engine;
    this.#uptimes = uptimes;
  }

  /** Number of interfaces that are remembered. */
  get size(): number {
    return this.#interfaces.size;
  }

  /** What the tables hold before anything started; posts nothing. */
  preset(name: string, view: InterfaceView): void {
    this.#put(name, view);
  }

  /**
   * Watches for these from now on, all together: none may take a virtual address of another for one of the machine's own.
   * A new one is given its first fact; one that is watched already is told what its new configuration changes.
   */
  follow(actors: readonly VrrpActor[]): void {
    const followed = actors.map((actor) => {
      const standing = this.#watched.get(actor.id)?.standing ?? null;
      const watched = { actor, interfaces: new Set(interfacesOf(actor.input)), standing };
      this.#watched.set(actor.id, watched);
      return watched;
    });
    this.#collectVirtual();
    for (const watched of followed) {
      const before = watched.standing;
      const after = standingOf(watched.actor.input, this.#viewFor(watched), before);
      watched.standing = after;
      const facts =
        before === null
          ? [startFact(watched.actor.input, after, this.#uptimes())]
          : standingFacts(before, after);
      for (const fact of facts) this.#post(watched, fact);
    }
  }

  /** Nothing more is told to it. */
  forget(id: ActorId): void {
    if (this.#watched.delete(id)) this.#collectVirtual();
  }

  linkChanged({ interface: name, up }: LinkChange): void {
    this.#change(name, { ...this.#view(name), up });
  }

  addressChanged({ interface: name, address, change }: AddressChange): void {
    const view = this.#view(name);
    const others = view.addresses.filter((known) => known !== address);
    this.#change(name, { ...view, addresses: change === 'added' ? [...others, address] : others });
  }

  #view(name: string): InterfaceView {
    return this.#interfaces.get(name) ?? ABSENT_INTERFACE;
  }

  #put(name: string, view: InterfaceView): void {
    if (view.up || view.addresses.length > 0) this.#interfaces.set(name, view);
    else this.#interfaces.delete(name);
  }

  #change(name: string, after: InterfaceView): void {
    const before = this.#view(name);
    this.#put(name, after);
    for (const watched of this.#watched.values()) {
      const { actor, interfaces, standing } = watched;
      // A configured source may be on an interface that is otherwise none of its business.
      if (standing === null || !(interfaces.has(name) || actor.input.sourceAddress !== null)) continue;
      watched.standing = standingOf(actor.input, this.#viewFor(watched), standing);
      const facts = [
        ...standingFacts(standing, watched.standing),
        ...deletionFacts(actor.input, name, before, after),
      ];
      for (const fact of facts) this.#post(watched, fact);
    }
  }

  #viewFor({ actor }: Watched): KernelView {
    const virtualAddresses = this.#virtual.get(actor.input.interface) ?? NO_ADDRESSES;
    return { interfaces: this.#interfaces, virtualAddresses };
  }

  #collectVirtual(): void {
    this.#virtual = new Map();
    for (const { actor } of this.#watched.values()) {
      for (const vip of actor.input.addresses) {
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
