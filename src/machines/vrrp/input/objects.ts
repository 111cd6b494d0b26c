/** What the Linux kernel holds for an instance while it is master. */
import type { VirtualAddress } from '../vrrp.effects.ts';

export type ObjectsInput = {
  /** False: the state of the instance's own interface does not matter (dont_track_primary). */
  readonly tracksPrimary: boolean;
  /** True: no multicast from a configured source that the interface does not hold (track_src_ip). */
  readonly tracksSource: boolean;
  /** Those that adverts list. */
  readonly addresses: readonly VirtualAddress[];
  /** Those that adverts do not list (virtual_ipaddress_excluded), of either family. */
  readonly excludedAddresses: readonly VirtualAddress[];
};

/** Every address of the instance, in the order in which they are added. */
export function heldAddresses(input: ObjectsInput): readonly VirtualAddress[] {
  return [...input.addresses, ...input.excludedAddresses];
}
