/** Why a router is not master: which guard, timer or event stands between, and how far away it is. */
import { writerState } from '../../journal/liveness.ts';
import type { ActorState, StoredRow } from '../../journal/model.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { advertsAt } from '../at/adverts.ts';
import { formatDuration, formatWall } from '../time.ts';
import { actorName, regions, roleOf, stateInWords } from '../words.ts';
import { changesBefore, lastMastershipChange } from './focus.ts';
import { type Explanation, type KnownContext, knownContext, type RowChange, type Witness } from './model.ts';
import { findPeer } from './peers.ts';
import { memberBehind } from './reasons.ts';
import { Telling } from './telling.ts';

/** Changes in which the beginning of what holds now is looked for. */
const WALK = 1000;

interface Absence {
  readonly telling: Telling;
  readonly witness: Witness;
  readonly actor: string;
  readonly atUs: number;
  readonly seq: number;
  readonly state: ActorState;
  readonly own: KnownContext;
  /** `a is not master of VI_1`. */
  readonly fact: string;
}

/**
 * Of the first of these routers that knows the instance and is not its master then; null: none knows it.
 * @param others all whose journals tell of it
 */
export function explainAbsence(
  witnesses: readonly Witness[],
  actor: string,
  wallUs: number | null,
  others: readonly Witness[] = witnesses,
): Explanation | null {
  const known = witnesses.filter(({ reader }) => reader.knownOf([actor]) !== null);
  const asked = known.map((witness) => {
    const { reader } = witness;
    const seq = wallUs === null ? reader.lastSeq() : reader.seqAt(wallUs);
    return { witness, seq, state: seq === 0 ? null : reader.stateAt(actor, seq) };
  });
  const found = asked.find(({ state }) => state === null || roleOf(state.state) !== 'master') ?? asked[0];
  if (found === undefined) return null;
  const { witness, seq, state } = found;
  const lastRow = witness.reader.row(seq);
  const atUs = wallUs ?? lastRow?.wallUs ?? 0;
  if (state === null || lastRow === null) return null;
  const change = focusOf(witness, actor, seq) ?? rowChange(witness, actor, lastRow);
  const telling = new Telling({ ...change, wallUs: atUs }, others);
  telling.blame(witness.name);
  const own = knownContext(actor, state.context);
  const fact = `${witness.name} is not master of ${own.name}`;
  return explainState({ telling, witness, actor, atUs, seq, state, own, fact });
}

const rowChange = (witness: Witness, actor: string, row: StoredRow): RowChange => ({
  ...{ kind: 'row', witness, actor, row, wallUs: row.wallUs, before: null },
});

function focusOf(witness: Witness, actor: string, seq: number): RowChange | null {
  const row = witness.reader.changeBefore(actor, seq);
  return row === null ? null : rowChange(witness, actor, row);
}

function explainState(absence: Absence): Explanation {
  const { telling, state, fact, witness, own } = absence;
  const found = regions(state.state);
  const protocol = found.get('protocol') ?? '';
  if (hasEnded(absence)) return notRunning(absence);
  if (protocol === 'master') return telling.done('is-master', `${witness.name} is master of ${own.name}`);
  if (found.get('standing') === 'bad') return faulty(absence);
  if (found.get('standing') === 'waiting') return unknownYet(absence);
  if (found.get('startup') === 'holding') return held(absence);
  if (protocol === 'backup.wanting') return waitsForGroup(absence);
  if (protocol === 'backup.skewing') return watching(absence, 'a master resigned, and it waits for its skew');
  if (protocol === 'backup.listening') return listening(absence, found.get('preemption') ?? '');
  return telling.done('other', `${fact}: it is ${stateInWords(state.state)}`);
}

function hasEnded({ witness, seq, atUs, state }: Absence): boolean {
  if (regions(state.state).get('standing') === 'ended') return true;
  const epochs = witness.reader.epochs();
  const at = epochs.findLastIndex(({ firstSeq }) => firstSeq <= seq);
  const epoch = epochs[at];
  if (epoch === undefined || seq < epoch.lastSeq || atUs <= epoch.lastWallUs) return false;
  return epoch.endedCleanly || at < epochs.length - 1 || writerState(epoch) === 'ended';
}

function notRunning({ telling, witness, actor, seq, fact }: Absence): Explanation {
  const last = lastMastershipChange(witness, actor, seq);
  if (last !== null) telling.row(witness, last.row, last.before);
  const end = witness.reader.row(seq);
  if (end !== null && end.seq !== last?.row.seq) telling.row(witness, end, null);
  telling.prevention.push(`relived running on ${witness.name} with this instance`);
  return telling.done('not-running', `${fact}: it does not run there`);
}

/** The newest row at or before that point for which it is so. */
function newest(absence: Absence, isIt: (row: StoredRow) => boolean): RowChange | null {
  let walked = 0;
  for (const change of changesBefore(absence.witness, absence.actor, absence.seq)) {
    if (isIt(change.row)) return change;
    walked += 1;
    if (walked >= WALK || change.row.kind === 'start') return null;
  }
  return null;
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const short = (reason: string): string => reason.replace(/^tracker\//, '');

function faulty(absence: Absence): Explanation {
  const { telling, witness, state, fact } = absence;
  const reasons = list(state.context.faultReasons);
  const opened = newest(absence, ({ delta }) => delta.faultReasons !== undefined);
  if (opened !== null) {
    telling.causes(witness, opened.row);
    telling.row(witness, opened.row, opened.before);
  }
  const member = opened === null ? null : memberBehind(witness, opened.row);
  const through = reasons.join() === 'group' && member !== null ? ` through ${actorName(member.actor)}` : '';
  const words = reasons.map(short).join(', ') || 'a reason that its journal does not name';
  telling.blame(witness.name, words);
  for (const each of reasons) telling.missing.push(`the end of this fault: ${short(each)}`);
  telling.prevention.push(`none of these faults: ${words}`);
  const since = opened === null ? '' : ` since ${formatWall(opened.wallUs)}`;
  return telling.done('faulty', `${fact}: it has a fault${through}${since}: ${words}`);
}

function unknownYet({ telling, state, fact, witness }: Absence): Explanation {
  const pending = list(state.context.pending).map(short).join(', ');
  telling.blame(witness.name, pending);
  telling.missing.push(`the first result of ${pending}`);
  return telling.done('waiting', `${fact}: it waits for the first result of ${pending}`);
}

/** What is left of a timer at that point, in microseconds; null: it is not in the journal. */
function leftOf(
  absence: Absence,
  timer: string,
): { readonly armed: RowChange; readonly leftUs: number } | null {
  const armed = newest(absence, ({ effects }) =>
    effects.some(({ type, params }) => type === 'armTimer' && params.timer === timer),
  );
  const effect = armed?.row.effects.find(({ type, params }) => type === 'armTimer' && params.timer === timer);
  if (armed === null || effect === undefined) return null;
  const leftUs = armed.wallUs + Number(effect.params.delayUs) - absence.atUs;
  return { armed, leftUs: Math.max(0, leftUs) };
}

function held(absence: Absence): Explanation {
  const { telling, witness, fact } = absence;
  const timer = leftOf(absence, 'vrrp.startupHold');
  if (timer !== null) telling.row(witness, timer.armed.row, timer.armed.before);
  const left = timer === null ? '' : `, ${formatDuration(timer.leftUs)} of it left`;
  telling.blame(witness.name, 'startup delay');
  telling.missing.push(`the end of the delay${left}`);
  telling.prevention.push('a shorter vrrp_startup_delay or vrrp_delay_after_boot');
  return telling.done(
    'startup-delay',
    `${fact}: nobody becomes master during the delay after a start${left}`,
  );
}

function waitsForGroup(absence: Absence): Explanation {
  const { telling, witness, state, seq, fact } = absence;
  const group = String((state.context.input as JsonObject | undefined)?.group ?? '');
  const standings = (witness.reader.stateAt(group, seq)?.context.standings ?? {}) as Record<string, unknown>;
  const others = Object.entries(standings).filter(([, standing]) => standing !== 'willing');
  const words = others.map(([member, standing]) => `${actorName(member)} is ${String(standing)}`).join(', ');
  const claimed = newest(absence, ({ event }) => event.type === 'master.silent');
  if (claimed !== null) telling.row(witness, claimed.row, claimed.before);
  telling.blame(witness.name, others.map(([member]) => actorName(member)).join(', ') || group);
  telling.missing.push(`the agreement of every member of ${group.replace(/^group\//, '')}`);
  telling.prevention.push('the other members wanting to be master, too');
  return telling.done(
    'group-waits',
    `${fact}: its sync group does not agree: ${words || 'nothing is known of it'}`,
  );
}

/** It follows a master, or waits for one. */
function listening(absence: Absence, preemption: string): Explanation {
  const { telling, witness, own, state, fact } = absence;
  const { master } = own;
  if (master === null) return watching(absence, 'it waits for a master to fall silent');
  const learned = newest(
    absence,
    ({ event }) => event.type === 'advert.received' && event.source === master.source,
  );
  if (learned !== null) telling.row(witness, learned.row, learned.before);
  const heard = lastHeard(absence, master.source);
  const peer = findPeer(telling.witnesses, witness, own, master.source, absence.atUs);
  const name = peer === null ? master.source : `${peer.witness.name} (${master.source})`;
  const follows = `it follows ${name}, priority ${master.priority} against ${own.priority}`;
  if (master.priority >= own.priority) {
    telling.blame(peer?.witness.name ?? master.source);
    telling.missing.push(`${formatDuration(allowedUs(absence))} without an advert of ${name}${heard}`);
    telling.missing.push(`or an advert of it with a priority below ${own.priority}, or 0`);
    telling.prevention.push(`a priority above ${master.priority} on ${witness.name}`);
    return telling.done('outranked', `${fact}: ${follows}`);
  }
  const input = state.context.input as JsonObject | undefined;
  if (input?.nopreempt === true) {
    telling.blame(witness.name, 'nopreempt');
    telling.missing.push(`${name} falling silent or resigning${heard}`);
    telling.prevention.push(`no nopreempt in ${own.name} on ${witness.name}`);
    return telling.done('nopreempt', `${fact}: ${follows}, but nopreempt makes it stay a backup`);
  }
  if (preemption === 'delaying') return delayed(absence, follows);
  return watching(absence, `${follows} no longer`);
}

function delayed(absence: Absence, follows: string): Explanation {
  const { telling, witness, fact } = absence;
  const timer = leftOf(absence, 'vrrp.preemptDelay');
  if (timer !== null) telling.row(witness, timer.armed.row, timer.armed.before);
  const left = timer === null ? '' : `, ${formatDuration(timer.leftUs)} of it left`;
  telling.blame(witness.name, 'preempt_delay');
  telling.missing.push(`the end of preempt_delay${left}, and a Master_Down_Interval after that`);
  telling.prevention.push('a shorter preempt_delay');
  return telling.done('preempt-delay', `${fact}: ${follows}, and its preempt_delay is not over${left}`);
}

/** The Master_Down_Timer or the skew runs. */
function watching(absence: Absence, what: string): Explanation {
  const { telling, witness, fact, atUs } = absence;
  const watch = newest(absence, ({ effects }) => effects.some(({ type }) => type === 'watchMaster'));
  if (watch !== null) telling.row(witness, watch.row, watch.before);
  const allowed = allowedUs(absence);
  const sinceUs = watch === null ? null : atUs - watch.wallUs;
  const left = sinceUs === null ? '' : `, at most ${formatDuration(Math.max(0, allowed - sinceUs))} left`;
  telling.missing.push(`${formatDuration(allowed)} without an advert that counts${left}`);
  return telling.done('waiting', `${fact}: ${what}`);
}

function allowedUs(absence: Absence): number {
  const watch = newest(absence, ({ effects }) =>
    effects.some(({ type }) => type === 'watchMaster' || type === 'adjustWatch'),
  );
  const effect = watch?.row.effects.findLast(({ type }) => type === 'watchMaster' || type === 'adjustWatch');
  return Number(effect?.params.allowedUs ?? 0);
}

function lastHeard({ witness, actor, seq, atUs }: Absence, from: string): string {
  const adverts = advertsAt(witness.reader, actor, seq, atUs).get(actor) ?? [];
  const heard = adverts.find(({ direction, source }) => direction === 'received' && source === from);
  if (heard === undefined) return '';
  return `; the last one came ${formatDuration(Math.max(0, atUs - heard.wallUs))} before`;
}
