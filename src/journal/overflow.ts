/** What the main thread's own queue had to drop, until a gap row tells it. */
import type { Weight } from './backlog.ts';
import type { Lost } from './line-queue.ts';
import type { GapNote } from './messages.ts';

/** Losses and delays of one time of trouble. */
interface Losses {
  fromSeq: number;
  fromWallUs: number;
  readonly reason: string;
  rows: number;
  changes: number;
  runs: number;
  readonly actors: Set<string>;
}

export class Overflow {
  #losses: Losses | null = null;
  /** All that was ever lost here. */
  rows = 0;
  runs = 0;

  lose(item: Lost, weight: Weight, reason: string): void {
    this.#losses ??= {
      ...{ fromSeq: item.seq, fromWallUs: item.wallUs, reason },
      ...{ rows: 0, changes: 0, runs: 0, actors: new Set() },
    };
    // Rows that changed something go last, and may be older than the first that went.
    this.#losses.fromSeq = Math.min(this.#losses.fromSeq, item.seq);
    this.#losses.fromWallUs = Math.min(this.#losses.fromWallUs, item.wallUs);
    if (weight === 'run') {
      this.#losses.runs += 1;
      this.runs += 1;
      return;
    }
    this.#losses.rows += 1;
    this.rows += 1;
    if (weight !== 'changed') return;
    this.#losses.changes += 1;
    this.#losses.actors.add(item.actor);
  }

  /** The gap of what was lost since the last one. Its rows that were not lost count as late. */
  take({ seq: toSeq, wallUs: toWallUs }: { readonly seq: number; readonly wallUs: number }): GapNote[] {
    const losses = this.#losses;
    if (losses === null) return [];
    this.#losses = null;
    const { fromWallUs, reason, rows: lostRows, changes: lostChanges, runs: lostRuns } = losses;
    const fromSeq = Math.min(losses.fromSeq, toSeq);
    const writtenLate = Math.max(0, toSeq - fromSeq + 1 - lostRows);
    const actors = [...losses.actors];
    return [
      {
        ...{ fromSeq, toSeq, fromWallUs, toWallUs, reason },
        ...{ lostRows, lostChanges, lostRuns, writtenLate, actors, segment: null },
      },
    ];
  }
}
