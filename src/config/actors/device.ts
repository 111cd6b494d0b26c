import type { DeviceInput, DeviceSpec } from '../../machines/vrrp/input/device.ts';
import type { ObjectsInput } from '../../machines/vrrp/input/objects.ts';
import type { VirtualAddress } from '../../machines/vrrp/vrrp.effects.ts';
import { deviceNames } from '../../protocol/device-names.ts';
import { addressBits, familyOfIp, type IpFamily } from '../../protocol/ip.ts';
import type { ConfigTree, VrrpInstanceConfig } from '../model.ts';

/** Names that no further device can have. */
export type TakenNames = Set<string>;

/** Names that the configuration gives; those that are made up keep clear of them. */
export function namesGiven(tree: ConfigTree): TakenNames {
  const given = tree.vrrp_instance.flatMap(({ use_vmac, use_ipvlan }) => [use_vmac?.name, use_ipvlan?.name]);
  return new Set(given.filter((name) => typeof name === 'string'));
}

export interface Placed {
  readonly device: DeviceInput;
  /** With their addresses on the devices that carry them. */
  readonly objects: ObjectsInput;
}

/** keepalived sends from the address that an ipvlan is given. */
export function ipvlanSource({ use_ipvlan: ipvlan }: VrrpInstanceConfig): string | null {
  return ipvlan?.address?.split('/', 1)[0] ?? null;
}

/** What of an instance is asked for here. */
interface Context {
  readonly instance: VrrpInstanceConfig;
  readonly own: string;
  readonly virtualRouterId: number;
  readonly family: IpFamily;
  readonly objects: ObjectsInput;
  readonly tree: ConfigTree;
  readonly taken: TakenNames;
}

/** The devices of an instance, and which of its addresses each carries. Takes their names. */
export function placeOnDevices(context: Context): Placed {
  const { instance, own, objects } = context;
  const main = mainDevice(context);
  const extra = new Map<string, DeviceSpec>();
  const place = (vip: VirtualAddress, useVmac: boolean): VirtualAddress => {
    const family = familyOfIp(vip.address);
    const isOwn = vip.interface === own && family === context.family;
    // keepalived leaves the addresses of an instance with use_ipvlan on its interface.
    if (isOwn && instance.use_vmac !== null) return { ...vip, interface: main?.name ?? own };
    if (!useVmac && (isOwn || !instance.use_vmac_addr)) return vip;
    const key = `${family} ${vip.interface}`;
    const device = extra.get(key) ?? extraDevice(context, vip.interface, family);
    extra.set(key, device);
    return { ...vip, interface: device.name };
  };
  const placed = (
    addresses: readonly VirtualAddress[],
    entries: readonly { readonly use_vmac?: boolean }[],
  ) => addresses.map((vip, at) => place(vip, entries[at]?.use_vmac ?? false));
  const addresses = placed(objects.addresses, instance.virtual_ipaddress);
  const excludedAddresses = placed(objects.excludedAddresses, instance.virtual_ipaddress_excluded);
  const advertInterface = main === null || transmitsFromBase(instance) ? own : main.name;
  return {
    device: {
      devices: [...(main === null ? [] : [main]), ...extra.values()],
      advertInterface,
      blocked: instance.accept ? null : instance.dont_track_primary ? 'name' : 'index',
    },
    objects: { ...objects, addresses, excludedAddresses },
  };
}

/** keepalived: unicast adverts never leave from a virtual MAC. */
function transmitsFromBase({
  use_vmac: vmac,
  vmac_xmit_base: fromBase,
  unicast_peer: peers,
}: VrrpInstanceConfig) {
  return vmac !== null && (fromBase || peers.length > 0);
}

function mainDevice(context: Context): DeviceSpec | null {
  const { instance, own, virtualRouterId, family, tree, taken } = context;
  const { use_vmac: vmac, use_ipvlan: ipvlan } = instance;
  const given = vmac ?? ipvlan;
  if (given === null) return null;
  const { excludedAddresses } = context.objects;
  const prefix = tree.global_defs[0]?.vmac_prefix ?? 'vrrp';
  const name = given.name ?? unusedName(prefix, virtualRouterId, family, taken);
  const common = {
    name,
    named: given.name !== null,
    prefix,
    base: own,
    group: typeof given.group === 'number' ? given.group : null,
    family,
    ipv6: family === 'inet6' || excludedAddresses.some(({ address }) => familyOfIp(address) === 'inet6'),
  };
  if (vmac !== null) {
    const sends = family === 'inet6' && !transmitsFromBase(instance);
    return {
      ...common,
      device: { kind: 'macvlan', mac: vmac.mac ?? virtualMac(virtualRouterId, family) },
      linkLocal: sends ? (instance.mcast_src_ip ?? 'base') : null,
      address: null,
      notifiesBase: vmac.netlink_notify_msg,
    };
  }
  return {
    ...common,
    device: { kind: 'ipvlan', flags: ipvlan?.mode ?? 'bridge' },
    linkLocal: null,
    address: withPrefix(ipvlan?.address ?? null, family),
    notifiesBase: false,
  };
}

/** For an address on another interface, or of the other family, that shall have the virtual MAC all the same. */
function extraDevice(
  { instance, virtualRouterId, tree, taken }: Context,
  base: string,
  family: IpFamily,
): DeviceSpec {
  const globals = tree.global_defs[0];
  const prefix = globals?.vmac_addr_prefix ?? globals?.vmac_prefix ?? 'vrrp';
  return {
    name: unusedName(prefix, virtualRouterId, family, taken),
    named: false,
    prefix,
    base,
    device: { kind: 'macvlan', mac: instance.use_vmac?.mac ?? virtualMac(virtualRouterId, family) },
    group: null,
    family,
    ipv6: family === 'inet6',
    linkLocal: family === 'inet6' ? 'base' : null,
    address: null,
    notifiesBase: false,
  };
}

function unusedName(prefix: string, virtualRouterId: number, family: IpFamily, taken: TakenNames): string {
  for (const name of deviceNames(prefix, virtualRouterId, family === 'inet6')) {
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
  return prefix;
}

/** RFC 9568 section 7.3. */
function virtualMac(virtualRouterId: number, family: IpFamily): string {
  const last = virtualRouterId.toString(16).padStart(2, '0');
  return `00:00:5e:00:0${family === 'inet' ? 1 : 2}:${last}`;
}

function withPrefix(address: string | null, family: IpFamily): string | null {
  if (address === null || address.includes('/')) return address;
  return `${address}/${addressBits(family)}`;
}
