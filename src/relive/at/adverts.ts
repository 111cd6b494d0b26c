/** The newest adverts that each actor had heard and sent at an instant, from rows and runs. */
import type { ActorEvent } from '../../engine/types.ts';
import type { StoredRun } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';

export interface Advert {
  readonly direction: 'sent' | 'received';
  readonly source: string;
  readonly priority: number;
  /** Unix time. In the middle of a run it is that of the run's grid, so good to one interval. */
  readonly wallUs: number;
  /** Between two of its run; null: it is not known from a run. */
  readonly everyUs: number | null;
  readonly from: 'row' | 'run';
}

/** A run is closed at most a minute after it began; this is how far back the newest one can lie. */
const LOOK_BACK_US = 130_000_000;
const LOOK_BACK_ROWS = 200;

/**
 * By actor, the newest first: one of each router that was heard, and one that it sent. Who heard nothing lately has none, and nobody
 * has where adverts are no longer kept: an older one was not the last.
 */
export function advertsAt(
  reader: JournalReader,
  actor: string | null,
  seq: number,
  wallUs: number,
): ReadonlyMap<string, readonly Advert[]> {
  if (!keepsAdverts(reader, wallUs)) return new Map();
  const newest = new Map<string, Map<string, Advert>>();
  const offer = (by: string, advert: Advert): void => {
    const own = newest.get(by) ?? new Map<string, Advert>();
    newest.set(by, own);
    const key = advert.direction === 'sent' ? 'sent' : advert.source;
    if (advert.wallUs >= (own.get(key)?.wallUs ?? 0)) own.set(key, advert);
  };
  const only = actor === null ? {} : { actor };
  const lately = { fromSeq: Math.max(1, seq - LOOK_BACK_ROWS), toSeq: seq };
  for (const row of reader.recorded({ ...only, ...lately, eventHas: '"advert.received"' })) {
    const { type, source, priority }: ActorEvent = JSON.parse(row.event);
    if (type !== 'advert.received') continue;
    const said = { source: String(source), priority: Number(priority) };
    offer(row.actor, { ...said, direction: 'received', wallUs: row.wallUs, everyUs: null, from: 'row' });
  }
  // At the same time the run it is: its first advert is in both.
  for (const run of reader.runs({ ...only, fromWallUs: wallUs - LOOK_BACK_US, toWallUs: wallUs }))
    offer(run.actor, advertOf(run, wallUs));
  const sorted = [...newest].map(
    ([by, adverts]) => [by, [...adverts.values()].sort((a, b) => b.wallUs - a.wallUs)] as const,
  );
  return new Map(sorted);
}

/** Whether the adverts before a time are still in the history: a thinned segment has only what changed something. */
export function keepsAdverts(reader: JournalReader, wallUs: number): boolean {
  return reader.thinned(wallUs - LOOK_BACK_US, wallUs).length === 0;
}

/** The newest of a run at or before a time. */
function advertOf(
  { direction, source, priority, count, firstUs, lastUs, firstWallUs }: StoredRun,
  wallUs: number,
): Advert {
  const lengthUs = lastUs - firstUs;
  const stepUs = count > 1 ? lengthUs / (count - 1) : 0;
  const steps = stepUs === 0 ? 0 : Math.floor(Math.min(lengthUs, wallUs - firstWallUs) / stepUs);
  return {
    ...{ direction, source, priority, everyUs: stepUs === 0 ? null : Math.round(stepUs) },
    ...{ wallUs: Math.round(firstWallUs + steps * stepUs), from: 'run' },
  };
}
