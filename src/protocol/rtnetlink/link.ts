/** Network interfaces in rtnetlink (linux/if_link.h). Attributes that are not named here are skipped. */
import { decodeAttributes, LITTLE_ENDIAN, numberOf, textOf, uint32, viewOf } from '../netlink/attributes.ts';

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTNLGRP_LINK = 1;

export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINK = 5;
export const IFLA_MASTER = 10;
export const IFLA_LINKINFO = 18;
export const IFLA_GROUP = 27;
export const IFLA_EXT_MASK = 29;
export const IFLA_LINK_NETNSID = 37;
export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;
/** Of macvlan, macvtap, ipvlan and ipvtap alike. */
export const IFLA_VLAN_MODE = 1;
export const IFLA_VRF_TABLE = 1;

const AF_UNSPEC = 0;
const RTEXT_FILTER_SKIP_STATS = 8;
export const IFINFOMSG_LENGTH = 16;

export interface LinkMessage {
  readonly index: number;
  readonly name: string;
  /** IFF_* (linux/if.h). */
  readonly flags: number;
  /** ARPHRD_* (linux/if_arp.h). */
  readonly hardwareType: number;
  /** `macvlan`, `vlan`, `veth` ...; null for interfaces of hardware. */
  readonly kind: string | null;
  /** Mode of a macvlan (MACVLAN_MODE_*) or an ipvlan (IPVLAN_MODE_*), null otherwise. */
  readonly mode: number | null;
  /** Interface that this one sits on, in this namespace; null if there is none, or it is in another one. */
  readonly baseIndex: number | null;
  /** Bridge, bond or VRF that has this one as a member. */
  readonly masterIndex: number | null;
  /** Routing table of a VRF, null otherwise. */
  readonly vrfTable: number | null;
  /** `02:00:5e:00:00:01`; empty if the interface has none. */
  readonly mac: string;
  readonly mtu: number;
  readonly group: number;
}

const WITH_MODE = ['macvlan', 'macvtap', 'ipvlan', 'ipvtap'];

/** A RTM_NEWLINK or RTM_DELLINK. Null if it is malformed, or a bridge's message about one of its ports. */
export function decodeLink(payload: Uint8Array): LinkMessage | null {
  if (payload.length < IFINFOMSG_LENGTH) return null;
  const view = viewOf(payload);
  // A port that leaves its bridge is announced by RTM_DELLINK of family AF_BRIDGE, but the link lives on.
  if (view.getUint8(0) !== AF_UNSPEC) return null;
  const found = decodeAttributes(payload, IFINFOMSG_LENGTH);
  const name = found?.get(IFLA_IFNAME);
  if (found === null || name === undefined) return null;
  const info = decodeAttributes(found.get(IFLA_LINKINFO) ?? new Uint8Array());
  const kindBytes = info?.get(IFLA_INFO_KIND);
  const kind = kindBytes === undefined ? null : textOf(kindBytes);
  const data = decodeAttributes(info?.get(IFLA_INFO_DATA) ?? new Uint8Array());
  const elsewhere = found.has(IFLA_LINK_NETNSID);
  const index = view.getInt32(4, LITTLE_ENDIAN);
  const base = numberOf(found.get(IFLA_LINK));
  return {
    index,
    name: textOf(name),
    flags: view.getUint32(8, LITTLE_ENDIAN),
    hardwareType: view.getUint16(2, LITTLE_ENDIAN),
    kind,
    mode: kind !== null && WITH_MODE.includes(kind) ? numberOf(data?.get(IFLA_VLAN_MODE)) : null,
    // Tunnels without a base name themselves or 0.
    baseIndex: elsewhere || base === 0 || base === index ? null : base,
    masterIndex: numberOf(found.get(IFLA_MASTER)),
    vrfTable: kind === 'vrf' ? numberOf(data?.get(IFLA_VRF_TABLE)) : null,
    mac: macOf(found.get(IFLA_ADDRESS)),
    mtu: numberOf(found.get(IFLA_MTU)) ?? 0,
    group: numberOf(found.get(IFLA_GROUP)) ?? 0,
  };
}

function macOf(bytes: Uint8Array | undefined): string {
  return Array.from(bytes ?? [], (octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/** Asks for all links, without their statistics. */
export function encodeLinkDump(): Uint8Array {
  const bytes = new Uint8Array(IFINFOMSG_LENGTH + 8);
  bytes.set(uint32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS), IFINFOMSG_LENGTH);
  return bytes;
}
