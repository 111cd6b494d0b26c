/** The smallest piece of a history in which a difference still shows. */
import type { StoredRow, StoredRun } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { type Difference, type ReplayEngine, replay } from '../replay.ts';
import { FIXTURE_FORMAT, type Fixture, type FixtureMachine, fixtureHistory } from './fixture.ts';

/** Rows of the actor before the difference that are tried, fewest first. */
const WINDOWS = [1, 4, 16, 64, 256, 1024, 4096];
/** Runs that are kept with a run: the one before it is what it may overlap. */
const RUNS_KEPT = 4;
/** A run is closed at most a minute after it began. */
const RUN_SLACK_US = 180_000_000;

export interface Reproduction {
  readonly fixture: Fixture;
  /** False: not even the largest piece shows it, so that this is only where it was. */
  readonly reproduces: boolean;
}

/** Null if the journal does not have the row any more. */
export function reproduce<Snapshot>(
  engine: ReplayEngine<Snapshot>,
  reader: JournalReader,
  difference: Difference,
): Reproduction | null {
  const rows = rowsUpTo(reader, difference, WINDOWS.at(-1) ?? 1);
  if (rows.length === 0) return null;
  const runs = difference.part === 'run' ? runsUpTo(reader, difference) : [];
  let fixture: Fixture | null = null;
  for (const length of WINDOWS) {
    fixture = fixtureOf(reader, difference, rows.slice(-length), runs);
    if (fixture === null) continue;
    const { differences } = replay(engine, fixtureHistory(fixture));
    if (differences.some((found) => isSameDifference(found, difference)))
      return { fixture, reproduces: true };
    if (length >= rows.length) break;
  }
  return fixture === null ? null : { fixture, reproduces: false };
}

function isSameDifference(a: Difference, b: Difference): boolean {
  const ruleOf = ({ expected }: Difference): unknown => (expected as JsonObject | null)?.rule ?? null;
  if (a.seq !== b.seq || a.part !== b.part) return false;
  return (a.part !== 'run' && a.part !== 'timer') || ruleOf(a) === ruleOf(b);
}

/** The actor's newest rows, at most so many, the one of the difference last. Never of an earlier process. */
function rowsUpTo(reader: JournalReader, { actor, seq }: Difference, most: number): StoredRow[] {
  const found: StoredRow[] = [];
  for (let to = seq; to > 0 && found.length < most; ) {
    const from = Math.max(1, to - most + 1);
    const page = [...reader.rows({ actor, fromSeq: from, toSeq: to })].reverse();
    for (const row of page) {
      if (found.length >= most || row.epoch !== (found[0] ?? row).epoch) return found.reverse();
      found.push(row);
      if (row.kind === 'start') return found.reverse();
    }
    to = from - 1;
  }
  return found.reverse();
}

/** The run and those before it in its direction. */
function runsUpTo(reader: JournalReader, { actor, found }: Difference): StoredRun[] {
  const wanted = found as unknown as StoredRun;
  const kept: StoredRun[] = [];
  const range = {
    actor,
    fromWallUs: wanted.firstWallUs - RUN_SLACK_US,
    toWallUs: wanted.firstWallUs + RUN_SLACK_US,
  };
  for (const run of reader.runs(range)) {
    if (run.direction !== wanted.direction) continue;
    kept.push(run);
    if (kept.length > RUNS_KEPT) kept.shift();
    if (run.firstUs === wanted.firstUs && run.lastUs === wanted.lastUs && run.count === wanted.count) break;
  }
  return kept;
}

function fixtureOf(
  reader: JournalReader,
  { part, actor, seq, event }: Difference,
  rows: readonly StoredRow[],
  runs: readonly StoredRun[],
): Fixture | null {
  const [first] = rows;
  if (first === undefined) return null;
  const state = first.kind === 'start' ? null : reader.stateAt(actor, first.seq - 1);
  if (first.kind !== 'start' && (state === null || state.uncertain)) return null;
  return {
    format: FIXTURE_FORMAT,
    about: `${reader.node} ${actor} @${seq} ${event}: another ${part} than was recorded`,
    node: reader.node,
    machines: machinesOf(reader).filter(({ name }) => rows.some(({ machine }) => machine === name)),
    before: state === null ? [] : [state],
    rows,
    runs: runs.filter(({ afterSeq }) => afterSeq >= first.seq),
  };
}

/** The newest chart of each name; sums, for the charts themselves are long. */
export function machinesOf(reader: JournalReader): FixtureMachine[] {
  const newest = new Map<string, string>();
  for (const { kind, name, sha256 } of reader.definitions()) if (kind === 'machine') newest.set(name, sha256);
  return [...newest].map(([name, sha256]) => ({ name, sha256 }));
}
