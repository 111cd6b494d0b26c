/** The actors of this process: brought into being, given new configurations and let go, together, in one order. */
import { type Configured, planReloadInSteps, type ReloadPlan } from '../config/reload.ts';
import type { ActorView, Engine } from '../engine/engine.ts';
import type { ActorEvent, ActorId } from '../engine/types.ts';
import type { MachineDefinition } from '../machines/registry.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Pieces } from './pieces.ts';

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
  /** There may be thousands: they come, change and go in pieces, after all others have in one turn. */
  readonly inPieces?: true;
  /** Nothing feeds it any more. */
  forget(id: ActorId): void;
  /** The fact that it goes on with this configuration. */
  reconfigured(actor: A): ActorEvent;
  /** The fact that some of those whom it speaks with begin anew under the names that it knows; null: none of its own does. */
  returned?(actor: A, ids: ReadonlySet<ActorId>): ActorEvent | null;
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
  readonly pieces: Pieces;
  /** Resolves when the condition holds or after a bounded time; gives whether it holds. */
  readonly wait: (condition: () => boolean) => Promise<boolean>;
}

export class ActorSet {
  readonly #engine: Engine;
  readonly #kinds: ActorKinds;
  readonly #pieces: Pieces;
  readonly #wait: ActorSetOptions['wait'];
  #running: Configured[] = [];
  #stopping = false;

  constructor({ engine, kinds, pieces, wait }: ActorSetOptions) {
    this.#engine = engine;
    this.#kinds = kinds;
    this.#pieces = pieces;
    this.#wait = wait;
  }

  /** Those that have come into being, in the order of the configuration. */
  get running(): readonly Configured[] {
    return this.#running;
  }

  /**
   * Those of kinds that do not come in pieces have begun when this returns, the others when it resolves; nobody begins
   * after a stop. Facts for those that are still to come wait for them.
   */
  async start(actors: readonly Configured[], cause: number | null = null): Promise<void> {
    this.#startFirst(actors, cause);
    await this.#startLater(actors, cause);
  }

  /** Every actor exists, or is waited for, before the first of them hears a fact. */
  #startFirst(actors: readonly Configured[], cause: number | null): void {
    for (const { id } of this.#laterOf(actors)) this.#engine.expect(id);
    const first = this.#firstOf(actors);
    for (const actor of first) this.#spawn(actor, cause);
    this.#follow(first);
  }

  async #startLater(actors: readonly Configured[], cause: number | null): Promise<void> {
    const later = this.#laterOf(actors);
    const exist = await this.#each(later, (actor) => this.#spawn(actor, cause));
    if (exist) await this.#followInPieces(later);
  }

  plan(wanted: readonly Configured[]): Promise<ReloadPlan<Configured>> {
    return this.#pieces.run(planReloadInSteps(this.#running, wanted));
  }

  /**
   * Carries a plan out. Everybody who runs hears of it in one go, before the kernel is asked for anything: an address that
   * moves from one instance to another is wanted by the new one before the old one lets go of it. Then come, in pieces,
   * those of whom there may be thousands: who changes knows of newcomers before they are there.
   * A newcomer with the name of one that goes waits until that one has gone; who tells others of facts tells it then.
   */
  async apply(plan: ReloadPlan<Configured>, cause: number): Promise<void> {
    const { kept, removed, actors } = plan;
    const changed = plan.changed.map(({ to }) => to);
    const going = new Set(removed.map(({ id }) => id));
    const added = plan.added.filter(({ id }) => !going.has(id));
    const returning = plan.added.filter(({ id }) => going.has(id));
    const isOver = this.#settlingOf([...going]);
    this.#running = [...kept, ...changed, ...removed];
    this.#applyFirst({ changed, removed, added }, cause);
    await this.#applyLater({ changed, removed, added }, cause);
    if (going.size > 0) {
      await this.#wait(() => this.#stopping || isOver());
      if (this.#stopping) return;
      await this.#pieces.each(
        going,
        (id) => this.#retire(id),
        () => true,
      );
      this.#running = this.#running.filter(({ id }) => !going.has(id));
    }
    if (this.#stopping) return;
    this.#introduce(returning, cause);
    await this.start(returning, cause);
    if (!this.#stopping) this.#running = [...actors];
  }

  /** What was said under their names so far has reached, or comes from, those who had them before. */
  #introduce(returning: readonly Configured[], cause: number): void {
    if (returning.length === 0) return;
    const ids = new Set(returning.map(({ id }) => id));
    for (const id of ids) this.#engine.expect(id);
    for (const actor of this.#firstOf(this.#running)) {
      const event = this.#kindOf(actor.id).returned?.(actor, ids) ?? null;
      if (event !== null) this.#engine.post(actor.id, event, cause);
    }
  }

  #applyFirst({ changed, removed, added }: Changes, cause: number): void {
    const first = this.#firstOf(changed);
    const isLast = ({ id }: Configured): boolean => this.#kindOf(id).reconfiguredLast === true;
    for (const to of first) if (!isLast(to)) this.#reconfigure(to, cause);
    this.#follow(first);
    for (const gone of this.#firstOf(removed)) this.#remove(gone, cause);
    this.#startFirst(added, cause);
    for (const to of first) if (isLast(to)) this.#reconfigure(to, cause);
  }

  async #applyLater({ changed, removed, added }: Changes, cause: number): Promise<void> {
    const later = this.#laterOf(changed);
    await this.#each(later, (to) => this.#reconfigure(to, cause));
    await this.#followInPieces(later);
    await this.#each(this.#laterOf(removed), (gone) => this.#remove(gone, cause));
    await this.#startLater(added, cause);
  }

  /**
   * Tells everybody that the process ends, at once those of kinds that do not come in pieces. Nobody comes into being
   * after that. `spared`: of these kinds nobody is told, and nobody is waited for.
   */
  async shutDown(event: ActorEvent, cause: number, spared: readonly string[] = []): Promise<void> {
    this.#stopping = true;
    this.#running = this.#running.filter(({ id }) => !spared.includes(id.slice(0, id.indexOf('/'))));
    const tell = ({ id }: Configured): void => this.#engine.post(id, event, cause);
    for (const actor of this.#firstOf(this.#running)) tell(actor);
    await this.#pieces.each(this.#laterOf(this.#running), tell, () => true);
  }

  /** To be asked again and again: whether nothing of any that was told is left on the machine. */
  settling(): () => boolean {
    return this.#settlingOf(this.#running.map(({ id }) => id));
  }

  /** Those that have settled are not looked at any more. */
  #settlingOf(ids: readonly ActorId[]): () => boolean {
    let left = ids;
    return () => {
      left = left.filter((id) => !this.#hasSettled(id));
      return left.length === 0;
    };
  }

  /** One that crashed has left what it could not help. */
  #hasSettled(id: ActorId): boolean {
    const view = this.#engine.view(id);
    return view === null || view.crashed || this.#kindOf(id).isSettled(view);
  }

  #each<T>(things: Iterable<T>, work: (thing: T) => void): Promise<boolean> {
    if (this.#stopping) return Promise.resolve(false);
    return this.#pieces.each(things, work, () => !this.#stopping);
  }

  #spawn(actor: Configured, cause: number | null): void {
    const kind = this.#kindOf(actor.id);
    const definition = kind.definitionOf?.(actor) ?? kind.definition;
    this.#running.push(actor);
    this.#engine.spawn(actor.id, definition, actor.input as JsonObject, cause);
  }

  #reconfigure(to: Configured, cause: number): void {
    this.#engine.post(to.id, this.#kindOf(to.id).reconfigured(to), cause);
  }

  #remove(gone: Configured, cause: number): void {
    this.#engine.post(gone.id, this.#kindOf(gone.id).removed(gone), cause);
  }

  #retire(id: ActorId): void {
    this.#kindOf(id).forget(id);
    this.#engine.retire(id);
  }

  #follow(actors: readonly Configured[]): void {
    for (const [kind, own] of this.#byKind(actors)) kind.follow(own);
  }

  async #followInPieces(actors: readonly Configured[]): Promise<void> {
    for (const [kind, own] of this.#byKind(actors)) await this.#each(own, (actor) => kind.follow([actor]));
  }

  /** In the order of the kinds. */
  #byKind(actors: readonly Configured[]): readonly (readonly [ActorKind, readonly Configured[]])[] {
    return Object.entries(this.#kinds).flatMap(([name, kind]) => {
      const own = actors.filter(({ id }) => id.startsWith(`${name}/`));
      return own.length > 0 ? [[kind, own] as const] : [];
    });
  }

  #firstOf(actors: readonly Configured[]): readonly Configured[] {
    return actors.filter(({ id }) => this.#kindOf(id).inPieces !== true);
  }

  #laterOf(actors: readonly Configured[]): readonly Configured[] {
    return actors.filter(({ id }) => this.#kindOf(id).inPieces === true);
  }

  #kindOf(id: ActorId): ActorKind {
    const kind = this.#kinds[id.slice(0, id.indexOf('/'))];
    if (kind === undefined) throw new Error(`no kind of actor is called ${id}`);
    return kind;
  }
}

/** Of a plan, without those that come under a name that is still taken. */
interface Changes {
  readonly changed: readonly Configured[];
  readonly removed: readonly Configured[];
  readonly added: readonly Configured[];
}
