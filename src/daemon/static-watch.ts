/** Tells the keeper of static objects what netlink reports about them. */
import type { StaticActor } from '../config/actors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import type { LinkState } from '../io/links.ts';
import { deletedOf, type GoneObject } from '../machines/kernel-objects.ts';
import type { StaticEvent } from '../machines/static/static.events.ts';

export class StaticWatch {
  readonly #engine: Engine;
  #actor: StaticActor | null = null;
  readonly #up = new Set<string>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** There is at most one. Its first fact lets it begin. */
  follow([actor]: readonly StaticActor[]): void {
    if (actor === undefined) return;
    const isNew = this.#actor === null;
    this.#actor = actor;
    if (isNew) this.#post({ type: 'static.started' });
  }

  forget(): void {
    this.#actor = null;
  }

  linkChanged({ interface: name, up }: Pick<LinkState, 'interface' | 'up'>): void {
    const came = up && !this.#up.has(name);
    if (up) this.#up.add(name);
    else this.#up.delete(name);
    if (came && this.#needs(name)) this.#post({ type: 'link.up', interface: name });
  }

  objectDeleted(gone: GoneObject): void {
    if (this.#actor === null) return;
    const deleted = deletedOf(this.#actor.input.objects, gone);
    if (deleted !== null) this.#post({ type: 'object.deleted', ...deleted });
  }

  /** Untracked ones too: the kernel forgets them with their link. Rules it keeps. */
  #needs(name: string): boolean {
    const { addresses, routes = [] } = this.#actor?.input.objects ?? { addresses: [] };
    return (
      addresses.some((address) => address.interface === name) ||
      routes.some((route) => [route, ...(route.legs ?? [])].some((way) => way.interface === name))
    );
  }

  #post(fact: StaticEvent): void {
    if (this.#actor !== null) this.#engine.post(this.#actor.id, { ...fact } as ActorEvent);
  }
}
