import { pairRule } from '../rule.ts';

export const MIXED_UNICAST = pairRule(
  {
    code: 'mixed-unicast',
    title: 'unicast on one node, multicast on the other',
    why: 'Neither hears the other: both become master.',
  },
  ({ one, other, oneNode, otherNode }, report) => {
    if (one.peers.length > 0 === other.peers.length > 0) return;
    const [unicast, multicast] = one.peers.length > 0 ? [oneNode, otherNode] : [otherNode, oneNode];
    report(
      other.node.origin,
      `'${other.name}' is unicast on ${unicast.label} and multicast on ${multicast.label}`,
    );
  },
);
