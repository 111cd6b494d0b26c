/** The actors of this process: brought into being, given new configurations and let go, together, in one order. */
import { type Configured, planReload, type ReloadPlan } from '../config/reload.ts';
import type { ActorView, Engine } from '../engine/engine.ts';
import type { ActorEvent, ActorId } from '../engine/types.ts';
import type { MachineDefinition } from '../machines/registry.ts';
import type { JsonObject } from '../protocol/json.ts';

/** What follows outside the engine from the coming, changing and going of actors of one kind. */
export interface ActorKind<A extends Configured = Configured> {
  readonly definition: MachineDefinition;
  /** Where its statechart depends on what it is configured to do. */
  definitionOf?(actor: A): MachineDefinition;
  /**
   * These run and have their configuration now: whatever feeds them facts begins, or is adjusted for those that it
   * feeds already.
   */
  follow(actors: readonly A[]): void;
  /** It is told of a new configuration last: those who newly follow it must be there, and know it, before it speaks. */
  readonly reconfiguredLast?: true;
  /** Nothing feeds it any more. */
  forget(id: ActorId): void;
  /** The fact that it goes on with this configuration. */
  reconfigured(actor: A): ActorEvent;
  /** The fact that the configuration does not have it any more. */
  removed(actor: A): ActorEvent;
  /** After its removal: whether nothing of it is left on the machine. */
  isSettled(view: ActorView): boolean;
}

/** By the first part of the id: `vrrp` of `vrrp/VI_1`. */
export type ActorKinds = Readonly<Record<string, ActorKind>>;

export interface ActorSetOptions {
  readonly engine: Engine;
  readonly kinds: ActorKinds;
  /** Resolves when the condition holds or after a bounded time; gives whether it holds. */
  readonly wait: (condition: () => boolean) => Promise<boolean>;
}

export class ActorSet {
  readonly #engine: Engine;
  readonly #kinds: ActorKinds;
  readonly #wait: ActorSetOptions['wait'];
  #running: readonly Configured[] = [];
  #stopping = false;

  constructor({ engine, kinds, wait }: ActorSetOptions) {
    this.#engine = engine;
    this.#kinds = kinds;
    this.#wait = wait;
  }

  /** In the order of the configuration. */
  get running(): readonly Configured[] {
    return this.#running;
  }

  /** Every actor exists before the first of them hears a fact. */
  start(actors: readonly Configured[], cause: number | null = null): void {
    this.#running = [...this.#running, ...actors];
    for (const actor of actors) {
      const kind = this.#kindOf(actor.id);
      const definition = kind.definitionOf?.(actor) ?? kind.definition;
      this.#engine.spawn(actor.id, definition, actor.input as JsonObject, cause);
    }
    this.#follow(actors);
  }

  plan(wanted: readonly Configured[]): ReloadPlan<Configured> {
    return planReload(this.#running, wanted);
  }

  /**
   * Carries a plan out. Everybody who runs hears of it in one go, before the kernel is asked for anything: an address that
   * moves from one instance to another is wanted by the new one before the old one lets go of it.
   * A newcomer with the name of one that goes waits until that one has gone.
   */
  async apply(
    { kept, changed, added, removed, actors }: ReloadPlan<Configured>,
    cause: number,
  ): Promise<void> {
    const going = new Set(removed.map(({ id }) => id));
    this.#running = [...kept, ...changed.map(({ to }) => to), ...removed];
    const reconfigure = (last: boolean): void => {
      for (const { to } of changed) {
        const kind = this.#kindOf(to.id);
        if ((kind.reconfiguredLast === true) === last) this.#engine.post(to.id, kind.reconfigured(to), cause);
      }
    };
    reconfigure(false);
    this.#follow(changed.map(({ to }) => to));
    for (const gone of removed) this.#engine.post(gone.id, this.#kindOf(gone.id).removed(gone), cause);
    this.start(
      added.filter(({ id }) => !going.has(id)),
      cause,
    );
    reconfigure(true);
    if (going.size > 0) {
      await this.#wait(() => this.areSettled([...going]));
      for (const id of going) this.#retire(id);
    }
    if (this.#stopping) return;
    this.start(
      added.filter(({ id }) => going.has(id)),
      cause,
    );
    this.#running = actors;
  }

  /** Tells everybody that the process ends. Nobody comes into being after that. */
  shutDown(event: ActorEvent, cause: number): void {
    this.#stopping = true;
    for (const { id } of this.#running) this.#engine.post(id, event, cause);
  }

  /** Whether nothing of these is left on the machine. One that crashed has left what it could not help. */
  areSettled(ids: readonly ActorId[]): boolean {
    return ids.every((id) => {
      const view = this.#engine.view(id);
      return view === null || view.crashed || this.#kindOf(id).isSettled(view);
    });
  }

  #retire(id: ActorId): void {
    this.#kindOf(id).forget(id);
    this.#engine.retire(id);
  }

  #follow(actors: readonly Configured[]): void {
    for (const [name, kind] of Object.entries(this.#kinds)) {
      const own = actors.filter(({ id }) => id.startsWith(`${name}/`));
      if (own.length > 0) kind.follow(own);
    }
  }

  #kindOf(id: ActorId): ActorKind {
    const kind = this.#kinds[id.slice(0, id.indexOf('/'))];
    if (kind === undefined) throw new Error(`no kind of actor is called ${id}`);
    return kind;
  }
}
