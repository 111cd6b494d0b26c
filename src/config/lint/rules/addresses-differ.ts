import type { Instance } from '../facts.ts';
import { pairRule } from '../rule.ts';

export const ADDRESSES_DIFFER = pairRule(
  {
    code: 'addresses-differ',
    title: 'different virtual addresses',
    why: 'After a failover an address that only the other node has is gone.',
  },
  ({ one, other, oneNode, otherNode }, report) => {
    const [here, there] = [addresses(other), addresses(one)];
    const only = (from: Set<string>, without: Set<string>): string =>
      [...from].filter((address) => !without.has(address)).join(', ');
    const [onlyHere, onlyThere] = [only(here, there), only(there, here)];
    const place = other.node.blocks('virtual_ipaddress')[0]?.keyword ?? other.node.origin;
    if (onlyHere !== '') report(place, `only ${otherNode.label} has ${onlyHere} in '${other.name}'`);
    if (onlyThere !== '') report(place, `only ${oneNode.label} has ${onlyThere} in '${one.name}'`);
  },
);

/** Without prefix length and options: what the adverts list. */
function addresses(instance: Instance): Set<string> {
  return new Set(instance.addresses.map(({ text }) => text.split('/', 1)[0] ?? text));
}
