/** What journals tell of adverts: heard again, sent meanwhile, refused, lost before. */
import type { StoredRow, StoredRun } from '../../journal/model.ts';
import { CLOCK_TOLERANCE_US, type KnownContext, type RowChange, type Witness } from './model.ts';
import type { Peer } from './peers.ts';

/** Before a silence, in which the path may have lost some already. */
const LOOK_BACK_US = 120_000_000;
/** Rows after a change in which somebody may be heard again. */
const LATER_ROWS = 200;

/** Adverts further apart than this many intervals: one was lost. */
const LOST_GAP = 1.5;

/** The first advert of an address after a row, within a time; null: none that the journal has. */
export function heardAgain(
  { witness, actor, row }: RowChange,
  source: string,
  withinUs: number,
): StoredRow | null {
  for (const later of witness.reader.rows({ actor, fromSeq: row.seq + 1, toSeq: row.seq + LATER_ROWS })) {
    if (later.monoUs - row.monoUs > withinUs) return null;
    if (later.event.type === 'advert.received' && later.event.source === source) return later;
  }
  return null;
}

/** Runs of adverts that a router sent, as far as they overlap a time. */
export function sentBetween({ witness, actor }: Peer, fromUs: number, toUs: number): readonly StoredRun[] {
  const runs = witness.reader.runs({ actor, fromWallUs: fromUs, toWallUs: toUs });
  return [...runs].filter(({ direction }) => direction === 'sent');
}

/** About how many adverts of runs lie in a time. */
export function countBetween(runs: readonly StoredRun[], fromUs: number, toUs: number): number {
  return runs.reduce((sum, { count, firstWallUs, firstUs, lastUs }) => {
    const stepUs = count > 1 ? (lastUs - firstUs) / (count - 1) : 1;
    const from = Math.max(0, Math.ceil((fromUs - firstWallUs) / stepUs));
    const to = Math.min(count - 1, Math.floor((toUs - firstWallUs) / stepUs));
    return sum + Math.max(0, to - from + 1);
  }, 0);
}

/** The largest gap between adverts of a master in the minutes before a time, where it was one that lost some. */
export function gapBefore(
  { witness, actor }: RowChange,
  source: string,
  { intervalUs }: KnownContext,
  untilUs: number,
): number | null {
  const runs = witness.reader.runs({ actor, fromWallUs: untilUs - LOOK_BACK_US, toWallUs: untilUs });
  const gaps = [...runs].flatMap((run) =>
    run.direction === 'received' && run.source === source && run.firstWallUs <= untilUs
      ? run.largestGapUs
      : [],
  );
  const largest = Math.max(0, ...gaps);
  return largest > LOST_GAP * intervalUs ? largest : null;
}

/** Refused adverts in a range of rows: of this sender, or of any. */
export function refusals(
  { reader }: Witness,
  actor: string,
  fromSeq: number,
  toSeq: number,
  source: string | null,
): readonly StoredRow[] {
  return [...reader.rows({ actor, fromSeq: Math.max(1, fromSeq), toSeq })].filter(
    ({ event }) => event.type === 'advert.refused' && (source === null || event.source === source),
  );
}

/** Whether the other side heard this one in a time: the path is broken one way only. */
export function heardUs(
  { witness, actor }: Peer,
  source: string | null,
  fromUs: number,
  toUs: number,
): boolean {
  if (source === null) return false;
  const { reader } = witness;
  const from = reader.seqAt(fromUs - CLOCK_TOLERANCE_US) + 1;
  const to = reader.seqAt(toUs + CLOCK_TOLERANCE_US);
  for (const { event } of reader.rows({ actor, fromSeq: from, toSeq: to }))
    if (event.type === 'advert.received' && event.source === source) return true;
  return false;
}
