/** A router claimed although somebody of lower priority was master: what made it the better one. */
import type { StoredRow } from '../../journal/model.ts';
import { formatDuration } from '../time.ts';
import { changesBefore } from './focus.ts';
import type { KnownContext, RowChange, Verdict } from './model.ts';
import { findPeer, rowsBetween } from './peers.ts';
import { type PriorityChange, priorityChange } from './priority.ts';
import type { Telling } from './telling.ts';

export interface Claim {
  readonly verdict: Verdict;
  readonly node: string;
  readonly what: string | null;
  /** Completes "r1 took VI_1 over from r2: ...". */
  readonly because: string;
  readonly prevention: string;
  readonly unknown: string | null;
}

/** Of the router that a claim was made against. */
export interface Rival {
  readonly source: string;
  readonly priority: number;
}

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

/** Since when this process followed nobody, or only worse ones: its start, the end of a fault, the loss of mastership. */
function arrivalBefore(change: RowChange): RowChange | null {
  let looked = 0;
  let newest: RowChange | null = null;
  for (const earlier of changesBefore(change.witness, change.actor, change.row.seq - 1)) {
    if (earlier.row.epoch !== change.row.epoch || looked > 1000) break;
    const { type } = earlier.row.event;
    if (type === 'instance.started' || type === 'link.up' || type === 'source.found') return earlier;
    if (newest === null && earlier.row.effects.some((effect) => effect.type === 'watchMaster'))
      newest = earlier;
    looked += 1;
  }
  return newest;
}

/** `r1 was started`; without a name `it was started`. */
export function arrivalWords({ event }: StoredRow, name: string | null): string {
  if (event.type === 'instance.started') return `${name ?? 'it'} was started`;
  const whose = (what: string): string => (name === null ? `its ${what}` : `the ${what} of ${name}`);
  if (event.type === 'link.up') return `${whose('link')} came back`;
  if (event.type === 'source.found') return `${whose('address')} came back`;
  return `${name ?? 'it'} had become a backup`;
}

/** Tells the steps of it, too. `own`: what the claiming router knew. */
export function claimOver(telling: Telling, change: RowChange, own: KnownContext, rival: Rival): Claim {
  const fall = fallOf(telling, change, own, rival);
  if (fall !== null) return fall;
  const { witness, actor, row } = change;
  const watch = watchBefore(change);
  const rise = priorityChange(witness, actor, (watch?.row.seq ?? row.seq - 100) + 1, row.seq - 1);
  if (rise !== null && rise.before <= rival.priority && rise.after > rival.priority) {
    telling.priority(witness, rise);
    return {
      ...{ verdict: rise.verdict, node: witness.name, what: rise.what, unknown: null },
      because: `its priority rose from ${rise.before} to ${rise.after}, because ${rise.because}`,
      prevention: `nopreempt in ${own.name} on ${witness.name}, or a priority there that stays below ${rival.priority}`,
    };
  }
  return returned(telling, change, own, rival);
}

/** The master that it followed has less priority than before. */
function fallOf(telling: Telling, change: RowChange, own: KnownContext, rival: Rival): Claim | null {
  const { master } = own;
  if (master === null || master.source !== rival.source || master.priority < own.priority) return null;
  const fell = `fell from ${master.priority} to ${rival.priority}`;
  const peer = findPeer(telling.witnesses, change.witness, own, rival.source, change.wallUs);
  if (peer === null) {
    return {
      ...{ verdict: 'priority-changed', node: rival.source, what: null },
      because: `the priority of ${rival.source} ${fell}`,
      prevention: `a priority of ${rival.source} that stays at ${own.priority} or more`,
      unknown: `why the priority of ${rival.source} fell: its journal would tell (give it with -j)`,
    };
  }
  const { reader, name } = peer.witness;
  const found: PriorityChange | null = priorityChange(peer.witness, peer.actor, 0, lastSeqOf(peer, change));
  if (found === null || found.after > rival.priority) {
    return {
      ...{ verdict: 'priority-changed', node: name, what: null },
      because: `the priority of ${name} ${fell}`,
      prevention: `a priority of ${name} that stays at ${own.priority} or more`,
      unknown: `why the priority of ${name} fell: its journal, which begins at ${reader.firstSeq()}, does not show it`,
    };
  }
  telling.priority(peer.witness, found);
  return {
    ...{ verdict: found.verdict, node: name, what: found.what, unknown: null },
    because: `the priority of ${name} ${fell}, because ${found.because}`,
    prevention:
      found.what === null || found.what === 'reload'
        ? `a priority of ${name} that stays at ${own.priority} or more`
        : `${found.what} of ${name} staying well, or a weight that costs less than ${master.priority - own.priority + 1}`,
  };
}

function lastSeqOf(peer: Parameters<typeof rowsBetween>[0], change: RowChange): number {
  return rowsBetween(peer, change.wallUs - 60_000_000, change.wallUs).at(-1)?.seq ?? 0;
}

/** It has been the better one since it came. */
function returned(telling: Telling, change: RowChange, own: KnownContext, rival: Rival): Claim {
  const { witness } = change;
  const arrival = arrivalBefore(change);
  if (arrival !== null) {
    telling.causes(witness, arrival.row);
    telling.row(witness, arrival.row, arrival.before);
  }
  const after =
    arrival === null
      ? ''
      : ` after ${arrivalWords(arrival.row, witness === telling.self ? null : witness.name)}`;
  const delayUs = delayOf(telling, change, arrival);
  const delay = delayUs === null ? '' : `, and after its preempt_delay of ${formatDuration(delayUs)}`;
  return {
    ...{ verdict: 'preemption', node: witness.name, what: null, unknown: null },
    because: `preemption${after}${delay}`,
    prevention: `nopreempt in ${own.name} on ${witness.name}, or a priority of at most ${rival.priority} there`,
  };
}

/** It waited before it preempted; null: it did not. */
function delayOf(
  telling: Telling,
  { witness, actor, row }: RowChange,
  arrival: RowChange | null,
): number | null {
  const fromSeq = arrival?.row.seq ?? Math.max(1, row.seq - 100);
  for (const { event, seq } of witness.reader.rows({ actor, fromSeq, toSeq: row.seq - 1 })) {
    if (event.type !== 'timer.expired' || event.timer !== 'vrrp.preemptDelay') continue;
    const expired = witness.reader.row(seq);
    if (expired !== null) telling.row(witness, expired, null);
    const input = witness.reader.stateAt(actor, seq)?.context.input as
      | { preemptDelayUs?: unknown }
      | undefined;
    return Number(input?.preemptDelayUs ?? 0);
  }
  return null;
}
