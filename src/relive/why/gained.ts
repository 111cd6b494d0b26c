/** Why a router became master. */
import type { StoredRow } from '../../journal/model.ts';
import { formatClock, formatDuration } from '../time.ts';
import { actorName, protocolPath } from '../words.ts';
import { refusals } from './adverts.ts';
import { arrivalWords, claimOver, watchBefore } from './claim.ts';
import { type Explanation, type KnownContext, knownContext, type RowChange } from './model.ts';
import { findPeer, hangAround, type Peer, rowsBetween, wasMaster } from './peers.ts';
import { memberBehind, type Reason, reasonOf } from './reasons.ts';
import { explainRefusal } from './refused.ts';
import { explainResumption, whyNotResumed } from './restarted.ts';
import { explainSilence } from './silence.ts';
import { silenceOf, type Telling } from './telling.ts';

export function explainGain(telling: Telling, change: RowChange): Explanation {
  const { row } = change;
  const own = telling.contextBefore(row);
  const resumed = explainResumption(telling, change, own);
  if (resumed !== null) return resumed;
  if (row.event.type === 'group.decided') return withGroup(telling, change);
  if (row.event.type !== 'master.silent') return ownerClaimed(telling, change, own);
  const watch = watchBefore(change);
  const waiting = protocolPath(change.before);
  if (waiting === 'backup.skewing') return afterResignation(telling, change, own, watch);
  const refused = refusedMaster(change, watch, own);
  if (refused !== null) return explainRefusal(telling, change, own, refused);
  const lower = lowerAdverts(change, watch, own);
  const [rival] = lower;
  if (rival !== undefined) return preemption(telling, change, own, rival, lower.length);
  if (own.master !== null) return explainSilence(telling, change, own, own.master);
  const { silentUs } = silenceOf(row);
  const isThinned = change.witness.reader.thinned(row.wallUs - silentUs, row.wallUs).length > 0;
  return isThinned ? nobodyCounted(telling, change, own, watch) : nobodyHeard(telling, change, own, watch);
}

/** The members of a sync group become master together: the last one to want it decides. */
function withGroup(telling: Telling, change: RowChange): Explanation {
  const { witness } = change;
  const row = memberBehind(witness, change.row);
  if (row === null || row.event.type !== 'master.silent')
    return unexplained(telling, change, telling.contextBefore(change.row));
  const before = witness.reader.stateBefore(row.actor, row.seq);
  const told = explainGain(telling, { ...change, actor: row.actor, row, before, wallUs: row.wallUs });
  telling.row(witness, change.row, change.before);
  if (row.actor === change.actor) return telling.done(told.verdict, told.sentence);
  return telling.done(
    told.verdict,
    `${actorName(change.actor)} followed ${actorName(row.actor)} of its sync group: ${told.sentence}`,
  );
}

function ownerClaimed(telling: Telling, change: RowChange, own: KnownContext): Explanation {
  const { row } = change;
  const isOwner = knownContext(change.actor, telling.stateAfter(row)).priority === 255;
  if (!isOwner) return unexplained(telling, change, own);
  telling.blame(telling.self.name);
  telling.causes(telling.self, row);
  telling.row(telling.self, row, change.before);
  telling.held(row);
  telling.prevention.push('nothing: priority 255 owns the addresses and claims them at once');
  const since = row.event.type === 'instance.started' ? 'started' : `went on (${row.event.type})`;
  return telling.done(
    'start-up',
    `${telling.self.name} ${since} as the owner of ${own.name}'s addresses (priority 255), so it became master at once`,
  );
}

function unexplained(telling: Telling, { row, before }: RowChange, own: KnownContext): Explanation {
  telling.causes(telling.self, row);
  telling.row(telling.self, row, before);
  return telling.done('other', `${telling.self.name} became master of ${own.name} on ${row.event.type}`);
}

const sinceWatch = (change: RowChange, watch: RowChange | null): number =>
  (watch?.row.seq ?? change.row.seq - 100) + 1;

/** Adverts of the master that it followed, or of anybody if there was none, that were refused while the watch ran. */
function refusedMaster(change: RowChange, watch: RowChange | null, own: KnownContext): StoredRow | null {
  const { witness, actor, row } = change;
  const found = refusals(witness, actor, sinceWatch(change, watch), row.seq - 1, own.master?.source ?? null);
  return found.at(-1) ?? null;
}

/** Adverts with a lower priority that were passed over while the watch ran. */
function lowerAdverts(change: RowChange, watch: RowChange | null, own: KnownContext): StoredRow[] {
  const { reader } = change.witness;
  const fromSeq = Math.max(1, sinceWatch(change, watch));
  const rows = reader.rows({ actor: change.actor, fromSeq, toSeq: change.row.seq - 1 });
  return [...rows].filter(({ event }) => {
    const priority = Number(event.priority);
    return event.type === 'advert.received' && priority > 0 && priority < own.priority;
  });
}

function preemption(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  first: StoredRow,
  count: number,
): Explanation {
  const { self } = telling;
  const rival = { source: String(first.event.source), priority: Number(first.event.priority) };
  const peer = findPeer(telling.witnesses, self, own, rival.source, change.wallUs);
  const loser = peer === null ? rival.source : `${peer.witness.name} (${rival.source})`;
  const claim = claimOver(telling, change, own, rival);
  telling.row(self, first, null);
  if (count > 1)
    telling.step(
      self.name,
      null,
      null,
      `${count - 1} more of them, all passed over: lower priorities do not count`,
    );
  telling.row(self, change.row, change.before);
  if (peer !== null) yielded(telling, peer, change);
  telling.held(change.row);
  telling.blame(claim.node, claim.what);
  telling.prevention.push(claim.prevention);
  if (claim.unknown !== null) telling.unknown.push(claim.unknown);
  else if (peer === null && claim.node === self.name)
    telling.unknown.push(`${rival.source}'s journal is not at hand: how it took the loss is not known`);
  const sentence = `${self.name} (priority ${own.priority}) took ${own.name} over from ${loser} (priority ${rival.priority}): ${claim.because}`;
  return telling.done(claim.verdict, sentence);
}

/** The other side of a preemption. */
function yielded(telling: Telling, peer: Peer, change: RowChange): void {
  const rows = rowsBetween(peer, change.wallUs, change.wallUs + 2_000_000);
  const row = rows.find(({ event, actor }) => event.type === 'advert.received' && actor === peer.actor);
  if (row === undefined) return;
  telling.row(peer.witness, row, peer.witness.reader.stateBefore(row.actor, row.seq));
}

/** Waited its time and heard nobody at all. */
/** How it came to wait, and that it waited long enough. */
function tellArrival(telling: Telling, change: RowChange, watch: RowChange | null): string {
  const { self } = telling;
  if (watch !== null) {
    telling.causes(self, watch.row);
    telling.row(self, watch.row, watch.before);
  }
  telling.row(self, change.row, change.before);
  telling.held(change.row);
  return watch === null ? 'it came back' : arrivalWords(watch.row, null);
}

/** An advert that was refused changed nothing, so a thinned journal has it no more: who sent one cannot be told. */
function nobodyCounted(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  watch: RowChange | null,
): Explanation {
  const { self } = telling;
  const { silentUs, allowedUs } = silenceOf(change.row);
  const how = tellArrival(telling, change, watch);
  telling.blame(self.name);
  telling.prevention.push(
    `an advert with priority ${own.priority} or more, and acceptable, within ${formatDuration(allowedUs)}`,
  );
  telling.unknown.push(
    `whether others sent adverts that were refused: what changed nothing is kept no longer in this part of ${self.name}'s journal`,
  );
  return telling.done(
    'unrecorded',
    `${self.name} became master of ${own.name}: ${how}, and no advert counted for ${formatDuration(silentUs)}`,
  );
}

function nobodyHeard(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  watch: RowChange | null,
): Explanation {
  const { self } = telling;
  const { silentUs, allowedUs } = silenceOf(change.row);
  const how = tellArrival(telling, change, watch);
  const began = formatClock(change.wallUs - silentUs);
  telling.missing.push(
    `any advert of virtual router ${own.virtualRouterId ?? '?'} between ${began} and ${formatClock(change.wallUs)}`,
  );
  telling.prevention.push(
    `an advert with priority ${own.priority} or more within ${formatDuration(allowedUs)}`,
  );
  const other = otherMaster(telling, change, own);
  if (other !== null) {
    telling.blame(other.witness.name);
    telling.step(other.witness.name, null, null, 'was master all that time, by its own journal', true);
    const sentence = `${self.name} became master of ${own.name} after ${how} and heard nobody, though ${other.witness.name} was master: the path between them is broken`;
    return telling.done('path-broken', sentence);
  }
  telling.blame(self.name);
  const isStart = watch?.row.event.type === 'instance.started';
  const restart = watch !== null && isStart ? whyNotResumed(telling, watch) : '';
  const sentence = `${self.name} became master of ${own.name}: ${how} and heard nobody else claim for ${formatDuration(silentUs)}${restart}`;
  return telling.done(restart !== '' ? 'restarted' : isStart ? 'start-up' : 'returned', sentence);
}

/** Another node at hand that was master of the same virtual router. */
function otherMaster(telling: Telling, change: RowChange, own: KnownContext): Peer | null {
  const earlierUs = change.wallUs - Math.min(silenceOf(change.row).silentUs, own.intervalUs);
  for (const witness of telling.witnesses) {
    if (witness === telling.self) continue;
    const peer = { witness, actor: change.actor };
    const isAlive = rowsBetween(peer, change.wallUs, change.wallUs + 600_000_000).length > 0;
    if (isAlive && wasMaster(peer, earlierUs) && wasMaster(peer, change.wallUs)) return peer;
  }
  return null;
}

/** Only the skew was waited for: somebody had resigned, or this one had for a moment. */
function afterResignation(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  watch: RowChange | null,
): Explanation {
  const { self } = telling;
  const wasOwn = watch !== null && protocolPath(watch.before) === 'master';
  const reason = wasOwn && watch !== null ? reasonOf(self, watch.row) : null;
  if (reason !== null && watch !== null) return claimedAnew(telling, change, own, watch, reason);
  const resignation =
    watch !== null && watch.row.event.type === 'advert.received' ? watch : resignationBefore(change);
  if (resignation === null) {
    telling.row(self, change.row, change.before);
    return telling.done(
      'other',
      `${self.name} became master of ${own.name} after a skew whose reason is not in the journal`,
    );
  }
  return afterPriorityZero(telling, change, own, resignation);
}

function claimedAnew(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  watch: RowChange,
  reason: Reason,
): Explanation {
  const { self } = telling;
  telling.causes(self, watch.row);
  telling.row(self, watch.row, watch.before);
  telling.row(self, change.row, change.before);
  telling.held(change.row);
  telling.blame(self.name, reason.what);
  telling.prevention.push(reason.prevention(self.name));
  if (reason.unknown !== null) telling.unknown.push(reason.unknown);
  const sentence = `${self.name} gave up ${own.name} and claimed it anew because ${reason.because}`;
  return telling.done(reason.verdict, sentence);
}

/** A second resignation re-enters the state without changing anything else, so that its row may be an unchanged one. */
function resignationBefore(change: RowChange): RowChange | null {
  const { reader } = change.witness;
  const fromSeq = Math.max(1, change.row.seq - 100);
  const rows = [...reader.rows({ actor: change.actor, fromSeq, toSeq: change.row.seq - 1 })];
  const row = rows.findLast(({ event }) => event.type === 'advert.received' && event.priority === 0);
  return row === undefined
    ? null
    : { ...change, row, wallUs: row.wallUs, before: reader.stateBefore(change.actor, row.seq) };
}

function afterPriorityZero(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  resignation: RowChange,
): Explanation {
  const { self } = telling;
  const source = String(resignation.row.event.source);
  const peer = findPeer(telling.witnesses, self, own, source, change.wallUs);
  const resigned =
    peer === null ? null : (resignationOf(peer, resignation.wallUs) ?? hangAround(peer, resignation.wallUs));
  const loser = peer === null ? source : peer.witness.name;
  if (peer !== null && resigned !== null) {
    telling.causes(peer.witness, resigned);
    telling.row(peer.witness, resigned, peer.witness.reader.stateBefore(resigned.actor, resigned.seq));
  }
  telling.row(self, resignation.row, resignation.before);
  telling.row(self, change.row, change.before);
  telling.held(change.row);
  telling.gaps(resignation.wallUs - 1_000_000, change.wallUs);
  telling.blame(loser);
  const took = `${self.name} took ${own.name} over from ${loser}`;
  const reason = peer === null || resigned === null ? null : reasonOf(peer.witness, resigned);
  if (reason !== null) {
    telling.blame(loser, reason.what);
    telling.prevention.push(reason.prevention(loser));
    if (reason.unknown !== null) telling.unknown.push(reason.unknown);
    return telling.done(reason.peerVerdict, `${took}, ${reason.which}`);
  }
  telling.prevention.push(`${loser} not resigning`);
  telling.unknown.push(
    peer === null
      ? `why ${source} resigned: it was stopped, lost its link or an address; its journal would tell (give it with -j)`
      : resigned === null
        ? `why ${loser} resigned: its journal does not show the moment`
        : `why ${loser} resigned: its row @${resigned.seq} says only ${resigned.event.type}`,
  );
  return telling.done('peer-resigned', `${took}, which resigned (priority 0)`);
}

/** The row with which a peer said priority 0. */
function resignationOf(peer: Peer, wallUs: number): StoredRow | null {
  const rows = rowsBetween(peer, wallUs, wallUs);
  return (
    rows.findLast(({ effects }) =>
      effects.some(({ type, params }) => type === 'sendAdvert' && params.priority === 0),
    ) ?? null
  );
}
