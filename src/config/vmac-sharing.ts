/**
 * Virtual MAC interfaces that two instances would share. There is one of a MAC address on an interface, and what one instance
 * does to it would happen to the other: keepalived puts the later one of the two in FAULT (check_vmac_conflicts).
 */
import { familyOfIp, type IpFamily } from '../protocol/ip.ts';
import type { AddressEntry } from './registry/vrrp/address-line.ts';

/** An instance as far as its virtual MAC interfaces matter. */
export interface VmacUser {
  readonly name: string;
  readonly virtualRouterId: number | null;
  readonly interface: string;
  readonly family: IpFamily;
  readonly vmac: { readonly mac: string | null } | null;
  /** use_vmac_addr */
  readonly everywhere: boolean;
  readonly addresses: readonly AddressEntry[];
  /** Its sync group: members go the same way, so they may share. */
  readonly group: string | null;
}

/** By the name of an instance that stays in FAULT: the earlier one whose interface it would share. */
export function vmacRivals(users: readonly VmacUser[]): ReadonlyMap<string, string> {
  const rivals = new Map<string, string>();
  users.forEach((later, at) => {
    const earlier = users.slice(0, at).find((one) => areRivals(one, later));
    if (earlier !== undefined) rivals.set(later.name, earlier.name);
  });
  return rivals;
}

function areRivals(earlier: VmacUser, later: VmacUser): boolean {
  if (earlier.virtualRouterId === null || earlier.virtualRouterId !== later.virtualRouterId) return false;
  if (earlier.group !== null && earlier.group === later.group) return false;
  if (earlier.family !== later.family && !hasBoth(earlier) && !hasBoth(later)) return false;
  const taken = carriers(earlier);
  return [
    ...(later.vmac === null ? [] : [keyOf(later, later.interface, later.family)]),
    ...carriers(later),
  ].some((key) => taken.includes(key));
}

const hasBoth = ({ addresses, family }: VmacUser): boolean =>
  addresses.some(({ address }) => familyOfIp(address) !== family);

/** A MAC address on an interface; that of the standard follows from VRID and family. */
function keyOf({ vmac }: VmacUser, base: string, family: IpFamily): string {
  return `${base} ${vmac?.mac ?? family}`;
}

/** The virtual MAC interfaces that carry its addresses. */
function carriers(user: VmacUser): string[] {
  return user.addresses.flatMap((entry) => {
    const family = familyOfIp(entry.address);
    const base = entry.dev ?? user.interface;
    const isOwn = base === user.interface && family === user.family;
    const onVmac = isOwn
      ? user.vmac !== null || entry.use_vmac === true
      : entry.use_vmac === true || user.everywhere;
    return onVmac ? [keyOf(user, base, family)] : [];
  });
}
