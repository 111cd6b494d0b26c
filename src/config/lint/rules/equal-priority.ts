import { OWNER_PRIORITY } from '../facts.ts';
import { pairRule } from '../rule.ts';

export const EQUAL_PRIORITY = pairRule(
  {
    code: 'equal-priority',
    title: 'equal priorities',
    why: 'Who is master is then decided by the higher source address, and only when both are: which router that is cannot be read in the file.',
  },
  ({ one, other, oneNode }, report) => {
    if (one.priority !== other.priority || one.priority === OWNER_PRIORITY) return;
    const message = `'${other.name}' has priority ${other.priority}, as on ${oneNode.label}`;
    report(other.node.place('priority'), message);
  },
);
