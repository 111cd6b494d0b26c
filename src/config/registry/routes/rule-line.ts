/** Lines of virtual_rules and static_rules: `[options] ACTION`, as ip-rule(8). */
import type { IpFamily } from '../../../protocol/ip.ts';
import type { Arguments } from '../../arguments.ts';
import { quoted, type Word } from '../../problems.ts';
import { flag, integer, word } from '../kinds.ts';
import { alias, fixed, setting, unset } from '../rows.ts';
import type { Kind, LineSpec } from '../spec.ts';
import {
  ALL_ADDRESSES,
  anyBase,
  familyOf,
  fwmark,
  numberRange,
  prefix,
  swallowing,
  UINT32,
  uint64,
} from './kinds.ts';
import { lookUpNumber, named, PROTOCOL_KEEPALIVED, realms } from './names.ts';
import {
  findOption,
  formatOptions,
  type Given,
  type GivenOption,
  type OptionValues,
  readOption,
  reportUnknownWord,
  valuesOf,
} from './options.ts';

function row<T>(kind: Kind<T>, meaning: string) {
  return setting({ kind, default: unset(), meaning });
}

function flagRow(meaning: string) {
  return setting({ kind: flag(), default: fixed(false, 'off'), meaning });
}

/** Actions that `type` may stand before. */
const TYPED_ACTIONS = ['goto', 'nop', 'blackhole', 'prohibit', 'unreachable'];

/** A word that says nothing, as the action follows. */
function actionWord(): Kind<string> {
  return {
    arguments: 'ACTION',
    range: TYPED_ACTIONS.join(', '),
    unit: '',
    choices: TYPED_ACTIONS,
    secret: false,
    read: (args) => {
      const action = args.peek();
      if (action === null) return args.missing('ACTION');
      if (TYPED_ACTIONS.includes(action.text)) return action.text;
      const message = `${quoted(args.keyword)} must be followed by ${TYPED_ACTIONS.join(', ')}, not ${quoted(action)}`;
      return args.ignored('unknown-option', action, message);
    },
    format: () => null,
  };
}

/** Numbers of IP protocols that every machine has names for. */
const IP_PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  ospf: 89,
  ipip: 94,
  vrrp: 112,
  sctp: 132,
  udplite: 136,
};

function ipProtocol(): Kind<number> {
  return {
    ...integer(0, 255),
    arguments: 'NAME|N',
    range: '0 to 255, or a name such as tcp',
    choices: Object.keys(IP_PROTOCOLS),
    read: (args) => {
      const given = args.next();
      if (given === null) return args.missing('NAME|N');
      const name = given.text.toLowerCase();
      const known = Object.hasOwn(IP_PROTOCOLS, name) ? IP_PROTOCOLS[name] : undefined;
      const number = known ?? lookUpNumber(args, 'rt_tables', /^[0-9]/.test(name) ? name : '-', 255);
      if (number !== null) return number;
      return args.ignored('invalid-choice', given, `${quoted(given)} is no IP protocol, 0 to 255`);
    },
  };
}

export const RULE_OPTIONS = {
  from: setting({
    kind: prefix(ALL_ADDRESSES),
    default: fixed('default', 'all'),
    meaning: 'source addresses',
  }),
  to: setting({
    kind: prefix(ALL_ADDRESSES),
    default: fixed('default', 'all'),
    meaning: 'destination addresses',
  }),
  inet: setting({ kind: swallowing(), default: fixed(false, 'off'), meaning: 'the rule is of IPv4' }),
  inet6: setting({ kind: swallowing(), default: fixed(false, 'off'), meaning: 'the rule is of IPv6' }),
  not: flagRow('what does not match'),
  preference: setting({
    kind: anyBase(UINT32),
    default: unset('counting down from 16384, each family for itself'),
    meaning: 'order of the rules, lowest first',
  }),
  order: alias('preference'),
  priority: alias('preference'),
  tos: setting({ kind: named('rt_dsfield', 255), default: fixed(0), meaning: 'type of service' }),
  dsfield: alias('tos'),
  fwmark: row(fwmark(), 'mark of the firewall'),
  iif: row(word('IFNAME'), 'interface that packets came by'),
  dev: alias('iif'),
  oif: row(word('IFNAME'), 'interface that packets leave by'),
  'tunnel-id': row(uint64(), 'number of the tunnel'),
  uidrange: row(numberRange(UINT32), 'users that sent the packet'),
  ipproto: row(ipProtocol(), 'IP protocol'),
  sport: row(numberRange(65_535), 'source ports'),
  dport: row(numberRange(65_535), 'destination ports'),
  protocol: setting({
    kind: integer(0, 255),
    default: unset('keepalived (18); none with no_track'),
    meaning: 'who set the rule; other than keepalived only with no_track',
  }),
  no_track: flagRow('the deletion of the rule does not matter'),
  table: row(named('rt_tables', UINT32, 1), 'action: look the destination up here'),
  lookup: alias('table'),
  realms: row(realms(), 'realms; with table, IPv4'),
  suppress_prefixlength: row(integer(0, 2_147_483_647), 'with table: pass over results this short'),
  sup_pl: alias('suppress_prefixlength'),
  suppress_ifgroup: row(named('group', UINT32), 'with table: pass over results by these interfaces'),
  sup_group: alias('suppress_ifgroup'),
  type: row(actionWord(), 'stands before an action'),
  goto: row(integer(0, UINT32), 'action: go on with the rule of this preference'),
  nop: flagRow('action: nothing'),
  blackhole: flagRow('action: drop silently'),
  prohibit: flagRow('action: refuse as prohibited'),
  unreachable: flagRow('action: refuse as unreachable'),
  l3mdev: flagRow('action: look the destination up in the table of the VRF'),
};

/** Those of static rules. */
export const STATIC_RULE_OPTIONS = {
  ...RULE_OPTIONS,
  track_group: row(word(), 'instances that fail if the rule cannot be kept; needs iif'),
};

const ACTIONS = ['table', 'goto', 'nop', 'blackhole', 'prohibit', 'unreachable', 'l3mdev'] as const;

/** Words whose meaning is in the family and the action. */
type Said = 'inet' | 'inet6' | 'type';

/**
 * A line of a list of rules, every default applied but the preference, which depends on other rules; track_group only if
 * the rule is static.
 */
export type RuleEntry = Omit<OptionValues<typeof STATIC_RULE_OPTIONS>, Said> & {
  readonly family: IpFamily;
  readonly action: (typeof ACTIONS)[number];
};

export function ruleLine(options: typeof RULE_OPTIONS): LineSpec<RuleEntry> {
  return {
    what: 'options and an action, as in from 192.0.2.0/24 table 100 preference 500',
    arguments: '[options] ACTION',
    options,
    read: ([first], args) => {
      const given = new Map<string, GivenOption>();
      for (let option = args.next(); option !== null; option = args.next()) {
        const found = findOption(args, options, option);
        if (found === null) return reportUnknownWord(args, option, 'rule', options);
        if (!readOption(args, found, option, given) || !isOnlyAction(args, given, found.name, option))
          return null;
      }
      return ruleOf(args, options, given, first);
    },
    format: (entry) => {
      const { from, to } = entry;
      const told = [from, to].some((one) => familyOf(one) !== null);
      const family = entry.family === 'inet6' && !told ? ['inet6 -'] : [];
      return [...family, ...formatOptions(options, entry)].join(' ');
    },
  };
}

function isAction(name: string): name is (typeof ACTIONS)[number] {
  return (ACTIONS as readonly string[]).includes(name);
}

function isOnlyAction(args: Arguments, given: Given, name: string, option: Word): boolean {
  if (!isAction(name) || !ACTIONS.some((other) => other !== name && given.has(other))) return true;
  args.ignored('conflicting-options', option, `a rule takes one action of ${ACTIONS.join(', ')}`);
  return false;
}

function ruleOf(args: Arguments, options: typeof RULE_OPTIONS, given: Given, first: Word): RuleEntry | null {
  const action = ACTIONS.find((name) => given.has(name));
  if (action === undefined) {
    return args.ignored('missing-action', first, `a rule needs an action: ${ACTIONS.join(', ')}`);
  }
  const family = ruleFamily(args, given);
  if (family === null || !checkAction(args, given, action)) return null;
  const noTrack = given.has('no_track');
  const protocol = given.get('protocol');
  if (!noTrack && protocol !== undefined && protocol.value !== PROTOCOL_KEEPALIVED) {
    const message = `a rule that is tracked has the protocol keepalived (${PROTOCOL_KEEPALIVED}): that is in force`;
    args.report(
      'warning',
      'value-corrected',
      protocol.word,
      message,
      "write 'no_track' for another protocol",
    );
  }
  const { inet: _inet, inet6: _inet6, type: _type, ...values } = valuesOf(options, given);
  return {
    track_group: null,
    ...values,
    family,
    action,
    protocol: noTrack ? values.protocol : PROTOCOL_KEEPALIVED,
  };
}

/** What addresses and words tell; null if they disagree (reported). IPv4 if nothing tells. */
function ruleFamily(args: Arguments, given: Given): IpFamily | null {
  const told = (name: string): IpFamily | null => {
    if (name === 'inet' || name === 'inet6') return name;
    return name === 'realms' ? 'inet' : familyOf(given.get(name)?.value as string);
  };
  let family: IpFamily | null = null;
  for (const name of ['inet', 'inet6', 'from', 'to', 'realms']) {
    const option = given.get(name);
    const one = option === undefined ? null : told(name);
    if (option === undefined || one === null) continue;
    family ??= one;
    if (one !== family) {
      const names = { inet: 'IPv4', inet6: 'IPv6' };
      const message = `${quoted(option.word)} is of ${names[one]}, the rule of ${names[family]} so far`;
      return args.ignored('family-mismatch', option.word, message);
    }
  }
  return family ?? 'inet';
}

const WITH_TABLE = ['realms', 'suppress_prefixlength', 'suppress_ifgroup'];

function checkAction(args: Arguments, given: Given, action: string): boolean {
  const stray = WITH_TABLE.map((name) => given.get(name)).find((option) => option !== undefined);
  if (action !== 'table' && stray !== undefined) {
    args.ignored('conflicting-options', stray.word, `${quoted(stray.word)} goes with the action table only`);
    return false;
  }
  const target = given.get('goto');
  if (target === undefined) return true;
  const preference = given.get('preference')?.value;
  if (preference === undefined) {
    args.ignored('missing-preference', target.word, `${quoted(target.word)} needs a preference in its rule`);
    return false;
  }
  if ((preference as number) < (target.value as number)) return true;
  const message = `${quoted(target.word)} must lead on, to more than the preference ${String(preference)}`;
  args.ignored('number-out-of-range', target.word, message);
  return false;
}
