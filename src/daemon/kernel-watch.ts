/** Keeps what netlink reports about interfaces, and tells each instance what changed for it. */

import type { VrrpActor } from '../config/actors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import type { AddressChange } from '../io/addresses.ts';
import type { LinkState } from '../io/links.ts';
import { heldAddresses } from '../machines/vrrp/input/objects.ts';
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

/** What of a link matters here. */
export type LinkChange = Pick<LinkState, 'interface' | 'index' | 'up' | 'kind' | 'baseIndex' | 'gone'>;

/** Interfaces that share the wire, and the state, of the one they sit on. */
const SITS_ON_BASE = ['macvlan', 'macvtap', 'ipvlan', 'ipvtap'];

interface Watched {
  readonly actor: VrrpActor;
  /** Without those that others of them sit on. */
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
  readonly #names = new Map<number, string>();
  /** Of interfaces that sit on another: the index of that one. */
  readonly #bases = new Map<string, number>();

  constructor(engine: Engine, actors: readonly VrrpActor[]) {
    this.#engine = engine;
    const virtual = new Map<string, Set<string>>();
    for (const vip of actors.flatMap(({ input }) => heldAddresses(input))) {
      const known = virtual.get(vip.interface);
      if (known === undefined) virtual.set(vip.interface, new Set([vip.address]));
      else known.add(vip.address);
    }
    this.#watched = actors.map((actor) => ({
      actor,
      interfaces: new Set([actor.input.interface, ...interfacesOf(actor.input)]),
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

  /** Gives every instance its first fact. What came before it is told in this one fact. */
  start(): void {
    for (const watched of this.#watched) {
      watched.standing = standingOf(watched.actor.input, watched.view, null);
      this.#post(watched, startFact(watched.standing));
    }
  }

  linkChanged(link: LinkChange): void {
    const { interface: name, index, up } = link;
    if (link.gone === true) {
      this.#interfaces.delete(name);
      this.#bases.delete(name);
      if (this.#names.get(index) === name) this.#names.delete(index);
    } else {
      this.#names.set(index, name);
      this.#interfaces.set(name, { ...this.#view(name), up, base: this.#baseOf(link) });
      // It may be told after those that sit on it, or have another name now.
      for (const [above, base] of this.#bases) {
        if (base === index) this.#interfaces.set(above, { ...this.#view(above), base: name });
      }
    }
    this.#tell(name);
  }

  addressChanged(change: AddressChange): void {
    const { interface: name, address } = change;
    const view = this.#interfaces.get(name);
    if (view !== undefined) {
      const others = view.addresses.filter((known) => known !== address);
      const addresses = change.change === 'added' ? [...others, address] : others;
      this.#interfaces.set(name, { ...view, addresses });
    }
    this.#tell(name);
    if (change.change !== 'deleted') return;
    for (const watched of this.#watched) {
      if (watched.standing === null) continue;
      for (const fact of deletionFacts(watched.actor.input, change)) this.#post(watched, fact);
    }
  }

  #view(name: string): InterfaceView {
    return this.#interfaces.get(name) ?? ABSENT_INTERFACE;
  }

  #baseOf({ interface: name, kind, baseIndex }: LinkChange): string | null {
    if (kind === null || baseIndex === null || !SITS_ON_BASE.includes(kind)) return null;
    this.#bases.set(name, baseIndex);
    return this.#names.get(baseIndex) ?? null;
  }

  #tell(name: string): void {
    for (const watched of this.#watched) {
      const { actor, view, standing } = watched;
      if (standing === null || !this.#concerns(watched, name)) continue;
      watched.standing = standingOf(actor.input, view, standing);
      for (const fact of standingFacts(standing, watched.standing)) this.#post(watched, fact);
    }
  }

  /** A configured source may be on an interface that is otherwise none of its business. */
  #concerns({ actor, interfaces }: Watched, name: string): boolean {
    if (interfaces.has(name) || actor.input.sourceAddress !== null) return true;
    return [...interfaces].some((own) => this.#interfaces.get(own)?.base === name);
  }

  #post({ actor }: Watched, fact: VrrpEvent): void {
    this.#engine.post(actor.id, { ...fact } as ActorEvent);
  }
}
