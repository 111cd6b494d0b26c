/** A reload: what differs between two configurations of an instance, and what it keeps of what it knows. */

import { difference, isEmpty, union } from '../kernel-objects.ts';
import { heldObjects } from './input/objects.ts';
import { OWNER_PRIORITY, type VrrpContext, wireIdentity } from './vrrp.context.ts';
import type { VrrpInput } from './vrrp.input.ts';
import { priorityWith } from './vrrp.standing.ts';

/** Both are plain JSON, and made by the same code: equal ones have their keys in the same order. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export function changesIdentity(context: VrrpContext, input: VrrpInput): boolean {
  return !same(wireIdentity(context), wireIdentity({ ...context, input }));
}

/** What a backup waits for, as far as it is not the priority. */
export function changesWatch(before: VrrpInput, after: VrrpInput): boolean {
  return (
    before.downTimerAdverts !== after.downTimerAdverts ||
    before.nopreempt !== after.nopreempt ||
    before.preemptDelayUs !== after.preemptDelayUs
  );
}

export function dropsObjects(before: VrrpInput, after: VrrpInput): boolean {
  return !isEmpty(difference(heldObjects(before), heldObjects(after)));
}

export function gainsObjects(before: VrrpInput, after: VrrpInput): boolean {
  return !isEmpty(difference(heldObjects(after), heldObjects(before)));
}

/** The context under the new configuration: what trackers said counts as long as they are followed. */
export function contextUnder(context: VrrpContext, input: VrrpInput): Partial<VrrpContext> {
  const follows = (actor: string): boolean => input.trackers.some(({ tracker }) => tracker === actor);
  const followed = new Set(context.input.trackers.map(({ tracker }) => tracker));
  const [former, held] = [heldObjects(context.input), heldObjects(input)];
  const trackers = Object.fromEntries(
    Object.entries(context.trackers).filter(([tracker]) => follows(tracker)),
  );
  const leavesGroup = input.group === null && context.input.group !== null;
  const faultReasons = context.faultReasons.filter(
    (reason) => !(followed.has(reason) && !follows(reason)) && !(leavesGroup && reason === 'group'),
  );
  // keepalived: a script that is new at a reload counts as well until its first result.
  const pending = context.pending.filter((actor) => follows(actor) || actor === input.group);
  const isOwner = input.priority === OWNER_PRIORITY;
  const conceded = context.conceded && isOwner;
  const plain = isOwner ? OWNER_PRIORITY : priorityWith({ ...context, input }, trackers);
  return {
    input,
    trackers,
    faultReasons,
    pending,
    conceded,
    effectivePriority: conceded ? context.effectivePriority : plain,
    reported: input.group === context.input.group ? context.reported : null,
    surplus: union(difference(context.surplus, held), difference(former, held)),
    missing: union(difference(context.missing, difference(context.missing, held)), difference(held, former)),
  };
}
