import type { ObjectsInput } from '../../machines/vrrp/input/objects.ts';
import type { VirtualAddress } from '../../machines/vrrp/vrrp.effects.ts';
import { formatIpv4, parseIpv4 } from '../../protocol/ipv4.ts';
import type { VrrpInstanceConfig } from '../model.ts';
import type { AddressEntry } from '../registry/vrrp/address-line.ts';

export function objectsInput(instance: VrrpInstanceConfig, own: string): ObjectsInput {
  return {
    tracksPrimary: !instance.dont_track_primary,
    tracksSource: instance.track_src_ip,
    addresses: instance.virtual_ipaddress.map((entry) => virtualAddress(entry, own)),
    excludedAddresses: instance.virtual_ipaddress_excluded.map((entry) => virtualAddress(entry, own)),
  };
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
