import type { Instance, LintNode } from '../facts.ts';
import { OWNER_PRIORITY } from '../facts.ts';
import { pairRule, type Report } from '../rule.ts';

export const NOPREEMPT_KEEPS_FAILED = pairRule(
  {
    code: 'nopreempt-keeps-failed',
    title: 'weights beside nopreempt',
    why: 'A weight only lowers the priority. A router with nopreempt leaves a master of lower priority alone, so the failed one keeps the addresses; weight 0 makes the failure a fault, which gives them up.',
  },
  ({ one, other, oneNode, otherNode }, report) => {
    check(one, other, otherNode, report);
    check(other, one, oneNode, report);
  },
);

function check(holder: Instance, next: Instance, nextNode: LintNode, report: Report): void {
  if (!next.nopreempt || next.startsAsMaster || holder.priority === OWNER_PRIORITY) return;
  for (const { name, weight } of holder.trackers) {
    if (weight === 0) continue;
    const message = `when '${name.text}' fails, '${holder.name}' stays master: ${nextNode.label} does not preempt`;
    report(name, message, 'weight 0');
  }
}
