/** Groups of instances. */
import type { ListNode } from '../node.ts';
import { OWNER_PRIORITY } from '../registry/vrrp/election.ts';
import { type CheckContext, type InstanceNode, note, type SyncGroupNode, warn } from './context.ts';
import { short } from './names.ts';
import {
  checkTrackLines,
  clearWeight,
  dropWeights,
  listsOf,
  TRACK_KEYWORDS,
  type TrackedThings,
} from './trackers.ts';

export function checkSyncGroups(context: CheckContext, things: TrackedThings): void {
  const { root, problems } = context;
  const instances = new Map(root.blocks('vrrp_instance').map((node) => [node.name, node]));
  const groupOf = new Map<string, string>();
  for (const group of root.blocks('vrrp_sync_group')) {
    checkTrackLines(group, things, problems);
    const members = membersOf(group, instances, groupOf, context);
    if (members.length === 0) {
      group.kept = false;
      const message = `'${short(group.name)}' has no members: this group is ignored`;
      warn(problems, 'sync-group-empty', group.origin, message);
      continue;
    }
    if (members.length === 1) {
      const message = `'${short(group.name)}' has one member: it changes its state alone`;
      warn(problems, 'sync-group-single', group.origin, message);
    }
    inheritNotices(group, members);
    checkWeights(group, members, context);
    reportTrackedTwice(group, members, context);
  }
}

/** What the group says of changes of priority goes before global_defs, for members that say nothing themselves. */
function inheritNotices(group: SyncGroupNode, members: readonly InstanceNode[]): void {
  const keyword = 'notify_priority_changes';
  if (!group.isSet(keyword)) return;
  for (const node of members) if (!node.isSet(keyword)) node.correct(keyword, group.get(keyword));
}

/** What a member follows itself, and its own interface, need not be followed for it. */
function reportTrackedTwice(
  group: SyncGroupNode,
  members: readonly InstanceNode[],
  { problems }: CheckContext,
): void {
  const followed = new Map<string, InstanceNode>();
  for (const node of members) {
    const own = node.get('dont_track_primary') ? null : node.get('interface');
    if (own !== null) followed.set(own, node);
    for (const line of listsOf(node, 'track_interface').flatMap(({ lines }) => lines)) {
      followed.set(line.value.name, node);
    }
  }
  for (const line of listsOf(group, 'track_interface').flatMap(({ lines }) => lines)) {
    const node = followed.get(line.value.name);
    if (node === undefined) continue;
    const message = `the instance '${short(node.name)}' follows '${short(line.value.name)}' already: leave it out here or there`;
    warn(problems, 'tracked-twice', line.words[0], message);
  }
}

/** Members that exist and are in no other group. */
function membersOf(
  group: SyncGroupNode,
  instances: ReadonlyMap<string, InstanceNode>,
  groupOf: Map<string, string>,
  { problems }: CheckContext,
): InstanceNode[] {
  const members: InstanceNode[] = [];
  firstListOnly(group.blocks('group'), 'members', problems);
  retainNames(group.blocks('group'), (name, place) => {
    const node = instances.get(name);
    const other = groupOf.get(name);
    if (node === undefined) {
      warn(problems, 'unknown-member', place, `there is no instance '${short(name)}': it is no member`);
    } else if (other !== undefined) {
      warn(
        problems,
        'member-twice',
        place,
        `'${short(name)}' is in the sync group '${short(other)}' already`,
      );
    } else {
      groupOf.set(name, group.name);
      members.push(node);
      return true;
    }
    return false;
  });
  return members;
}

/** keepalived takes the first block of names. */
export function firstListOnly(
  lists: readonly ListNode<readonly string[]>[],
  what: string,
  problems: CheckContext['problems'],
): void {
  for (const list of lists.slice(1)) {
    list.kept = false;
    list.lines = [];
    warn(
      problems,
      'duplicate-block',
      list.keyword,
      `the ${what} stand in another block already: this one is ignored`,
    );
  }
}

/** Keeps the names that `keep` says yes to, and the lines that have any. */
export function retainNames(
  lists: readonly ListNode<readonly string[]>[],
  keep: (name: string, place: ListNode['keyword']) => boolean,
): void {
  for (const list of lists) {
    list.lines = list.lines.flatMap((line) => {
      const names = line.value.filter((name, index) => keep(name, line.words[index] ?? line.words[0]));
      return names.length === 0 ? [] : [{ ...line, value: names }];
    });
  }
}

/** keepalived says that it ignores them, and counts them: routers have been set up by what it does. */
function warnOfInterfaceWeights(node: InstanceNode, why: string, problems: CheckContext['problems']): void {
  for (const line of listsOf(node, 'track_interface').flatMap(({ lines }) => lines)) {
    if ((line.value.weight?.value ?? 0) === 0) continue;
    warn(problems, 'tracker-weight', line.words[0], `${why}: this one does all the same, as with keepalived`);
  }
}

/** Members agree on one state, so that priorities of their own cannot count. */
function checkWeights(
  group: SyncGroupNode,
  members: readonly InstanceNode[],
  { problems }: CheckContext,
): void {
  if (!group.get('sync_group_tracking_weight')) {
    const why = `weights do not count in a sync group ('${short(group.name)}') without sync_group_tracking_weight`;
    const kept = {
      asFault: new Set(['track_file'] as const),
      counted: new Set(['track_interface'] as const),
    };
    for (const node of members) {
      dropWeights(node, why, kept, problems);
      warnOfInterfaceWeights(node, why, problems);
    }
  }
  const owners = members.filter((node) => node.get('priority') === OWNER_PRIORITY);
  if (owners.length === 0) return;
  if (owners.length < members.length) {
    const message = `'${short(group.name)}' has members with priority 255 and others: they cannot agree on a master`;
    note(problems, 'sync-group-owners', group.origin, message);
  }
  for (const keyword of TRACK_KEYWORDS) {
    for (const line of listsOf(group, keyword).flatMap(({ lines }) => lines)) {
      if ((line.value.weight?.value ?? 0) === 0) continue;
      clearWeight(line);
      const message = 'a member with priority 255 never changes its priority: weight 0 is in force';
      warn(problems, 'tracker-weight', line.words[0], message);
    }
  }
}
