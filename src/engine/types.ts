/**
 * What flows through the engine: facts in, effects out, one journal row for each step.
 * Everything here is plain JSON, so that a row read back in five years is the row that was written.
 */
import type { ActorEvent, Effect } from '../machines/declare.ts';
import type { Json, JsonObject } from '../protocol/json.ts';

export type { ActorEvent, Effect };

/** Stable name of an actor: `vrrp/VI_1`. The program itself is the actor `relived`. */
export type ActorId = string;

/**
 * - `start`: an actor came into being; `event` is `{type: 'actor.started', input}`, `delta` its whole context.
 * - `step`: an event was evaluated. Nothing changed if `effects` and `delta` are empty and `state` is as before.
 * - `crash`: evaluating the event threw; `event` is the culprit, `delta` is `{error}`, `effects` the fail-safe ones.
 * - `note`: a fact about the program itself that no statechart evaluates (started, signal, stopped).
 */
export type RowKind = 'start' | 'step' | 'crash' | 'note';

/** One entry of the journal. Times are integers in microseconds. */
export interface JournalRow {
  /** Position in this process's history, from 1; the journal writer adds what earlier processes left. */
  readonly seq: number;
  /** CLOCK_MONOTONIC: order and durations. */
  readonly monoUs: number;
  /** Unix time: what a person compares with other logs. Never used for order. */
  readonly wallUs: number;
  readonly kind: RowKind;
  readonly actor: ActorId;
  /** Kind and version of the machine that evaluated the event, `vrrp@1`; null for notes. */
  readonly machine: string | null;
  /** The row that led to this one; null for an input from outside. */
  readonly cause: number | null;
  readonly event: ActorEvent;
  readonly effects: readonly Effect[];
  /** State value after the step (XState's form); null for notes. */
  readonly state: Json;
  /** Context keys whose value this step changed, with their new values. */
  readonly delta: JsonObject;
}

/** Identical adverts in a row: steady state is not a transition, so it is counted instead (DESIGN rule 4). */
export interface JournalRun {
  readonly actor: ActorId;
  readonly direction: 'sent' | 'received';
  /** Address of the sender; '' where the routes choose that of this machine (BFD). */
  readonly source: string;
  /** Of the adverts; of BFD packets the code of their state. */
  readonly priority: number;
  readonly count: number;
  /** CLOCK_MONOTONIC of the first and the last advert of the run, and the largest silence between two of them. */
  readonly firstUs: number;
  readonly lastUs: number;
  readonly largestGapUs: number;
  /** Unix time of the first advert. */
  readonly firstWallUs: number;
  /** seq of the newest row when the run was closed. */
  readonly afterSeq: number;
}

/** Definition of a machine or a configuration, stored once by content. */
export interface JournalDefinition {
  readonly kind: 'machine' | 'config';
  /** `vrrp@1` or `config@1` (configuration generation). */
  readonly name: string;
  readonly body: Json;
}

/** Where rows go. Must return at once: the network never waits for the disk. */
export interface JournalSink {
  row(row: JournalRow): void;
  run(run: JournalRun): void;
  define(definition: JournalDefinition): void;
}

/** The two clocks. The real one lives in src/daemon, the virtual one in src/engine/virtual-clock.ts. */
export interface Clock {
  /** CLOCK_MONOTONIC, integer microseconds. */
  monotonicUs(): number;
  /** Unix time, integer microseconds. */
  wallUs(): number;
}

/** Calls back once; never early. */
export interface Scheduler {
  /** Calls `due` when `atUs` (monotonic) has come. Returns a function that cancels it. */
  at(atUs: number, due: () => void): () => void;
}

/** Puts a fact into the inbox. `cause` is the row it came from, if it came from one. */
export type Post = (actor: ActorId, event: ActorEvent, cause: number | null) => void;

/** Performs effects. Effects of one actor are performed in the order they were asked for; outcomes are posted. */
export interface EffectExecutor {
  perform(actor: ActorId, effect: Effect, cause: number, post: Post): void;
}
