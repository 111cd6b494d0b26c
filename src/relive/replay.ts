/** Re-executes recorded events and compares what comes out with what was recorded. */
import type { ActorEvent, Effect } from '../engine/types.ts';
import { sameJson } from '../journal/fold.ts';
import type { ActorState, StoredRow } from '../journal/model.ts';
import type { JournalReader } from '../journal/reader.ts';
import type { Json, JsonObject } from '../protocol/json.ts';

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
  /** What the engine asks for when the machine threw. */
  crashEffects(machine: string, snapshot: Snapshot): readonly Effect[];
}

export interface Difference {
  readonly node: string;
  readonly seq: number;
  readonly actor: string;
  readonly event: string;
  readonly part: 'state' | 'effects' | 'delta' | 'crash';
  /** What re-execution gave. */
  readonly expected: Json;
  /** What the journal says. */
  readonly found: Json;
}

export interface ReplayReport {
  readonly rows: number;
  readonly actors: number;
  readonly differences: readonly Difference[];
  /** Rows that no machine evaluated. */
  readonly notes: number;
  /** Rows that could not be compared, by reason. */
  readonly unchecked: Readonly<Record<string, number>>;
}

const MAX_DIFFERENCES = 100;

/** What JSON would make of it: undefined vanishes, -0 is 0. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null));

class Replay<Snapshot> {
  readonly #engine: ReplayEngine<Snapshot>;
  readonly #reader: JournalReader;
  readonly #doubts: readonly { readonly fromSeq: number; readonly actors: readonly string[] }[];
  #doubt = 0;
  #epoch = 0;
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #actors = new Set<string>();
  readonly #differences: Difference[] = [];
  readonly #unchecked: Record<string, number> = {};
  #rows = 0;
  #notes = 0;

  constructor(engine: ReplayEngine<Snapshot>, reader: JournalReader) {
    this.#engine = engine;
    this.#reader = reader;
    this.#doubts = reader.gaps().filter(({ actors }) => actors.length > 0);
  }

  run(): ReplayReport {
    for (const row of this.#reader.rows()) this.#row(row);
    return {
      rows: this.#rows,
      actors: this.#actors.size,
      differences: this.#differences,
      notes: this.#notes,
      unchecked: this.#unchecked,
    };
  }

  #row(row: StoredRow): void {
    if (row.kind === 'note') {
      this.#notes += 1;
      return;
    }
    if (row.epoch !== this.#epoch) {
      this.#epoch = row.epoch;
      this.#snapshots.clear();
    }
    this.#passGaps(row.seq);
    this.#actors.add(row.actor);
    if (row.machine === null || !this.#engine.knows(row.machine)) {
      this.#skip(`machine ${row.machine ?? '?'} is not in this build`);
      return;
    }
    this.#compare(row, row.machine);
  }

  /** After lost changes an actor goes on from its next snapshot, if there is one. */
  #passGaps(seq: number): void {
    for (
      let gap = this.#doubts[this.#doubt];
      gap !== undefined && gap.fromSeq <= seq;
      gap = this.#doubts[this.#doubt]
    ) {
      for (const actor of gap.actors) this.#snapshots.delete(actor);
      this.#doubt += 1;
    }
  }

  #skip(reason: string): void {
    this.#unchecked[reason] = (this.#unchecked[reason] ?? 0) + 1;
  }

  #compare(row: StoredRow, machine: string): void {
    const before = row.kind === 'start' ? null : this.#snapshotBefore(row, machine);
    if (row.kind !== 'start' && before === null) {
      this.#skip('changes before them were lost');
      return;
    }
    this.#rows += 1;
    let result: Replayed<Snapshot>;
    try {
      const input = row.event.input as JsonObject;
      result =
        before === null ? this.#engine.start(machine, input) : this.#engine.step(machine, before, row.event);
    } catch (error) {
      this.#threw(row, machine, before, error);
      return;
    }
    this.#snapshots.set(row.actor, result.snapshot);
    if (row.kind === 'crash') {
      this.#differ(row, 'crash', 'no crash', row.delta);
      return;
    }
    this.#check(row, 'state', result.state, row.state);
    this.#check(row, 'effects', result.effects, row.effects as unknown as Json);
    this.#check(row, 'delta', result.delta, row.delta);
  }

  #threw(row: StoredRow, machine: string, before: Snapshot | null, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (row.kind !== 'crash' || before === null) {
      this.#differ(row, 'crash', { error: message }, 'no crash');
      return;
    }
    this.#check(row, 'crash', { error: message }, row.delta);
    this.#check(row, 'effects', this.#engine.crashEffects(machine, before), row.effects as unknown as Json);
  }

  #snapshotBefore(row: StoredRow, machine: string): Snapshot | null {
    const running = this.#snapshots.get(row.actor);
    if (running !== undefined) return running;
    const folded = this.#reader.stateAt(row.actor, row.seq - 1);
    if (folded === null || folded.uncertain) return null;
    return this.#engine.restore({ ...folded, machine });
  }

  #check(row: StoredRow, part: Difference['part'], expected: unknown, found: Json): void {
    const normal = plain(expected);
    if (!sameJson(normal, found)) this.#differ(row, part, normal, found);
  }

  #differ(row: StoredRow, part: Difference['part'], expected: Json, found: Json): void {
    if (this.#differences.length >= MAX_DIFFERENCES) return;
    const { node, seq, actor, event } = row;
    this.#differences.push({ node, seq, actor, event: event.type, part, expected, found });
  }
}

/**
 * Replays a whole journal. Every start and step is evaluated anew from what evaluation itself gave before, never from
 * what was recorded, so that one wrong row shows.
 */
export function replay<Snapshot>(engine: ReplayEngine<Snapshot>, reader: JournalReader): ReplayReport {
  return new Replay(engine, reader).run();
}
