/** What IPVS has once for a network namespace: daemons that synchronize connections, timeouts, and what it tells of itself. */
import { formatIpBytes, ipBytes } from '../ip.ts';
import {
  attribute,
  decodeAttributes,
  nested,
  numberOf,
  text,
  textOf,
  uint8,
  uint16,
  uint32,
} from '../netlink/attributes.ts';
import { decodeGeneric, encodeGeneric } from '../netlink/generic.ts';
import {
  IPVS_CMD_ATTR_DAEMON,
  IPVS_CMD_ATTR_TIMEOUT_TCP,
  IPVS_CMD_ATTR_TIMEOUT_TCP_FIN,
  IPVS_CMD_ATTR_TIMEOUT_UDP,
  IPVS_CMD_DEL_DAEMON,
  IPVS_CMD_NEW_DAEMON,
  IPVS_CMD_SET_CONFIG,
  IPVS_VERSION,
} from './commands.ts';

const ATTR_STATE = 1;
const ATTR_MCAST_IFN = 2;
const ATTR_SYNC_ID = 3;
const ATTR_SYNC_MAXLEN = 4;
const ATTR_MCAST_GROUP = 5;
const ATTR_MCAST_GROUP6 = 6;
const ATTR_MCAST_PORT = 7;
const ATTR_MCAST_TTL = 8;

/** IP_VS_STATE_*: who tells its connections, and who listens. */
const ROLES = { master: 1, backup: 2 } as const;
export type SyncRole = keyof typeof ROLES;

/** A daemon that tells or hears of connections by multicast. What is absent is the kernel's choice. */
export type SyncDaemon = {
  readonly interface: string;
  /** 0: whatever is heard; else 1 to 255. */
  readonly syncId: number;
  /** Bytes of a packet. */
  readonly maxLength?: number;
  readonly port?: number;
  readonly ttl?: number;
  readonly group?: string;
};

export type SyncDaemonMessage = SyncDaemon & { readonly role: SyncRole };

/** Payload of a request to start a daemon. Null if its group is no address. */
export function encodeDaemonStart(role: SyncRole, daemon: SyncDaemon): Uint8Array | null {
  const { maxLength, port, ttl, group } = daemon;
  const bytes = group === undefined ? undefined : ipBytes(group);
  if (bytes === null) return null;
  return encodeGeneric(
    IPVS_CMD_NEW_DAEMON,
    IPVS_VERSION,
    nested(
      IPVS_CMD_ATTR_DAEMON,
      uint32(ATTR_STATE, ROLES[role]),
      text(ATTR_MCAST_IFN, daemon.interface),
      uint32(ATTR_SYNC_ID, daemon.syncId),
      ...(maxLength === undefined ? [] : [uint16(ATTR_SYNC_MAXLEN, maxLength)]),
      ...(port === undefined ? [] : [uint16(ATTR_MCAST_PORT, port)]),
      ...(ttl === undefined ? [] : [uint8(ATTR_MCAST_TTL, ttl)]),
      ...(bytes === undefined
        ? []
        : [attribute(bytes.length === 4 ? ATTR_MCAST_GROUP : ATTR_MCAST_GROUP6, bytes)]),
    ),
  );
}

/** Payload of a request to stop the daemon of this role. */
export function encodeDaemonStop(role: SyncRole): Uint8Array {
  const daemon = nested(IPVS_CMD_ATTR_DAEMON, uint32(ATTR_STATE, ROLES[role]));
  return encodeGeneric(IPVS_CMD_DEL_DAEMON, IPVS_VERSION, daemon);
}

/** A daemon that the kernel tells of. Null if it is malformed. */
export function decodeDaemon(payload: Uint8Array): SyncDaemonMessage | null {
  const outer = decodeGeneric(payload)?.attributes.get(IPVS_CMD_ATTR_DAEMON);
  const found = outer === undefined ? null : decodeAttributes(outer);
  const state = numberOf(found?.get(ATTR_STATE));
  const role = (Object.keys(ROLES) as SyncRole[]).find((name) => ROLES[name] === state);
  const interfaceName = found?.get(ATTR_MCAST_IFN);
  if (found === null || role === undefined || interfaceName === undefined) return null;
  const numbers = {
    maxLength: numberOf(found.get(ATTR_SYNC_MAXLEN)),
    port: numberOf(found.get(ATTR_MCAST_PORT)),
    ttl: numberOf(found.get(ATTR_MCAST_TTL)),
  };
  const group = groupOf(found);
  return {
    role,
    interface: textOf(interfaceName),
    syncId: numberOf(found.get(ATTR_SYNC_ID)) ?? 0,
    ...(numbers.maxLength === null ? {} : { maxLength: numbers.maxLength }),
    ...(numbers.port === null ? {} : { port: numbers.port }),
    ...(numbers.ttl === null ? {} : { ttl: numbers.ttl }),
    ...(group === null ? {} : { group }),
  };
}

function groupOf(found: ReadonlyMap<number, Uint8Array>): string | null {
  const inet = found.get(ATTR_MCAST_GROUP);
  const inet6 = found.get(ATTR_MCAST_GROUP6);
  if (inet?.length === 4) return formatIpBytes(inet, 0, 'inet');
  return inet6?.length === 16 ? formatIpBytes(inet6, 0, 'inet6') : null;
}

/** How long a connection is remembered without a packet; 0 in a request: as it is. */
export type IpvsTimeouts = {
  readonly tcpSeconds: number;
  readonly tcpFinSeconds: number;
  readonly udpSeconds: number;
};

/** Payload of a request that sets them. */
export function encodeTimeouts({ tcpSeconds, tcpFinSeconds, udpSeconds }: IpvsTimeouts): Uint8Array {
  return encodeGeneric(
    IPVS_CMD_SET_CONFIG,
    IPVS_VERSION,
    uint32(IPVS_CMD_ATTR_TIMEOUT_TCP, tcpSeconds),
    uint32(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, tcpFinSeconds),
    uint32(IPVS_CMD_ATTR_TIMEOUT_UDP, udpSeconds),
  );
}

/** Null if it is malformed. A protocol that the kernel was built without has 0. */
export function decodeTimeouts(payload: Uint8Array): IpvsTimeouts | null {
  const found = decodeGeneric(payload)?.attributes;
  if (found === undefined) return null;
  const seconds = (type: number): number => numberOf(found.get(type)) ?? 0;
  return {
    tcpSeconds: seconds(IPVS_CMD_ATTR_TIMEOUT_TCP),
    tcpFinSeconds: seconds(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN),
    udpSeconds: seconds(IPVS_CMD_ATTR_TIMEOUT_UDP),
  };
}

export type IpvsInfo = {
  /** `1.2.1` */
  readonly version: string;
  /** Buckets of the table of connections. */
  readonly connectionTableSize: number;
};

/** The answer to IPVS_CMD_GET_INFO. Null if it is malformed. */
export function decodeInfo(payload: Uint8Array): IpvsInfo | null {
  const found = decodeGeneric(payload)?.attributes;
  const version = numberOf(found?.get(1));
  if (version === null) return null;
  return {
    version: `${(version >>> 16) & 255}.${(version >>> 8) & 255}.${version & 255}`,
    connectionTableSize: numberOf(found?.get(2)) ?? 0,
  };
}
