/** The newest advert that an actor had heard at an instant, from rows and runs. */
import type { JournalReader } from '../journal/reader.ts';

export interface HeardAdvert {
  readonly source: string;
  readonly priority: number;
  /** Unix time. In the middle of a run it is that of the run's grid, so good to one interval. */
  readonly wallUs: number;
  readonly from: 'row' | 'run';
}

/** A run is closed at most a minute after it began; this is how far back the newest one can lie. */
const LOOK_BACK_US = 130_000_000;
const LOOK_BACK_ROWS = 200;

/** Null if nothing was heard lately. */
export function lastAdvert(
  reader: JournalReader,
  actor: string,
  seq: number,
  wallUs: number,
): HeardAdvert | null {
  const fromRuns = newestRun(reader, actor, wallUs);
  let fromRows: HeardAdvert | null = null;
  for (const row of reader.rows({ actor, fromSeq: Math.max(1, seq - LOOK_BACK_ROWS), toSeq: seq })) {
    if (row.event.type !== 'advert.received') continue;
    fromRows = {
      source: String(row.event.source),
      priority: Number(row.event.priority),
      wallUs: row.wallUs,
      from: 'row',
    };
  }
  if (fromRows === null || fromRuns === null) return fromRows ?? fromRuns;
  return fromRows.wallUs > fromRuns.wallUs ? fromRows : fromRuns;
}

function newestRun(reader: JournalReader, actor: string, wallUs: number): HeardAdvert | null {
  let newest: HeardAdvert | null = null;
  for (const run of reader.runs({ actor, fromWallUs: wallUs - LOOK_BACK_US, toWallUs: wallUs })) {
    if (run.direction !== 'received') continue;
    const lengthUs = run.lastUs - run.firstUs;
    const stepUs = run.count > 1 ? lengthUs / (run.count - 1) : 0;
    const steps = stepUs === 0 ? 0 : Math.floor(Math.min(lengthUs, wallUs - run.firstWallUs) / stepUs);
    const heardUs = Math.round(run.firstWallUs + steps * stepUs);
    if (newest === null || heardUs > newest.wallUs) {
      newest = { source: run.source, priority: run.priority, wallUs: heardUs, from: 'run' };
    }
  }
  return newest;
}
