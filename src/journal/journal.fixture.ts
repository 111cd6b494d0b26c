/** Rows for tests of the journal, made by hand. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory as newDirectory } from '../../test/harness/leftovers.ts';
import type { JournalRow, JournalRun } from '../engine/types.ts';

/** A directory of its own for one test; call `remove` in the end. */
export function temporaryDirectory(): { readonly path: string; readonly remove: () => void } {
  const root = newDirectory('journal');
  return { path: join(root, 'journal'), remove: () => rmSync(root, { recursive: true, force: true }) };
}

const STATE = { protocol: { backup: 'listening' }, addresses: 'none', garp: 'idle' };

/** First row of an actor. */
export function startRow(seq: number, actor = 'vrrp/VI_1', wallUs = 1_700_000_000_000_000): JournalRow {
  const delta = { effectivePriority: 100, master: null, count: 0 };
  const event = { type: 'actor.started', input: { name: actor } };
  const rest = { cause: null, event, effects: [], state: STATE, delta };
  return {
    seq,
    monoUs: seq * 1000,
    wallUs: wallUs + seq * 1000,
    kind: 'start',
    actor,
    machine: 'vrrp@1',
    ...rest,
  };
}

/** A row that changes `count` in the actor's context. */
export function changedRow(seq: number, actor = 'vrrp/VI_1', wallUs = 1_700_000_000_000_000): JournalRow {
  return {
    ...startRow(seq, actor, wallUs),
    kind: 'step',
    event: { type: 'self.stalled', stalledUs: seq },
    delta: { count: seq },
  };
}

/** A row that changes nothing. */
export function idleRow(seq: number, actor = 'vrrp/VI_1'): JournalRow {
  return { ...changedRow(seq, actor), delta: {} };
}

export function someRun(
  afterSeq: number,
  actor = 'vrrp/VI_1',
  firstWallUs = 1_700_000_000_000_000,
): JournalRun {
  const times = { firstUs: 1000, lastUs: 60_001_000, largestGapUs: 1_000_200, firstWallUs, afterSeq };
  return { actor, direction: 'received', source: '10.0.0.1', priority: 100, count: 61, ...times };
}
