import type { ObjectsInput } from '../../machines/vrrp/input/objects.ts';
import type { VirtualAddress } from '../../machines/vrrp/vrrp.effects.ts';
import type { VrrpInstanceConfig } from '../model.ts';

export function objectsInput(instance: VrrpInstanceConfig, own: string): ObjectsInput {
  return { addresses: instance.virtual_ipaddress.map((entry) => virtualAddress(entry, own)) };
}

/** On its `dev`, else on the instance's interface. */
function virtualAddress(entry: VrrpInstanceConfig['virtual_ipaddress'][number], own: string): VirtualAddress {
  const { address, prefixLength, dev, no_track: untracked } = entry;
  return { address, prefixLength, interface: dev ?? own, ...(untracked ? { untracked } : {}) };
}
