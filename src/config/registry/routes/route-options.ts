/** Options of a route, as ip-route(8) has them; a later one counts more than an earlier. */
import { quoted } from '../../problems.ts';
import { exactIp } from '../ip-kinds.ts';
import { choice, flag, integer, word } from '../kinds.ts';
import { alias, deprecated, fixed, setting, unset } from '../rows.ts';
import type { Kind } from '../spec.ts';
import { encap } from './encap.ts';
import {
  ALL_DESTINATIONS,
  gateway,
  lockable,
  prefix,
  roundTrip,
  swallowing,
  UINT32,
  wordOrNumber,
} from './kinds.ts';
import { MAIN_TABLE, named, PROTOCOL_KEEPALIVED, realms } from './names.ts';
import { nexthops } from './nexthop.ts';

const COUNT = integer(0, UINT32);

function flagRow(meaning: string) {
  return setting({ kind: flag(), default: fixed(false, 'off'), meaning });
}

function row<T>(kind: Kind<T>, meaning: string) {
  return setting({ kind, default: unset(), meaning });
}

/** `[to] IP`, which nothing but MPLS could use. */
function translated(): Kind<string> {
  return {
    ...exactIp(),
    arguments: '[to] IP',
    read: (args) => {
      if (args.peek()?.text === 'to') args.next();
      const given = args.next();
      if (given === null) return args.missing('IP');
      args.report(
        'warning',
        'no-effect',
        args.keyword,
        `${quoted(args.keyword)} is for MPLS only: it is ignored`,
      );
      return given.text;
    },
  };
}

/** A second gateway: nexthop says it better. */
function otherGateway(): Kind<string> {
  const inner = gateway();
  return {
    ...inner,
    read: (args) => {
      args.report(
        'warning',
        'deprecated-keyword',
        args.keyword,
        `${quoted(args.keyword)} is deprecated: write 'nexthop' for each gateway`,
      );
      return inner.read(args);
    },
  };
}

/** The device of a VRF; `table` becomes its table, where the machine is known. */
function vrf(): Kind<string> {
  const inner = word('IFNAME');
  return {
    ...inner,
    read: (args) => {
      const place = args.peek();
      const name = inner.read(args);
      if (name === null || place === null || args.environment.vrf(name)?.table !== null) return name;
      return args.ignored('unknown-vrf', place, `there is no VRF ${quoted(place)}`);
    },
  };
}

export const ROUTE_OPTIONS = {
  to: row(prefix(ALL_DESTINATIONS), 'destination; the word may be left out'),
  inet: setting({ kind: swallowing(), default: fixed(false, 'off'), meaning: 'the route is of IPv4' }),
  inet6: setting({ kind: swallowing(), default: fixed(false, 'off'), meaning: 'the route is of IPv6' }),
  via: row(gateway(), 'gateway'),
  gw: deprecated('via'),
  or: row(otherGateway(), 'second gateway'),
  dev: row(word('IFNAME'), 'interface'),
  oif: alias('dev'),
  src: row(exactIp(), 'preferred source address'),
  from: row(prefix(), 'source that the route is for; IPv6'),
  as: row(translated(), 'nothing'),
  table: setting({
    kind: named('rt_tables', UINT32),
    default: fixed(MAIN_TABLE, 'main'),
    meaning: 'routing table',
  }),
  vrf: setting({
    kind: vrf(),
    default: unset(),
    meaning: 'the table of this VRF, looked up when the configuration is read',
  }),
  protocol: setting({
    kind: named('rt_protos', 255),
    default: fixed(PROTOCOL_KEEPALIVED, 'keepalived (18)'),
    meaning: 'who set the route; other than keepalived only with no_track',
  }),
  scope: setting({ kind: named('rt_scopes', 255), default: fixed(0, 'global'), meaning: 'scope; IPv4' }),
  tos: setting({ kind: named('rt_dsfield', 255), default: fixed(0), meaning: 'type of service; IPv4' }),
  dsfield: alias('tos'),
  metric: row(COUNT, 'the lowest of several routes is used'),
  priority: alias('metric'),
  preference: alias('metric'),
  onlink: flagRow('the gateway is on the link; IPv4'),
  encap: row(encap(), 'what packets are wrapped in'),
  expires: row({ ...COUNT, arguments: 'SECONDS', unit: 's' }, 'how long the route stays; IPv6'),
  mtu: row(lockable(COUNT), 'path MTU in bytes'),
  hoplimit: row(integer(0, 255), 'hop limit of packets'),
  advmss: row(lockable(COUNT), 'segment size to advertise in bytes'),
  rtt: row(lockable(roundTrip(125)), 'first round trip time'),
  rttvar: row(lockable(roundTrip(250)), 'first variance of the round trip time'),
  rto_min: row(lockable(roundTrip(1_000)), 'least time before a retransmission'),
  reordering: row(lockable(COUNT), 'reordering that is not loss'),
  window: row(COUNT, 'largest window to advertise in bytes'),
  cwnd: row(lockable(COUNT), 'largest congestion window'),
  ssthresh: row(lockable(COUNT), 'slow start threshold'),
  initcwnd: row(COUNT, 'first congestion window'),
  initrwnd: row(COUNT, 'first receive window'),
  realms: row(realms(), 'routing realms; IPv4'),
  features: row(choice('ecn'), 'features of TCP'),
  quickack: row(integer(0, 1), 'acknowledge at once'),
  congctl: row(lockable(word()), 'congestion control'),
  pref: row(wordOrNumber({ low: 3, medium: 0, high: 1 }, 255), 'router preference; IPv6'),
  'ttl-propagate': row(choice('enabled', 'disabled'), 'pass the TTL on to MPLS'),
  fastopen_no_cookie: row(integer(0, 1), 'TCP fast open without cookie'),
  add: flagRow('only if there is no such route'),
  prepend: flagRow('before routes like it; this is the default'),
  append: flagRow('after routes like it'),
  no_track: flagRow('the deletion of the route does not matter'),
  nexthop: row(nexthops(), 'one of several gateways; nothing else may follow'),
};

/** Those of static routes. */
export const STATIC_ROUTE_OPTIONS = {
  ...ROUTE_OPTIONS,
  track_group: row(word(), 'instances that fail if the route cannot be kept; needs dev'),
};
