/** Destinations of IPVS services: the real servers (IPVS_DEST_ATTR_*, linux/ip_vs.h). */
import { familyOfIp, type IpFamily } from '../ip.ts';
import {
  attribute,
  decodeAttributes,
  nested,
  networkNumberOf,
  networkUint16,
  numberOf,
  uint8,
  uint16,
  uint32,
} from '../netlink/attributes.ts';
import { decodeGeneric, encodeGeneric } from '../netlink/generic.ts';
import { familyByNumber, familyNumber } from '../rtnetlink/common.ts';
import { IPVS_CMD_ATTR_DEST, IPVS_CMD_GET_DEST, IPVS_VERSION } from './commands.ts';
import { addressIn, encodeTarget, paddedAddress, type ServiceTarget, serviceAttribute } from './service.ts';
import { decodeStats, type IpvsStats } from './stats.ts';

const ATTR_ADDR = 1;
const ATTR_PORT = 2;
const ATTR_FWD_METHOD = 3;
const ATTR_WEIGHT = 4;
const ATTR_U_THRESH = 5;
const ATTR_L_THRESH = 6;
const ATTR_ACTIVE_CONNS = 7;
const ATTR_INACT_CONNS = 8;
const ATTR_PERSIST_CONNS = 9;
const ATTR_STATS = 10;
const ATTR_ADDR_FAMILY = 11;
const ATTR_STATS64 = 12;
const ATTR_TUN_TYPE = 13;
const ATTR_TUN_PORT = 14;
const ATTR_TUN_FLAGS = 15;

/** IP_VS_CONN_F_*: LOCAL and BYPASS are what other programs may ask for. */
const METHODS = { NAT: 0, LOCAL: 1, TUN: 2, DR: 3, BYPASS: 4 } as const;
const METHOD_MASK = 0x7;
const TUNNELS = { ipip: 0, gue: 1, gre: 2 } as const;
const CHECKSUMS = { nocsum: 0, csum: 1, remcsum: 2 } as const;

export type ForwardingMethod = keyof typeof METHODS;

/** How packets are wrapped; absent: in IP alone (ipip). */
export type Tunnel = {
  readonly type: keyof typeof TUNNELS;
  /** UDP port of a gue tunnel; else 0. */
  readonly port: number;
  readonly checksum: keyof typeof CHECKSUMS;
};

/** What tells one destination of a service from another. */
export type DestinationTarget = {
  readonly address: string;
  readonly port: number;
};

export type DestinationSettings = {
  readonly method: ForwardingMethod;
  readonly tunnel?: Tunnel;
  /** 0: no new connections. */
  readonly weight: number;
  /** Connections from which on it gets no more, and below which it gets new ones again; 0: no limit. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
};

export type DestinationMessage = {
  readonly target: DestinationTarget;
  readonly settings: DestinationSettings;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  /** Computed when it is asked for: few need it. */
  readonly stats: () => IpvsStats;
};

/** Equal for equal destinations of one service: `[10.0.0.2]:80`. */
export function destinationKey({ address, port }: DestinationTarget): string {
  return `[${address}]:${port}`;
}

/** Payload of a request that adds or changes a destination. Null if an address is malformed. */
export function encodeDestination(
  command: number,
  service: ServiceTarget,
  target: DestinationTarget,
  settings: DestinationSettings,
): Uint8Array | null {
  const { method, weight, upperThreshold, lowerThreshold, tunnel } = settings;
  return encodeWith(command, service, target, [
    uint32(ATTR_FWD_METHOD, METHODS[method]),
    uint32(ATTR_WEIGHT, weight),
    uint32(ATTR_U_THRESH, upperThreshold),
    uint32(ATTR_L_THRESH, lowerThreshold),
    ...(method === 'TUN' && tunnel !== undefined ? tunnelAttributes(tunnel) : []),
  ]);
}

/** Payload of a request that only names a destination: its deletion. Null as above. */
export function encodeDestinationTarget(
  command: number,
  service: ServiceTarget,
  target: DestinationTarget,
): Uint8Array | null {
  return encodeWith(command, service, target, []);
}

/** Asks for all destinations of a service. Null as above. */
export function encodeDestinationDump(service: ServiceTarget): Uint8Array | null {
  return encodeTarget(IPVS_CMD_GET_DEST, service);
}

function encodeWith(
  command: number,
  service: ServiceTarget,
  { address, port }: DestinationTarget,
  settings: readonly Uint8Array[],
): Uint8Array | null {
  const served = serviceAttribute(service, null);
  const padded = paddedAddress(address);
  if (served === null || padded === null) return null;
  const destination = nested(
    IPVS_CMD_ATTR_DEST,
    attribute(ATTR_ADDR, padded),
    networkUint16(ATTR_PORT, port),
    uint16(ATTR_ADDR_FAMILY, familyNumber(familyOfIp(address))),
    ...settings,
  );
  return encodeGeneric(command, IPVS_VERSION, served, destination);
}

function tunnelAttributes({ type, port, checksum }: Tunnel): Uint8Array[] {
  return [
    uint8(ATTR_TUN_TYPE, TUNNELS[type]),
    networkUint16(ATTR_TUN_PORT, port),
    uint16(ATTR_TUN_FLAGS, CHECKSUMS[checksum]),
  ];
}

/**
 * A destination that the kernel tells of. Kernels before 3.18 say nothing of its family, which is that of its service
 * then. Null if it is malformed.
 */
export function decodeDestination(payload: Uint8Array, serviceFamily: IpFamily): DestinationMessage | null {
  const outer = decodeGeneric(payload)?.attributes.get(IPVS_CMD_ATTR_DEST);
  const found = outer === undefined ? null : decodeAttributes(outer);
  if (found === null) return null;
  const number = (type: number): number => numberOf(found.get(type)) ?? 0;
  const family = familyByNumber(number(ATTR_ADDR_FAMILY)) ?? serviceFamily;
  const address = addressIn(found.get(ATTR_ADDR), family);
  const port = networkNumberOf(found.get(ATTR_PORT));
  if (address === null || port === null) return null;
  const method = nameOf(METHODS, number(ATTR_FWD_METHOD) & METHOD_MASK) ?? 'NAT';
  const tunnel = method === 'TUN' ? decodeTunnel(found) : null;
  return {
    target: { address, port },
    settings: {
      method,
      ...(tunnel === null ? {} : { tunnel }),
      weight: number(ATTR_WEIGHT),
      upperThreshold: number(ATTR_U_THRESH),
      lowerThreshold: number(ATTR_L_THRESH),
    },
    activeConnections: number(ATTR_ACTIVE_CONNS),
    inactiveConnections: number(ATTR_INACT_CONNS),
    persistentConnections: number(ATTR_PERSIST_CONNS),
    stats: () => decodeStats(found.get(ATTR_STATS64), found.get(ATTR_STATS)),
  };
}

/** Null for the plain tunnel. */
function decodeTunnel(found: ReadonlyMap<number, Uint8Array>): Tunnel | null {
  const type = nameOf(TUNNELS, numberOf(found.get(ATTR_TUN_TYPE)) ?? 0) ?? 'ipip';
  if (type === 'ipip') return null;
  const checksum = nameOf(CHECKSUMS, numberOf(found.get(ATTR_TUN_FLAGS)) ?? 0) ?? 'nocsum';
  return { type, port: networkNumberOf(found.get(ATTR_TUN_PORT)) ?? 0, checksum };
}

function nameOf<T extends Readonly<Record<string, number>>>(names: T, number: number): keyof T | null {
  return (Object.keys(names) as (keyof T)[]).find((name) => names[name] === number) ?? null;
}
