/** The newest advert that each actor had heard at an instant, from rows and runs. */
import type { StoredRun } from '../journal/model.ts';
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

/** By actor; who heard nothing lately has none, and nobody where adverts are no longer kept: an older one was not the last. */
export function lastAdverts(
  reader: JournalReader,
  actor: string | null,
  seq: number,
  wallUs: number,
): ReadonlyMap<string, HeardAdvert> {
  const newest = new Map<string, HeardAdvert>();
  if (!keepsAdverts(reader, wallUs)) return newest;
  const offer = (by: string, heard: HeardAdvert): void => {
    if (heard.wallUs >= (newest.get(by)?.wallUs ?? 0)) newest.set(by, heard);
  };
  const only = actor === null ? {} : { actor };
  for (const row of reader.rows({ ...only, fromSeq: Math.max(1, seq - LOOK_BACK_ROWS), toSeq: seq })) {
    if (row.event.type !== 'advert.received') continue;
    const { source, priority } = row.event;
    offer(row.actor, {
      ...{ source: String(source), priority: Number(priority), wallUs: row.wallUs, from: 'row' },
    });
  }
  // At the same time the run it is: its first advert is in both.
  for (const run of reader.runs({ ...only, fromWallUs: wallUs - LOOK_BACK_US, toWallUs: wallUs })) {
    if (run.direction === 'received') offer(run.actor, heardOf(run, wallUs));
  }
  return newest;
}

/** Whether the adverts before a time are still in the history: a thinned segment has only what changed something. */
export function keepsAdverts(reader: JournalReader, wallUs: number): boolean {
  return reader.thinned(wallUs - LOOK_BACK_US, wallUs).length === 0;
}

/** The newest of a run at or before a time. */
function heardOf(
  { source, priority, count, firstUs, lastUs, firstWallUs }: StoredRun,
  wallUs: number,
): HeardAdvert {
  const lengthUs = lastUs - firstUs;
  const stepUs = count > 1 ? lengthUs / (count - 1) : 0;
  const steps = stepUs === 0 ? 0 : Math.floor(Math.min(lengthUs, wallUs - firstWallUs) / stepUs);
  return { source, priority, wallUs: Math.round(firstWallUs + steps * stepUs), from: 'run' };
}
