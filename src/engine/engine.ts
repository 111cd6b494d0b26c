/**
 * The one loop: a fact enters the inbox, its actor's machine is evaluated, the row is journalled, effects are performed.
 *
 * Everything happens in one order on one thread, so that a journal is enough to live it again. The engine knows no
 * clock of its own: it is given one, and a scheduler for timers.
 */
import type { AnyMachineSnapshot } from 'xstate';
import type { MachineDefinition } from '../machines/registry.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { type Evaluation, evaluate, restoreActor, runningTimers, startActor } from './evaluate.ts';
import { Router } from './router.ts';
import { Timers } from './timers.ts';
import type {
  ActorEvent,
  ActorId,
  Clock,
  Effect,
  EffectExecutor,
  JournalRow,
  JournalSink,
  RowKind,
  Scheduler,
} from './types.ts';

/** Facts that may wait. Beyond it the oldest information is worthless and the newest is dropped, with a note. */
const INBOX_LIMIT = 10_000;

/** Steps before other work of the process gets its turn: a loop between actors must not starve the sockets. */
const STEPS_PER_TURN = 1_000;

/** Facts that may wait for an actor that is still to come. */
const EXPECTED_LIMIT = 16;

/** Actor of rows that concern the program and no statechart. */
export const PROGRAM: ActorId = 'relived';

export interface EngineOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly journal: JournalSink;
  readonly executor: EffectExecutor;
  /** Sees every row after it was journalled (log lines, control socket). Must not throw. */
  readonly onRow?: (row: JournalRow) => void;
}

/** An actor as status requests see it. */
export interface ActorView {
  readonly actor: ActorId;
  readonly machine: string;
  readonly state: Json;
  readonly context: JsonObject;
  readonly crashed: boolean;
}

interface Actor {
  readonly definition: MachineDefinition;
  snapshot: AnyMachineSnapshot;
  state: Json;
  crashed: boolean;
}

interface Letter {
  readonly actor: ActorId;
  readonly event: ActorEvent;
  readonly cause: number | null;
  /** Set for timer expiries: the arming that must still be the current one when the letter is opened. */
  readonly timerGeneration: number | null;
  /** What became of an effect, or what another actor says. */
  readonly isOutcome: boolean;
}

export class Engine {
  readonly #options: EngineOptions;
  readonly #actors = new Map<ActorId, Actor>();
  /** Those that are still to come, and what waits for them. */
  readonly #expected = new Map<ActorId, Letter[]>();
  readonly #inbox: Letter[] = [];
  readonly #timers: Timers;
  readonly #router = new Router();
  #seq = 0;
  #draining = false;
  #dropped = 0;
  /** Rows in a row that the journal did not take, and what it said last. */
  #refused: { readonly rows: number; readonly error: string } | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#timers = new Timers(options.scheduler, (actor, timer, generation, cause) => {
      const event = { type: 'timer.expired', timer };
      this.#enqueue({ actor, event, cause, timerGeneration: generation, isOutcome: false });
    });
  }

  /** Sequence number of the newest row; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** Facts wait for their turn, or one has it. */
  get isBusy(): boolean {
    return this.#draining;
  }

  /** An actor of this name will come: what reaches it before that waits for it. */
  expect(actor: ActorId): void {
    if (!this.#actors.has(actor) && !this.#expected.has(actor)) this.#expected.set(actor, []);
  }

  /** Brings an actor into being and journals its start. @throws if the name is taken. */
  spawn(actor: ActorId, definition: MachineDefinition, input: JsonObject, cause: number | null = null): void {
    if (this.#actors.has(actor)) throw new Error(`actor ${actor} exists already`);
    const evaluation = startActor(definition, input);
    const { snapshot, state } = evaluation;
    this.#actors.set(actor, { definition, snapshot, state, crashed: false });
    const event: ActorEvent = { type: 'actor.started', input };
    this.#commit('start', actor, definition.name, event, cause, evaluation);
    const waiting = this.#expected.get(actor) ?? [];
    this.#expected.delete(actor);
    for (const letter of waiting) this.#enqueue(letter);
  }

  /**
   * An actor goes on from the middle of a history; no row tells of it. Returns the timers that run there, for `resume`.
   * @throws if the name is taken.
   */
  enter(actor: ActorId, definition: MachineDefinition, state: Json, context: JsonObject): string[] {
    if (this.#actors.has(actor)) throw new Error(`actor ${actor} exists already`);
    const snapshot = restoreActor(definition, state, context);
    this.#actors.set(actor, { definition, snapshot, state, crashed: false });
    return runningTimers(definition, snapshot);
  }

  /** A timer that ran when the actor was entered goes on. */
  resume(actor: ActorId, timer: string, dueUs: number, cause: number): void {
    this.#timers.arm(actor, timer, dueUs, cause);
  }

  /** Forgets an actor: what is still on its way to it is void. Its history stays; another may have its name. */
  retire(actor: ActorId): void {
    this.#timers.disarmAll(actor);
    this.#router.unsubscribe(actor);
    this.#actors.delete(actor);
  }

  /** Puts a fact into the inbox and works through it, unless that is going on already. */
  readonly post = (actor: ActorId, event: ActorEvent, cause: number | null = null): void => {
    this.#enqueue({ actor, event, cause, timerGeneration: null, isOutcome: false });
  };

  readonly #answer = (actor: ActorId, event: ActorEvent, cause: number | null): void => {
    this.#enqueue({ actor, event, cause, timerGeneration: null, isOutcome: true });
  };

  /** Posts a fact to every actor that asked for this topic (`link/eth0`). */
  publish(topic: string, event: ActorEvent, cause: number | null = null): void {
    for (const actor of this.#router.subscribers(topic)) this.post(actor, event, cause);
  }

  subscribe(topic: string, actor: ActorId): void {
    this.#router.subscribe(topic, actor);
  }

  /** Journals a fact about the program itself. Returns its sequence number, to be a cause. */
  note(event: ActorEvent, cause: number | null = null): number {
    return this.#append({
      kind: 'note',
      actor: PROGRAM,
      machine: null,
      cause,
      event,
      effects: [],
      state: null,
      delta: {},
    });
  }

  view(actor: ActorId): ActorView | null {
    const found = this.#actors.get(actor);
    if (found === undefined) return null;
    return {
      actor,
      machine: found.definition.name,
      state: found.state,
      context: found.snapshot.context as JsonObject,
      crashed: found.crashed,
    };
  }

  actors(): readonly ActorId[] {
    return [...this.#actors.keys()];
  }

  #enqueue(letter: Letter): void {
    // Timer expiries, outcomes and signals are bounded by what was asked for, and a lost one would leave its state for ever.
    const isAwaited = letter.timerGeneration !== null || letter.isOutcome;
    if (this.#inbox.length >= INBOX_LIMIT && !isAwaited) {
      this.#dropped += 1;
      return;
    }
    this.#inbox.push(letter);
    if (!this.#draining) this.#drain();
  }

  #drain(): void {
    this.#draining = true;
    let steps = 0;
    try {
      for (let letter = this.#inbox.shift(); letter !== undefined; letter = this.#inbox.shift()) {
        this.#open(letter);
        steps += 1;
        if (steps >= STEPS_PER_TURN && this.#inbox.length > 0) {
          this.#options.scheduler.at(this.#options.clock.monotonicUs(), () => this.#drain());
          return;
        }
      }
      this.#draining = false;
    } catch (error) {
      this.#draining = false;
      throw error;
    }
    this.#reportDropped();
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.note({ type: 'inbox.overflowed', dropped });
  }

  #open(letter: Letter): void {
    const { actor: id, event, cause, timerGeneration } = letter;
    const actor = this.#actors.get(id);
    if (actor === undefined) this.#keep(letter);
    if (actor === undefined || actor.crashed) return;
    if (timerGeneration !== null && !this.#timers.consume(id, String(event.timer), timerGeneration)) return;
    // Somebody else kept it (the watchdog): ours is over, too.
    if (timerGeneration === null && event.type === 'timer.expired')
      this.#timers.disarm(id, String(event.timer));
    let evaluation: Evaluation;
    try {
      evaluation = evaluate(actor.definition, actor.snapshot, event);
    } catch (error) {
      this.#crash(id, actor, event, cause, error);
      return;
    }
    actor.snapshot = evaluation.snapshot;
    actor.state = evaluation.state;
    this.#commit('step', id, actor.definition.name, event, cause, evaluation);
  }

  /** For an actor that is still to come; for any other it is void. */
  #keep(letter: Letter): void {
    const waiting = this.#expected.get(letter.actor);
    if (waiting === undefined) return;
    waiting.push(letter);
    if (waiting.length <= EXPECTED_LIMIT) return;
    waiting.shift();
    this.#dropped += 1;
  }

  /** One actor's bug costs that actor: it is journalled, its addresses go, the others run on. */
  #crash(id: ActorId, actor: Actor, event: ActorEvent, cause: number | null, error: unknown): void {
    actor.crashed = true;
    this.#timers.disarmAll(id);
    const effects = actor.definition.crashEffects(actor.snapshot.context as JsonObject);
    this.#commit('crash', id, actor.definition.name, event, cause, {
      effects,
      state: actor.state,
      delta: { error: messageOf(error) },
    });
  }

  #commit(
    kind: RowKind,
    actor: ActorId,
    machine: string,
    event: ActorEvent,
    cause: number | null,
    { effects, state, delta }: Pick<Evaluation, 'effects' | 'state' | 'delta'>,
  ): void {
    const row = this.#append({ kind, actor, machine, cause, event, effects, state, delta });
    for (const effect of effects) this.#perform(actor, effect, row);
  }

  #perform(actor: ActorId, effect: Effect, cause: number): void {
    const { params } = effect;
    switch (effect.type) {
      case 'armTimer': {
        const dueUs = this.#options.clock.monotonicUs() + Number(params.delayUs);
        this.#timers.arm(actor, String(params.timer), dueUs, cause);
        return;
      }
      case 'disarmTimer':
        this.#timers.disarm(actor, String(params.timer));
        return;
      case 'signalActor':
        this.#answer(String(params.actor), params.event as ActorEvent, cause);
        return;
      case 'signalActors':
        for (const each of params.actors as readonly ActorId[]) {
          this.#answer(each, params.event as ActorEvent, cause);
        }
        return;
      default:
        this.#options.executor.perform(actor, effect, cause, this.#answer);
    }
  }

  /** Gives its sequence number. */
  #append(row: Omit<JournalRow, 'seq' | 'monoUs' | 'wallUs'>): number {
    this.#seq += 1;
    const { clock, journal, onRow } = this.#options;
    const complete: JournalRow = {
      seq: this.#seq,
      monoUs: clock.monotonicUs(),
      wallUs: clock.wallUs(),
      ...row,
    };
    this.#store(journal, complete);
    onRow?.(complete);
    return complete.seq;
  }

  /**
   * A sink must not throw. If one does all the same it costs history and nothing else: the effects of a step that was taken
   * are performed, or the network would hear another story than the statechart.
   */
  #store(journal: JournalSink, row: JournalRow): void {
    try {
      journal.row(row);
    } catch (error) {
      this.#refused = { rows: (this.#refused?.rows ?? 0) + 1, error: messageOf(error) };
      return;
    }
    if (this.#refused === null) return;
    const refused = this.#refused;
    this.#refused = null;
    this.note({ type: 'journal.refused', ...refused });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
