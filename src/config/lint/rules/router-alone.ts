import { type LintRule, routerKey } from '../rule.ts';

export const ROUTER_ALONE: LintRule = {
  code: 'router-alone',
  title: 'a virtual router that no other node has',
  why: 'Nobody takes its addresses when the node dies. Most often one of the two VRIDs is a slip.',
  compares: true,
  check: ({ nodes, report }) => {
    for (const node of nodes) {
      const elsewhere = new Set(
        nodes.filter((other) => other !== node).flatMap(({ instances }) => instances.map(routerKey)),
      );
      for (const instance of node.instances) {
        if (nodes.length < 2 || elsewhere.has(routerKey(instance))) continue;
        const message = `'${instance.name}' (VRID ${instance.virtualRouterId}) is on ${node.label} only`;
        report(instance.node.place('virtual_router_id'), message);
      }
    }
  },
};
