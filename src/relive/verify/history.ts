/** What re-execution needs of a history: a journal has it, and so has a fixture. */
import type { ActorState, StoredGap, StoredRow, StoredRun } from '../../journal/model.ts';

export interface History {
  /** Rows in order of seq. */
  rows(): Iterable<StoredRow>;
  /** Runs of identical adverts, in the order in which they were closed. */
  runs(): Iterable<StoredRun>;
  gaps(): readonly StoredGap[];
  /** An actor as it was after a row; null if it is not known. */
  stateAt(actor: string, seq: number): ActorState | null;
}
