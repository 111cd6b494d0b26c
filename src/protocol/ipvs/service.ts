/** Virtual services of IPVS: what is served, and how it is scheduled (IPVS_SVC_ATTR_*, linux/ip_vs.h). */
import { formatIpBytes, type IpFamily, ipBytes } from '../ip.ts';
import {
  attribute,
  decodeAttributes,
  joined,
  LITTLE_ENDIAN,
  nested,
  networkNumberOf,
  networkUint16,
  numberOf,
  text,
  textOf,
  uint16,
  uint32,
  viewOf,
} from '../netlink/attributes.ts';
import { decodeGeneric, encodeGeneric } from '../netlink/generic.ts';
import { familyByNumber, familyNumber } from '../rtnetlink/common.ts';
import { IPVS_CMD_ATTR_SERVICE, IPVS_VERSION } from './commands.ts';
import { decodeStats, type IpvsStats } from './stats.ts';

const ATTR_AF = 1;
const ATTR_PROTOCOL = 2;
const ATTR_ADDR = 3;
const ATTR_PORT = 4;
const ATTR_FWMARK = 5;
const ATTR_SCHED_NAME = 6;
const ATTR_FLAGS = 7;
const ATTR_TIMEOUT = 8;
const ATTR_NETMASK = 9;
const ATTR_STATS = 10;
const ATTR_PE_NAME = 11;
const ATTR_STATS64 = 12;

/** union nf_inet_addr: room for either family. */
const ADDRESS_LENGTH = 16;
const ALL_BITS = 0xffff_ffff;

const PROTOCOLS = { TCP: 6, UDP: 17, SCTP: 132 } as const;

export type ServiceProtocol = keyof typeof PROTOCOLS;

/** IP_VS_SVC_F_*: a connection stays with its server. It follows from a timeout. */
const FLAG_PERSISTENT = 0x1;
/** IP_VS_SVC_F_*, those that a configuration sets. */
export const SERVICE_FLAGS = { onePacket: 0x4, scheduler1: 0x8, scheduler2: 0x10, scheduler3: 0x20 } as const;
const SETTABLE_FLAGS = Object.values(SERVICE_FLAGS).reduce((all: number, flag) => all | flag, 0);

/** What the kernel tells one service from another by. */
export type ServiceTarget =
  | {
      readonly protocol: ServiceProtocol;
      readonly address: string;
      /** 0: every port. */
      readonly port: number;
    }
  | { readonly fwmark: number; readonly family: IpFamily };

export type ServiceSettings = {
  /** `wlc` and the like. */
  readonly scheduler: string;
  /** SERVICE_FLAGS together. */
  readonly flags: number;
  /** How long a client stays with its server; 0: for one connection. */
  readonly persistenceSeconds: number;
  /** Which clients count as one: a mask (IPv4) as a number, or the length of a prefix (IPv6). */
  readonly netmask: number;
  /** Persistence engine, `sip`; absent: none. */
  readonly engine?: string;
};

export type ServiceMessage = {
  readonly target: ServiceTarget;
  readonly settings: ServiceSettings;
  /** Computed when it is asked for: few need it. */
  readonly stats: () => IpvsStats;
};

export function familyOfTarget(target: ServiceTarget): IpFamily {
  if ('fwmark' in target) return target.family;
  return target.address.includes(':') ? 'inet6' : 'inet';
}

/** Every client by itself. */
export function wholeNetmask(family: IpFamily): number {
  return family === 'inet' ? ALL_BITS : 128;
}

/** Equal for equal targets, and as people name them: `10.0.0.1:tcp:80`, `FWM 5`, `FWM 5 inet6`. */
export function targetKey(target: ServiceTarget): string {
  if ('fwmark' in target) return `FWM ${target.fwmark}${target.family === 'inet6' ? ' inet6' : ''}`;
  return `[${target.address}]:${target.protocol.toLowerCase()}:${target.port}`;
}

/** Payload of a request about a service. Null if the address is malformed. */
export function encodeService(
  command: number,
  target: ServiceTarget,
  settings: ServiceSettings,
): Uint8Array | null {
  const service = serviceAttribute(target, settings);
  return service === null ? null : encodeGeneric(command, IPVS_VERSION, service);
}

/** Payload of a request that only names a service: its deletion. Null as above. */
export function encodeTarget(command: number, target: ServiceTarget): Uint8Array | null {
  const service = serviceAttribute(target, null);
  return service === null ? null : encodeGeneric(command, IPVS_VERSION, service);
}

/** The nested attribute; `settings` null: what it is called by alone. */
export function serviceAttribute(target: ServiceTarget, settings: ServiceSettings | null): Uint8Array | null {
  const named = targetAttributes(target);
  if (named === null) return null;
  const more = settings === null ? [] : settingsAttributes(settings, familyOfTarget(target));
  return nested(IPVS_CMD_ATTR_SERVICE, ...named, ...more);
}

function targetAttributes(target: ServiceTarget): Uint8Array[] | null {
  const family = uint16(ATTR_AF, familyNumber(familyOfTarget(target)));
  if ('fwmark' in target) return [family, uint32(ATTR_FWMARK, target.fwmark)];
  const address = paddedAddress(target.address);
  if (address === null) return null;
  return [
    family,
    uint16(ATTR_PROTOCOL, PROTOCOLS[target.protocol]),
    attribute(ATTR_ADDR, address),
    networkUint16(ATTR_PORT, target.port),
  ];
}

function settingsAttributes(settings: ServiceSettings, family: IpFamily): Uint8Array[] {
  const { scheduler, flags, persistenceSeconds, netmask, engine } = settings;
  const persistent = persistenceSeconds > 0 ? FLAG_PERSISTENT : 0;
  return [
    text(ATTR_SCHED_NAME, scheduler),
    // The second number says which flags the request speaks of: all.
    uint32(ATTR_FLAGS, flags | persistent, ALL_BITS),
    uint32(ATTR_TIMEOUT, persistenceSeconds),
    maskAttribute(netmask, family),
    ...(engine === undefined ? [] : [text(ATTR_PE_NAME, engine)]),
  ];
}

/** A mask stands in the order of the network, the length of a prefix in that of the host. */
function maskAttribute(netmask: number, family: IpFamily): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, netmask, family === 'inet6' && LITTLE_ENDIAN);
  return attribute(ATTR_NETMASK, bytes);
}

/** An address as it stands in attributes of IPVS; null if the text is no address. */
export function paddedAddress(address: string): Uint8Array | null {
  const bytes = ipBytes(address);
  return bytes === null ? null : joined(bytes, new Uint8Array(ADDRESS_LENGTH - bytes.length));
}

/** Null if it is too short. */
export function addressIn(value: Uint8Array | undefined, family: IpFamily): string | null {
  return value?.length === ADDRESS_LENGTH ? formatIpBytes(value, 0, family) : null;
}

/** A service that the kernel tells of. Null if it is malformed, or of a protocol that this codec does not know. */
export function decodeService(payload: Uint8Array): ServiceMessage | null {
  const outer = decodeGeneric(payload)?.attributes.get(IPVS_CMD_ATTR_SERVICE);
  const found = outer === undefined ? null : decodeAttributes(outer);
  const family = familyByNumber(numberOf(found?.get(ATTR_AF)) ?? 0);
  if (found === null || family === null) return null;
  const target = decodeTarget(found, family);
  if (target === null) return null;
  return {
    target,
    settings: decodeSettings(found, family),
    stats: () => decodeStats(found.get(ATTR_STATS64), found.get(ATTR_STATS)),
  };
}

function decodeTarget(found: ReadonlyMap<number, Uint8Array>, family: IpFamily): ServiceTarget | null {
  const fwmark = numberOf(found.get(ATTR_FWMARK));
  if (fwmark !== null) return { fwmark, family };
  const number = numberOf(found.get(ATTR_PROTOCOL));
  const protocol = (Object.keys(PROTOCOLS) as ServiceProtocol[]).find((name) => PROTOCOLS[name] === number);
  const address = addressIn(found.get(ATTR_ADDR), family);
  const port = networkNumberOf(found.get(ATTR_PORT));
  return protocol === undefined || address === null || port === null ? null : { protocol, address, port };
}

function decodeSettings(found: ReadonlyMap<number, Uint8Array>, family: IpFamily): ServiceSettings {
  const mask = found.get(ATTR_NETMASK);
  const flagBytes = found.get(ATTR_FLAGS);
  const flags = flagBytes?.length === 8 ? viewOf(flagBytes).getUint32(0, LITTLE_ENDIAN) : 0;
  const engine = found.get(ATTR_PE_NAME);
  const isPersistent = (flags & FLAG_PERSISTENT) !== 0;
  return {
    scheduler: textOf(found.get(ATTR_SCHED_NAME) ?? new Uint8Array()),
    flags: flags & SETTABLE_FLAGS,
    persistenceSeconds: isPersistent ? (numberOf(found.get(ATTR_TIMEOUT)) ?? 0) : 0,
    netmask:
      mask?.length !== 4
        ? wholeNetmask(family)
        : viewOf(mask).getUint32(0, family === 'inet6' && LITTLE_ENDIAN),
    ...(engine === undefined ? {} : { engine: textOf(engine) }),
  };
}
