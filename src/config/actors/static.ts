import { kernelObjects } from '../../machines/kernel-objects.ts';
import type { StaticInput } from '../../machines/static/static.input.ts';
import type { ConfigTree } from '../model.ts';
import { virtualAddress } from './objects.ts';
import { virtualRoute, virtualRule } from './routes.ts';

export function staticInput(tree: ConfigTree): StaticInput {
  const byDefault = tree.global_defs[0]?.default_interface ?? 'eth0';
  return {
    objects: kernelObjects(
      tree.static_ipaddress.map((entry) => virtualAddress(entry, byDefault)),
      tree.static_routes.map(virtualRoute),
      tree.static_rules.map(virtualRule),
    ),
  };
}
