/** The tables of a segment as SQLite gives their rows (docs/journal-format.md). */

import type { RowKind } from '../engine/types.ts';
import type { RecordedRow, Rewritten, StoredGap } from './model.ts';

export interface MetaRow {
  readonly format: number;
  readonly node: string;
  readonly process: string;
  readonly pid: number;
  readonly boot_id: string;
  readonly epoch: number;
  readonly first_seq: number;
  readonly wall_us: number;
  readonly mono_us: number;
  readonly previous: string | null;
}

export interface EvRow {
  readonly seq: number;
  readonly mono_us: number;
  readonly wall_us: number;
  readonly kind: string;
  readonly actor: number;
  readonly machine: string | null;
  readonly cause: number | null;
  readonly changed: number;
  readonly event: string;
  readonly effects: string | null;
  readonly state: string;
  readonly delta: string | null;
}

export interface RunRow {
  readonly id: number;
  readonly actor: number;
  readonly direction: string;
  readonly source: string;
  readonly priority: number;
  readonly count: number;
  readonly first_us: number;
  readonly last_us: number;
  readonly largest_gap_us: number;
  readonly first_wall_us: number;
  readonly after_seq: number;
}

export interface GapRow {
  readonly from_seq: number;
  readonly to_seq: number;
  readonly from_wall_us: number;
  readonly to_wall_us: number;
  readonly reason: string;
  readonly lost_rows: number;
  readonly lost_changes: number;
  readonly lost_runs: number;
  readonly written_late: number;
  readonly actors: string;
  readonly segment: string | null;
}

export interface SnapRow {
  readonly actor: number;
  readonly seq: number;
  readonly machine: string | null;
  readonly state: string;
  readonly context: string;
}

export interface RewrittenRow {
  readonly kind: string;
  readonly at_wall_us: number;
  readonly from_wall_us: number;
  readonly to_wall_us: number;
  readonly rows: number;
  readonly runs: number;
  readonly hash: Buffer | null;
}

/** A row with its JSON unread. */
export function recordedRow(row: EvRow, actor: string, { node, epoch }: MetaRow): RecordedRow {
  return {
    ...{ node, epoch, actor },
    seq: row.seq,
    monoUs: row.mono_us,
    wallUs: row.wall_us,
    kind: row.kind as RowKind,
    machine: row.machine,
    cause: row.cause,
    event: row.event,
    effects: row.effects ?? '[]',
    state: row.state,
    delta: row.delta ?? '{}',
  };
}

/** All but what is the same in all rows of a segment, and what is JSON. */
export function gapFrom(gap: GapRow): Omit<StoredGap, 'node' | 'epoch' | 'actors'> {
  return {
    fromSeq: gap.from_seq,
    toSeq: gap.to_seq,
    fromWallUs: gap.from_wall_us,
    toWallUs: gap.to_wall_us,
    reason: gap.reason,
    lostRows: gap.lost_rows,
    lostChanges: gap.lost_changes,
    lostRuns: gap.lost_runs,
    writtenLate: gap.written_late,
    segment: gap.segment,
  };
}

export function rewrittenFrom(row: RewrittenRow): Rewritten {
  return {
    kind: row.kind === 'salvaged' ? 'salvaged' : 'thinned',
    atWallUs: row.at_wall_us,
    fromWallUs: row.from_wall_us,
    toWallUs: row.to_wall_us,
    rows: row.rows,
    runs: row.runs,
    hash: row.hash,
  };
}
