import { OWNER_PRIORITY } from '../facts.ts';
import { pairRule } from '../rule.ts';

export const TWO_OWNERS = pairRule(
  {
    code: 'two-owners',
    title: 'priority 255 on two nodes',
    why: '255 says that the addresses are the own ones of this router. Two owners start as master both, and fight.',
  },
  ({ one, other, oneNode }, report) => {
    if (one.priority !== OWNER_PRIORITY || other.priority !== OWNER_PRIORITY) return;
    const cause = other.node.isSet('priority') ? 'priority' : 'state';
    report(other.node.place(cause), `'${other.name}' is the owner of the addresses on ${oneNode.label} too`);
  },
);
