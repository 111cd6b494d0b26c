import { instanceRule } from '../rule.ts';

export const UNICAST_WITHOUT_SOURCE = instanceRule(
  {
    code: 'unicast-without-source',
    title: 'unicast peers without unicast_src_ip',
    why: "The adverts leave with the interface's first address, which changes with the order in which addresses were added; the peers list one address.",
  },
  ({ node, name, peers }, report) => {
    if (peers.length === 0 || node.isSet('unicast_src_ip')) return;
    const place = node.blocks('unicast_peer')[0]?.keyword ?? node.origin;
    report(
      place,
      `'${name}' has unicast peers and no unicast_src_ip`,
      'set unicast_src_ip to the address that the peers list',
    );
  },
);
