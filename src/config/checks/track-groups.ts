/** Groups of instances that depend on static addresses. */
import { type CheckContext, note, warn } from './context.ts';
import { short } from './names.ts';
import { firstListOnly, retainNames } from './sync-groups.ts';

export function checkTrackGroups({ root, problems }: CheckContext): void {
  const instances = new Set(root.blocks('vrrp_instance').map(({ name }) => name));
  const groups = new Map<string, number>();
  for (const group of root.blocks('track_group')) {
    groups.set(group.name, group.index);
    firstListOnly(group.blocks('group'), 'members', problems);
    for (const list of group.blocks('group')) {
      if (list.lines.length > 0) continue;
      const message = `the track_group '${short(group.name)}' lists nobody`;
      warn(problems, 'empty-group', list.keyword, message);
    }
    retainNames(group.blocks('group'), (name, place) => {
      if (instances.has(name)) return true;
      note(problems, 'unknown-member', place, `there is no instance '${short(name)}': it is no member`);
      return false;
    });
  }
  for (const list of root.blocks('static_ipaddress')) {
    for (const line of list.lines) {
      const name = line.value.track_group;
      if (typeof name !== 'string') continue;
      const index = groups.get(name);
      if (index !== undefined && index < list.index) continue;
      const message = `no track_group '${short(name)}' is defined before this block: no instance follows the address`;
      warn(problems, 'unknown-track-group', line.words[0], message);
      line.value = { ...line.value, track_group: null };
    }
  }
}
