/** Limits of gratuitous ARPs. */
import { type CheckContext, warn } from './context.ts';
import { retainNames } from './sync-groups.ts';

/** A group has an interval, and an interface is in one group. */
export function checkGarpGroups({ root, problems }: CheckContext): void {
  const taken = new Set<string>();
  for (const group of root.blocks('garp_group')) {
    if (!group.isSet('garp_interval') && !group.isSet('gna_interval')) {
      group.kept = false;
      const message = 'a garp_group needs garp_interval or gna_interval: this block is ignored';
      warn(problems, 'garp-group-empty', group.origin, message);
      continue;
    }
    for (const list of group.blocks('interfaces')) {
      if (list.lines.length === 0) warn(problems, 'empty-list', list.keyword, 'no interface is listed here');
    }
    const take = (name: string, place: Parameters<typeof warn>[2]): boolean => {
      if (!taken.has(name)) {
        taken.add(name);
        return true;
      }
      const message = `'${name.slice(0, 60)}' is in a garp_group already: it is ignored here`;
      warn(problems, 'garp-group-interface', place, message);
      return false;
    };
    const single = group.get('interface').filter((name) => take(name, group.place('interface')));
    group.correct('interface', single);
    retainNames(group.blocks('interfaces'), take);
  }
}
