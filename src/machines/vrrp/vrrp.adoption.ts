/** Devices that are there already when an instance starts: which of them it takes over, and which names it leaves alone. */
import { deviceNames } from '../../protocol/device-names.ts';
import { MACVLAN_MODE_PRIVATE } from '../../protocol/rtnetlink/device.ts';
import type { DeviceSpec } from './input/device.ts';
import type { VirtualAddress } from './vrrp.effects.ts';
import type { VrrpInput } from './vrrp.input.ts';

/** What of a link matters here. */
export interface ExistingLink {
  readonly interface: string;
  readonly index: number;
  readonly kind: string | null;
  readonly mode: number | null;
  readonly baseIndex: number | null;
  readonly mac: string;
}

/**
 * keepalived: a macvlan with the right MAC address on the right interface is used under the name that it has; a name that an
 * interface of another kind has is given up for the next one that is free.
 */
function nameFor(
  spec: DeviceSpec,
  links: readonly ExistingLink[],
  virtualRouterId: number,
  taken: ReadonlySet<string>,
): string {
  const { device, base, family, prefix } = spec;
  const baseIndex = links.find((link) => link.interface === base)?.index;
  const match = links.find(
    (link) =>
      device.kind === 'macvlan' &&
      link.kind === 'macvlan' &&
      link.mode === MACVLAN_MODE_PRIVATE &&
      link.baseIndex === baseIndex &&
      link.mac === device.mac,
  );
  if (match !== undefined) return match.interface;
  const there = links.find((link) => link.interface === spec.name);
  // One that the configuration names is replaced if it is of this kind: the operator said so.
  if (there === undefined || (there.kind === device.kind && (spec.named || there.baseIndex === baseIndex))) {
    return spec.name;
  }
  for (const name of deviceNames(prefix, virtualRouterId, family === 'inet6')) {
    if (!taken.has(name) && links.every((link) => link.interface !== name)) return name;
  }
  return spec.name;
}

/** The input with the names that its devices have on this machine; itself if nothing changes. */
export function adoptDevices(
  input: VrrpInput,
  links: readonly ExistingLink[],
  taken: Set<string>,
): VrrpInput {
  const names = new Map<string, string>();
  for (const spec of input.devices) {
    const name = nameFor(spec, links, input.virtualRouterId, taken);
    taken.add(name);
    if (name !== spec.name) names.set(spec.name, name);
  }
  if (names.size === 0) return input;
  const renamed = (name: string): string => names.get(name) ?? name;
  const carried = (vip: VirtualAddress) => ({ ...vip, interface: renamed(vip.interface) });
  const { garpExtra } = input;
  return {
    ...input,
    devices: input.devices.map((spec) => ({ ...spec, name: renamed(spec.name) })),
    advertInterface: renamed(input.advertInterface),
    addresses: input.addresses.map(carried),
    excludedAddresses: input.excludedAddresses.map(carried),
    garpExtra: garpExtra === null ? null : { ...garpExtra, addresses: garpExtra.addresses.map(carried) },
    garpPaces: input.garpPaces.map((pace) => ({ ...pace, interface: renamed(pace.interface) })),
  };
}
