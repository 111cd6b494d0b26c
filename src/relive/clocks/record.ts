/** What one journal says of its node's clocks, and of the adverts by which they can be compared with another's. */
import type { Epoch, StoredRow, StoredRun } from '../../journal/model.ts';
import { readPulse } from '../../journal/pulse.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { roleOf } from '../words.ts';
import type { Hearing, Sending } from './exchange.ts';
import { ClockGatherer, type LocalClock } from './local-clock.ts';
import { Notebook, type Noted } from './notebook.ts';

/** Unix times of the node's own clock. */
export interface WallRange {
  readonly fromWallUs: number;
  readonly toWallUs: number;
}

export const ALL_TIME: WallRange = { fromWallUs: 0, toWallUs: Number.MAX_SAFE_INTEGER };

/** Times are steady ones of the boot, see LocalClock. */
export interface NodeRecord {
  readonly clock: LocalClock;
  /** Start of the machine by start of the process. */
  readonly boots: ReadonlyMap<number, string>;
  readonly sendings: readonly Noted<Sending>[];
  readonly hearings: readonly Noted<Hearing>[];
}

/** What lies shortly before and after a range tells of the clocks within it, too. */
const MARGIN_US = 900_000_000;
/** Runs of so many instances and days are read; of more instances the first ones. */
const INSTANCE_DAYS = 30;
const DAY_US = 86_400_000_000;
/** A process that was killed ended at most this long after its last sign of life: by its pulse, or by its last run alone. */
const PULSE_US = 2_000_000;
const RUN_US = 62_000_000;

/** How much later than its last sign of life a process that was killed may have ended. */
export function endUncertaintyUs(reader: JournalReader, epoch: number): number {
  return readPulse(reader.directory, 'vrrp', epoch) === null ? RUN_US : PULSE_US;
}
const HEARINGS = 200_000;

export function readRecord(reader: JournalReader, range: WallRange): NodeRecord {
  const fromWallUs = range.fromWallUs - MARGIN_US;
  const toWallUs = Math.min(range.toWallUs + MARGIN_US, Number.MAX_SAFE_INTEGER);
  const fromSeq = reader.seqAt(fromWallUs) + 1;
  const toSeq = reader.seqAt(toWallUs);
  const epochs = reader.epochs();
  const actors = reader.actors().filter((actor) => actor.startsWith('vrrp/'));
  const runs = readRuns(reader, actors, epochs, { fromWallUs, toWallUs });
  const notebook = new Notebook(runs.filter(({ direction }) => direction === 'sent'));
  const clock = new ClockGatherer();
  let epoch: Epoch | null = null;
  let last: StoredRow | null = null;
  for (const row of reader.rows({ fromSeq, toSeq })) {
    if (row.epoch !== epoch?.epoch) {
      if (epoch !== null) notebook.end(endOf(reader, epoch, last));
      const isFirst = epoch === null;
      epoch = epochs.find((candidate) => candidate.epoch === row.epoch) ?? null;
      notebook.begin(bootOf(epoch, row.epoch));
      if (isFirst && epoch !== null && row.seq > epoch.firstSeq) resume(notebook, reader, row.seq - 1);
    }
    clock.add({ boot: bootOf(epoch, row.epoch), monoUs: row.monoUs, wallUs: row.wallUs });
    if (notebook.hearings.length < HEARINGS) notebook.row(row);
    last = row;
  }
  const received = runs.filter(({ direction }) => direction === 'received');
  if (epoch !== null) {
    for (const run of received) noteRun(notebook, run, epochs);
    const isOver = epoch.endedCleanly || epochs.at(-1)?.epoch !== epoch.epoch;
    notebook.end(isOver && last?.seq === epoch.lastSeq ? endOf(reader, epoch, last) : null);
  }
  const boots = new Map(epochs.map((one) => [one.epoch, bootOf(one, one.epoch)]));
  return { boots, ...steady(clock.done(), notebook) };
}

/** Epochs of an unknown boot are each their own. */
function bootOf(epoch: Epoch | null, number: number): string {
  return epoch === null || epoch.bootId === 'unknown' ? `epoch ${number}` : epoch.bootId;
}

function endOf(reader: JournalReader, epoch: Epoch, last: StoredRow | null): number | null {
  if (last === null) return null;
  if (epoch.endedCleanly) return last.monoUs;
  const lifeUs = Math.max(0, epoch.lastWallUs - last.wallUs);
  return last.monoUs + lifeUs + endUncertaintyUs(reader, epoch.epoch);
}

function resume(notebook: Notebook, reader: JournalReader, seq: number): void {
  for (const { actor, state, context } of reader.statesAt(seq))
    if (actor.startsWith('vrrp/')) notebook.resume(actor, context as JsonObject, roleOf(state) === 'master');
}

function readRuns(
  reader: JournalReader,
  actors: readonly string[],
  epochs: readonly Epoch[],
  { fromWallUs, toWallUs }: WallRange,
): StoredRun[] {
  const beginUs = Math.max(fromWallUs, epochs[0]?.startWallUs ?? 0);
  const endUs = Math.min(toWallUs, epochs.at(-1)?.lastWallUs ?? 0);
  const days = Math.max(0.1, (endUs - beginUs) / DAY_US);
  const most = Math.floor(INSTANCE_DAYS / days);
  if (most === 0) return [];
  const range = { fromWallUs: beginUs, toWallUs: endUs };
  if (actors.length <= most) {
    return [...reader.runs(range)].filter(({ actor }) => actor.startsWith('vrrp/'));
  }
  return [...actors]
    .sort()
    .slice(0, most)
    .flatMap((actor) => [...reader.runs({ ...range, actor })]);
}

function noteRun(notebook: Notebook, run: StoredRun, epochs: readonly Epoch[]): void {
  const epoch = epochs.find((candidate) => candidate.epoch === run.epoch) ?? null;
  notebook.heardRun(run, bootOf(epoch, run.epoch));
}

function steady(clock: LocalClock, { sendings, hearings }: Notebook): Omit<NodeRecord, 'boots'> {
  return {
    clock,
    sendings: sendings.map(({ boot, what }) => {
      const move = (us: number): number => clock.steadyUs(boot, us);
      const { fromUs, untilUs, anchorUs } = what;
      const anchor = anchorUs === null ? null : move(anchorUs);
      return { boot, what: { ...what, fromUs: move(fromUs), untilUs: move(untilUs), anchorUs: anchor } };
    }),
    hearings: hearings
      .map(({ boot, what }) => ({ boot, what: { ...what, atUs: clock.steadyUs(boot, what.atUs) } }))
      .sort((a, b) => a.what.atUs - b.what.atUs),
  };
}
