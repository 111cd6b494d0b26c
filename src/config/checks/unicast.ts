/** Unicast against multicast. */
import { type CheckContext, type InstanceNode, retain, warn } from './context.ts';
import { familyOf } from './family.ts';

/** Keywords that mean unicast. */
const UNICAST_ONLY = ['unicast_src_ip', 'check_unicast_src', 'old_unicast_checksum'] as const;

export function checkUnicast(node: InstanceNode, { problems }: CheckContext): void {
  dropRepeatedPeers(node, problems);
  if (node.lines('unicast_peer').length === 0) {
    reportNoPeers(node, problems);
    return;
  }
  if (node.isSet('mcast_dst_ip')) {
    const message = "an instance with unicast peers has no multicast group: 'mcast_dst_ip' is ignored";
    warn(problems, 'unicast-conflict', node.place('mcast_dst_ip'), message);
    const group = familyOf(node) === 'inet' ? 'vrrp_mcast_group4' : 'vrrp_mcast_group6';
    node.correct('mcast_dst_ip', node.root.globals?.value(group) as string);
  }
  if (node.get('use_vmac') !== null && !node.get('vmac_xmit_base')) {
    node.correct('vmac_xmit_base', true);
    const message = "unicast adverts never leave through a virtual MAC interface: 'vmac_xmit_base' is on";
    warn(problems, 'unicast-conflict', node.place('use_vmac'), message);
  }
  // Also limits that every TTL is within: it is enough that they are written.
  const limited = node.lines('unicast_peer').some(({ words }) => words.length > 1);
  if (limited && !node.isSet('check_unicast_src')) node.correct('check_unicast_src', true);
}

function dropRepeatedPeers(node: InstanceNode, problems: CheckContext['problems']): void {
  const seen = new Set<string>();
  retain(node.blocks('unicast_peer'), ({ value, words }) => {
    if (!seen.has(value.address)) {
      seen.add(value.address);
      return true;
    }
    warn(problems, 'duplicate-peer', words[0], `'${value.address}' is listed already: this line is ignored`);
    return false;
  });
}

/** Without peers these mean multicast all the same, which keepalived calls deprecated. */
function reportNoPeers(node: InstanceNode, problems: CheckContext['problems']): void {
  if (node.isSet('unicast_ttl')) {
    const message = "there are no unicast peers: 'unicast_ttl' is ignored";
    warn(problems, 'no-peers', node.place('unicast_ttl'), message);
    node.correct('unicast_ttl', 255);
  }
  if (node.get('unicast_fault_no_peer')) return;
  const keyword = UNICAST_ONLY.find((one) => node.isSet(one) && node.get(one) !== null);
  const empty = node.blocks('unicast_peer').at(-1)?.keyword;
  const place = keyword === undefined ? empty : node.place(keyword);
  if (place === undefined) return;
  warn(problems, 'no-peers', place, 'there are no unicast peers: adverts are multicast');
}
