/** Keeps what netlink reports about interfaces, and tells each instance what changed for it. */

import type { VrrpActor } from '../config/actors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
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
  readonly view: KernelView;
  /** Null until it was started. */
  standing: Standing | null;
}

export class KernelWatch {
  readonly #engine: Engine;
  readonly #watched: readonly Watched[];
  /** Only of interfaces that exist: on some machines they come and go all day, under ever new names. */
  readonly #interfaces = new Map<string, InterfaceView>();

  constructor(engine: Engine, actors: readonly VrrpActor[]) {
    this.#engine = engine;
    const virtual = new Map<string, Set<string>>();
    for (const vip of actors.flatMap(({ input }) => input.addresses)) {
      const known = virtual.get(vip.interface);
      if (known === undefined) virtual.set(vip.interface, new Set([vip.address]));
      else known.add(vip.address);
    }
    this.#watched = actors.map((actor) => ({
      actor,
      interfaces: new Set(interfacesOf(actor.input)),
      view: {
        interfaces: this.#interfaces,
        virtualAddresses: virtual.get(actor.input.interface) ?? new Set<string>(),
      },
      standing: null,
    }));
  }

  /** Number of interfaces that are remembered. */
  get size(): number {
    return this.#interfaces.size;
  }

  /** What the tables hold before anything started; posts nothing. */
  preset(name: string, view: InterfaceView): void {
    this.#put(name, view);
  }

  /** Gives every instance its first fact. */
  start(): void {
    for (const watched of this.#watched) {
      watched.standing = standingOf(watched.actor.input, watched.view, null);
      this.#post(watched, startFact(watched.standing));
    }
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
    for (const watched of this.#watched) {
      const { actor, interfaces, view, standing } = watched;
      // A configured source may be on an interface that is otherwise none of its business.
      if (standing === null || !(interfaces.has(name) || actor.input.sourceAddress !== null)) continue;
      watched.standing = standingOf(actor.input, view, standing);
      const facts = [
        ...standingFacts(standing, watched.standing),
        ...deletionFacts(actor.input, name, before, after),
      ];
      for (const fact of facts) this.#post(watched, fact);
    }
  }

  #post({ actor }: Watched, fact: VrrpEvent): void {
    this.#engine.post(actor.id, { ...fact } as ActorEvent);
  }
}
