/** A backup's master fell silent: was it killed, cut off, stopped, paused, or was it this process that did not listen? */
import type { StoredRow } from '../../journal/model.ts';
import { formatClock, formatDuration, formatWall } from '../time.ts';
import { deletedObject } from '../words.ts';
import type { Explanation, KnownContext, RowChange } from './model.ts';
import { CLOCK_TOLERANCE_US } from './model.ts';
import { fateOf, findPeer, type Peer, type PeerFate, rowsBetween, stallBetween, wasMaster } from './peers.ts';
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
  readonly stall: StoredRow | null;
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
  };
  expected(failover);
  telling.gaps(failover.heardUs, change.wallUs);
  const peer = findPeer(telling.witnesses, telling.self, own.virtualRouterId, master.source, change.wallUs);
  return peer === null ? withoutPeer(failover) : withPeer(failover, peer);
}

/**
 * A pause of this process that could explain the silence: most of it. The socket is drained before silence is declared,
 * so a pause loses no advert by itself; only one of the whole machine does, and that lasts longer than the timer.
 */
function ownStall(change: RowChange, own: KnownContext, { silentUs, lateUs }: Silence): StoredRow | null {
  const { reader } = change.witness;
  const rows = reader.rows({
    actor: change.actor,
    fromSeq: Math.max(1, change.row.seq - 50),
    toSeq: change.row.seq - 1,
  });
  const explains = (us: number) => us >= own.intervalUs / 2 && us * 2 >= silentUs;
  const stalls = [...rows].filter(
    ({ event, wallUs }) =>
      event.type === 'self.stalled' &&
      wallUs >= change.wallUs - silentUs &&
      explains(Number(event.stalledUs)),
  );
  return stalls.at(-1) ?? (explains(lateUs) ? change.row : null);
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
  const { telling, own, master, silence, stall } = failover;
  const { self } = telling;
  tellOwn(failover);
  telling.prevention.push(inTime(failover));
  if (stall !== null) {
    telling.unknown.push(`whether ${master.source} was still sending: its journal would tell`);
    return telling.done('own-stall', ownStallSentence(failover, stall));
  }
  telling.unknown.push(
    `${master.source} died or the path to it is broken; its journal would tell (give it with -j)`,
  );
  const silent = `${master.source} (priority ${master.priority}) was not heard for ${formatDuration(silence.silentUs)}`;
  return telling.done('peer-silent', `${self.name} became master of ${own.name} because ${silent}`);
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
  telling.unknown.push(
    `the order on ${telling.self.name} and ${witness.name} of what lies closer together than ${formatDuration(CLOCK_TOLERANCE_US)}: their clocks are compared as they are`,
  );
  const known = knownTrouble(failover, peer, rows, took);
  if (known !== null) return known;
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
    ({ kind, event }) =>
      kind === 'crash' ||
      ['shutdown.requested', 'link.down', 'source.lost', 'adverts.sendFailed', 'object.deleted'].includes(
        event.type,
      ),
  );
  if (culprit === undefined) return null;
  telling.causes(witness, culprit);
  telling.row(witness, culprit, witness.reader.stateBefore(culprit.actor, culprit.seq));
  tellOwn(failover);
  if (culprit.kind === 'crash') {
    telling.prevention.push(
      'a correction of the error in the statechart: its row names the event and the message',
    );
    return telling.done(
      'peer-crashed',
      `${took}, whose statechart crashed: ${String(culprit.delta.error ?? '')}`,
    );
  }
  switch (culprit.event.type) {
    case 'shutdown.requested':
      telling.prevention.push(
        `not stopping relived on ${witness.name}; its resignation (priority 0) arriving would have saved the wait`,
      );
      return telling.done(
        'peer-stopped',
        `${took}, which was stopped in good order (${String(culprit.event.reason)}); its resignation was not heard`,
      );
    case 'link.down':
      telling.prevention.push(`the link of ${witness.name} staying up, or a second path between the two`);
      return telling.done('link-cut', `${took}, whose link went down`);
    case 'source.lost':
      telling.prevention.push(`the source address of ${witness.name} staying on its interface`);
      return telling.done('link-cut', `${took}, which lost the address it sends from`);
    case 'object.deleted':
      telling.prevention.push(`leaving ${deletedObject(culprit.event)} alone on ${witness.name}`);
      return telling.done(
        'object-deleted',
        `${took}, because somebody deleted ${deletedObject(culprit.event)} there`,
      );
    default:
      telling.prevention.push(`adverts of ${witness.name} being able to leave`);
      return telling.done(
        'path-broken',
        `${took}, whose adverts could not leave: ${String(culprit.event.error)}`,
      );
  }
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
  const { telling, stall } = failover;
  const { witness } = peer;
  const own =
    fate.kind === 'ran'
      ? 'ran on as master all that time, by its own journal'
      : 'is master by its own journal, and its process lives';
  telling.step(witness.name, null, failover.heardUs, own, stall === null);
  tellOwn(failover);
  if (fate.kind === 'lives') {
    telling.unknown.push(
      `whether ${witness.name} really sent: what it sends is stored within a minute, so ask again then`,
    );
  }
  if (stall !== null) {
    telling.prevention.push(`${telling.self.name} not being kept from running`);
    return telling.done(
      'own-stall',
      `${ownStallSentence(failover, stall)}; ${witness.name} was alive and master`,
    );
  }
  telling.prevention.push(
    `adverts of ${witness.name} reaching ${telling.self.name}: look at what lies between them (switch, firewall, VLAN)`,
  );
  const end = 'the path between them is broken, and both were master from then on';
  return telling.done('path-broken', `${took}, which stayed master unheard: ${end}`);
}
