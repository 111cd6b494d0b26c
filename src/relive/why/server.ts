/** Why a real server, or the quorum of a virtual server, is what it is. */
import type { StoredRow } from '../../journal/model.ts';
import type { JournalReader } from '../../journal/reader.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { changeInWords, eventInWords, regions } from '../words.ts';
import { changesBefore } from './focus.ts';
import type { Explanation, RowChange, Verdict, Witness } from './model.ts';
import { Telling } from './telling.ts';

/** Rows after a change in which its consequence is looked for. */
const CONSEQUENCE_ROWS = 50;
/** Links of a chain of causes: a name server's answer is the fourth from the quorum that it changes. */
const MOST_CAUSES = 8;

const isServer = (actor: string): boolean => /^(real|virtual)\//.test(actor);

/** Servers that a word stands for: their id, that without its kind, or the name of a real server. */
export function serversCalled(word: string, readers: readonly JournalReader[]): readonly string[] {
  const known = [...new Set(readers.flatMap((reader) => reader.actors()))].filter(isServer);
  const exact = known.filter((actor) => [word, `virtual/${word}`, `real/${word}`].includes(actor));
  return exact.length > 0 ? exact : known.filter((a) => a.startsWith('real/') && a.endsWith(`/${word}`));
}

/** Newest change at or before a time: of these servers, or of all; null if there is none. */
export function findServerChange(
  witnesses: readonly Witness[],
  servers: readonly string[] | null,
  wallUs: number | null,
): RowChange | null {
  let newest: RowChange | null = null;
  for (const witness of witnesses) {
    const { reader } = witness;
    const seq = wallUs === null ? reader.lastSeq() : reader.seqAt(wallUs);
    for (const actor of servers ?? reader.actors().filter(isServer)) {
      for (const change of changesBefore(witness, actor, seq)) {
        if (newest !== null && change.wallUs <= newest.wallUs) break;
        if (!isChange(change)) continue;
        newest = change;
        break;
      }
    }
  }
  return newest;
}

/** Newest change of one server at or before a row; null if there is none. */
export function lastServerChange(witness: Witness, actor: string, seq: number): RowChange | null {
  for (const change of changesBefore(witness, actor, seq)) if (isChange(change)) return change;
  return null;
}

/** Its standing or its weight, or of a virtual server its quorum. What it is configured to be is none. */
function isChange({ actor, row, before }: RowChange): boolean {
  if (row.kind === 'crash') return true;
  if (row.kind === 'start' || before === null || row.state === null) return false;
  if (actor.startsWith('virtual/')) return hasQuorum(before) !== hasQuorum(row.state);
  return JSON.stringify(before) !== JSON.stringify(row.state) || weightTold(row) !== null;
}

const hasQuorum = (state: Json): boolean => regions(state).get('quorum') === 'up';

/** What its virtual server is told that it weighs; null: nothing. */
function weightTold({ effects }: StoredRow): number | null {
  for (const { type, params } of effects) {
    const event = type === 'signalActor' ? (params.event as JsonObject) : null;
    if (event?.type === 'real.changed') return Number(event.weight);
  }
  return null;
}

export function explainServer(change: RowChange, witnesses: readonly Witness[]): Explanation {
  const { witness, row, before } = change;
  const telling = new Telling(change, witnesses);
  const causes = causesOf(witness.reader, row);
  for (const cause of causes)
    stepOf(telling, witness, cause, witness.reader.stateBefore(cause.actor, cause.seq));
  stepOf(telling, witness, row, before);
  consequence(telling, witness, row);
  telling.gaps(causes[0]?.wallUs ?? row.wallUs, row.wallUs);
  const { verdict, why, prevention } = reasonOf([...causes, row]);
  if (prevention !== null) telling.prevention.push(prevention);
  telling.blame(witness.name, culpritOf([...causes, row]));
  const isQuorum = change.actor.startsWith('virtual/') && verdict === 'checked' && !hasQuorum(row.state);
  return telling.done(
    isQuorum ? 'quorum-lost' : verdict,
    `${witness.name}: ${whatHappened(change)} because ${why}`,
  );
}

/** The real server that it goes back to, or the virtual one. */
function culpritOf(rows: readonly StoredRow[]): string | null {
  const server = rows.find(({ actor }) => actor.startsWith('real/')) ?? rows.at(-1);
  return server?.actor.replace(/^[a-z]+\//, '') ?? null;
}

/** Oldest first. Who begins has the cause of its coming into being. */
function causesOf(reader: JournalReader, row: StoredRow): readonly StoredRow[] {
  const found: StoredRow[] = [];
  const causeOf = ({ cause, actor, seq }: StoredRow): number | null =>
    cause ?? (isServer(actor) ? (birthBefore(reader, actor, seq)?.cause ?? null) : null);
  for (let cause = causeOf(row); cause !== null && found.length < MOST_CAUSES; ) {
    const earlier = reader.row(cause);
    if (earlier === null) break;
    found.push(earlier);
    cause = causeOf(earlier);
  }
  return found.reverse();
}

/** The row before, if that is the one of its coming into being. */
function birthBefore(reader: JournalReader, actor: string, seq: number): StoredRow | null {
  const earlier = reader.changeBefore(actor, seq - 1);
  return earlier?.kind === 'start' ? earlier : null;
}

function stepOf(telling: Telling, { name }: Witness, row: StoredRow, before: Json | null): void {
  const isSame =
    before === null || row.state === null || JSON.stringify(before) === JSON.stringify(row.state);
  const change = isSame ? '' : `: ${changeInWords(before, row.state)}`;
  const who = row.kind === 'note' ? '' : `${row.actor}: `;
  telling.step(name, row.seq, row.wallUs, `${who}${eventInWords(row.event)}${change}`, row.cause === null);
}

/** What its virtual server made of it. */
function consequence(telling: Telling, witness: Witness, { actor, seq }: StoredRow): void {
  if (!actor.startsWith('real/')) return;
  for (const later of witness.reader.rows({ fromSeq: seq + 1, toSeq: seq + CONSEQUENCE_ROWS })) {
    if (later.cause !== seq || !later.actor.startsWith('virtual/')) continue;
    stepOf(telling, witness, later, witness.reader.stateBefore(later.actor, later.seq));
    return;
  }
}

function whatHappened({ actor, row, before }: RowChange): string {
  const name = actor.replace(/^[a-z]+\//, '');
  if (row.kind === 'crash') return `the statechart of ${name} crashed`;
  if (actor.startsWith('virtual/')) return `${name} ${hasQuorum(row.state) ? 'gained' : 'lost'} its quorum`;
  const weight = weightTold(row);
  const weighs = weight === null ? '' : `weighs ${weight}`;
  if (JSON.stringify(before) === JSON.stringify(row.state)) return `${name} ${weighs}`;
  const went = `${name} went from ${String(before)} to ${String(row.state)}`;
  return weight === null ? went : `${went} and ${weighs}`;
}

interface Reason {
  readonly verdict: Verdict;
  readonly why: string;
  readonly prevention: string | null;
}

/** `rows`: from what came from outside to the change itself. The last that says more than that somebody told somebody. */
function reasonOf(rows: readonly StoredRow[]): Reason {
  for (const { event, kind, delta } of rows.toReversed()) {
    if (kind === 'crash') return { ...OTHER, verdict: 'crashed', why: String(delta.error ?? event.type) };
    const reason = REASONS[event.type]?.(event, rows);
    if (reason !== undefined) return { ...OTHER, ...reason };
  }
  const event = rows.at(-1)?.event;
  if (event === undefined || event.type.endsWith('.started')) return { ...OTHER, why: 'of a start' };
  return { ...OTHER, why: `of this: ${eventInWords(event)}` };
}

type Event = StoredRow['event'];

const OTHER: Reason = { verdict: 'other', why: '', prevention: null };

/** Whether a probe brought an agent's word: it changed an order, or the check fails although the probe passed. */
function isOfAgent({ outcome }: Event, rows: readonly StoredRow[]): boolean {
  const told = rows.map(({ event }) => event);
  return (
    told.some(({ type }) => type === 'agent.changed') ||
    (outcome === 'passed' && told.some(({ type, passed }) => type === 'checker.changed' && passed === false))
  );
}

const REASONS: Readonly<Record<string, (event: Event, rows: readonly StoredRow[]) => Partial<Reason>>> = {
  'probe.reported': (event, rows) => ({
    verdict: 'checked',
    why: isOfAgent(event, rows)
      ? `of what its agent says: ${String(event.detail)}`
      : `of its check: ${eventInWords(event)}`,
  }),
  'tracker.changed': (event) => ({
    verdict: 'checked',
    why: `of what its check follows: ${eventInWords(event)}`,
  }),
  'name.changed': (event, rows) => ({
    verdict: 'name-changed',
    why: `its name has other addresses: ${eventInWords(event)}`,
    prevention:
      rows.at(-1)?.event.type === 'real.removed'
        ? 'an answer of the name servers that still has the address, or name_max that has room for it'
        : null,
  }),
  'configuration.reloaded': () => ({ verdict: 'reconfigured', why: 'a reload changed what is configured' }),
  'shutdown.requested': (event) => ({
    verdict: 'stopped',
    why: `the daemon was told to stop (${String(event.reason)})`,
    prevention: 'not stopping it',
  }),
  'operator.ready': ordered,
  'operator.drain': ordered,
  'operator.maintenance': ordered,
  'operator.weight': ordered,
};

function ordered(event: Event): Partial<Reason> {
  return {
    verdict: 'ordered',
    why: `of an order: ${eventInWords(event)}`,
    prevention: event.kept === true ? '`relive server ready` before the daemon was stopped' : null,
  };
}
