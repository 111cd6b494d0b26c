import { OWNER_PRIORITY } from '../facts.ts';
import { pairRule } from '../rule.ts';

export const TWO_STATE_MASTER = pairRule(
  {
    code: 'two-state-master',
    title: 'state MASTER on two nodes',
    why: 'nopreempt and preempt_delay do not count with state MASTER: each return of the higher one moves the addresses there at once. And without a priority it is 255, on both.',
  },
  ({ one, other, oneNode }, report) => {
    if (!one.startsAsMaster || !other.startsAsMaster || other.priority === OWNER_PRIORITY) return;
    report(
      other.node.place('state'),
      `'${other.name}' has state MASTER on ${oneNode.label} too`,
      'state BACKUP',
    );
  },
);
