/** Why a router stopped being master. */
import { formatDuration, formatWall } from '../time.ts';
import { deletedObject, unknownDeleter } from '../words.ts';
import { watchBefore } from './gained.ts';
import type { EndChange, Explanation, KnownContext, RowChange } from './model.ts';
import { CLOCK_TOLERANCE_US, knownContext } from './model.ts';
import { findPeer, type Peer, peerClaim, stallBetween } from './peers.ts';
import type { Telling } from './telling.ts';
import { trackedFailure } from './tracked.ts';

export function explainLoss(telling: Telling, change: RowChange): Explanation {
  const { row } = change;
  const own = telling.contextBefore(row);
  const { self } = telling;
  if (row.event.type === 'advert.received' && row.kind !== 'crash') return gaveWay(telling, change, own);
  telling.causes(self, row);
  telling.row(self, row, change.before);
  if (row.kind === 'crash') {
    telling.prevention.push(
      'a correction of the error in the statechart: the row names the event and the message',
    );
    return telling.done(
      'crashed',
      `${self.name} gave up ${own.name} because its statechart crashed on ${row.event.type}: ${String(row.delta.error ?? '')}`,
    );
  }
  switch (row.event.type) {
    case 'shutdown.requested':
      telling.prevention.push('not stopping it');
      return telling.done(
        'stopped',
        `${self.name} gave up ${own.name} because it was told to stop (${String(row.event.reason)})`,
      );
    case 'link.down':
      telling.prevention.push(`the link of ${self.name} staying up`);
      return telling.done('link-cut', `${self.name} gave up ${own.name} because its link went down`);
    case 'source.lost':
      telling.prevention.push(`the source address of ${self.name} staying on its interface`);
      return telling.done(
        'link-cut',
        `${self.name} gave up ${own.name} because it lost the address it sends from`,
      );
    case 'object.deleted': {
      const what = deletedObject(row.event);
      telling.prevention.push(`leaving ${what} alone: somebody or something on ${self.name} deleted it`);
      telling.unknown.push(unknownDeleter(row.event));
      return telling.done(
        'object-deleted',
        `${self.name} gave up ${own.name} for a moment because somebody deleted ${what}`,
      );
    }
    default: {
      const failure = trackedFailure(self, row);
      if (failure === null) {
        return telling.done('other', `${self.name} gave up ${own.name} on ${row.event.type}`);
      }
      telling.prevention.push('what it follows staying well, or a weight instead of a fault');
      return telling.done('tracker-failed', `${self.name} gave up ${own.name} because ${failure}`);
    }
  }
}

/** A stronger router claimed. */
function gaveWay(telling: Telling, change: RowChange, own: KnownContext): Explanation {
  const { self } = telling;
  const { row } = change;
  const source = String(row.event.source);
  const priority = Number(row.event.priority);
  const peer = findPeer(telling.witnesses, self, own.virtualRouterId, source, change.wallUs);
  const winner = peer === null ? source : `${peer.witness.name} (${source})`;
  const stronger =
    priority > own.priority
      ? `priority ${priority} against ${own.priority}`
      : `equal priority ${priority}, higher address ${source}`;
  const claim = peer === null ? null : peerClaim(peer, change.wallUs);
  const gave = `${self.name} gave ${own.name} up to ${winner} (${stronger})`;
  if (peer === null || claim === null) {
    telling.row(self, row, change.before);
    telling.unknown.push(
      `whether ${source} came up anew or a broken path was mended; its journal would tell (give it with -j)`,
    );
    telling.prevention.push(`a priority above ${priority} on ${self.name}, or nopreempt on ${source}`);
    return telling.done('preemption', gave);
  }
  return claim.wallUs < change.wallUs - splitUs(own)
    ? healed(telling, change, peer, claim, gave)
    : preempted(telling, change, own, peer, claim, gave);
}

/** Masters hear each other within an interval; if that took longer, they could not. */
const splitUs = ({ intervalUs }: KnownContext): number => Math.max(1.5 * intervalUs, CLOCK_TOLERANCE_US);

function preempted(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  peer: Peer,
  claim: RowChange,
  gave: string,
): Explanation {
  const arrival = watchBefore(claim);
  if (arrival !== null) {
    telling.causes(peer.witness, arrival.row);
    telling.row(peer.witness, arrival.row, arrival.before);
  }
  telling.row(peer.witness, claim.row, claim.before);
  telling.row(telling.self, change.row, change.before);
  const priority = Number(change.row.event.priority);
  telling.prevention.push(
    `nopreempt in ${own.name} on ${peer.witness.name}, or a priority above ${priority} on ${telling.self.name}`,
  );
  const reason = arrival === null ? '' : ` after ${arrivalWords(arrival.row.event.type, peer.witness.name)}`;
  return telling.done('preemption', `${gave}: preemption${reason}`);
}

function arrivalWords(type: string, name: string): string {
  if (type === 'instance.started') return `${name} was started`;
  if (type === 'link.up') return `the link of ${name} came back`;
  if (type === 'source.found') return `the address of ${name} came back`;
  return `${name} had been a backup`;
}

function healed(
  telling: Telling,
  change: RowChange,
  peer: Peer,
  claim: RowChange,
  gave: string,
): Explanation {
  const { self } = telling;
  const ownClaim = peerClaim({ witness: self, actor: change.actor }, change.wallUs - CLOCK_TOLERANCE_US - 1);
  const splitSinceUs = Math.max(claim.wallUs, ownClaim?.wallUs ?? claim.wallUs);
  const [first, second] = (ownClaim?.wallUs ?? 0) < claim.wallUs ? [ownClaim, claim] : [claim, ownClaim];
  for (const claimed of [first, second])
    if (claimed !== null) telling.row(claimed.witness, claimed.row, claimed.before);
  telling.row(self, change.row, change.before);
  const length = formatDuration(change.wallUs - splitSinceUs);
  const stalled = stallEnd(telling, change, peer, splitSinceUs, gave);
  if (stalled !== null) return stalled;
  telling.missing.push(
    `adverts between ${self.name} and ${peer.witness.name} for ${length}: both were master from ${formatWall(splitSinceUs)}`,
  );
  telling.prevention.push(`the path between ${self.name} and ${peer.witness.name} staying whole`);
  return telling.done(
    'path-healed',
    `${gave} when the path between them was mended: both had been master for ${length}`,
  );
}

/** Two masters, because one of them did not run for a while and so neither sent nor heard. */
function stallEnd(
  telling: Telling,
  change: RowChange,
  peer: Peer,
  splitSinceUs: number,
  gave: string,
): Explanation | null {
  const self = { witness: telling.self, actor: change.actor };
  for (const sleeper of [peer, self]) {
    const stall = stallBetween(sleeper, splitSinceUs, change.wallUs);
    if (stall === null) continue;
    const { name } = sleeper.witness;
    const length = formatDuration(Number(stall.event.stalledUs));
    telling.row(sleeper.witness, stall, null);
    telling.prevention.push(`${name} not being kept from running: its adverts stopped meanwhile`);
    const verdict = sleeper === self ? 'own-stall' : 'peer-stalled';
    return telling.done(
      verdict,
      `${gave} when ${name} ran again: it had not run for ${length}, and the other had claimed meanwhile`,
    );
  }
  return null;
}

/** The process was master, and its history just ends. */
export function explainEnd(telling: Telling, { witness, actor, epoch }: EndChange): Explanation {
  const { name } = knownContext(actor, witness.reader.stateAt(actor, epoch.lastSeq)?.context ?? {});
  telling.step(
    witness.name,
    epoch.lastSeq,
    epoch.lastWallUs,
    `last sign of life of process ${epoch.pid}, master of ${name}`,
  );
  telling.step(witness.name, null, null, 'it ended without a stop: killed, crashed or power lost', true);
  telling.prevention.push('not killing it; a stop in good order (SIGTERM) lets a backup take over at once');
  telling.unknown.push('who took over: the journals at hand do not show it');
  return telling.done(
    'killed',
    `${witness.name} stopped being master of ${name} because its process was killed or died`,
  );
}
