/** What an instance follows: trackers of its own and of its sync group. */
import type { StandingInput } from '../../machines/vrrp/input/standing.ts';
import type { ConfigTree, VrrpInstanceConfig } from '../model.ts';
import { NO_WEIGHT, type Weight } from '../registry/weights.ts';
import { groupInterfaces } from './objects.ts';

export type SyncGroupConfig = ConfigTree['vrrp_sync_group'][number];
export type TrackerKind = 'interface' | 'script' | 'file' | 'process' | 'bfd';

const TRACKER_KINDS = ['interface', 'script', 'file', 'process', 'bfd'] as const;

/** One thing that one instance follows. */
export interface Followed {
  /** Its actor: `tracker/script/chk`. */
  readonly tracker: string;
  readonly kind: TrackerKind;
  readonly name: string;
  /** In force for this instance. */
  readonly weight: Weight;
}

export function instanceActor(name: string): string {
  return `vrrp/${name}`;
}

export function groupActor(group: string): string {
  return `group/${group}`;
}

export function trackerActor(kind: TrackerKind, name: string): string {
  return `tracker/${kind}/${name}`;
}

/** The group that has the instance as a member; null if none has. */
export function groupOf(tree: ConfigTree, instance: string): SyncGroupConfig | null {
  return tree.vrrp_sync_group.find(({ group }) => group.flat().includes(instance)) ?? null;
}

function listed(block: VrrpInstanceConfig | SyncGroupConfig): Followed[] {
  return TRACKER_KINDS.flatMap((kind) =>
    block[`track_${kind}`].map(({ name, weight }) => ({
      tracker: trackerActor(kind, name),
      kind,
      name,
      weight: weight ?? NO_WEIGHT,
    })),
  );
}

/** Interfaces that the instance cannot do without, because something that it holds or stands for is on them. */
export function neededInterfaces(tree: ConfigTree, instance: VrrpInstanceConfig): ReadonlySet<string> {
  const addresses = [...instance.virtual_ipaddress, ...instance.virtual_ipaddress_excluded];
  const objects: readonly { readonly devices: readonly (string | null)[]; readonly no_track: boolean }[] = [
    ...addresses.map(({ dev, no_track }) => ({ devices: [dev], no_track })),
    ...instance.virtual_routes.map(({ dev, no_track }) => ({ devices: [dev], no_track })),
    ...instance.virtual_rules.map(({ iif, oif, no_track }) => ({ devices: [iif, oif], no_track })),
  ];
  const held = objects.flatMap(({ devices, no_track }) => (no_track ? [] : devices));
  return new Set([...held.filter((dev) => dev !== null), ...groupInterfaces(tree, instance.name)]);
}

/**
 * Everything the instance follows, each thing once. keepalived: what the group follows counts for every member, with
 * the group's weight unless the member follows it itself with weight 0; and no weight counts of an interface that the
 * instance cannot do without: its loss is a fault anyway.
 */
export function followedBy(tree: ConfigTree, instance: VrrpInstanceConfig): readonly Followed[] {
  const found = new Map(listed(instance).map((each) => [each.tracker, each]));
  const group = groupOf(tree, instance.name);
  for (const each of group === null ? [] : listed(group)) {
    if (found.get(each.tracker)?.weight.value !== 0) found.set(each.tracker, each);
  }
  const needed = neededInterfaces(tree, instance);
  return [...found.values()].filter(
    ({ kind, name, weight }) => kind !== 'interface' || weight.value === 0 || !needed.has(name),
  );
}

export function standingInput(tree: ConfigTree, instance: VrrpInstanceConfig): StandingInput {
  const group = groupOf(tree, instance.name);
  return {
    actor: instanceActor(instance.name),
    trackers: followedBy(tree, instance).map(({ tracker, kind, name, weight }) => ({
      tracker,
      // keepalived: only a script whose failure would be a fault is waited for; init_fail says the result beforehand.
      pending: kind === 'script' && weight.value === 0 && !startsFailed(tree, name),
    })),
    group: group === null ? null : groupActor(group.name),
    faultsAtStart: [],
    notifyPriorityChanges: instance.notify_priority_changes,
    notifyDeleted: instance.notify_deleted !== false,
  };
}

function startsFailed(tree: ConfigTree, script: string): boolean {
  return tree.vrrp_script.find(({ name }) => name === script)?.init_fail ?? false;
}
