/** What the dumps tell of an instance: its configuration in force, and what it has been doing. */
import type { ConfigTree, VrrpInstanceConfig } from '../../config/model.ts';
import type { ActorView } from '../../engine/engine.ts';
import type { AdvertErrorKind, HeartbeatCounters, HeartbeatStatus } from '../../engine/heartbeat.ts';
import type { DeviceSpec } from '../../machines/vrrp/input/device.ts';
import { OWNER_PRIORITY, type VrrpContext } from '../../machines/vrrp/vrrp.context.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { protocolRole } from '../vrrp-log-lines.ts';
import { commandText } from './object-text.ts';
import type { RoleHistory } from './role-history.ts';

/** keepalived's names of states, and the numbers of its JSON. */
export const STATE_NUMBERS = { INIT: 0, BACKUP: 1, MASTER: 2, FAULT: 3 } as const;
export type StateName = keyof typeof STATE_NUMBERS;

export interface InstanceFacts {
  readonly config: VrrpInstanceConfig;
  readonly family: 'IPv4' | 'IPv6';
  readonly state: StateName;
  readonly sourceAddress: string | null;
  readonly effectivePriority: number;
  readonly faultReasons: readonly string[];
  /** Trackers whose first word it waits for. */
  readonly pendingTrackers: number;
  /** Of a router that it did not yield to; 0: none. */
  readonly rivalPriority: number;
  /** When its newest advert left, in Unix time; 0 if none did. */
  readonly lastSentWallUs: number;
  /** Index of the interface that its adverts leave from; 0: there is none. */
  readonly advertIndex: number;
  /** It announces addresses on interfaces that no advert leaves from. */
  readonly announcesElsewhere: boolean;
  /** The one that carries its adverts or addresses (use_vmac, use_ipvlan); null: it has none. */
  readonly device: DeviceSpec | null;
  /** What it made for itself: macvlans and ipvlans. */
  readonly devices: readonly DeviceSpec[];
  /** Whom a backup follows; null if nobody. */
  readonly master: { readonly source: string; readonly priority: number } | null;
  /** Interval in force: the master's, else its own. */
  readonly masterIntervalUs: number;
  /** It holds its addresses. */
  readonly holds: boolean;
  /** Group that it belongs to; null: none. */
  readonly group: string | null;
  /** Command line of a vrrp_script that it follows. */
  readonly commandOf: (script: string) => string;
  readonly history: RoleHistory;
  readonly counters: HeartbeatCounters;
}

/**
 * Where its addresses are unless they say otherwise, in keepalived's words: `vrrp.51@eth0` for a macvlan of its own; an
 * ipvlan does not carry them.
 */
export function ownDevice({ config, device: own }: InstanceFacts): string {
  return own === null || config.use_vmac === null ? (config.interface ?? '') : `${own.name}@${own.base}`;
}

/** keepalived: what it is, or is about to become. */
export function wantedState({ config, state }: InstanceFacts): StateName {
  if (state !== 'INIT') return state;
  return config.priority === OWNER_PRIORITY ? 'MASTER' : 'BACKUP';
}

const NO_ERRORS = {} as Readonly<Record<AdvertErrorKind, number>>;
const NOTHING: HeartbeatCounters = {
  received: 0,
  sent: 0,
  priorityZeroReceived: 0,
  priorityZeroSent: 0,
  errors: NO_ERRORS,
};

const NAMES: Readonly<Record<string, StateName>> = { backup: 'BACKUP', master: 'MASTER', fault: 'FAULT' };
const HOLDING = ['held', 'incomplete', 'completing', 'untidy'];

export interface Observed {
  readonly view: ActorView;
  readonly heartbeat: HeartbeatStatus | null;
  readonly history: RoleHistory;
}

export interface InstanceSources {
  /** null: it does not run. */
  readonly observe: (name: string) => Observed | null;
  /** Of an interface; 0: there is none. */
  readonly indexOf: (name: string) => number;
}

/** In the order of the configuration; an instance that does not run is left out. */
export function instanceFacts(
  tree: ConfigTree,
  { observe, indexOf }: InstanceSources,
): readonly InstanceFacts[] {
  return tree.vrrp_instance.flatMap((config) => {
    const observed = observe(config.name);
    return observed === null ? [] : [factsOf(tree, config, { ...observed, indexOf })];
  });
}

function factsOf(
  tree: ConfigTree,
  config: VrrpInstanceConfig,
  { view, heartbeat, history, indexOf }: Observed & Pick<InstanceSources, 'indexOf'>,
): InstanceFacts {
  const context = view.context as unknown as VrrpContext;
  const { master } = context;
  return {
    config,
    family: context.input.family === 'inet6' ? 'IPv6' : 'IPv4',
    state: view.crashed ? 'FAULT' : (NAMES[protocolRole(view.state)] ?? 'INIT'),
    sourceAddress: context.sourceAddress,
    effectivePriority: context.effectivePriority,
    faultReasons: context.faultReasons,
    pendingTrackers: context.pending.filter((whom) => whom.startsWith('tracker/')).length,
    rivalPriority: context.rival?.priority ?? 0,
    lastSentWallUs: heartbeat?.lastSentWallUs ?? 0,
    advertIndex: indexOf(context.input.advertInterface),
    announcesElsewhere: context.input.garpExtra !== null,
    device:
      config.use_vmac === null && config.use_ipvlan === null ? null : (context.input.devices[0] ?? null),
    devices: context.input.devices,
    master,
    masterIntervalUs: master?.advertIntervalUs ?? config.advert_int,
    holds: HOLDING.includes(String((view.state as JsonObject).addresses)),
    group: tree.vrrp_sync_group.find(({ group }) => group.flat().includes(config.name))?.name ?? null,
    commandOf: (script) =>
      commandText(tree.vrrp_script.find(({ name }) => name === script)?.script) ?? script,
    history,
    counters: minus(heartbeat?.counters ?? NOTHING, history.clearedAt ?? NOTHING),
  };
}

/** What was counted since the counters were cleared. */
function minus(now: HeartbeatCounters, then: HeartbeatCounters): HeartbeatCounters {
  const errors = Object.entries(now.errors).map(([kind, count]) => [
    kind,
    count - (then.errors[kind as AdvertErrorKind] ?? 0),
  ]);
  return {
    received: now.received - then.received,
    sent: now.sent - then.sent,
    priorityZeroReceived: now.priorityZeroReceived - then.priorityZeroReceived,
    priorityZeroSent: now.priorityZeroSent - then.priorityZeroSent,
    errors: Object.fromEntries(errors) as Readonly<Record<AdvertErrorKind, number>>,
  };
}
