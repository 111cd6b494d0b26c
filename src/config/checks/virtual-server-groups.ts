/** virtual_server_group: what a virtual server may refer to. */
import type { ListNode } from '../node.ts';
import type { Problems } from '../problems.ts';
import { type GroupMember, isRange } from '../registry/lvs/group-line.ts';
import { familyOf } from '../registry/lvs/service.ts';

export type GroupNode = ListNode<GroupMember, string>;

/** What counts of a group when a virtual server takes it. */
export interface GroupFacts {
  readonly inet: boolean;
  readonly inet6: boolean;
  readonly hasRanges: boolean;
  readonly hasFwmarks: boolean;
  /** Of its addresses; 0: every port. */
  readonly ports: ReadonlySet<number>;
}

/** Reports groups that cannot be used and leaves them out. */
export function checkGroups(
  nodes: readonly GroupNode[],
  problems: Problems,
): ReadonlyMap<string, GroupFacts> {
  const groups = new Map<string, GroupFacts>();
  for (const node of nodes) {
    const facts = factsOf(node);
    const complaint = complaintOf(node, facts);
    if (complaint !== null) {
      node.kept = false;
      problems.add({ severity: 'warning', place: node.origin, ...complaint });
    } else if (groups.has(node.name)) {
      node.kept = false;
      const message = `the virtual_server_group '${node.name}' is defined already: the first one counts`;
      problems.add({ severity: 'note', code: 'duplicate-group', place: node.origin, message });
    } else groups.set(node.name, facts);
  }
  return groups;
}

function factsOf({ lines }: GroupNode): GroupFacts {
  const members = lines.map(({ value }) => value);
  const ranges = members.filter(isRange);
  const families = new Set(
    members.map((member) => (isRange(member) ? familyOf(member.first) : member.family)),
  );
  return {
    inet: families.has('inet'),
    inet6: families.has('inet6'),
    hasRanges: ranges.length > 0,
    hasFwmarks: members.length > ranges.length,
    ports: new Set(ranges.map(({ port }) => port)),
  };
}

function complaintOf(node: GroupNode, { inet, inet6 }: GroupFacts): { code: string; message: string } | null {
  if (node.lines.length === 0) {
    return {
      code: 'empty-group',
      message: `the virtual_server_group '${node.name}' has no entries: it is left out`,
    };
  }
  const unclear = node.lines.some(({ value }) => !isRange(value) && value.family === null);
  if (!inet || !inet6 || !unclear) return null;
  const message = `the virtual_server_group '${node.name}' has both families, so its fwmarks need one (fwmark N inet): the group is left out`;
  return { code: 'mixed-group', message };
}
