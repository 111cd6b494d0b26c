/** Virtual routers that would hear each other's adverts as their own: keepalived does not start with them. */
import { type CheckContext, type InstanceNode, refuse, where } from './context.ts';
import { familyOf } from './family.ts';

export function checkRouterIds({ root, problems }: CheckContext): void {
  const taken = new Map<string, InstanceNode>();
  for (const node of root.blocks('vrrp_instance')) {
    if (node.get('virtual_router_id') === null) continue;
    const wires = wiresOf(node);
    const rival = wires.map((wire) => taken.get(wire)).find((other) => other !== undefined);
    if (rival !== undefined) report(rival, node, problems);
    for (const wire of wires) if (!taken.has(wire)) taken.set(wire, node);
  }
}

/**
 * What no other instance may use. Multicast: VRID, family, interface and group. Unicast: VRID, local address and each
 * peer.
 */
function wiresOf(node: InstanceNode): string[] {
  const vrid = `${node.get('virtual_router_id')} ${familyOf(node)}`;
  const peers = node.lines('unicast_peer');
  if (peers.length === 0) return [`${vrid} multicast ${node.get('mcast_dst_ip')} ${node.get('interface')}`];
  const local = node.get('unicast_src_ip') ?? node.get('mcast_src_ip') ?? `of ${node.get('interface')}`;
  return peers.map(({ value }) => `${vrid} unicast ${local} to ${value.address}`);
}

function report(first: InstanceNode, second: InstanceNode, problems: CheckContext['problems']): void {
  const unicast = second.lines('unicast_peer').length > 0;
  const how = unicast ? 'with a common peer' : `on ${second.get('interface')}`;
  const owner = `'${first.name}' (${where(first.place('virtual_router_id'))})`;
  const message = `virtual_router_id ${second.get('virtual_router_id')} is used ${how} by ${owner} already`;
  refuse(problems, 'duplicate-router-id', second.place('virtual_router_id'), message);
}
