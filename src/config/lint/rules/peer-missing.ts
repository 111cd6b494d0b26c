import type { Instance, LintNode } from '../facts.ts';
import { pairRule, type Report } from '../rule.ts';

export const PEER_MISSING = pairRule(
  {
    code: 'peer-missing',
    title: 'a node that is not in the peer list of another',
    why: 'A router does not take adverts from who is not its peer, and sends it none: both become master.',
  },
  ({ one, other, oneNode, otherNode }, report) => {
    if (one.peers.length === 0 || other.peers.length === 0) return;
    missing(one, other, otherNode, report);
    missing(other, one, oneNode, report);
  },
);

function missing(lister: Instance, listed: Instance, node: LintNode, report: Report): void {
  if (listed.source === null || lister.peers.includes(listed.source)) return;
  const place = lister.node.blocks('unicast_peer')[0]?.keyword ?? lister.node.origin;
  report(
    place,
    `'${lister.name}' does not list ${listed.source} (${node.label}) as a peer`,
    `add ${listed.source}`,
  );
}
