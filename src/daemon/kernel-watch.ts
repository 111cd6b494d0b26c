/** Keeps what netlink reports about interfaces, and tells each instance what changed for it. */

import type { VrrpActor } from '../config/actors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import {
  ABSENT_INTERFACE,
  changeFacts,
  type InterfaceView,
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

export class KernelWatch {
  readonly #engine: Engine;
  readonly #actors: readonly VrrpActor[];
  readonly #views = new Map<string, InterfaceView>();

  constructor(engine: Engine, actors: readonly VrrpActor[]) {
    this.#engine = engine;
    this.#actors = actors;
  }

  view(name: string): InterfaceView {
    return this.#views.get(name) ?? ABSENT_INTERFACE;
  }

  /** What the tables hold before anything started; posts nothing. */
  preset(name: string, view: InterfaceView): void {
    this.#views.set(name, view);
  }

  /** Gives every instance its first fact. */
  start(): void {
    for (const { id, input } of this.#actors) {
      this.#engine.post(id, { ...startFact(input, this.view(input.interface)) } as ActorEvent);
    }
  }

  linkChanged({ interface: name, up }: LinkChange): void {
    this.#change(name, { ...this.view(name), up });
  }

  addressChanged({ interface: name, address, change }: AddressChange): void {
    const view = this.view(name);
    const others = view.addresses.filter((known) => known !== address);
    this.#change(name, { ...view, addresses: change === 'added' ? [...others, address] : others });
  }

  #change(name: string, after: InterfaceView): void {
    const before = this.view(name);
    this.#views.set(name, after);
    for (const { id, input } of this.#actors) {
      for (const fact of changeFacts(input, name, before, after)) {
        this.#engine.post(id, { ...fact } as ActorEvent);
      }
    }
  }
}
