/** Why a router became master. */
import type { StoredRow } from '../../journal/model.ts';
import { formatClock, formatDuration } from '../time.ts';
import { deletedObject, protocolPath, unknownDeleter } from '../words.ts';
import { changesBefore } from './focus.ts';
import type { Explanation, KnownContext, RowChange } from './model.ts';
import { findPeer, type Peer, rowsBetween, wasMaster } from './peers.ts';
import { explainSilence } from './silence.ts';
import { silenceOf, type Telling } from './telling.ts';
import { trackedFailure } from './tracked.ts';

/** The newest row before the change that set the watch which ran out, with the state before it. */
export function watchBefore(change: RowChange): RowChange | null {
  let looked = 0;
  for (const earlier of changesBefore(change.witness, change.actor, change.row.seq - 1)) {
    if (earlier.row.epoch !== change.row.epoch || looked > 1000) return null;
    if (earlier.row.effects.some(({ type }) => type === 'watchMaster')) return earlier;
    looked += 1;
  }
  return null;
}

export function explainGain(telling: Telling, change: RowChange): Explanation {
  const { row } = change;
  const own = telling.contextBefore(row);
  if (row.event.type === 'instance.started') return ownerStarted(telling, change, own);
  if (row.event.type !== 'master.silent') {
    telling.causes(telling.self, row);
    telling.row(telling.self, row, change.before);
    return telling.done('other', `${telling.self.name} became master of ${own.name} on ${row.event.type}`);
  }
  const watch = watchBefore(change);
  const waiting = protocolPath(change.before);
  if (waiting === 'backup.skewing') return afterResignation(telling, change, own, watch);
  const lower = lowerAdverts(change, watch, own);
  const [rival] = lower;
  if (rival !== undefined) return preemption(telling, change, own, watch, rival, lower.length);
  if (own.master !== null) return explainSilence(telling, change, own, own.master);
  return nobodyHeard(telling, change, own, watch);
}

function ownerStarted(telling: Telling, change: RowChange, own: KnownContext): Explanation {
  telling.causes(telling.self, change.row);
  telling.row(telling.self, change.row, change.before);
  telling.held(change.row);
  telling.prevention.push('nothing: priority 255 owns the addresses and claims them at once');
  return telling.done(
    'start-up',
    `${telling.self.name} started as the owner of ${own.name}'s addresses (priority 255), so it became master at once`,
  );
}

/** Adverts with a lower priority that were passed over while the watch ran. */
function lowerAdverts(change: RowChange, watch: RowChange | null, own: KnownContext): StoredRow[] {
  const { reader } = change.witness;
  const fromSeq = (watch?.row.seq ?? change.row.seq - 100) + 1;
  const rows = reader.rows({ actor: change.actor, fromSeq, toSeq: change.row.seq - 1 });
  return [...rows].filter(({ event }) => {
    const priority = Number(event.priority);
    return event.type === 'advert.received' && priority > 0 && priority < own.priority;
  });
}

/** How this process came to be waiting: its start, or the end of a fault. */
function arrival(telling: Telling, watch: RowChange | null): string {
  if (watch === null) return 'it came back';
  const { row } = watch;
  telling.row(telling.self, row, watch.before);
  if (row.event.type === 'instance.started') return 'it was started';
  if (row.event.type === 'link.up') return 'its link came back';
  if (row.event.type === 'source.found') return 'its address came back';
  return 'it became a backup';
}

function preemption(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  watch: RowChange | null,
  rival: StoredRow,
  count: number,
): Explanation {
  const { self } = telling;
  const source = String(rival.event.source);
  const peer = findPeer(telling.witnesses, self, own.virtualRouterId, source, change.wallUs);
  const loser = peer === null ? source : `${peer.witness.name} (${source})`;
  const how = arrival(telling, watch);
  telling.row(self, rival, null);
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
  const priority = Number(rival.event.priority);
  telling.prevention.push(
    `nopreempt in ${own.name} on ${self.name}, or a priority of at most ${priority} there, or of at least ${own.priority} on ${loser}`,
  );
  if (peer === null)
    telling.unknown.push(`${source}'s journal is not at hand: how it took the loss is not known`);
  const sentence = `${self.name} (priority ${own.priority}) took ${own.name} over from ${loser} (priority ${priority}): preemption after ${how}`;
  return telling.done('preemption', sentence);
}

/** The other side of a preemption. */
function yielded(telling: Telling, peer: Peer, change: RowChange): void {
  const rows = rowsBetween(peer, change.wallUs, change.wallUs + 2_000_000);
  const row = rows.find(({ event, actor }) => event.type === 'advert.received' && actor === peer.actor);
  if (row === undefined) return;
  telling.row(peer.witness, row, peer.witness.reader.stateBefore(row.actor, row.seq));
}

/** Waited its time and heard nobody at all. */
function nobodyHeard(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  watch: RowChange | null,
): Explanation {
  const { self } = telling;
  const { silentUs, allowedUs } = silenceOf(change.row);
  if (watch !== null) telling.causes(self, watch.row);
  const how = arrival(telling, watch);
  telling.row(self, change.row, change.before);
  telling.held(change.row);
  const began = formatClock(change.wallUs - silentUs);
  telling.missing.push(
    `any advert of virtual router ${own.virtualRouterId ?? '?'} between ${began} and ${formatClock(change.wallUs)}`,
  );
  telling.prevention.push(
    `an advert with priority ${own.priority} or more within ${formatDuration(allowedUs)}`,
  );
  const other = otherMaster(telling, change, own);
  if (other !== null) {
    telling.step(other.witness.name, null, null, 'was master all that time, by its own journal', true);
    const sentence = `${self.name} became master of ${own.name} after ${how} and heard nobody, though ${other.witness.name} was master: the path between them is broken`;
    return telling.done('path-broken', sentence);
  }
  const isStart = watch?.row.event.type === 'instance.started';
  const sentence = `${self.name} became master of ${own.name}: ${how} and for ${formatDuration(silentUs)} nobody else claimed to be master`;
  return telling.done(isStart ? 'start-up' : 'returned', sentence);
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

/** Only the skew was waited for: somebody had resigned, or an address had been deleted here. */
function afterResignation(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  watch: RowChange | null,
): Explanation {
  const { self } = telling;
  if (watch?.row.event.type === 'object.deleted') {
    const what = deletedObject(watch.row.event);
    telling.causes(self, watch.row);
    telling.row(self, watch.row, watch.before);
    telling.row(self, change.row, change.before);
    telling.held(change.row);
    telling.prevention.push(`leaving ${what} alone: somebody or something on ${self.name} deleted it`);
    telling.unknown.push(unknownDeleter(watch.row.event));
    const sentence = `${self.name} gave up ${own.name} and claimed it anew because somebody deleted ${what} there`;
    return telling.done('object-deleted', sentence);
  }
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
  const peer = findPeer(telling.witnesses, self, own.virtualRouterId, source, change.wallUs);
  const resigned = peer === null ? null : resignationOf(peer, resignation.wallUs);
  const loser = peer === null ? source : peer.witness.name;
  if (peer !== null && resigned !== null) {
    telling.causes(peer.witness, resigned);
    telling.row(peer.witness, resigned, peer.witness.reader.stateBefore(resigned.actor, resigned.seq));
  }
  telling.row(self, resignation.row, resignation.before);
  telling.row(self, change.row, change.before);
  telling.held(change.row);
  telling.gaps(resignation.wallUs - 1_000_000, change.wallUs);
  const took = `${self.name} took ${own.name} over from ${loser}`;
  if (resigned === null) {
    telling.unknown.push(
      peer === null
        ? `why ${source} resigned: it was stopped, lost its link or an address; its journal would tell`
        : `why ${loser} resigned: its journal does not show the moment`,
    );
    telling.prevention.push(`${loser} not resigning`);
    return telling.done('peer-resigned', `${took}, which resigned (priority 0)`);
  }
  return resignationVerdict(telling, took, loser, resigned);
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

function resignationVerdict(telling: Telling, took: string, loser: string, resigned: StoredRow): Explanation {
  if (resigned.kind === 'crash') {
    telling.prevention.push(
      'a correction of the error in the statechart: its row names the event and the message',
    );
    return telling.done(
      'peer-crashed',
      `${took}, whose statechart crashed: ${String(resigned.delta.error ?? '')}`,
    );
  }
  const { type } = resigned.event;
  if (type === 'shutdown.requested') {
    const reason = String(resigned.event.reason);
    if (reason.startsWith('internal error')) {
      telling.prevention.push(`a correction of the error on ${loser}: its log has the stack`);
      return telling.done('peer-crashed', `${took}, which ended itself in good order after an ${reason}`);
    }
    telling.prevention.push(`not stopping relived on ${loser}`);
    return telling.done('peer-stopped', `${took}, which was stopped in good order (${reason})`);
  }
  if (type === 'object.deleted') {
    telling.prevention.push(`leaving ${deletedObject(resigned.event)} alone on ${loser}`);
    return telling.done(
      'object-deleted',
      `${took}, because somebody deleted ${deletedObject(resigned.event)} there`,
    );
  }
  if (type === 'link.down' || type === 'source.lost') {
    const what = type === 'link.down' ? 'link' : 'source address';
    telling.prevention.push(`the ${what} of ${loser} staying up`);
    return telling.done('link-cut', `${took}, which lost its ${what}`);
  }
  const peer = telling.witnesses.find(({ name }) => name === loser);
  const failure = peer === undefined ? null : trackedFailure(peer, resigned);
  if (failure !== null) {
    telling.prevention.push(`what ${loser} follows staying well`);
    return telling.done('tracker-failed', `${took}, which resigned because ${failure}`);
  }
  return telling.done('peer-resigned', `${took}, which resigned on ${type}`);
}
