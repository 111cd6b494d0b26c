/** What the Linux kernel holds for an instance while it is master. */
import {
  type KernelObjects,
  kernelObjects,
  type VirtualAddress,
  type VirtualRoute,
  type VirtualRule,
} from '../../kernel-objects.ts';

export type ObjectsInput = {
  /** False: the state of the instance's own interface does not matter (dont_track_primary). */
  readonly tracksPrimary: boolean;
  /** True: no multicast from a configured source that the interface does not hold (track_src_ip). */
  readonly tracksSource: boolean;
  /** Those that adverts list. */
  readonly addresses: readonly VirtualAddress[];
  /** Those that adverts do not list (virtual_ipaddress_excluded), of either family. */
  readonly excludedAddresses: readonly VirtualAddress[];
  readonly routes: readonly VirtualRoute[];
  readonly rules: readonly VirtualRule[];
  /** Removing an address leaves the others of its network in place (promote_secondaries). */
  readonly promotesSecondaries: boolean;
  /** Interfaces of groups whose static objects are this instance's business (track_group). */
  readonly groupInterfaces: readonly string[];
};

/** Every address of the instance, in the order in which they are added. */
export function heldAddresses(
  input: Pick<ObjectsInput, 'addresses' | 'excludedAddresses'>,
): readonly VirtualAddress[] {
  return [...input.addresses, ...input.excludedAddresses];
}

/** Everything that the instance holds while it is master. */
export function heldObjects(input: ObjectsInput): KernelObjects {
  return kernelObjects(heldAddresses(input), input.routes, input.rules);
}
