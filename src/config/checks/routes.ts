/** Checks of routes and rules that need more than their line: interfaces, groups, automatic preferences. */
import type { ListLine, ListNode } from '../node.ts';
import { quoted } from '../problems.ts';
import type { RouteEntry } from '../registry/routes/route-line.ts';
import type { RuleEntry } from '../registry/routes/rule-line.ts';
import { type CheckContext, warn } from './context.ts';
import { interfaceCheck } from './interfaces.ts';
import { short } from './names.ts';

/** Where automatic preferences begin; each family counts down for itself. */
const FIRST_PREFERENCE = 16_384;

/** Reports what is missing on the machine and completes rules. */
export function checkRoutes(context: CheckContext): void {
  const { root } = context;
  const instances = root.blocks('vrrp_instance');
  completePreferences(context);
  const routes = [
    ...root.lines('static_routes'),
    ...instances.flatMap((node) => node.lines('virtual_routes')),
  ];
  const rules = [...root.lines('static_rules'), ...instances.flatMap((node) => node.lines('virtual_rules'))];
  reportMissing(routes, ['dev', 'oif'], context);
  reportMissing(rules, ['dev', 'iif', 'oif'], context);
  for (const list of root.blocks('static_routes')) checkGroups<RouteEntry>(list, 'dev', context);
  for (const list of root.blocks('static_rules')) checkGroups<RuleEntry>(list, 'iif', context);
}

/** In the order of the file, whatever the block. */
function completePreferences({ root, problems }: CheckContext): void {
  const lists = [
    ...root.blocks('static_rules').map((list) => ({ at: list.index, lines: list.lines })),
    ...root.blocks('vrrp_instance').map((node) => ({ at: node.index, lines: node.lines('virtual_rules') })),
  ];
  const next = { inet: FIRST_PREFERENCE, inet6: FIRST_PREFERENCE };
  for (const line of lists.sort((a, b) => a.at - b.at).flatMap(({ lines }) => lines)) {
    const { family, preference } = line.value;
    if (preference !== null) continue;
    const chosen = Math.max(next[family]--, 0);
    line.value = { ...line.value, preference: chosen };
    const message = `the rule has no preference: ${chosen} is in force, which is hardly what is meant`;
    warn(problems, 'missing-preference', line.words[0], message);
  }
}

/** Interfaces by the words that name them: a later one may have replaced an earlier, but keepalived looks at each. */
function reportMissing(
  lines: readonly ListLine<unknown>[],
  options: readonly string[],
  context: CheckContext,
): void {
  const check = interfaceCheck(context);
  if (check === null) return;
  for (const { words } of lines) {
    for (const [index, word] of words.entries()) {
      const name = words[index + 1];
      if (name !== undefined && options.includes(word.text)) check(name.text, name);
    }
  }
}

interface Grouped {
  readonly track_group: string | null;
}

/** A group must be defined before the list; one that cannot be followed is left out. */
function checkGroups<E extends Grouped>(
  list: ListNode<E>,
  interfaceOption: keyof E & string,
  { root, problems }: CheckContext,
): void {
  const before = root.blocks('track_group').filter(({ index }) => index < list.index);
  const groups = new Set(before.map(({ name }) => name));
  for (const line of list.lines) {
    const name = line.value.track_group;
    if (name === null) continue;
    const place =
      line.words.find((_, index) => line.words[index - 1]?.text === 'track_group') ?? line.words[0];
    if (!groups.has(name)) {
      const message = `no track_group '${short(name)}' is defined before this block: no instance follows the line`;
      warn(problems, 'unknown-track-group', place, message);
    } else if (line.value[interfaceOption] === null) {
      const message = `${quoted(place)} is not followed: a track_group needs ${interfaceOption} on its line`;
      warn(problems, 'missing-interface', place, message);
    } else continue;
    line.value = { ...line.value, track_group: null };
  }
}
