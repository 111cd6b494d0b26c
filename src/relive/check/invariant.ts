/** What must hold of a history, each in a piece of its own: rows in, violations out. Nothing else is known to it. */
import type { ActorState, StoredRow } from '../../journal/model.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';

export interface Violation {
  readonly invariant: string;
  readonly node: string;
  readonly actor: string;
  /** The row at which it began; null: it is not about a row. */
  readonly seq: number | null;
  /** Unix time of the node's own clock. */
  readonly wallUs: number;
  readonly text: string;
}

/** A row with the state before it. */
export interface Seen {
  readonly row: StoredRow;
  readonly before: Json | null;
}

/** Where in a history something is said of. */
export type Place = Pick<StoredRow, 'actor' | 'seq' | 'wallUs' | 'monoUs'>;

export type Report = (
  place: Omit<Place, 'monoUs'> | (Omit<Place, 'monoUs' | 'seq'> & { seq: null }),
  text: string,
) => void;

/** Of one process of one node at a time. */
export interface Invariant {
  /** An actor as it was when the reading began. */
  resume?(state: ActorState): void;
  row(seen: Seen): void;
  /** The process ended, or nothing more is known of it, at a monotonic time. What is still awaited is judged, then forgotten. */
  finish(monoUs: number): void;
  /** Rows are missing: nothing that is awaited can be judged. */
  forget(): void;
}

/** What makes an invariant: it gets a way to report. */
export type InvariantOf = (report: Report) => Invariant;

interface Awaited {
  readonly since: Place;
  readonly limitUs: number;
  readonly text: (tookUs: number) => string;
}

/** Things that must happen within a time. Judged when they happen, or when the process ends. */
export class Deadlines {
  readonly #report: Report;
  readonly #awaited = new Map<string, Awaited>();

  constructor(report: Report) {
    this.#report = report;
  }

  /** One that is awaited already stays as it is. */
  await(key: string, since: Place, limitUs: number, text: (tookUs: number) => string): void {
    if (!this.#awaited.has(key)) this.#awaited.set(key, { since, limitUs, text });
  }

  isAwaited(key: string): boolean {
    return this.#awaited.has(key);
  }

  /** It happened, or need not happen any more. */
  met(key: string, monoUs: number): void {
    const awaited = this.#awaited.get(key);
    if (awaited === undefined) return;
    this.#awaited.delete(key);
    this.#judge(awaited, monoUs);
  }

  /** The process did not run for so long: that is a finding of its own. */
  postpone(key: string, us: number): void {
    const awaited = this.#awaited.get(key);
    if (awaited !== undefined) this.#awaited.set(key, { ...awaited, limitUs: awaited.limitUs + us });
  }

  finish(monoUs: number): void {
    for (const awaited of this.#awaited.values()) this.#judge(awaited, monoUs);
    this.#awaited.clear();
  }

  forget(): void {
    this.#awaited.clear();
  }

  #judge({ since, limitUs, text }: Awaited, monoUs: number): void {
    const tookUs = monoUs - since.monoUs;
    if (tookUs > limitUs) this.#report(since, text(tookUs));
  }
}

export const object = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};

export const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** The input of an actor after a row, if the row has one. */
export function inputOf({ event, delta }: StoredRow): JsonObject | null {
  const given = event.input ?? delta.input;
  return given === undefined ? null : object(given);
}
