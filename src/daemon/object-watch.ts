/** Static objects and promoted secondaries as a part of the VRRP process, and who is told that routes and rules were deleted. */
import type { StaticActor } from '../config/actors.ts';
import type { Configured } from '../config/reload.ts';
import { PromotedSecondaries } from '../effects/promoted-secondaries.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import type { AddressChange } from '../io/addresses.ts';
import { createDeletionStream, type Deletion, type DeletionStream } from '../io/deletions.ts';
import type { LinkState } from '../io/links.ts';
import { deletedOf, type GoneObject, type KernelObjects } from '../machines/kernel-objects.ts';
import { staticDefinition } from '../machines/registry.ts';
import type { StaticEvent } from '../machines/static/static.events.ts';
import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import type { ActorKind } from './actor-set.ts';
import type { KernelWatch } from './kernel-watch.ts';
import type { OwnMark, OwnRemovals } from './own-removals.ts';

export class ObjectWatch {
  readonly kind: ActorKind<StaticActor> = {
    definition: staticDefinition,
    follow: ([actor]) => this.#follow(actor),
    forget: () => {
      this.#actor = null;
    },
    reconfigured: ({ input }) => ({ type: 'static.reconfigured', input }),
    removed: () => ({ type: 'static.removed' }),
    isSettled: ({ state }) => state === 'absent',
  };
  readonly #engine: Engine;
  readonly #instances: KernelWatch;
  readonly #own: Pick<OwnRemovals, 'marked'>;
  readonly #up = new Set<string>();
  readonly #promoted = new PromotedSecondaries();
  #deletions: DeletionStream | null = null;
  /** There is at most one. */
  #actor: StaticActor | null = null;

  constructor(engine: Engine, instances: KernelWatch, own: Pick<OwnRemovals, 'marked'>) {
    this.#engine = engine;
    this.#instances = instances;
    this.#own = own;
  }

  /**
   * Only if somebody has routes or rules: on a router with many, every change of one would be heard for nothing.
   * Throws SystemError if rtnetlink cannot be listened to.
   */
  listenFor(actors: readonly Configured[]): void {
    this.#report(this.#promoted.configure(actors.flatMap(promotedInterface)));
    if (this.#deletions !== null || !actors.some(hasRoutesOrRules)) return;
    this.#deletions = createDeletionStream();
    this.#deletions.troubles$.subscribe((trouble) =>
      this.#engine.note({ type: 'kernel.troubled', error: trouble.message }),
    );
    this.#deletions.deletions$.subscribe((deletion) => {
      const gone = this.#own.marked(this.#named(deletion));
      this.#instances.objectDeleted(gone);
      this.#objectDeleted(gone);
    });
  }

  linkChanged({ interface: name, up }: Pick<LinkState, 'interface' | 'up'>): void {
    this.#report(this.#promoted.interfaceCame(name));
    const came = up && !this.#up.has(name);
    if (up) this.#up.add(name);
    else this.#up.delete(name);
    if (came && this.#needs(name)) this.#post({ type: 'link.up', interface: name });
  }

  /** `own`: by a request of this program. */
  addressChanged(change: AddressChange & OwnMark): void {
    if (change.change === 'deleted') this.#objectDeleted({ object: 'address', ...change });
  }

  /** Tells what the kernel has told so far. */
  hearNow(): void {
    this.#deletions?.hearNow();
  }

  close(): void {
    this.#deletions?.close();
    this.#promoted.restore();
  }

  #report(errors: readonly string[]): void {
    for (const error of errors) this.#engine.note({ type: 'kernel.troubled', error });
  }

  #follow(actor: StaticActor | undefined): void {
    if (actor === undefined) return;
    const isNew = this.#actor === null;
    this.#actor = actor;
    if (isNew) this.#post({ type: 'static.started' });
  }

  #named(deletion: Deletion): GoneObject {
    if (deletion.object === 'rule') return deletion;
    const { interfaceIndex: index } = deletion.route;
    return { ...deletion, interface: index === null ? null : this.#instances.nameOf(index) };
  }

  #objectDeleted(gone: GoneObject): void {
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

function promotedInterface({ id, input }: Configured): string[] {
  const { promotesSecondaries, interface: own } = input as Partial<VrrpInput>;
  return id.startsWith('vrrp/') && promotesSecondaries === true && own !== undefined ? [own] : [];
}

function hasRoutesOrRules({ input }: Configured): boolean {
  const own = input as Partial<KernelObjects>;
  const { objects } = input as Partial<StaticActor['input']>;
  return [own, objects].some((each) => (each?.routes?.length ?? 0) + (each?.rules?.length ?? 0) > 0);
}
