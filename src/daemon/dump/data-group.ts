/** Sync groups and groups of static objects in keepalived.data. */
import type { ConfigTree } from '../../config/model.ts';
import { type Identify, notifyLines } from './data-notify.ts';
import { trackedLines } from './data-tracker.ts';
import type { InstanceFacts } from './facts.ts';
import { listed, yesNo } from './words.ts';

type Group = ConfigTree['vrrp_sync_group'][number];

/** A group is as its members are. */
export function groupLines(
  group: Group,
  instances: readonly InstanceFacts[],
  { identify, tree }: { readonly identify: Identify; readonly tree: ConfigTree },
): string[] {
  const names = group.group.flat();
  const members = instances.filter(({ config }) => names.includes(config.name));
  const states = new Set(members.map(({ state }) => state));
  const [only] = states;
  const state = states.has('FAULT') ? 'FAULT' : states.size === 1 ? only : 'BACKUP';
  const priorityChanges = group.notify_priority_changes;
  const lines = [
    `Num member fault ${countOf(members, 'FAULT')}, num member init ${countOf(members, 'INIT')}`,
    ...listed('VRRP member instances :', names),
    ...(group.sync_group_tracking_weight ? ['sync group tracking weight set'] : []),
    `Using smtp notification = ${yesNo(group.smtp_alert === true)}`,
    // keepalived: only if the group does not leave it to the global setting.
    ...(priorityChanges === tree.global_defs[0]?.vrrp_notify_priority_changes
      ? []
      : [`Notify priority changes = ${yesNo(priorityChanges === true)}`]),
    ...trackedLines(group, 'Tracked process'),
    ...notifyLines(
      [
        ['Backup', group.notify_backup],
        ['Master', group.notify_master],
        ['Fault', group.notify_fault],
        ['Stop', group.notify_stop],
        ['Generic', group.notify],
      ],
      identify,
    ),
  ];
  return [` VRRP Sync Group = ${group.name}, ${state ?? 'INIT'}`, ...lines.map((line) => `   ${line}`)];
}

/** Those without the fault of their own are in FAULT by another one's. */
function countOf(members: readonly InstanceFacts[], state: InstanceFacts['state']): number {
  const all = members.filter((member) => member.state === state);
  return state === 'FAULT'
    ? all.filter(({ faultReasons }) => faultReasons.some(isOwnFault)).length
    : all.length;
}

const isOwnFault = (reason: string): boolean => reason !== 'group';

export function trackGroupLines({ track_group: groups }: ConfigTree): string[] {
  return groups.flatMap((group) => [
    ` Static Track Group = ${group.name}`,
    ...listed('VRRP member instances :', group.group.flat()).map((line) => `   ${line}`),
  ]);
}
