/** The rows around a change, for the table of a report. */
import type { StoredRow } from '../../journal/model.ts';
import type { Json } from '../../protocol/json.ts';
import { type Entry, entriesOf, mergeByTime } from '../entries.ts';
import type { Witness } from '../why/model.ts';
import type { Subject } from './subject.ts';

export interface ReportRow {
  readonly witness: Witness;
  readonly row: StoredRow;
  readonly before: Json | null;
}

export interface ReportRows {
  readonly rows: readonly ReportRow[];
  /** Rows of the same actors and programs that are left out, the farthest from the change. */
  readonly leftOut: number;
  /** Rows of other actors in the same time. */
  readonly others: number;
}

/** Rows looked at in all: a busy node has more in a minute than anybody reads. */
const MOST_LOOKED_AT = 100_000;

export function rowsAround(
  { lanes, window, explanation }: Subject,
  witnesses: readonly Witness[],
  most: number,
): ReportRows {
  const wanted = new Set(lanes.map(({ witness, actor }) => `${witness.name} ${actor}`));
  const found: ReportRow[] = [];
  let [others, looked] = [0, 0];
  const streams = witnesses.map((witness) => labelled(witness, window.fromUs, window.toUs));
  for (const { entry, witness } of mergeByTime(streams)) {
    looked += 1;
    if (looked > MOST_LOOKED_AT) break;
    if (entry.type !== 'row') continue;
    const { row, before } = entry;
    if (row.kind === 'note' || wanted.has(`${witness.name} ${row.actor}`))
      found.push({ witness, row, before });
    else others += 1;
  }
  const leftOut = Math.max(0, found.length - most);
  if (leftOut === 0) return { rows: found, leftOut, others };
  const distance = ({ row }: ReportRow): number => Math.abs(row.wallUs - explanation.wallUs);
  const near = new Set([...found].sort((a, b) => distance(a) - distance(b)).slice(0, most));
  return { rows: found.filter((one) => near.has(one)), leftOut, others };
}

interface Labelled {
  readonly wallUs: number;
  readonly entry: Entry;
  readonly witness: Witness;
}

function* labelled(witness: Witness, fromUs: number, toUs: number): Generator<Labelled> {
  const { reader } = witness;
  const range = {
    fromSeq: reader.seqAt(fromUs - 1) + 1,
    toSeq: reader.seqAt(toUs),
    actor: null,
    runs: false,
  };
  for (const entry of entriesOf(reader, range)) yield { wallUs: entry.wallUs, entry, witness };
}
