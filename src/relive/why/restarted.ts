/** What the watchdog wrote down of a process that ended before it was told to, and the mastership that went on without it. */
import type { StoredRow } from '../../journal/model.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { formatDuration } from '../time.ts';
import { eventInWords } from '../words.ts';
import type { Explanation, KnownContext, RowChange, Witness } from './model.ts';
import type { Telling } from './telling.ts';

const WATCHDOG = 'watchdog/worker';
/** The watchdog's rows stand at the beginning of the next process's history; what it did until that ran comes a little later. */
const MOST_ROWS = 20_000;

/** Rows of the next process about the end of the former one. */
interface WorkerEnd {
  readonly died: StoredRow;
  /** It had hung, and so was ended. */
  readonly hung: StoredRow | null;
  /** What was announced on its behalf. */
  readonly kept: StoredRow | null;
  readonly yielded: StoredRow | null;
}

const REFUSALS: Readonly<Record<string, string>> = {
  notMaster: 'was not its master any more',
  otherConfiguration: 'had been its master with other settings',
  tooLate: 'had sent its last advert too long before: others might have taken over',
};

/** Of the end of this process, or of the newest that the rows from there tell of. Null: the watchdog tells of none. */
export function workerEnd({ reader }: Witness, fromSeq: number, pid: number | null = null): WorkerEnd | null {
  let found: WorkerEnd | null = null;
  let hung: StoredRow | null = null;
  let epoch: number | null = null;
  for (const row of reader.rows({ fromSeq, toSeq: fromSeq + MOST_ROWS, actor: WATCHDOG })) {
    // A later process tells of its own predecessor.
    epoch ??= row.epoch;
    if (row.epoch !== epoch) break;
    const { type } = row.event;
    if (type === 'worker.hung') hung = row;
    if (type === 'worker.died') {
      if (pid !== null && found !== null) break;
      if (pid === null || row.event.pid === pid) found = { died: row, hung, kept: null, yielded: null };
      hung = null;
    }
    if (type === 'announcing.ended' && found !== null) found = { ...found, kept: row };
    if (type === 'better.heard' && found !== null) found = { ...found, yielded: row };
  }
  return found;
}

/** `was ended by signal 9 (killed)`. */
export function endInWords({ died: { event }, hung }: WorkerEnd): string {
  if (hung !== null)
    return `hung: it did nothing for ${formatDuration(Number(hung.event.allowedUs))}, so the watchdog killed it`;
  if (event.signal === 9) return 'was killed (signal 9)';
  return event.signal === 0
    ? `ended with status ${String(event.exitCode)}`
    : `crashed (signal ${String(event.signal)})`;
}

/** Steps of the end, and whom to blame for it. */
export function tellEnd(telling: Telling, end: WorkerEnd): void {
  const { self } = telling;
  for (const row of [end.hung, end.died, end.yielded, end.kept]) {
    if (row === null) continue;
    const { atWallUs, ...event } = row.event;
    const wallUs = typeof atWallUs === 'number' ? atWallUs : row.wallUs;
    telling.step(self.name, row.seq, wallUs, eventInWords(event), row === (end.hung ?? end.died));
  }
  const { signal, exitCode } = end.died.event;
  telling.blame(
    self.name,
    end.hung !== null ? 'hung' : signal === 0 ? `status ${String(exitCode)}` : `signal ${String(signal)}`,
  );
  telling.prevention.push(preventionOf(end));
}

function preventionOf({ died: { event }, hung }: WorkerEnd): string {
  if (hung !== null)
    return 'an error of this program, unless somebody stopped the process: its log before that';
  return event.signal === 9
    ? "not killing it; if nobody did, the kernel was short of memory: its log says 'Out of memory'"
    : 'an error of this program: its log, and a core file, tell which';
}

/** What an instance of this start knew of a process that died; null: it knew of none. */
function formerOf({ witness, row, before }: RowChange): JsonObject | null {
  const isWaiting = (before as JsonObject | null)?.startup === 'resuming';
  const former =
    row.event.type === 'instance.started'
      ? row.event.former
      : isWaiting
        ? witness.reader.stateAt(row.actor, row.seq - 1)?.context.former
        : null;
  return typeof former === 'object' && former !== null && !Array.isArray(former)
    ? (former as JsonObject)
    : null;
}

const epochOf = ({ reader }: Witness, { epoch }: StoredRow) =>
  reader.epochs().find((each) => each.epoch === epoch);

/** Null: it did not go on where another process had stopped. */
export function explainResumption(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
): Explanation | null {
  const former = formerOf(change);
  const { witness, row } = change;
  const epoch = epochOf(witness, row);
  if (former?.role !== 'master' || epoch === undefined) return null;
  const end = workerEnd(witness, epoch.firstSeq);
  if (end !== null) tellEnd(telling, end);
  telling.causes(witness, row);
  telling.row(witness, row, change.before);
  telling.held(row);
  const how = end === null ? 'had died' : endInWords(end);
  const whose = end === null ? 'a process that' : `process ${String(end.died.event.pid)}, which`;
  const age = formatDuration(Number(former.advertAgeUs));
  return telling.done(
    'restarted',
    `${witness.name} went on as master of ${own.name} in place of ${whose} ${how}: the last advert was ${age} old, so nobody else could have taken over`,
  );
}

/** Of a start after which it had to wait for its turn again: why it did not go on. '' : nobody had died. */
export function whyNotResumed(telling: Telling, { witness, row }: RowChange): string {
  const epoch = epochOf(witness, row);
  const refusal = REFUSALS[String(witness.reader.stateAt(row.actor, row.seq)?.context.refusal)];
  const end = epoch === undefined || refusal === undefined ? null : workerEnd(witness, epoch.firstSeq);
  if (end === null) return '';
  tellEnd(telling, end);
  return `; it had not gone on as master, because the process before it, which ${endInWords(end)}, ${refusal}`;
}
