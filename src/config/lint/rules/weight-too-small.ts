import type { LintNode } from '../facts.ts';
import { type Instance, OWNER_PRIORITY } from '../facts.ts';
import { clamp, pairRule, type Report, wellPriority } from '../rule.ts';

export const WEIGHT_TOO_SMALL = pairRule(
  {
    code: 'weight-too-small',
    title: 'a weight that cannot move mastership',
    why: 'When what is tracked fails, the router still has the higher priority of the two, and keeps the addresses.',
  },
  ({ one, other, oneNode, otherNode }, report) => {
    check(one, other, otherNode, report);
    check(other, one, oneNode, report);
  },
);

function check(holder: Instance, next: Instance, nextNode: LintNode, report: Report): void {
  const [well, wellNext] = [wellPriority(holder), wellPriority(next)];
  if (holder.priority === OWNER_PRIORITY || well <= wellNext) return;
  for (const { name, weight } of holder.trackers) {
    const failed = clamp(well - Math.abs(weight));
    if (weight === 0 || failed < wellNext) continue;
    const than = failed === wellNext ? 'as much as' : 'more than';
    const message = `when '${name.text}' fails, '${holder.name}' has priority ${failed}, ${than} ${nextNode.label} (${wellNext})`;
    report(name, message, `a weight of ${well - wellNext + 1} or more`);
  }
}
