/** Requests that make, change and delete macvlan and ipvlan devices (linux/if_link.h). */
import { parseMac } from '../arp.ts';
import {
  attribute,
  joined,
  LITTLE_ENDIAN,
  nested,
  text,
  uint8,
  uint16,
  uint32,
  viewOf,
} from '../netlink/attributes.ts';
import { AF_INET6 } from './common.ts';
import {
  IFINFOMSG_LENGTH,
  IFLA_ADDRESS,
  IFLA_GROUP,
  IFLA_IFNAME,
  IFLA_INFO_DATA,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINKINFO,
  IFLA_MASTER,
  IFLA_VLAN_MODE,
} from './link.ts';

/** Frames never go from one macvlan of an interface to another, and each hears what has its own address. */
export const MACVLAN_MODE_PRIVATE = 1;
export const IPVLAN_MODE_L2 = 0;
export type IpvlanFlags = 'bridge' | 'private' | 'vepa';

const IPVLAN_FLAGS: Readonly<Record<IpvlanFlags, number>> = { bridge: 0, private: 1, vepa: 2 };
const IFLA_IPVLAN_FLAGS = 2;
const IFLA_AF_SPEC = 26;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
const IFF_UP = 1;

/** struct ifinfomsg. */
function head(index: number, flags = 0, change = 0): Uint8Array {
  const bytes = new Uint8Array(IFINFOMSG_LENGTH);
  const view = viewOf(bytes);
  view.setInt32(4, index, LITTLE_ENDIAN);
  view.setUint32(8, flags, LITTLE_ENDIAN);
  view.setUint32(12, change, LITTLE_ENDIAN);
  return bytes;
}

/** The kind of a device with what it needs to be of this kind. */
export type DeviceKind =
  | { readonly kind: 'macvlan'; readonly mac: string }
  | { readonly kind: 'ipvlan'; readonly flags: IpvlanFlags };

export interface NewDevice {
  readonly device: DeviceKind;
  readonly name: string;
  readonly baseIndex: number;
  readonly group: number;
  /** VRF that the base belongs to; null: none. */
  readonly masterIndex: number | null;
}

function linkInfo(device: DeviceKind): Uint8Array {
  const data =
    device.kind === 'macvlan'
      ? [uint32(IFLA_VLAN_MODE, MACVLAN_MODE_PRIVATE)]
      : [uint16(IFLA_VLAN_MODE, IPVLAN_MODE_L2), uint16(IFLA_IPVLAN_FLAGS, IPVLAN_FLAGS[device.flags])];
  return nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, device.kind), nested(IFLA_INFO_DATA, ...data));
}

/** The address attribute; empty for kinds that have none of their own. Null if it is malformed. */
function addressOf(device: DeviceKind): Uint8Array | null {
  if (device.kind === 'ipvlan') return new Uint8Array();
  const mac = parseMac(device.mac);
  return mac === null ? null : attribute(IFLA_ADDRESS, mac);
}

/** A RTM_NEWLINK that makes a device. Null if its address is malformed. */
export function encodeDevice(created: NewDevice): Uint8Array | null {
  const { device, name, baseIndex, group, masterIndex } = created;
  const address = addressOf(device);
  if (address === null) return null;
  return joined(
    head(0),
    uint32(IFLA_LINK, baseIndex),
    text(IFLA_IFNAME, name),
    uint32(IFLA_GROUP, group),
    address,
    linkInfo(device),
    masterIndex === null ? new Uint8Array() : uint32(IFLA_MASTER, masterIndex),
  );
}

/** A RTM_NEWLINK that gives a macvlan that is there its mode, address, group and master. Null if malformed. */
export function encodeDeviceUpdate(
  index: number,
  { device, group, masterIndex }: Omit<NewDevice, 'name' | 'baseIndex'>,
): Uint8Array | null {
  const address = addressOf(device);
  if (address === null) return null;
  return joined(
    head(index),
    linkInfo(device),
    uint32(IFLA_GROUP, group),
    address,
    uint32(IFLA_MASTER, masterIndex ?? 0),
  );
}

/**
 * A RTM_NEWLINK after which the kernel gives the device no IPv6 address of its own: one made of a virtual router's MAC
 * would be on two routers (RFC 9568 section 7.4). To be sent before the device is set up, and after it was made: the
 * kernel does not look at it while it makes one.
 */
export function encodeNoGeneratedAddress(index: number): Uint8Array {
  const none = uint8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
  return joined(head(index), nested(IFLA_AF_SPEC, nested(AF_INET6, none)));
}

/** A RTM_NEWLINK that sets a device up. */
export function encodeUp(index: number): Uint8Array {
  return head(index, IFF_UP, IFF_UP);
}

/** A RTM_NEWLINK that sets the group of an interface: even if nothing changes, the kernel tells everybody who listens. */
export function encodeGroup(index: number, group: number): Uint8Array {
  return joined(head(index), uint32(IFLA_GROUP, group));
}

/** A RTM_DELLINK. */
export function encodeDeviceRemoval(index: number): Uint8Array {
  return head(index);
}
