/** Why a router stopped being master. */
import type { Json, JsonObject } from '../../protocol/json.ts';
import { formatDuration, formatWall } from '../time.ts';
import { claimOver } from './claim.ts';
import { lastMastershipChange } from './focus.ts';
import type { EndChange, Explanation, KnownContext, RowChange } from './model.ts';
import { CLOCK_TOLERANCE_US, knownContext } from './model.ts';
import { findPeer, type Peer, peerClaim, stallBetween } from './peers.ts';
import { priorityChange } from './priority.ts';
import { reasonOf } from './reasons.ts';
import { endInWords, tellEnd, workerEnd } from './restarted.ts';
import type { Telling } from './telling.ts';

export function explainLoss(telling: Telling, change: RowChange): Explanation {
  const { row } = change;
  const own = telling.contextBefore(row);
  const { self } = telling;
  if (row.event.type === 'advert.received' && row.kind !== 'crash') return gaveWay(telling, change, own);
  telling.causes(self, row);
  telling.row(self, row, change.before);
  telling.gaps(row.wallUs - 1_000_000, row.wallUs);
  telling.blame(self.name);
  if (row.event.type === 'self.stalled') {
    telling.prevention.push(`${self.name} not being kept from running`);
    const length = formatDuration(Number(row.event.stalledUs));
    return telling.done(
      'own-stall',
      `${self.name} gave ${own.name} up because it had not run for ${length}: a backup may have taken over`,
    );
  }
  const reason = reasonOf(self, row);
  if (reason === null) return telling.done('other', `${self.name} gave up ${own.name} on ${row.event.type}`);
  telling.blame(self.name, reason.what);
  telling.prevention.push(reason.prevention(self.name));
  if (reason.unknown !== null) telling.unknown.push(reason.unknown);
  const moment = reason.verdict === 'object-deleted' ? ' for a moment' : '';
  return telling.done(reason.verdict, `${self.name} gave up ${own.name}${moment} because ${reason.because}`);
}

/** A stronger router claimed. */
function gaveWay(telling: Telling, change: RowChange, own: KnownContext): Explanation {
  const { self } = telling;
  const { row } = change;
  const source = String(row.event.source);
  const priority = Number(row.event.priority);
  const peer = findPeer(telling.witnesses, self, own, source, change.wallUs);
  const winner = peer === null ? source : `${peer.witness.name} (${source})`;
  const stronger =
    priority > own.priority
      ? `priority ${priority} against ${own.priority}`
      : `equal priority ${priority}, higher address ${source}`;
  const gave = `${self.name} gave ${own.name} up to ${winner} (${stronger})`;
  const claim = peer === null ? null : peerClaim(peer, change.wallUs);
  const ownClaim = lastMastershipChange(self, change.actor, row.seq - 1);
  return (
    ownFall(telling, change, own, ownClaim, gave) ??
    foreign(telling, change, peer, gave) ??
    election(telling, change, own, ownClaim, claim, gave) ??
    (peer === null || claim === null
      ? toUnknown(telling, change, ownClaim, gave)
      : claim.wallUs < change.wallUs - splitUs(own)
        ? healed(telling, change, peer, claim, gave)
        : preempted(telling, change, own, peer, claim, gave))
  );
}

/** Masters hear each other within an interval; if that took longer, they could not. */
const splitUs = ({ intervalUs }: KnownContext): number => Math.max(1.5 * intervalUs, CLOCK_TOLERANCE_US);

/** It had been the better one until its own priority fell. */
function ownFall(
  telling: Telling,
  { actor, row, before }: RowChange,
  own: KnownContext,
  ownClaim: RowChange | null,
  gave: string,
): Explanation | null {
  const { self } = telling;
  const priority = Number(row.event.priority);
  const fall = priorityChange(self, actor, (ownClaim?.row.seq ?? row.seq - 100) + 1, row.seq - 1);
  if (fall === null || fall.after > priority || fall.before < priority || fall.before <= fall.after)
    return null;
  telling.priority(self, fall);
  telling.row(self, row, before);
  telling.blame(self.name, fall.what);
  telling.prevention.push(`a priority of ${own.name} on ${self.name} that stays above ${priority}`);
  return telling.done(
    fall.verdict,
    `${gave}: its own priority had fallen from ${fall.before} to ${fall.after}, because ${fall.because}`,
  );
}

const addressesOf = (value: Json | undefined): string[] =>
  Array.isArray(value)
    ? value.map((each) => (typeof each === 'string' ? each : String((each as JsonObject).address)))
    : [];

/** Who won backs up other addresses: it belongs to another virtual router that was given our id. */
function foreign(
  telling: Telling,
  { actor, row, before }: RowChange,
  peer: Peer | null,
  gave: string,
): Explanation | null {
  const { self } = telling;
  const theirs = addressesOf(row.event.addresses);
  const input = self.reader.stateAt(actor, row.seq - 1)?.context.input as JsonObject | undefined;
  const ours = addressesOf(input?.addresses);
  if (theirs.length === 0 || ours.length === 0 || theirs.some((each) => ours.includes(each))) return null;
  telling.row(self, row, before);
  telling.blame(peer?.witness.name ?? String(row.event.source), String(input?.virtualRouterId ?? ''));
  telling.prevention.push(`a virtual_router_id of its own for each virtual router on the LAN`);
  telling.prevention.push('or the same addresses on both, if they are meant to be one virtual router');
  return telling.done(
    'foreign-router',
    `${gave}, which uses virtual router id ${String(input?.virtualRouterId)} for other addresses: ${theirs.join(' ')} instead of ${ours.join(' ')}`,
  );
}

/** Both had claimed a moment before, when the former master was gone: of equal ones the higher address wins. */
function election(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  ownClaim: RowChange | null,
  claim: RowChange | null,
  gave: string,
): Explanation | null {
  const { self } = telling;
  const { row } = change;
  const patienceUs = splitUs(own);
  const isYoung =
    ownClaim !== null && row.monoUs - ownClaim.row.monoUs <= patienceUs && ownClaim.row.epoch === row.epoch;
  const isEqual = Number(row.event.priority) === own.priority;
  if (!isYoung || ownClaim.row.event.type !== 'master.silent') return null;
  // Whom it followed before is only heard again.
  if (telling.contextBefore(ownClaim.row).master?.source === row.event.source) return null;
  if (claim === null ? !isEqual : Math.abs(claim.wallUs - ownClaim.wallUs) > patienceUs) return null;
  for (const claimed of [ownClaim, claim])
    if (claimed !== null) telling.row(claimed.witness, claimed.row, claimed.before);
  telling.row(self, row, change.before);
  telling.blame(claim?.witness.name ?? String(row.event.source), isEqual ? 'address' : 'priority');
  telling.prevention.push(
    'nothing: somebody has to; another priority on each router makes one of them claim first',
  );
  return telling.done(
    'election',
    `${gave}: both had claimed when nobody else was heard, ${formatDuration(row.monoUs - ownClaim.row.monoUs)} before`,
  );
}

function toUnknown(
  telling: Telling,
  { row, before }: RowChange,
  ownClaim: RowChange | null,
  gave: string,
): Explanation {
  const { self } = telling;
  const source = String(row.event.source);
  const silent = ownClaim?.row.event.type === 'master.silent' ? ownClaim : null;
  const followed = silent === null ? null : telling.contextBefore(silent.row).master;
  if (silent !== null && followed?.source === source) telling.row(self, silent.row, silent.before);
  telling.row(self, row, before);
  telling.unknown.push(
    `whether ${source} came up anew or a broken path was mended; its journal would tell (give it with -j)`,
  );
  telling.prevention.push(
    `a priority above ${String(row.event.priority)} on ${self.name}, or nopreempt on ${source}`,
  );
  telling.blame(source);
  const again = followed?.source === source ? ', which is heard again' : '';
  return telling.done('yielded', `${gave}${again}`);
}

function preempted(
  telling: Telling,
  change: RowChange,
  own: KnownContext,
  peer: Peer,
  claim: RowChange,
  gave: string,
): Explanation {
  const theirs = knownContext(
    peer.actor,
    peer.witness.reader.stateAt(peer.actor, claim.row.seq - 1)?.context ?? {},
  );
  const rival = { source: own.sourceAddress ?? '', priority: own.priority };
  const why = claimOver(telling, claim, theirs, rival);
  telling.row(peer.witness, claim.row, claim.before);
  telling.row(telling.self, change.row, change.before);
  telling.blame(why.node, why.what);
  telling.prevention.push(why.prevention);
  if (why.unknown !== null) telling.unknown.push(why.unknown);
  return telling.done(why.verdict, `${gave}: ${why.because}`);
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
  telling.blame(peer.witness.name);
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
    telling.blame(name);
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
  const end = workerEnd(witness, epoch.lastSeq + 1, epoch.pid);
  telling.unknown.push('who took over: the journals at hand do not show it');
  if (end !== null) {
    tellEnd(telling, end);
    return telling.done(
      'killed',
      `${witness.name} stopped being master of ${name} because its process ${endInWords(end)}`,
    );
  }
  telling.step(witness.name, null, null, 'it ended without a stop: killed, crashed or power lost', true);
  telling.blame(witness.name);
  telling.prevention.push('not killing it; a stop in good order (SIGTERM) lets a backup take over at once');
  return telling.done(
    'killed',
    `${witness.name} stopped being master of ${name} because its process was killed or died`,
  );
}
