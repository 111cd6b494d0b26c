/** Which block of the old configuration goes on as which of the new one (keepalived 2.4.3), and what becomes of the rest. */
import { canonical, entriesOf, nameText, type PlainBlock } from '../plain.ts';
import type { BlockKeyword } from '../registry/spec.ts';
import type { BlockChange } from './compare.ts';

export type Change = 'kept' | 'changed' | 'added' | 'removed';

export interface ActorKind {
  /** Equal keys: the same actor before and after. */
  key(opener: BlockKeyword, values: PlainBlock): string;
  /** Blocks within that are actors themselves. */
  readonly inner: readonly string[];
  /** One sentence; '' for nothing to say. */
  readonly added: string;
  readonly removed: string;
  changed(change: BlockChange): string;
}

function addressOf(entry: unknown): string {
  const address = entry !== null && typeof entry === 'object' && 'address' in entry ? entry.address : entry;
  return typeof address === 'string' ? address : canonical(address);
}

function familyOf(values: PlainBlock): string {
  const first = entriesOf(values, 'virtual_ipaddress')[0];
  return (first !== undefined && addressOf(first).includes(':')) || values.native_ipv6 === true
    ? 'IPv6'
    : 'IPv4';
}

/**
 * What makes an instance the same one; its name does not. Devices of its own are made when it starts: with others it is
 * another one, also with unicast and ipvlans, where keepalived goes on with the former ones.
 */
export function instanceIdentity(values: PlainBlock): Readonly<Record<string, string>> {
  const unicast = entriesOf(values, 'unicast_peer').length > 0;
  const identity = {
    virtual_router_id: canonical(values.virtual_router_id),
    'address family': familyOf(values),
    interface: canonical(values.interface),
    'unicast or multicast': unicast ? 'unicast' : 'multicast',
    use_vmac: canonical(values.use_vmac ?? null),
    use_vmac_addr: canonical(values.use_vmac_addr ?? null),
    use_ipvlan: canonical(values.use_ipvlan ?? null),
  };
  if (unicast) return { ...identity, unicast_src_ip: canonical(values.unicast_src_ip ?? null) };
  return {
    ...identity,
    'multicast group': canonical([
      values.vrrp_mcast_group4 ?? values.mcast_dst_ip ?? null,
      values.vrrp_mcast_group6 ?? null,
    ]),
  };
}

const named = (opener: BlockKeyword, values: PlainBlock): string => nameText(opener, values);

const BY_NAME: ActorKind = {
  key: named,
  inner: [],
  added: 'is new',
  removed: 'is gone',
  changed: () => 'goes on with the new settings',
};

const INSTANCE: ActorKind = {
  key: (_opener, values) => canonical(instanceIdentity(values)),
  inner: [],
  added: 'starts as backup and waits its full time for a master',
  removed: 'sends priority 0 if it is master, and drops its addresses, routes and rules',
  changed: ({ settings, added, removed }) => {
    const keywords = new Set(settings.map(({ keyword }) => keyword));
    const parts = ['keeps its state; a master announces at once'];
    if (removed.length > 0) parts.push('what is removed is deleted from the kernel');
    if (added.some((line) => line.startsWith('virtual_ipaddress')))
      parts.push('a master adds the new addresses and sends gratuitous ARP for them');
    else if (added.length > 0) parts.push('a master adds what is new');
    if (keywords.has('priority')) parts.push('the new priority counts at once');
    return parts.join('; ');
  },
};

const SCRIPT: ActorKind = {
  ...BY_NAME,
  key: (opener, values) => canonical([named(opener, values), values.script ?? null, values.user ?? null]),
  added: 'counts as well until its first result, without init_fail',
  removed: 'is stopped',
  changed: () => 'keeps its result, mapped to the new rise and fall',
};

/** When a checker runs is no part of what it is. */
const CHECKER_TIMING = new Set([
  'delay_loop',
  'delay_loop_failing',
  'delay_loop_down',
  'warmup',
  'retry',
  'delay_before_retry',
  'alpha',
  'log_all_failures',
]);

const CHECKER: ActorKind = {
  ...BY_NAME,
  key: (_opener, values) =>
    canonical(Object.entries(values).filter(([keyword]) => !CHECKER_TIMING.has(keyword))),
  added: 'counts as well until it fails; with alpha only if no other checker has failed',
  removed: 'no longer counts: if no checker is left that failed, the server goes up at once',
  changed: () => 'keeps its state; when as many tries have failed as are allowed now, the next one counts',
};

const REAL_SERVER: ActorKind = {
  ...BY_NAME,
  inner: [
    'HTTP_GET',
    'SSL_GET',
    'TCP_CHECK',
    'SMTP_CHECK',
    'DNS_CHECK',
    'UDP_CHECK',
    'PING_CHECK',
    'MISC_CHECK',
    'FILE_CHECK',
    'BFD_CHECK',
    'AGENT_CHECK',
  ],
  added: 'is added at once; with alpha once its checkers have passed',
  removed: 'is removed from IPVS, with a notification that it is down',
  changed: () => 'keeps its health; weight and forwarding method are edited in place',
};

const KINDS: Readonly<Record<string, ActorKind>> = {
  vrrp_instance: INSTANCE,
  vrrp_sync_group: { ...BY_NAME, changed: () => 'keeps its state; nothing is notified unless it changes' },
  vrrp_script: SCRIPT,
  bfd_instance: {
    ...BY_NAME,
    added: 'starts down',
    removed: 'stops; the neighbour finds out when its detection time is over',
    changed: () => 'keeps its session; changed timers are negotiated',
  },
  virtual_server: {
    ...BY_NAME,
    inner: ['real_server', 'real_server_name'],
    added: 'is added to IPVS',
    removed: 'is removed from IPVS with its real servers, with notifications that they are down',
    changed: () =>
      'keeps its state; scheduler, flags and persistence are edited in place; the quorum is judged again',
  },
  real_server: REAL_SERVER,
  real_server_name: {
    ...REAL_SERVER,
    added: 'adds a real server for each of its addresses once they are known',
    removed: 'all real servers that it stands for are removed',
  },
};

export function actorKind(keyword: string): ActorKind {
  if (/^[A-Z]+_(CHECK|GET)$/.test(keyword)) return CHECKER;
  return Object.hasOwn(KINDS, keyword) ? (KINDS[keyword] ?? BY_NAME) : BY_NAME;
}

/** A change of one of these is refused at a reload: everything stays as it was. */
export const REFUSED_AT_RELOAD: readonly string[] = [
  'net_namespace',
  'net_namespace_ipvs',
  'instance',
  'nftables',
  'nftables_ipvs',
  'tmp_config_directory',
  'disable_local_igmp',
];
