/** The other side of a story: whose address it was, and what that node's own journal says. */
import { writerState } from '../../journal/liveness.ts';
import type { Epoch, StoredRow } from '../../journal/model.ts';
import { roleOf } from '../words.ts';
import { changesBefore, lastMastershipChange } from './focus.ts';
import {
  CLOCK_TOLERANCE_US,
  type KnownContext,
  knownContext,
  type RowChange,
  type Witness,
} from './model.ts';

/** A node's instance that sends from a given address. */
export interface Peer {
  readonly witness: Witness;
  readonly actor: string;
}

/** Changes of an actor in which its source address is looked for when the context does not have it. */
const SOURCE_WALK = 500;
/** A hang is told of when it is over. */
const LATEST_WORD_US = 600_000_000;
/** A reload may have made another virtual router of the peer meanwhile. */
const PEER_SLACK_US = 2_000_000;

function sendsFrom(witness: Witness, actor: string, seq: number, source: string): boolean {
  const state = witness.reader.stateAt(actor, seq);
  if (state !== null && knownContext(actor, state.context).sourceAddress === source) return true;
  let walked = 0;
  for (const { row } of changesBefore(witness, actor, seq)) {
    const isSet = row.effects.some(
      ({ type, params }) => type === 'setSourceAddress' && params.address === source,
    );
    if (isSet || row.delta.sourceAddress === source) return true;
    walked += 1;
    if (walked >= SOURCE_WALK) return false;
  }
  return false;
}

/**
 * The instance behind an advert's source address: of the same virtual router, a little before or after that time. Of one
 * name on both is looked at first. Null if no journal is at hand.
 */
export function findPeer(
  witnesses: readonly Witness[],
  self: Witness,
  own: KnownContext,
  source: string,
  wallUs: number,
): Peer | null {
  for (const witness of witnesses) {
    if (witness === self) continue;
    const { reader } = witness;
    const [from, to] = [reader.seqAt(wallUs - PEER_SLACK_US), reader.seqAt(wallUs + CLOCK_TOLERANCE_US)];
    if (to === 0) continue;
    for (const actor of likelyFirst(reader.actors(), own.actor)) {
      const isIt = [to, from].some(
        (seq) => hasId(witness, actor, seq, own) && sendsFrom(witness, actor, seq, source),
      );
      if (isIt) return { witness, actor };
    }
  }
  return null;
}

function likelyFirst(actors: readonly string[], likely: string): string[] {
  const instances = actors.filter((actor) => actor.startsWith('vrrp/') && actor !== likely);
  return actors.includes(likely) ? [likely, ...instances] : instances;
}

function hasId({ reader }: Witness, actor: string, seq: number, own: KnownContext): boolean {
  const state = seq === 0 ? null : reader.stateAt(actor, seq);
  if (state === null) return false;
  const id = knownContext(actor, state.context).virtualRouterId;
  return id === null || own.virtualRouterId === null || id === own.virtualRouterId;
}

/** Rows of the peer's instance and program in a window, clock tolerance added on both sides. */
export function rowsBetween(peer: Peer, fromWallUs: number, toWallUs: number): StoredRow[] {
  const { reader } = peer.witness;
  const from = reader.seqAt(fromWallUs - CLOCK_TOLERANCE_US - 1) + 1;
  const to = reader.seqAt(toWallUs + CLOCK_TOLERANCE_US);
  return [...reader.rows({ fromSeq: from, toSeq: to })].filter(
    ({ actor, kind }) => kind === 'note' || actor === peer.actor,
  );
}

export interface PeerFate {
  /**
   * - `ran`: its journal goes on after the failover.
   * - `lives`, `paused`: its journal does not yet, but its process is there now.
   */
  readonly kind: 'killed' | 'stopped' | 'ran' | 'lives' | 'paused' | 'unknown';
  /** Process start during which it happened. */
  readonly epoch: Epoch | null;
  /** A later start of the peer, if there was one. */
  readonly successor: Epoch | null;
}

/** What became of the process that sent the peer's last advert, until the failover. */
export function fateOf(peer: Peer, heardWallUs: number, failoverWallUs: number): PeerFate {
  const epochs = peer.witness.reader.epochs();
  const index = epochs.findLastIndex(({ startWallUs }) => startWallUs <= heardWallUs + CLOCK_TOLERANCE_US);
  const epoch = epochs[index] ?? null;
  const successor = epochs[index + 1] ?? null;
  if (epoch === null) return { kind: 'unknown', epoch, successor };
  if (epoch.lastWallUs > failoverWallUs + CLOCK_TOLERANCE_US) return { kind: 'ran', epoch, successor };
  if (epoch.endedCleanly) return { kind: 'stopped', epoch, successor };
  const state = successor === null ? writerState(epoch) : 'ended';
  const kinds = { ended: 'killed', running: 'lives', paused: 'paused', unknown: 'unknown' } as const;
  return { kind: kinds[state], epoch, successor };
}

/** A stall of the peer that overlaps the window. Its row comes after the stall, so it is looked for later too. */
export function stallBetween(peer: Peer, fromWallUs: number, toWallUs: number): StoredRow | null {
  const later = rowsBetween(peer, fromWallUs, toWallUs + 3_600_000_000);
  return (
    later.find(({ event, wallUs }) => {
      if (event.type !== 'self.stalled') return false;
      const beganUs = wallUs - Number(event.stalledUs);
      return beganUs <= toWallUs + CLOCK_TOLERANCE_US && wallUs >= fromWallUs - CLOCK_TOLERANCE_US;
    }) ?? null
  );
}

/**
 * The row that says, when it was over, that the peer's statecharts did not run when it sent priority 0: somebody else said it on
 * their behalf.
 */
export function hangAround(peer: Peer, wallUs: number): StoredRow | null {
  const { reader } = peer.witness;
  const fromSeq = reader.seqAt(wallUs - CLOCK_TOLERANCE_US - 1) + 1;
  const toSeq = reader.seqAt(wallUs + LATEST_WORD_US);
  for (const row of reader.rows({ fromSeq, toSeq })) {
    const { event, actor } = row;
    if (actor === peer.actor && event.type === 'self.leaseLost' && event.resigned === true) {
      if (Math.abs(row.wallUs - Number(event.lateUs) - wallUs) <= CLOCK_TOLERANCE_US) return row;
    } else if (event.type === 'worker.hung') {
      const endUs = Number(event.atWallUs ?? row.wallUs) + CLOCK_TOLERANCE_US;
      if (wallUs <= endUs && wallUs >= endUs - Number(event.allowedUs) - 2 * CLOCK_TOLERANCE_US) return row;
    }
  }
  return null;
}

/** Was the peer master at that time, by its own account? */
export function wasMaster(peer: Peer, wallUs: number): boolean {
  const { reader } = peer.witness;
  const state = reader.stateAt(peer.actor, reader.seqAt(wallUs));
  return state !== null && roleOf(state.state) === 'master';
}

/** How the peer had become master; null if its journal does not tell. */
export function peerClaim(peer: Peer, wallUs: number): RowChange | null {
  const { reader } = peer.witness;
  const seq = reader.seqAt(wallUs + CLOCK_TOLERANCE_US);
  const change = lastMastershipChange(peer.witness, peer.actor, seq);
  return change !== null && roleOf(change.row.state) === 'master' ? change : null;
}
