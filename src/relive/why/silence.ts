/** A backup's master fell silent: was it killed, cut off, stopped, paused, or was it this process that did not listen? */
import type { StoredRow, StoredRun } from '../../journal/model.ts';
import { formatClock, formatDuration, formatWall } from '../time.ts';
import { roleOf } from '../words.ts';
import { countBetween, gapBefore, heardAgain, heardUs, sentBetween } from './adverts.ts';
import { lossBefore } from './gap.ts';
import type { Explanation, KnownContext, RowChange } from './model.ts';
import { CLOCK_TOLERANCE_US } from './model.ts';
import { fateOf, findPeer, type Peer, type PeerFate, rowsBetween, stallBetween, wasMaster } from './peers.ts';
import { reasonOf } from './reasons.ts';
import { type Silence, silenceOf, type Telling } from './telling.ts';

/** Missed adverts listed by time. */
const LISTED = 4;

interface Failover {
  readonly telling: Telling;
  readonly change: RowChange;
  readonly own: KnownContext;
  readonly master: { readonly source: string; readonly priority: number };
  readonly silence: Silence;
  /** Unix time of the last advert that was heard. */
  readonly heardUs: number;
  /** A pause of this process meanwhile. */
  readonly stall: StoredRow | null;
  /** The first advert of the master after it all. */
  readonly again: StoredRow | null;
}

export function explainSilence(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  master: { readonly source: string; readonly priority: number },
): Explanation {
  const silence = silenceOf(change.row);
  const failover: Failover = {
    telling,
    change,
    own,
    master,
    silence,
    heardUs: change.wallUs - silence.silentUs,
    stall: ownStall(change, own, silence),
    again: heardAgain(change, master.source, silence.allowedUs),
  };
  expected(failover);
  telling.gaps(failover.heardUs, change.wallUs);
  const peer = findPeer(telling.witnesses, telling.self, own, master.source, change.wallUs);
  return peer === null ? withoutPeer(failover) : withPeer(failover, peer);
}

/**
 * The longest pause of this process during the silence. The socket is drained before silence is declared, so a pause of
 * the process alone loses no advert; one of the whole machine does.
 */
function ownStall(change: RowChange, own: KnownContext, { silentUs, lateUs }: Silence): StoredRow | null {
  const { reader } = change.witness;
  const rows = reader.rows({
    actor: change.actor,
    fromSeq: Math.max(1, change.row.seq - 50),
    toSeq: change.row.seq - 1,
  });
  const counts = (us: number) => us >= own.intervalUs / 2;
  const stalls = [...rows].filter(
    ({ event, wallUs }) =>
      event.type === 'self.stalled' && wallUs >= change.wallUs - silentUs && counts(Number(event.stalledUs)),
  );
  return stalls.at(-1) ?? (counts(lateUs) ? change.row : null);
}

const stalledUs = (stall: StoredRow): number =>
  Number(stall.event.type === 'self.stalled' ? stall.event.stalledUs : stall.event.lateUs);

function expected({ telling, own, master, silence, heardUs, change }: Failover): void {
  const due: string[] = [];
  for (let i = 1; heardUs + i * own.intervalUs <= change.wallUs; i += 1) {
    if (i <= LISTED) due.push(formatClock(heardUs + i * own.intervalUs));
  }
  const more = silence.missedAdverts > due.length ? ', ...' : '';
  const count = `${silence.missedAdverts} advert${silence.missedAdverts === 1 ? '' : 's'}`;
  telling.missing.push(
    `${count} of ${master.source} (priority ${master.priority}), one every ${formatDuration(own.intervalUs)}`,
  );
  if (due.length > 0)
    telling.missing.push(`due ${due.join(', ')}${more}; the last one came ${formatClock(heardUs)}`);
}

/** The part of the chain on the router that took over. */
function tellOwn({ telling, change, master, heardUs, stall }: Failover): void {
  const { self } = telling;
  telling.step(
    self.name,
    null,
    heardUs,
    `last advert of ${master.source} (priority ${master.priority}) heard`,
  );
  if (stall !== null && stall !== change.row) telling.row(self, stall, null);
  telling.row(self, change.row, change.before);
  telling.held(change.row);
}

const inTime = ({ silence, master }: Failover): string =>
  `one advert of ${master.source} within ${formatDuration(silence.allowedUs)} of the last one`;

function withoutPeer(failover: Failover): Explanation {
  const { telling, own, master, silence, stall, again } = failover;
  const { self } = telling;
  tellOwn(failover);
  telling.prevention.push(inTime(failover));
  // Who is heard again so soon cannot have been started anew, unless it owns the addresses.
  const wasThere = again !== null && again.event.priority === master.priority && master.priority < 255;
  if (stall !== null && wasThere) {
    telling.blame(self.name);
    telling.unknown.push(`whether ${master.source} sent all the time: its journal would tell`);
    return telling.done('own-stall', ownStallSentence(failover, stall));
  }
  telling.blame(master.source);
  telling.unknown.push(
    `${master.source} died or the path to it is broken; its journal would tell (give it with -j)`,
  );
  if (stall !== null) {
    const length = formatDuration(stalledUs(stall));
    telling.unknown.push(
      `what it has to do with that ${self.name} itself did not run for ${length} of that time`,
    );
  }
  const silent = `${master.source} (priority ${master.priority}) was not heard for ${formatDuration(silence.silentUs)}`;
  const back =
    again === null
      ? ''
      : `, and was heard again ${formatDuration(again.wallUs - failover.change.wallUs)} later`;
  return telling.done('peer-silent', `${self.name} became master of ${own.name} because ${silent}${back}`);
}

function ownStallSentence({ telling, own }: Failover, stall: StoredRow): string {
  return `${telling.self.name} became master of ${own.name} after it had not run itself for ${formatDuration(stalledUs(stall))}`;
}

function withPeer(failover: Failover, peer: Peer): Explanation {
  const { telling, change, heardUs, own } = failover;
  const { witness } = peer;
  const rows = rowsBetween(peer, heardUs - own.intervalUs, change.wallUs);
  const fate = fateOf(peer, heardUs, change.wallUs);
  const took = `${telling.self.name} took ${own.name} over from ${witness.name}`;
  telling.blame(witness.name);
  telling.unknown.push(
    `the order on ${telling.self.name} and ${witness.name} of what lies closer together than ${formatDuration(CLOCK_TOLERANCE_US)}: their clocks are compared as they are`,
  );
  const known = knownTrouble(failover, peer, rows, took);
  if (known !== null) return known;
  if (hasLost(peer, heardUs - own.intervalUs, change.wallUs)) return notRecorded(failover, peer, took);
  if (fate.kind === 'killed' || fate.kind === 'stopped') return ended(failover, peer, fate, took);
  const paused = stallBetween(peer, heardUs, change.wallUs);
  if (paused !== null || fate.kind === 'paused') return peerStalled(failover, peer, paused, took);
  if ((fate.kind === 'ran' || fate.kind === 'lives') && wasMaster(peer, change.wallUs))
    return peerWasFine(failover, peer, fate, took);
  tellOwn(failover);
  telling.prevention.push(inTime(failover));
  const until = formatWall(fate.epoch?.lastWallUs ?? 0);
  telling.unknown.push(
    `what ${witness.name} did then: its journal ends ${until}, and whether its process still runs cannot be seen from here`,
  );
  return telling.done(
    'peer-silent',
    `${took}, which was not heard for ${formatDuration(failover.silence.silentUs)}`,
  );
}

/** Rows of the peer that would tell are in a gap of its journal. */
function hasLost({ witness }: Peer, fromUs: number, toUs: number): boolean {
  return witness.reader
    .gaps()
    .some(({ fromWallUs, toWallUs, lostRows }) => lostRows > 0 && fromWallUs <= toUs && toWallUs >= fromUs);
}

function notRecorded(failover: Failover, { witness }: Peer, took: string): Explanation {
  const { telling, silence } = failover;
  tellOwn(failover);
  telling.prevention.push(inTime(failover));
  telling.unknown.push(`what ${witness.name} did then: its journal has a gap there`);
  return telling.done('peer-silent', `${took}, which was not heard for ${formatDuration(silence.silentUs)}`);
}

const TROUBLES = [
  'shutdown.requested',
  'instance.removed',
  'link.down',
  'source.lost',
  'adverts.sendFailed',
  'object.deleted',
  'tracker.changed',
  'group.decided',
];

/** Something in the peer's journal that explains its silence. Its own word outweighs what can be seen from here. */
function knownTrouble(
  failover: Failover,
  peer: Peer,
  rows: readonly StoredRow[],
  took: string,
): Explanation | null {
  const { telling } = failover;
  const { witness } = peer;
  const own = rows.filter(({ actor }) => actor === peer.actor);
  const culprit = own.find(
    (row) => (row.kind === 'crash' || TROUBLES.includes(row.event.type)) && leaves(peer, row),
  );
  const reason = culprit === undefined ? null : reasonOf(witness, culprit);
  if (culprit === undefined || reason === null) return null;
  telling.causes(witness, culprit);
  telling.row(witness, culprit, witness.reader.stateBefore(culprit.actor, culprit.seq));
  tellOwn(failover);
  telling.blame(witness.name, reason.what);
  telling.prevention.push(reason.prevention(witness.name));
  if (reason.unknown !== null) telling.unknown.push(reason.unknown);
  const isStop = culprit.event.type === 'shutdown.requested';
  if (isStop) telling.prevention.push('its resignation (priority 0) arriving would have saved the wait');
  const unheard = isStop ? '; its resignation was not heard' : '';
  return telling.done(reason.peerVerdict, `${took}, ${reason.which}${unheard}`);
}

/** Whether a row ended the peer's mastership, or its adverts. Its own removals of addresses are none of that. */
function leaves({ witness }: Peer, row: StoredRow): boolean {
  if (row.kind === 'crash' || row.event.type === 'adverts.sendFailed') return true;
  // The row that really did may have been lost.
  if (lossBefore(witness, row) !== null) return false;
  const before = witness.reader.stateBefore(row.actor, row.seq);
  return before !== null && roleOf(before) === 'master' && roleOf(row.state) !== 'master';
}

/** The peer's process ended. */
function ended(failover: Failover, peer: Peer, fate: PeerFate, took: string): Explanation {
  const { telling, silence, heardUs } = failover;
  const { witness } = peer;
  const pid = fate.epoch?.pid ?? '?';
  if (fate.kind === 'stopped') {
    telling.step(
      witness.name,
      fate.epoch?.lastSeq ?? null,
      fate.epoch?.lastWallUs ?? null,
      `process ${pid} stopped in good order`,
      true,
    );
    tellOwn(failover);
    telling.prevention.push(`not stopping relived on ${witness.name}`);
    return telling.done('peer-stopped', `${took}, which had been stopped; its resignation was not heard`);
  }
  const signUs = Math.max(fate.epoch?.lastWallUs ?? 0, heardUs);
  telling.step(
    witness.name,
    null,
    signUs,
    `process ${pid} ended without a stop after this: killed, crashed or power lost`,
    true,
  );
  tellOwn(failover);
  if (fate.successor !== null) {
    telling.step(
      witness.name,
      fate.successor.firstSeq,
      fate.successor.startWallUs,
      `started again, process ${fate.successor.pid}`,
    );
  }
  const begun = formatDuration(silence.allowedUs);
  telling.prevention.push(
    `${witness.name} announcing again within ${begun} of its last advert, or living on`,
  );
  telling.prevention.push(
    `a shorter outage: ${begun} is three advertisement intervals and the skew, so a shorter advert_int`,
  );
  return telling.done(
    'peer-killed',
    `${took}, whose process was killed or died: its history ends without a stop`,
  );
}

/** The peer did not run: its row says so once it runs again. */
function peerStalled(failover: Failover, peer: Peer, paused: StoredRow | null, took: string): Explanation {
  const { telling, heardUs, silence } = failover;
  const { witness } = peer;
  const beganUs = paused === null ? heardUs : paused.wallUs - Number(paused.event.stalledUs);
  const length = paused === null ? null : formatDuration(Number(paused.event.stalledUs));
  const stopped =
    length === null
      ? 'did not run after this, and is still paused now (a stop signal or a debugger)'
      : `stopped running for ${length}: paused, or starved of processor time`;
  telling.step(witness.name, null, beganUs, stopped, true);
  tellOwn(failover);
  if (paused !== null) telling.row(witness, paused, null);
  telling.prevention.push(
    `a pause of ${witness.name} shorter than ${formatDuration(silence.allowedUs)}, or a longer advert_int`,
  );
  const how = length === null ? 'is paused' : `did not run for ${length}`;
  return telling.done('peer-stalled', `${took}, which ${how} and so sent nothing`);
}

/** The peer was master and alive: what it sent did not arrive. */
function peerWasFine(failover: Failover, peer: Peer, fate: PeerFate, took: string): Explanation {
  const { telling, stall, change, own, master, heardUs: lastUs } = failover;
  const { witness } = peer;
  const { self } = telling;
  const runs = sentBetween(peer, lastUs, change.wallUs);
  const pause = runs.length > 0 ? pauseOf(runs, failover) : null;
  if (pause !== null) return sentNothing(failover, peer, pause, took);
  const story =
    fate.kind === 'ran'
      ? 'ran on as master all that time, by its own journal'
      : 'is master by its own journal, and its process lives';
  telling.step(witness.name, null, lastUs, `${story}${sentWords(runs, failover)}`, stall === null);
  tellOwn(failover);
  if (fate.kind === 'lives') {
    telling.unknown.push(
      `whether ${witness.name} really sent: what it sends is stored within a minute, so ask again then`,
    );
  }
  if (stall !== null) {
    telling.blame(self.name);
    telling.prevention.push(`${self.name} not being kept from running`);
    return telling.done(
      'own-stall',
      `${ownStallSentence(failover, stall)}; ${witness.name} was alive and master`,
    );
  }
  telling.prevention.push(
    `adverts of ${witness.name} reaching ${self.name}: look at what lies between them (switch, firewall, VLAN)`,
  );
  const gapUs = gapBefore(change, master.source, own, lastUs);
  const { again } = failover;
  if (again !== null || gapUs !== null) {
    if (again !== null) telling.row(self, again, null);
    const before =
      gapUs === null
        ? ''
        : `; ${formatDuration(gapUs)} without one before showed that some were lost already`;
    const after =
      again === null
        ? ''
        : `, and the next one came ${formatDuration(again.wallUs - change.wallUs)} after that`;
    telling.prevention.push('more adverts that may be missed: down_timer_adverts, or a longer advert_int');
    return telling.done(
      'adverts-lost',
      `${took}, which stayed master, because the path between them lost its adverts for ${formatDuration(failover.silence.silentUs)}${after}${before}`,
    );
  }
  const oneWay = heardUs(peer, own.sourceAddress, change.wallUs, change.wallUs + 3 * own.intervalUs)
    ? `the path from ${witness.name} to ${self.name} is broken, the other way is open, and both were master from then on`
    : 'the path between them is broken, and both were master from then on';
  return telling.done('path-broken', `${took}, which stayed master unheard: ${oneWay}`);
}

/** `; it sent 4 adverts meanwhile`, where its journal has them. */
function sentWords(runs: readonly StoredRun[], { heardUs: lastUs, change }: Failover): string {
  const count = countBetween(runs, lastUs + 1, change.wallUs);
  return count === 0 ? '' : `; it sent ${count} advert${count === 1 ? '' : 's'} meanwhile`;
}

/** A gap between adverts that it sent which is as long as the silence allowed; null: none. */
function pauseOf(runs: readonly StoredRun[], { silence, heardUs: lastUs, change }: Failover): number | null {
  const gaps = runs
    .filter(({ firstWallUs, firstUs, lastUs: endUs }) => {
      const runEndUs = firstWallUs + endUs - firstUs;
      return firstWallUs <= lastUs + CLOCK_TOLERANCE_US && runEndUs >= change.wallUs - CLOCK_TOLERANCE_US;
    })
    .map(({ largestGapUs }) => largestGapUs);
  const largest = Math.max(0, ...gaps);
  return largest >= silence.allowedUs - CLOCK_TOLERANCE_US ? largest : null;
}

function sentNothing(failover: Failover, peer: Peer, pauseUs: number, took: string): Explanation {
  const { telling, heardUs: lastUs, silence } = failover;
  const { name } = peer.witness;
  const length = formatDuration(pauseUs);
  telling.step(
    name,
    null,
    lastUs,
    `sent nothing for ${length}, though it was master: by its own journal`,
    true,
  );
  tellOwn(failover);
  telling.prevention.push(`${name} sending within ${formatDuration(silence.allowedUs)} of its last advert`);
  return telling.done('peer-stalled', `${took}, which sent no advert for ${length} although it was master`);
}
