import type { VirtualAddress } from '../../machines/kernel-objects.ts';
import type { ObjectsInput } from '../../machines/vrrp/input/objects.ts';
import { formatIpv4, parseIpv4 } from '../../protocol/ipv4.ts';
import type { ConfigTree, VrrpInstanceConfig } from '../model.ts';
import type { AddressEntry } from '../registry/vrrp/address-line.ts';
import { virtualRoute, virtualRule } from './routes.ts';

export function objectsInput(tree: ConfigTree, instance: VrrpInstanceConfig, own: string): ObjectsInput {
  return {
    tracksPrimary: !instance.dont_track_primary,
    tracksSource: instance.track_src_ip,
    addresses: instance.virtual_ipaddress.map((entry) => virtualAddress(entry, own)),
    excludedAddresses: instance.virtual_ipaddress_excluded.map((entry) => virtualAddress(entry, own)),
    routes: instance.virtual_routes.map(virtualRoute),
    rules: instance.virtual_rules.map(virtualRule),
    promotesSecondaries: instance.promote_secondaries,
    groupInterfaces: groupInterfaces(tree, instance.name),
  };
}

/** Interfaces of static objects whose track_group has the instance as a member. */
export function groupInterfaces(tree: ConfigTree, instance: string): readonly string[] {
  const own = new Set(
    tree.track_group.filter(({ group }) => group.flat().includes(instance)).map(({ name }) => name as string),
  );
  const followed = [
    ...tree.static_ipaddress.map(({ track_group: group, dev }) => ({ group, dev })),
    ...tree.static_routes.map(({ track_group: group, dev }) => ({ group, dev })),
    ...tree.static_rules.map(({ track_group: group, iif: dev }) => ({ group, dev })),
  ].filter(({ group }) => typeof group === 'string' && own.has(group));
  return [...new Set(followed.map(({ dev }) => dev).filter((dev) => dev !== null))];
}

/** On its `dev`, else on `own`. Options that are as by default are left out: rows of the journal stay short. */
export function virtualAddress(entry: AddressEntry, own: string): VirtualAddress {
  const { address, prefixLength, peer } = entry;
  const isIpv6 = address.includes(':');
  return {
    address,
    prefixLength,
    interface: entry.dev ?? own,
    ...(entry.scope === 0 ? {} : { scope: entry.scope }),
    ...(entry.broadcast === null ? {} : { broadcast: broadcastOf(entry) }),
    ...(entry.label === null ? {} : { label: entry.label }),
    ...(peer === null ? {} : { peer: peer.address }),
    ...(entry['-nodad'] ? { detectDuplicates: true } : {}),
    ...(entry.home ? { home: true } : {}),
    ...(entry.mngtmpaddr ? { managesTemporary: true } : {}),
    ...(entry.noprefixroute ? { noPrefixRoute: true } : {}),
    ...(entry.autojoin ? { joinsGroup: true } : {}),
    // keepalived reads it for both families and sets it for IPv6.
    ...(isIpv6 && entry.preferred_lft !== 'forever' ? { preferredUs: entry.preferred_lft } : {}),
    ...(entry.no_track ? { untracked: true } : {}),
  };
}

/** `+` and `-` set and clear the bits that the prefix leaves to hosts. */
function broadcastOf({ address, prefixLength, broadcast }: AddressEntry): string {
  const value = parseIpv4(address);
  if (value === null || (broadcast !== '+' && broadcast !== '-')) return broadcast ?? '';
  const hostBits = 2 ** (32 - prefixLength) - 1;
  return formatIpv4(broadcast === '+' ? (value | hostBits) >>> 0 : (value & ~hostBits) >>> 0);
}
