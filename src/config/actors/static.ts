import type { StaticInput } from '../../machines/static/static.input.ts';
import type { ConfigTree } from '../model.ts';
import { virtualAddress } from './objects.ts';
import { virtualRoute, virtualRule } from './routes.ts';

/** Null if the configuration has nothing of the kind. */
export function staticInput(tree: ConfigTree): StaticInput | null {
  const byDefault = tree.global_defs[0]?.default_interface ?? 'eth0';
  const addresses = tree.static_ipaddress.map((entry) => virtualAddress(entry, byDefault));
  const routes = tree.static_routes.map(virtualRoute);
  const rules = tree.static_rules.map(virtualRule);
  if (addresses.length + routes.length + rules.length === 0) return null;
  return {
    objects: {
      addresses,
      ...(routes.length > 0 ? { routes } : {}),
      ...(rules.length > 0 ? { rules } : {}),
    },
  };
}
