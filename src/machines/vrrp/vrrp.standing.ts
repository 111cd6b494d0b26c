/** May the instance take part? What each fact opens or closes, and what its sync group is told of it. */
import type { MemberStanding } from '../signals.ts';
import { OWN_DEVICE, OWNER_PRIORITY, type TrackerEffect, type VrrpContext } from './vrrp.context.ts';
import type { StandingEvent, VrrpEvent, VrrpInternalEvent } from './vrrp.events.ts';

type AnyVrrpEvent = VrrpEvent | VrrpInternalEvent;

/** Reason of an instance that shares the fault of another member of its sync group. */
export const GROUP_FAULT = 'group';

/** unicast_fault_no_peer without a peer: it ends with the configuration that says so. */
export const PEERS_FAULT = 'peers';

/**
 * Every kind of reason there is; the first ones are reasons themselves. `tracker`: the actor of a tracker; `named`: what
 * `fault.found` or the configuration calls it.
 */
export const FAULT_KINDS = [
  'link',
  'source',
  OWN_DEVICE,
  GROUP_FAULT,
  PEERS_FAULT,
  'tracker',
  'named',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

interface Reason {
  readonly kind: FaultKind;
  readonly reason: string;
  readonly open: boolean;
}

function fixed(kind: Exclude<FaultKind, 'tracker' | 'named'>, open: boolean): Reason {
  return { kind, reason: kind, open };
}

/** The reason that a fact opens or closes; null for other events. */
function reasonOf(event: AnyVrrpEvent): Reason | null {
  switch (event.type) {
    case 'link.up':
    case 'link.down':
      return fixed('link', event.type === 'link.down');
    case 'source.found':
    case 'source.lost':
      return fixed('source', event.type === 'source.lost');
    case 'device.created':
    case 'device.failed':
    case 'device.deleted':
      return fixed(OWN_DEVICE, event.type !== 'device.created');
    case 'fault.found':
    case 'fault.cleared':
      return { kind: 'named', reason: event.reason, open: event.type === 'fault.found' };
    case 'tracker.changed':
      return { kind: 'tracker', reason: event.tracker, open: event.fault };
    case 'group.decided':
      return fixed(GROUP_FAULT, event.state === 'fault');
    default:
      return null;
  }
}

/** The list with the reason opened or closed; the same list if that is so already. */
function withReason(reasons: readonly string[], { reason, open }: Reason): readonly string[] {
  if (reasons.includes(reason) === open) return reasons;
  return open ? [...reasons, reason] : reasons.filter((known) => known !== reason);
}

/** The list as a configuration has it: with the lack of peers or without. */
export function withPeers(reasons: readonly string[], { wire }: VrrpContext['input']): readonly string[] {
  return withReason(reasons, fixed(PEERS_FAULT, wire.lacksPeers));
}

/** keepalived: the sum of the weights counts between 1 and 254; an owner stays an owner. */
export function priorityWith(
  context: VrrpContext,
  trackers: Readonly<Record<string, TrackerEffect>>,
): number {
  const { priority } = context.input;
  if (priority === OWNER_PRIORITY) return context.effectivePriority;
  const sum = Object.values(trackers).reduce((total, { weight }) => total + weight, priority);
  return Math.min(Math.max(sum, 1), OWNER_PRIORITY - 1);
}

function followed(context: VrrpContext, actor: string): boolean {
  return context.input.trackers.some(({ tracker }) => tracker === actor);
}

/** Whose first word this may be; null for facts that nobody waits for. */
function speakerOf({ input }: VrrpContext, event: AnyVrrpEvent): string | null {
  switch (event.type) {
    case 'tracker.changed':
      return event.tracker;
    case 'group.decided':
      return input.group;
    case 'device.created':
    case 'device.failed':
      return OWN_DEVICE;
    default:
      return null;
  }
}

type Standing = Pick<
  VrrpContext,
  'faultReasons' | 'pending' | 'trackers' | 'effectivePriority' | 'sourceAddress'
>;

/** What is known after a fact. A tracker that the instance does not (any longer) follow changes nothing. */
export function standingAfter(context: VrrpContext, event: AnyVrrpEvent): Standing {
  const reason = reasonOf(event);
  if (reason === null || (event.type === 'tracker.changed' && !followed(context, event.tracker))) {
    return context;
  }
  const faultReasons = withReason(context.faultReasons, reason);
  const speaker = speakerOf(context, event);
  const pending =
    speaker !== null && context.pending.includes(speaker)
      ? context.pending.filter((awaited) => awaited !== speaker)
      : context.pending;
  const trackers = trackersAfter(context, event);
  const effectivePriority =
    trackers === context.trackers ? context.effectivePriority : priorityWith(context, trackers);
  return {
    faultReasons,
    pending,
    trackers,
    effectivePriority,
    sourceAddress: sourceAfter(context, event),
  };
}

function trackersAfter({ trackers }: VrrpContext, event: AnyVrrpEvent): VrrpContext['trackers'] {
  if (event.type !== 'tracker.changed') return trackers;
  const { tracker, weight, fault } = event;
  const known = trackers[tracker];
  if (known?.weight === weight && known.fault === fault) return trackers;
  return { ...trackers, [tracker]: { weight, fault } };
}

function sourceAfter({ sourceAddress }: VrrpContext, event: AnyVrrpEvent): string | null {
  if (event.type === 'source.found') return event.address;
  return event.type === 'source.lost' ? null : sourceAddress;
}

/** What `instance.started` says of the instance. */
export function standingAtStart(
  context: VrrpContext,
  event: Extract<VrrpEvent, { type: 'instance.started' }>,
): Partial<VrrpContext> {
  const { linkUp, sourceAddress, machineUptimeUs, processUptimeUs = 0 } = event;
  let faultReasons = withPeers(context.faultReasons, context.input);
  if (!linkUp) faultReasons = withReason(faultReasons, fixed('link', true));
  if (sourceAddress === null) faultReasons = withReason(faultReasons, fixed('source', true));
  const { startupDelayUs, delayAfterBootUs } = context.input;
  // keepalived: the longer of the two counts.
  const afterBootUs = machineUptimeUs === undefined ? 0 : delayAfterBootUs - machineUptimeUs;
  const holdUs = Math.max(0, startupDelayUs - processUptimeUs, afterBootUs);
  return { started: true, sourceAddress, faultReasons, holdUs };
}

/** The standing of the instance by itself: the group's own decisions do not count. */
export function memberStanding(context: VrrpContext): MemberStanding {
  if (context.farewell !== null) return 'ended';
  if (context.faultReasons.some((reason) => reason !== GROUP_FAULT)) return 'fault';
  if (context.pending.some((actor) => actor !== context.input.group)) return 'initialize';
  return context.willing ? 'willing' : 'backup';
}

export const STANDING_EVENTS = [
  'link.up',
  'link.down',
  'source.found',
  'source.lost',
  'device.created',
  'device.failed',
  'device.deleted',
  'fault.found',
  'fault.cleared',
  'tracker.changed',
  'group.decided',
] as const satisfies readonly StandingEvent['type'][];
