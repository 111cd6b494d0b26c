import { instanceRule } from '../rule.ts';

export const PEER_SELF = instanceRule(
  {
    code: 'peer-self',
    title: 'the own address among the peers',
    why: 'One list for all routers is convenient and sends every advert to the sender as well.',
  },
  ({ node, name, peers, source }, report) => {
    if (source === null || !peers.includes(source)) return;
    report(node.place('unicast_src_ip'), `'${name}' lists its own address ${source} as a peer`);
  },
);
