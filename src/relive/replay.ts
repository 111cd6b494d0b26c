/** Re-executes recorded events and compares what comes out with what was recorded. */
import type { ActorEvent, Effect } from '../engine/types.ts';
import { sameJson } from '../journal/fold.ts';
import type { ActorState, RecordedRow, StoredRun } from '../journal/model.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { History } from './verify/history.ts';
import { AdvertBook, ControlBook, isTrouble, type RunBook } from './verify/run-books.ts';
import { TimerBook } from './verify/timer-book.ts';
import { type Known, type Step, Transitions } from './verify/transitions.ts';

/** Result of one step, as far as it is compared. */
export interface Replayed<Snapshot> {
  readonly snapshot: Snapshot;
  readonly state: Json;
  readonly effects: readonly Effect[];
  readonly delta: JsonObject;
}

/** Runs machines. Each call may throw what the machine throws. */
export interface ReplayEngine<Snapshot> {
  /** Does this build have the machine? */
  knows(machine: string): boolean;
  start(machine: string, input: JsonObject): Replayed<Snapshot>;
  step(machine: string, snapshot: Snapshot, event: ActorEvent): Replayed<Snapshot>;
  restore(state: ActorState & { readonly machine: string }): Snapshot;
  /** Everything that decides what a snapshot does next: equal keys are equal snapshots. */
  key(snapshot: Snapshot): string;
  contextOf(snapshot: Snapshot): JsonObject;
  /** What the engine asks for when the machine threw. */
  crashEffects(machine: string, snapshot: Snapshot): readonly Effect[];
}

export interface Difference {
  readonly node: string;
  /** Of a run: the newest row when it was closed. */
  readonly seq: number;
  readonly actor: string;
  readonly event: string;
  readonly part: 'state' | 'effects' | 'delta' | 'crash' | 'timer' | 'run';
  /** What re-execution gave; of runs and timers, the rule that does not hold and what was declared. */
  readonly expected: Json;
  /** What the journal says. */
  readonly found: Json;
}

export interface ReplayReport {
  /** Rows that were re-executed. */
  readonly rows: number;
  /** Of those, steps that no earlier equal step stood for (src/relive/verify/transitions.ts). */
  readonly evaluated: number;
  readonly actors: number;
  /** Runs that were judged against what the machines declared, and the adverts in them. */
  readonly runs: number;
  readonly adverts: number;
  readonly differences: readonly Difference[];
  /** Rows that no machine evaluated. */
  readonly notes: number;
  /** Rows and runs that could not be compared, by reason. */
  readonly unchecked: Readonly<Record<string, number>>;
}

const MAX_DIFFERENCES = 100;

/** The thread that repeats adverts notices that it stood still at once; the row about it comes when the event loop has its turn. */
const TOLD_LATE_US = 1_000_000;

/** A run with a gap, until it is known that nothing accounts for it. */
interface Unexplained {
  readonly difference: Difference;
  /** A stall that is told by then does. */
  readonly untilUs: number;
}

/** What JSON would make of it: undefined vanishes, -0 is 0. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null));

/** An actor as far as re-execution has come. */
interface Living<Snapshot> {
  known: Known<Snapshot>;
  readonly timers: TimerBook;
  readonly runs: RunBook | null;
}

class Replay<Snapshot> {
  readonly #engine: ReplayEngine<Snapshot>;
  readonly #transitions: Transitions<Snapshot>;
  readonly #history: History;
  readonly #doubts: readonly { readonly fromSeq: number; readonly actors: readonly string[] }[];
  readonly #hasEveryRun: boolean;
  #doubt = 0;
  #epoch = 0;
  readonly #living = new Map<string, Living<Snapshot>>();
  /** Actors whose state nothing tells, until their next row. */
  readonly #unknown = new Set<string>();
  readonly #actors = new Set<string>();
  readonly #differences: Difference[] = [];
  readonly #unchecked: Record<string, number> = {};
  #rows = 0;
  #runs = 0;
  #adverts = 0;
  #notes = 0;
  #unexplained: Unexplained[] = [];

  constructor(engine: ReplayEngine<Snapshot>, history: History) {
    this.#engine = engine;
    this.#transitions = new Transitions(engine);
    this.#history = history;
    const gaps = history.gaps();
    this.#doubts = gaps.filter(({ actors }) => actors.length > 0);
    this.#hasEveryRun = history.isWhole() && gaps.every(({ lostRuns }) => lostRuns === 0);
  }

  run(): ReplayReport {
    const runs = this.#history.runs()[Symbol.iterator]();
    let next = runs.next();
    for (const row of this.#history.rows()) {
      for (; !next.done && next.value.afterSeq < row.seq; next = runs.next()) this.#run(next.value, row);
      this.#row(row);
    }
    for (; !next.done; next = runs.next()) this.#run(next.value, null);
    this.#differences.push(...this.#unexplained.map(({ difference }) => difference));
    this.#differences.sort((one, other) => one.seq - other.seq);
    return {
      rows: this.#rows,
      evaluated: this.#transitions.evaluated,
      actors: this.#actors.size,
      runs: this.#runs,
      adverts: this.#adverts,
      differences: this.#differences,
      notes: this.#notes,
      unchecked: this.#unchecked,
    };
  }

  #row(row: RecordedRow): void {
    if (row.kind === 'note') {
      this.#notes += 1;
      return;
    }
    if (row.epoch !== this.#epoch) {
      this.#epoch = row.epoch;
      this.#living.clear();
      this.#unknown.clear();
    }
    this.#passGaps(row.seq);
    this.#unknown.delete(row.actor);
    this.#actors.add(row.actor);
    if (row.machine === null || !this.#engine.knows(row.machine)) {
      this.#skip(`rows: machine ${row.machine ?? '?'} is not in this build`);
      return;
    }
    if (row.kind === 'start') this.#start(row, row.machine);
    else this.#step(row, row.machine);
  }

  /** After lost changes an actor goes on from its next snapshot, if there is one. */
  #passGaps(seq: number): void {
    for (
      let gap = this.#doubts[this.#doubt];
      gap !== undefined && gap.fromSeq <= seq;
      gap = this.#doubts[this.#doubt]
    ) {
      for (const actor of gap.actors) this.#living.delete(actor);
      this.#doubt += 1;
    }
  }

  #skip(reason: string): void {
    this.#unchecked[reason] = (this.#unchecked[reason] ?? 0) + 1;
  }

  #start(row: RecordedRow, machine: string): void {
    this.#rows += 1;
    this.#living.delete(row.actor);
    let step: Step<Snapshot>;
    try {
      step = this.#transitions.start(machine, row.event);
    } catch (error) {
      this.#differ(row, 'crash', { error: messageOf(error) }, 'no crash');
      return;
    }
    const living = { known: step.after, timers: new TimerBook(false), runs: bookFor(machine) };
    this.#living.set(row.actor, living);
    this.#compare(row, step, {});
    this.#enter(row, step, living);
  }

  #step(row: RecordedRow, machine: string): void {
    const living = this.#livingAt(row.actor, row.seq - 1, machine);
    if (living === null) {
      this.#skip('rows: changes before them were lost');
      return;
    }
    this.#rows += 1;
    const { known } = living;
    let step: Step<Snapshot>;
    try {
      step = this.#transitions.step(machine, known, row.event);
    } catch (error) {
      this.#threw(row, machine, known, error);
      return;
    }
    if (step.event.type === 'timer.expired') this.#timer(row, step.event, living);
    living.known = step.after;
    if (row.kind === 'crash') {
      this.#differ(row, 'crash', 'no crash', JSON.parse(row.delta));
      return;
    }
    this.#compare(row, step, this.#engine.contextOf(known.snapshot));
    this.#enter(row, step, living);
  }

  #timer(row: RecordedRow, event: ActorEvent, { timers }: Living<Snapshot>): void {
    const { timer } = event;
    const fault = timers.expired(String(timer), row.cause, happenedUs(row, event));
    if (fault === null) return;
    this.#differ(row, 'timer', fault, { timer: String(timer), cause: row.cause, atUs: row.monoUs });
  }

  #compare(row: RecordedRow, step: Step<Snapshot>, before: JsonObject): void {
    this.#check(row, 'state', step.stateText, row.state);
    this.#check(row, 'effects', step.effectsText, row.effects);
    if (step.deltaText === row.delta) return;
    const [expected, found] = [step.deltaText, row.delta].map((text) => JSON.parse(text) as JsonObject);
    if (
      expected !== undefined &&
      found !== undefined &&
      !sameJson(news(expected, before), news(found, before))
    )
      this.#differ(row, 'delta', expected, found);
  }

  /** What the row declares, for the timers and runs that come after it. */
  #enter(row: RecordedRow, { event, effects }: Step<Snapshot>, living: Living<Snapshot>): void {
    const { seq, monoUs } = row;
    if (isTrouble(event.type)) this.#account(row);
    living.runs?.event(event, monoUs);
    for (const effect of effects) {
      living.timers.effect(effect, seq, happenedUs({ monoUs }, event));
      living.runs?.effect(effect, monoUs);
    }
  }

  #threw(row: RecordedRow, machine: string, before: Known<Snapshot>, error: unknown): void {
    const thrown = { error: messageOf(error) };
    if (row.kind !== 'crash') {
      this.#differ(row, 'crash', thrown, 'no crash');
      return;
    }
    const effects = this.#engine.crashEffects(machine, before.snapshot);
    this.#check(row, 'crash', JSON.stringify(thrown), row.delta);
    this.#check(row, 'effects', JSON.stringify(effects), row.effects);
    for (const effect of effects) this.#living.get(row.actor)?.runs?.effect(effect, row.monoUs);
  }

  /** An actor as re-execution left it; one from before the history began, as the journal says it was. */
  #livingAt(actor: string, seq: number, machine: string): Living<Snapshot> | null {
    const running = this.#living.get(actor);
    if (running !== undefined) return running;
    const folded = this.#history.stateAt(actor, seq);
    if (folded === null || folded.uncertain) return null;
    const living = {
      known: this.#transitions.restore(machine, folded),
      timers: new TimerBook(true),
      runs: bookFor(machine, folded),
    };
    this.#living.set(actor, living);
    return living;
  }

  /** `next`: the row that came after it. */
  #run(run: StoredRun, next: RecordedRow | null): void {
    // What was declared meanwhile may be in the rows that were lost.
    this.#passGaps(run.afterSeq);
    const book = this.#bookOf(run);
    if (book === null) return;
    const isUnknown = book.isUnknown(run);
    const closedUs = next?.epoch === run.epoch ? next.monoUs : Number.POSITIVE_INFINITY;
    const fault = book.judge(run, { closedUs, hasEveryRun: this.#hasEveryRun });
    if (isUnknown && fault === null) {
      this.#skip('runs: what was declared before the history begins is not known');
      return;
    }
    this.#runs += 1;
    this.#adverts += run.count;
    if (fault === null || this.#differences.length + this.#unexplained.length >= MAX_DIFFERENCES) return;
    const { node, epoch: _, actor, afterSeq, ...found } = run;
    const difference: Difference = {
      ...{ node, seq: afterSeq, actor, event: 'run', part: 'run' },
      expected: { rule: fault.rule, declared: fault.declared },
      found,
    };
    if (fault.isTrouble === true && next !== null)
      this.#unexplained.push({ difference, untilUs: closedUs + TOLD_LATE_US });
    else this.#differences.push(difference);
  }

  #account({ actor, monoUs }: RecordedRow): void {
    this.#unexplained = this.#unexplained.filter(
      ({ difference, untilUs }) => difference.actor !== actor || monoUs > untilUs,
    );
  }

  #bookOf({ actor, epoch, afterSeq }: StoredRun): RunBook | null {
    const isOfThisProcess = epoch === this.#epoch || this.#epoch === 0;
    const running = isOfThisProcess ? this.#living.get(actor) : undefined;
    if (running !== undefined) return running.runs;
    const machine = this.#unknown.has(actor)
      ? null
      : (this.#history.stateAt(actor, afterSeq)?.machine ?? null);
    const isKnown = machine !== null && this.#engine.knows(machine);
    const living = isKnown ? this.#livingAt(actor, afterSeq, machine) : null;
    if (living !== null) return living.runs;
    this.#unknown.add(actor);
    this.#skip('runs: the state of their actor is not known');
    return null;
  }

  #check(row: RecordedRow, part: Difference['part'], expected: string, found: string): void {
    if (expected === found) return;
    const [left, right]: [Json, Json] = [JSON.parse(expected), JSON.parse(found)];
    if (!sameJson(left, right)) this.#differ(row, part, left, right);
  }

  #differ(row: RecordedRow, part: Difference['part'], expected: Json, found: Json): void {
    if (this.#differences.length >= MAX_DIFFERENCES) return;
    const { node, seq, actor } = row;
    const event = (JSON.parse(row.event) as ActorEvent).type;
    this.#differences.push({ node, seq, actor, event, part, expected: plain(expected), found });
  }
}

/**
 * A delta without the keys that it sets to what they were: whether an equal value is the same object depends on whether the
 * actor was taken up in the middle of its life.
 */
function news(delta: JsonObject, before: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(delta).filter(([key, value]) => !sameJson(value, before[key])));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function bookFor(machine: string, restored: ActorState | null = null): RunBook | null {
  if (machine.startsWith('vrrp@'))
    return restored === null ? new AdvertBook() : AdvertBook.restored(restored.state, restored.context);
  if (machine.startsWith('bfd@')) return restored === null ? new ControlBook() : ControlBook.restored();
  return null;
}

/**
 * Replays a history. Every start and step is evaluated anew from what evaluation itself gave before, never from
 * what was recorded, so that one wrong row shows. Runs of identical adverts are judged as blocks.
 */
export function replay<Snapshot>(engine: ReplayEngine<Snapshot>, history: History): ReplayReport {
  return new Replay(engine, history).run();
}

/** Of the watchdog, whose history is written by the worker that comes after. */
function happenedUs({ monoUs }: Pick<RecordedRow, 'monoUs'>, { atUs }: ActorEvent): number {
  return typeof atUs === 'number' ? atUs : monoUs;
}
