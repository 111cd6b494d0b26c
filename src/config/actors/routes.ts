/** Lines of routes and rules as the kernel is asked for them; options that are as by default are left out. */
import type { VirtualRoute, VirtualRule } from '../../machines/kernel-objects.ts';
import type { IpFamily } from '../../protocol/ip.ts';
import type { Encap } from '../../protocol/rtnetlink/encap.ts';
import type { MetricName, RouteLeg } from '../../protocol/rtnetlink/route.ts';
import type { Encap as EncapEntry } from '../registry/routes/encap.ts';
import type { Realms } from '../registry/routes/names.ts';
import { PROTOCOL_KEEPALIVED } from '../registry/routes/names.ts';
import type { Nexthop } from '../registry/routes/nexthop.ts';
import { ROUTE_TYPES, type RouteEntry } from '../registry/routes/route-line.ts';
import type { RuleEntry } from '../registry/routes/rule-line.ts';

/** Names that the machine does not know either are only left where nothing is asked of the kernel. */
const numeric = (value: number | string): number => (typeof value === 'number' ? value : 0);

/** The entries whose value is neither missing nor as by default. */
function given<T extends object>(values: { readonly [K in keyof T]: T[K] | null | undefined }): Partial<T> {
  const told = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(told) as Partial<T>;
}

const flagged = (flag: boolean): true | null => (flag ? true : null);
const unlessZero = (value: number): number | null => (value === 0 ? null : value);

/** `default` and `default6` are all addresses of the family. */
function prefixOf(text: string | null): string | null {
  return text === null || text === 'default' || text === 'default6' ? null : text;
}

function realmsOf(realms: Realms | null): number | null {
  if (realms === null) return null;
  return ((numeric(realms.from) << 16) | numeric(realms.to)) >>> 0;
}

export function virtualRoute(entry: RouteEntry): VirtualRoute {
  const { family, encap, congctl, 'ttl-propagate': propagate } = entry;
  const metrics = metricsOf(entry);
  const locked = lockedOf(entry);
  const legs = legsOf(entry);
  return {
    family,
    type: routeType(entry.type),
    table: numeric(entry.table),
    protocol: numeric(entry.protocol),
    ...given<VirtualRoute>({
      family,
      type: routeType(entry.type),
      table: numeric(entry.table),
      protocol: numeric(entry.protocol),
      to: prefixOf(entry.to),
      from: entry.from,
      via: entry.or === null ? entry.via : null,
      interface: entry.or === null ? entry.dev : null,
      preferredSource: entry.src,
      scope: unlessZero(numeric(entry.scope)),
      tos: unlessZero(numeric(entry.tos)),
      metric: entry.metric,
      onlink: flagged(entry.onlink),
      encap: encap === null ? null : encapOf(encap),
      expiresSec: entry.expires,
      preference: entry.pref,
      ttlPropagate: propagate === null ? null : propagate === 'enabled' ? 1 : 0,
      realms: realmsOf(entry.realms),
      metrics: Object.keys(metrics).length > 0 ? metrics : null,
      congestion: congctl?.value,
      locked: locked.length > 0 ? locked : null,
      legs: legs.length > 0 ? legs : null,
      placement: entry.add ? 'create' : entry.append ? 'append' : null,
      untracked: flagged(entry.no_track),
    }),
  };
}

function routeType(type: string): number {
  const number = ROUTE_TYPES.indexOf(type);
  return number < 0 ? Number(type) : number;
}

/** The kernel counts round trips in steps of its own. */
function metricsOf(entry: RouteEntry): NonNullable<VirtualRoute['metrics']> {
  const { rtt, rttvar, rto_min: rtoMin } = entry;
  return given<{ [K in MetricName]: number }>({
    mtu: entry.mtu?.value,
    window: entry.window,
    rtt: rtt === null ? null : Math.round(rtt.value / 125),
    rttvar: rttvar === null ? null : Math.round(rttvar.value / 250),
    ssthresh: entry.ssthresh?.value,
    cwnd: entry.cwnd?.value,
    advmss: entry.advmss?.value,
    reordering: entry.reordering?.value,
    hoplimit: entry.hoplimit,
    initcwnd: entry.initcwnd,
    features: entry.features === null ? null : 1,
    rtoMin: rtoMin === null ? null : Math.round(rtoMin.value / 1_000),
    initrwnd: entry.initrwnd,
    quickack: entry.quickack,
    fastopenNoCookie: entry.fastopen_no_cookie,
  });
}

function lockedOf(entry: RouteEntry): (MetricName | 'congestion')[] {
  const lockable = {
    mtu: entry.mtu,
    rtt: entry.rtt,
    rttvar: entry.rttvar,
    ssthresh: entry.ssthresh,
    cwnd: entry.cwnd,
    advmss: entry.advmss,
    reordering: entry.reordering,
    rtoMin: entry.rto_min,
    congestion: entry.congctl,
  };
  return (Object.keys(lockable) as (keyof typeof lockable)[]).filter((name) => lockable[name]?.lock === true);
}

/** `or` is a second gateway: then it and `via` are ways of one route. */
function legsOf({ via, or, dev, nexthop }: RouteEntry): RouteLeg[] {
  if (or === null) return (nexthop ?? []).map(legOf);
  const on = dev === null ? {} : { interface: dev };
  return [via, or]
    .filter((gateway) => gateway !== null)
    .map((gateway) => ({ via: gateway, ...on, weight: 1 }));
}

function legOf({ via, dev, weight, onlink, encap, realms }: Nexthop): RouteLeg {
  const rest = given<RouteLeg>({
    weight,
    via,
    interface: dev,
    onlink: flagged(onlink),
    encap: encap === null ? null : encapOf(encap),
    realms: realmsOf(realms),
  });
  return { weight, ...rest };
}

function encapOf(entry: EncapEntry): Encap {
  if (entry.type === 'mpls') return { type: 'mpls', labels: entry.labels };
  if (entry.type === 'ila') return { type: 'ila', locator: entry.locator };
  const { type, id, dst, src, flags } = entry;
  const ttl = type === 'ip' ? entry.ttl : entry.hoplimit;
  const tos = type === 'ip' ? entry.tos : entry.tc;
  const rest = given<Extract<Encap, { type: 'ip' | 'ip6' }>>({
    type,
    id,
    destination: dst,
    source: src,
    ttl,
    tos: tos === null ? null : numeric(tos),
    flags,
  });
  return { type, ...rest };
}

export function virtualRule(entry: RuleEntry): VirtualRule {
  const { family, action, fwmark, protocol } = entry;
  return {
    family,
    preference: entry.preference ?? 0,
    action,
    ...given<VirtualRule>({
      family,
      preference: entry.preference ?? 0,
      action,
      table: action === 'table' ? numeric(entry.table ?? 0) : null,
      goto: action === 'goto' ? entry.goto : null,
      inverted: flagged(entry.not),
      from: rulePrefix(entry.from, family),
      to: rulePrefix(entry.to, family),
      tos: unlessZero(numeric(entry.tos)),
      mark: fwmark === null ? null : { value: fwmark.mark, mask: fwmark.mask },
      realms: realmsOf(entry.realms),
      suppressPrefixLength: entry.suppress_prefixlength,
      suppressGroup: entry.suppress_ifgroup === null ? null : numeric(entry.suppress_ifgroup),
      inInterface: entry.iif,
      outInterface: entry.oif,
      tunnelId: entry['tunnel-id'],
      users: entry.uidrange,
      ipProtocol: entry.ipproto,
      sourcePorts: entry.sport,
      destinationPorts: entry.dport,
      protocol: protocol ?? (entry.no_track ? null : PROTOCOL_KEEPALIVED),
      untracked: flagged(entry.no_track),
    }),
  };
}

/** A prefix of no length is all addresses, as the kernel tells it. */
function rulePrefix(text: string, family: IpFamily): string | null {
  const all = family === 'inet' ? '0.0.0.0/0' : '::/0';
  return text === all ? null : prefixOf(text);
}
