/** Addresses, routes and rules as keepalived's dumps and JSON write them. */
import type { VrrpInstanceConfig } from '../../config/model.ts';

type Address = VrrpInstanceConfig['virtual_ipaddress'][number];
type Route = VrrpInstanceConfig['virtual_routes'][number];
type Rule = VrrpInstanceConfig['virtual_rules'][number];

const SCOPE_NAMES: Readonly<Record<number, string>> = {
  0: 'global',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
};

const MAIN_TABLE = 254;

/** `192.0.2.1/24 dev eth0 scope global set`. `own`: the interface of an address that names none. */
export function addressText(entry: Address, own: string, isSet: boolean): string {
  const isIpv6 = entry.address.includes(':');
  const words = [
    withPrefix(entry.address, entry.prefixLength),
    entry.broadcast !== null && !isIpv6 && `brd ${entry.broadcast}`,
    `dev ${entry.dev ?? own}`,
    entry.use_vmac === true && 'use_vmac',
    `scope ${SCOPE_NAMES[entry.scope] ?? entry.scope}`,
    entry.label !== null && `label ${entry.label}`,
    entry.peer !== null && `peer ${entry.peer.address}/${entry.peer.prefixLength}`,
    entry.home && 'home',
    entry['-nodad'] && '-nodad',
    entry.mngtmpaddr && 'mngtmpaddr',
    entry.noprefixroute && 'noprefixroute',
    entry.autojoin && 'autojoin',
    entry.no_track && 'no_track',
    given('track_group', entry.track_group),
    isIpv6 && lifetimeText(entry.preferred_lft),
    isSet && 'set',
  ];
  return joined(words);
}

function lifetimeText(lifetime: Address['preferred_lft']): string {
  return lifetime === 0 ? 'deprecated' : `preferred_lft ${lifetime}`;
}

/** A whole prefix is not written. */
function withPrefix(address: string, prefixLength: number): string {
  return prefixLength === (address.includes(':') ? 128 : 32) ? address : `${address}/${prefixLength}`;
}

function withoutWhole(prefix: string): string {
  const [address = '', length] = prefix.split('/');
  return length === undefined ? prefix : withPrefix(address, Number(length));
}

function joined(words: readonly (string | false | null | undefined)[]): string {
  return words.filter((word) => typeof word === 'string' && word !== '').join(' ');
}

/** `N name` for each option that was given, in this order. */
const ROUTE_NUMBERS = [
  'mtu',
  'window',
  'ssthresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'initrwnd',
] as const;

/** `prepend 198.51.100.0/24 via inet 192.0.2.254 dev eth0 proto 18`. */
export function routeText(entry: Route): string {
  const numbers = ROUTE_NUMBERS.map((option) => given(option, entry[option]));
  const words = [
    entry.add ? 'add' : entry.append ? 'append' : 'prepend',
    entry.type !== 'unicast' && entry.type,
    entry.to.startsWith('default') ? 'default' : withoutWhole(entry.to),
    given('from', entry.from),
    given('src', entry.src),
    entry.tos !== 0 && `tos ${entry.tos}`,
    viaText(entry.via),
    given('dev', entry.dev),
    entry.table !== MAIN_TABLE && given('table', entry.table),
    `proto ${entry.protocol}`,
    entry.scope !== 0 && `scope ${entry.scope}`,
    given('metric', entry.metric),
    entry.onlink && 'onlink',
    ...numbers,
    ...(entry.nexthop ?? []).map(legText),
    entry.no_track && 'no_track',
    given('track_group', entry.track_group),
  ];
  return joined(words);
}

function legText({ via, dev, weight, onlink }: NonNullable<Route['nexthop']>[number]): string {
  const leg = ['nexthop', viaText(via), given('dev', dev), weight !== 1 && `weight ${weight}`];
  return joined([...leg, onlink && 'onlink']);
}

function viaText(via: unknown): string {
  if (via === null || via === undefined) return '';
  const address = valueText(via);
  return `via ${address.includes(':') ? 'inet6' : 'inet'} ${address}`;
}

/** `from 192.0.2.1 priority 4000 tos 0x0 protocol 18 lookup 100`. */
export function ruleText(entry: Rule): string {
  const words = [
    entry.not && 'not',
    `from ${isAll(entry.from) ? 'all' : withoutWhole(valueText(entry.from))}`,
    !isAll(entry.to) && `to ${withoutWhole(valueText(entry.to))}`,
    given('priority', entry.preference),
    `tos 0x${Number(entry.tos).toString(16)}`,
    given('fwmark', entry.fwmark),
    given('iif', entry.iif),
    given('oif', entry.oif),
    given('suppress_prefixlength', entry.suppress_prefixlength),
    given('suppress_ifgroup', entry.suppress_ifgroup),
    given('tunnel-id', entry['tunnel-id']),
    given('uidrange', entry.uidrange),
    entry.l3mdev && 'l3mdev',
    `protocol ${entry.protocol}`,
    given('ipproto', entry.ipproto),
    given('sport', entry.sport),
    given('dport', entry.dport),
    given('realms', entry.realms),
    actionText(entry),
    entry.no_track && 'no_track',
  ];
  return joined(words);
}

function isAll(address: unknown): boolean {
  return address === null || ['default', 'all', 'any'].includes(String(address));
}

function actionText(entry: Rule): string {
  if (entry.goto !== null) return `goto ${entry.goto}`;
  if (entry.nop) return 'nop';
  if (entry.action === 'table') return `lookup ${entry.table}`;
  return `type ${entry.action}`;
}

function given(name: string, value: unknown): string {
  return value === null || value === undefined ? '' : `${name} ${valueText(value)}`;
}

function valueText(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value);
  if ('value' in value) return `${'lock' in value && value.lock === true ? 'lock ' : ''}${value.value}`;
  if ('start' in value && 'end' in value) return `${value.start}-${value.end}`;
  if ('address' in value) return String(value.address);
  return Object.values(value).join('/');
}

/** `'/bin/check' 'an argument'`; null: there is none. */
export function commandText(script: unknown): string | null {
  if (script === null || typeof script !== 'object' || !('command' in script)) return null;
  const { command } = script;
  if (!Array.isArray(command) || command.length === 0) return null;
  return command.map((word) => `'${String(word)}'`).join(' ');
}
