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
  const taken = new Map<string, Taker[]>();
  users.forEach((later, at) => {
    if (later.virtualRouterId === null) return;
    const own = later.vmac === null ? [] : [keyOf(later, later.interface, later.family)];
    const carrying = carriers(later);
    const earlier = [...own, ...carrying]
      .flatMap((key) => taken.get(key)?.find(({ user }) => areRivals(user, later)) ?? [])
      .reduce<Taker | null>((first, each) => (first === null || each.at < first.at ? each : first), null);
    if (earlier !== null) rivals.set(later.name, earlier.user.name);
    for (const key of carrying) take(taken, key, { at, user: later });
  });
  return rivals;
}

/** Who uses an interface; `at` is its place in the configuration. */
interface Taker {
  readonly at: number;
  readonly user: VmacUser;
}

/** Of those that others are rivals of for the same reasons the first will do, so that thousands of them are no matter. */
function take(taken: Map<string, Taker[]>, key: string, taker: Taker): void {
  const takers = taken.get(key) ?? [];
  taken.set(key, takers);
  const { group, family } = taker.user;
  const both = hasBoth(taker.user);
  const isKnown = takers.some(
    ({ user }) => user.group === group && user.family === family && hasBoth(user) === both,
  );
  if (!isKnown) takers.push(taker);
}

/** Of two that would use the same interface. */
function areRivals(earlier: VmacUser, later: VmacUser): boolean {
  if (earlier.group !== null && earlier.group === later.group) return false;
  return earlier.family === later.family || hasBoth(earlier) || hasBoth(later);
}

const hasBoth = ({ addresses, family }: VmacUser): boolean =>
  addresses.some(({ address }) => familyOfIp(address) !== family);

/** An interface of a virtual router: a MAC address on another interface; that of the standard follows from VRID and family. */
function keyOf({ virtualRouterId, vmac }: VmacUser, base: string, family: IpFamily): string {
  return `${virtualRouterId} ${base} ${vmac?.mac ?? family}`;
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
