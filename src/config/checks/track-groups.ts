/** Groups of instances that depend on static addresses. */
import { type CheckContext, note, warn } from './context.ts';
import { short } from './names.ts';
import { firstListOnly, retainNames } from './sync-groups.ts';

export function checkTrackGroups({ root, problems }: CheckContext): void {
  const instances = new Set(root.blocks('vrrp_instance').map(({ name }) => name));
  const groups = new Map<string, number>();
  for (const group of root.blocks('track_group')) {
    firstListOnly(group.blocks('group'), 'members', problems);
    if (group.lines('group').length === 0) {
      group.kept = false;
      const message = `the track_group '${short(group.name)}' lists nobody: it is left out`;
      warn(problems, 'empty-group', group.origin, message);
      continue;
    }
    groups.set(group.name, group.index);
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
