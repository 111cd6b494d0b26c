import { OWNER_PRIORITY } from '../facts.ts';
import { pairRule } from '../rule.ts';

export const TWO_STATE_MASTER = pairRule(
  {
    code: 'two-state-master',
    title: 'state MASTER on two nodes',
    why: 'A router with state MASTER claims the addresses soon after its start: each start of the lower one can move them there and back.',
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
