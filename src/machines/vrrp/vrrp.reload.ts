/** A reload: what an instance that goes on with another configuration knows afterwards, and what differs. Pure. */
import { difference, type KernelObjects, together } from '../kernel-objects.ts';
import { heldObjects } from './input/objects.ts';
import { OWNER_PRIORITY, type VrrpContext, wireIdentity } from './vrrp.context.ts';
import type { VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';
import { GROUP_FAULT, priorityWith, withPeers } from './vrrp.standing.ts';

type AnyVrrpEvent = VrrpEvent | VrrpInternalEvent;

/** Plain data of the same maker, so that its keys are in one order. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * The context after `instance.reconfigured`; as it was after other events. keepalived: the state is kept; what is no longer
 * followed counts no longer; what is followed newly counts as well until its first word.
 */
export function afterReload(context: VrrpContext, event: AnyVrrpEvent): VrrpContext {
  if (event.type !== 'instance.reconfigured') return context;
  const { input } = event;
  const follows = (actor: string): boolean => input.trackers.some(({ tracker }) => tracker === actor);
  const dropped = context.input.trackers.map(({ tracker }) => tracker).filter((actor) => !follows(actor));
  const sameGroup = input.group === context.input.group;
  const ended = (reason: string): boolean =>
    dropped.includes(reason) ||
    (reason === GROUP_FAULT && !sameGroup) ||
    (context.input.faultsAtStart.includes(reason) && !input.faultsAtStart.includes(reason));
  const begun = input.faultsAtStart.filter((reason) => !context.faultReasons.includes(reason));
  const reasons = [...context.faultReasons.filter((reason) => !ended(reason)), ...begun];
  const trackers = Object.fromEntries(Object.entries(context.trackers).filter(([actor]) => follows(actor)));
  const known = {
    ...context,
    input,
    faultReasons: context.started ? withPeers(reasons, input) : reasons,
    pending: context.pending.filter((actor) => follows(actor) || (actor === input.group && sameGroup)),
    trackers,
    reported: sameGroup ? context.reported : null,
  };
  return { ...known, ...priorityAfter(known, context) };
}

function priorityAfter(
  known: VrrpContext,
  before: VrrpContext,
): Pick<VrrpContext, 'effectivePriority' | 'conceded'> {
  if (known.input.priority !== OWNER_PRIORITY) {
    return { effectivePriority: priorityWith(known, known.trackers), conceded: false };
  }
  const conceded = before.conceded && before.input.priority === OWNER_PRIORITY;
  return { effectivePriority: conceded ? OWNER_PRIORITY - 1 : OWNER_PRIORITY, conceded };
}

/** Keys that the reload changes. */
export function reloadUpdate(context: VrrpContext, event: AnyVrrpEvent): Partial<VrrpContext> {
  const after = afterReload(context, event);
  const changed = Object.entries(after).filter(
    ([key, value]) => !same(value, context[key as keyof VrrpContext]),
  );
  return Object.fromEntries(changed);
}

/** Its packets look different, or come and go elsewhere. */
export function changesIdentity(context: VrrpContext, event: AnyVrrpEvent): boolean {
  return !same(wireIdentity(context), wireIdentity(afterReload(context, event)));
}

/**
 * What the kernel is to let go of, and what it is to hold. Something with other options is another thing. Addresses that
 * nobody may talk to any more, or everybody may again, are asked for once more.
 */
export function objectChanges(
  context: VrrpContext,
  event: AnyVrrpEvent,
): { readonly gone: KernelObjects; readonly come: KernelObjects } {
  const { input } = afterReload(context, event);
  const before = heldObjects(context.input);
  const after = heldObjects(input);
  const come = difference(after, before);
  const opens = input.blocked !== context.input.blocked;
  return { gone: difference(before, after), come: opens ? { ...come, addresses: after.addresses } : come };
}

/** What the kernel may hold and the configuration after a reload has no longer. */
export function leftoverAfter(context: VrrpContext, event: AnyVrrpEvent): KernelObjects {
  const known = together(
    difference(context.leftover, heldObjects(context.input)),
    heldObjects(context.input),
  );
  return difference(known, heldObjects(afterReload(context, event).input));
}
