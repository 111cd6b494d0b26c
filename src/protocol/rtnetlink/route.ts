/** Routes in rtnetlink (linux/rtnetlink.h), as keepalived asks for them. */
import { addressBits, type IpFamily } from '../ip.ts';
import {
  attribute,
  decodeAttributes,
  joined,
  LITTLE_ENDIAN,
  nested,
  numberOf,
  text,
  uint8,
  uint16,
  uint32,
  viewOf,
} from '../netlink/attributes.ts';
import { addressBytes, addressOf, familyByNumber, familyNumber } from './common.ts';
import { type Encap, encodeEncap, nestedEncap } from './encap.ts';

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;
export const RTNLGRP_IPV4_ROUTE = 7;
export const RTNLGRP_IPV6_ROUTE = 11;

const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_FLOW = 11;
const RTA_TABLE = 15;
const RTA_PREF = 20;
const RTA_ENCAP_TYPE = 21;
const RTA_ENCAP = 22;
const RTA_EXPIRES = 23;
const RTA_TTL_PROPAGATE = 26;

const RTNH_F_ONLINK = 4;
const RT_SCOPE_NOWHERE = 255;
const RTAX_LOCK = 1;
const RTAX_CC_ALGO = 16;

const RTMSG_LENGTH = 12;
const RTNEXTHOP_LENGTH = 8;
/** What IPv6 makes of a route without metric. */
const IPV6_METRIC = 1_024;

/** RTAX_* by what they mean. */
export const METRICS = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hoplimit: 10,
  initcwnd: 11,
  features: 12,
  rtoMin: 13,
  initrwnd: 14,
  quickack: 15,
  fastopenNoCookie: 17,
} as const;

export type MetricName = keyof typeof METRICS;

/** One of several ways of a route. */
export type RouteLeg = {
  readonly via?: string;
  readonly interface?: string;
  /** Share of this way, 1 to 256. */
  readonly weight: number;
  readonly onlink?: true;
  readonly encap?: Encap;
  readonly realms?: number;
};

/** A route; what is as by default is absent. Numbers are rtnetlink's. */
export type Route = {
  readonly family: IpFamily;
  /** RTN_*: 1 unicast, 6 blackhole ... */
  readonly type: number;
  /** `192.0.2.0/24`; absent: all addresses. */
  readonly to?: string;
  /** Source prefix that the route is for; IPv6. */
  readonly from?: string;
  readonly via?: string;
  readonly interface?: string;
  readonly preferredSource?: string;
  readonly table: number;
  readonly protocol: number;
  readonly scope?: number;
  readonly tos?: number;
  readonly metric?: number;
  readonly onlink?: true;
  readonly encap?: Encap;
  /** How long it stays; IPv6. */
  readonly expiresSec?: number;
  /** ICMPV6_ROUTER_PREF_*. */
  readonly preference?: number;
  readonly ttlPropagate?: 0 | 1;
  /** Realm of the source in the upper half, of the destination in the lower. */
  readonly realms?: number;
  /** In the kernel's own units: rtt in 1/8 ms, rttvar in 1/4 ms, rtoMin in ms. */
  readonly metrics?: { readonly [K in MetricName]?: number };
  readonly congestion?: string;
  /** Those of the metrics, and `congestion`, that the kernel must not change. */
  readonly locked?: readonly (MetricName | 'congestion')[];
  readonly legs?: readonly RouteLeg[];
  /** How it joins routes like it: `create` only if there is none; absent: before them. */
  readonly placement?: 'create' | 'append';
};

/** What of a notification tells which route it is about. */
export interface RouteMessage {
  readonly family: IpFamily;
  readonly to: string;
  readonly table: number;
  readonly protocol: number;
  readonly tos: number;
  readonly metric: number;
  /** Null for routes with several ways, or none. */
  readonly interfaceIndex: number | null;
}

type IndexOf = (name: string) => number | null;
const NO_BYTES = new Uint8Array();

/** A RTM_NEWROUTE or RTM_DELROUTE. Null if it is malformed or of another family. */
export function decodeRoute(payload: Uint8Array): RouteMessage | null {
  if (payload.length < RTMSG_LENGTH) return null;
  const view = viewOf(payload);
  const family = familyByNumber(view.getUint8(0));
  const found = decodeAttributes(payload, RTMSG_LENGTH);
  if (family === null || found === null) return null;
  const to = addressOf(found.get(RTA_DST) ?? new Uint8Array(addressBits(family) / 8));
  if (to === null) return null;
  return {
    family,
    to: `${to}/${view.getUint8(1)}`,
    table: numberOf(found.get(RTA_TABLE)) ?? view.getUint8(4),
    protocol: view.getUint8(5),
    tos: view.getUint8(3),
    metric: numberOf(found.get(RTA_PRIORITY)) ?? 0,
    interfaceIndex: numberOf(found.get(RTA_OIF)),
  };
}

/** Asks for the routes of a family that have this protocol; a socket without strict checks is told all routes. */
export function encodeRouteDump(family: IpFamily, protocol: number): Uint8Array {
  const bytes = new Uint8Array(RTMSG_LENGTH);
  bytes[0] = familyNumber(family);
  bytes[5] = protocol;
  return bytes;
}

/** What the kernel tells routes apart by, but for their interface: equal for a route and what is told of it. */
export function routeKey(route: Route | RouteMessage): string {
  const { family, table } = route;
  const metric = route.metric ?? 0;
  const all = family === 'inet' ? '0.0.0.0/0' : '::/0';
  const known = family === 'inet6' && metric === 0 ? IPV6_METRIC : metric;
  return `${route.to ?? all} table ${table} metric ${known} tos ${route.tos ?? 0}`;
}

/** As ip(8) would name it. */
export function routeText({ family, to, via, interface: dev, table, metric }: Route): string {
  const parts = [to ?? (family === 'inet' ? 'default' : '::/0')];
  if (via !== undefined) parts.push(`via ${via}`);
  if (dev !== undefined) parts.push(`dev ${dev}`);
  parts.push(`table ${table}`);
  if (metric !== undefined) parts.push(`metric ${metric}`);
  return parts.join(' ');
}

/** A request that cannot be made, and why. */
export interface Unencodable {
  readonly error: string;
  /** Set if it names an interface that does not exist: then the route does not exist either. */
  readonly missingInterface: boolean;
}

class Parts {
  readonly list: Uint8Array[] = [];
  unencodable: Unencodable | null = null;
  readonly #family: IpFamily;
  readonly #indexOf: IndexOf;

  constructor(family: IpFamily, indexOf: IndexOf) {
    this.#family = family;
    this.#indexOf = indexOf;
  }

  fail(error: string, missingInterface = false): void {
    this.unencodable ??= { error, missingInterface };
  }

  add(part: Uint8Array): void {
    this.list.push(part);
  }

  address(type: number, address: string): void {
    const parsed = addressBytes(address);
    if (parsed?.family === this.#family) this.add(attribute(type, parsed.bytes));
    else this.fail(`${address} is not an address of the route's family`);
  }

  /** Returns the length of the prefix. */
  prefix(type: number, prefix: string | undefined): number {
    if (prefix === undefined) return 0;
    const [address = '', length = ''] = prefix.split('/');
    this.address(type, address);
    return Number(length);
  }

  indexOf(name: string): number {
    const index = this.#indexOf(name);
    if (index === null) this.fail(`interface ${name} does not exist`, true);
    return index ?? 0;
  }

  encap(encap: Encap): void {
    const encoded = encodeEncap(encap);
    if (encoded === null) this.fail(`an address of encap ${encap.type} is malformed`);
    else this.list.push(nestedEncap(RTA_ENCAP, encoded), uint16(RTA_ENCAP_TYPE, encoded.type));
  }
}

/** A RTM_NEWROUTE request. */
export function encodeRoute(route: Route, indexOf: IndexOf): Uint8Array | Unencodable {
  const parts = new Parts(route.family, indexOf);
  const head = headOf(route, parts);
  head[6] = route.scope ?? 0;
  head[7] = route.type;
  addOptions(route, parts);
  const metrics = metricAttributes(route);
  if (metrics.length > 0) parts.add(nested(RTA_METRICS, ...metrics));
  if (route.legs !== undefined) {
    const legs = route.legs.map((leg) => encodeLeg(route.family, leg, parts, indexOf));
    parts.add(attribute(RTA_MULTIPATH, joined(...legs)));
  }
  return parts.unencodable ?? joined(head, ...parts.list);
}

/** A RTM_DELROUTE request, which names the route by what the kernel tells routes apart by. */
export function encodeRouteRemoval(route: Route, indexOf: IndexOf): Uint8Array | Unencodable {
  const parts = new Parts(route.family, indexOf);
  const head = headOf(route, parts);
  // Whatever the kernel made of the scope.
  head[6] = route.scope ?? RT_SCOPE_NOWHERE;
  head[7] = route.type;
  addWay(route, parts);
  return parts.unencodable ?? joined(head, ...parts.list);
}

/** What requests of both kinds begin with; scope and type are still 0. */
function headOf(route: Route, parts: Parts): Uint8Array {
  const { family, table, metric } = route;
  const toLength = parts.prefix(RTA_DST, route.to);
  const fromLength = parts.prefix(RTA_SRC, route.from);
  const head = new Uint8Array(RTMSG_LENGTH);
  head.set([
    familyNumber(family),
    toLength,
    fromLength,
    route.tos ?? 0,
    table < 256 ? table : 0,
    route.protocol,
  ]);
  viewOf(head).setUint32(8, route.onlink ? RTNH_F_ONLINK : 0, LITTLE_ENDIAN);
  if (table >= 256) parts.add(uint32(RTA_TABLE, table));
  if (metric !== undefined) parts.add(uint32(RTA_PRIORITY, metric));
  return head;
}

function addWay({ via, interface: dev, preferredSource }: Route, parts: Parts): void {
  if (preferredSource !== undefined) parts.address(RTA_PREFSRC, preferredSource);
  if (via !== undefined) parts.address(RTA_GATEWAY, via);
  if (dev !== undefined) parts.add(uint32(RTA_OIF, parts.indexOf(dev)));
}

function addOptions(route: Route, parts: Parts): void {
  const { encap, realms, expiresSec, preference, ttlPropagate } = route;
  addWay(route, parts);
  if (encap !== undefined) parts.encap(encap);
  if (realms !== undefined) parts.add(uint32(RTA_FLOW, realms));
  if (expiresSec !== undefined) parts.add(uint32(RTA_EXPIRES, expiresSec));
  if (preference !== undefined) parts.add(uint8(RTA_PREF, preference));
  if (ttlPropagate !== undefined) parts.add(uint8(RTA_TTL_PROPAGATE, ttlPropagate));
}

function metricAttributes({ metrics = {}, congestion, locked = [] }: Route): Uint8Array[] {
  const parts = (Object.keys(METRICS) as MetricName[]).flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [uint32(METRICS[name], value)];
  });
  if (congestion !== undefined) parts.push(text(RTAX_CC_ALGO, congestion));
  const bits = locked.map((name) => 1 << (name === 'congestion' ? RTAX_CC_ALGO : METRICS[name]));
  if (bits.length > 0)
    parts.push(
      uint32(
        RTAX_LOCK,
        bits.reduce((all, bit) => all | bit, 0),
      ),
    );
  return parts;
}

function encodeLeg(family: IpFamily, leg: RouteLeg, route: Parts, indexOf: IndexOf): Uint8Array {
  const parts = new Parts(family, indexOf);
  if (leg.via !== undefined) parts.address(RTA_GATEWAY, leg.via);
  if (leg.realms !== undefined) parts.add(uint32(RTA_FLOW, leg.realms));
  if (leg.encap !== undefined) parts.encap(leg.encap);
  const index = leg.interface === undefined ? 0 : parts.indexOf(leg.interface);
  if (parts.unencodable !== null) route.fail(parts.unencodable.error, parts.unencodable.missingInterface);
  const attributes = joined(NO_BYTES, ...parts.list);
  const head = new Uint8Array(RTNEXTHOP_LENGTH);
  const view = viewOf(head);
  view.setUint16(0, RTNEXTHOP_LENGTH + attributes.length, LITTLE_ENDIAN);
  view.setUint8(2, leg.onlink ? RTNH_F_ONLINK : 0);
  view.setUint8(3, leg.weight - 1);
  view.setInt32(4, index, LITTLE_ENDIAN);
  return joined(head, attributes);
}
