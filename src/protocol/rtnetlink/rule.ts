/** Policy rules in rtnetlink (linux/fib_rules.h), as keepalived asks for them. */
import type { IpFamily } from '../ip.ts';
import {
  attribute,
  decodeAttributes,
  joined,
  LITTLE_ENDIAN,
  networkUint64,
  numberOf,
  text,
  textOf,
  uint8,
  uint32,
  viewOf,
} from '../netlink/attributes.ts';
import { addressBytes, addressOf, familyByNumber, familyNumber } from './common.ts';

export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;
export const RTNLGRP_IPV4_RULE = 8;
export const RTNLGRP_IPV6_RULE = 19;

const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IFNAME = 3;
const FRA_GOTO = 4;
const FRA_PRIORITY = 6;
const FRA_FWMARK = 10;
const FRA_FLOW = 11;
const FRA_TUN_ID = 12;
const FRA_SUPPRESS_IFGROUP = 13;
const FRA_SUPPRESS_PREFIXLEN = 14;
const FRA_TABLE = 15;
const FRA_FWMASK = 16;
const FRA_OIFNAME = 17;
const FRA_L3MDEV = 19;
const FRA_UID_RANGE = 20;
const FRA_PROTOCOL = 21;
const FRA_IP_PROTO = 22;
const FRA_SPORT_RANGE = 23;
const FRA_DPORT_RANGE = 24;

const FIB_RULE_INVERT = 2;
const RULE_HEADER_LENGTH = 12;
const ALL_BITS = 0xffff_ffff;

/** FR_ACT_*; `l3mdev` looks a table up, too. */
const ACTIONS = {
  table: 1,
  l3mdev: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const;

export type RuleAction = keyof typeof ACTIONS;

export type NumberRange = { readonly from: number; readonly to: number };

/** A rule; what is as by default is absent. */
export type Rule = {
  readonly family: IpFamily;
  /** Order of the rules, lowest first. */
  readonly preference: number;
  readonly action: RuleAction;
  /** Of the action `table`. */
  readonly table?: number;
  /** Preference of the rule that `goto` leads to. */
  readonly goto?: number;
  readonly inverted?: true;
  /** `192.0.2.0/24`; absent: all. */
  readonly from?: string;
  readonly to?: string;
  readonly tos?: number;
  readonly mark?: { readonly value: number; readonly mask: number };
  readonly realms?: number;
  readonly suppressPrefixLength?: number;
  readonly suppressGroup?: number;
  readonly inInterface?: string;
  readonly outInterface?: string;
  /** 64 bits as decimal text. */
  readonly tunnelId?: string;
  readonly users?: NumberRange;
  readonly ipProtocol?: number;
  readonly sourcePorts?: NumberRange;
  readonly destinationPorts?: NumberRange;
  readonly protocol?: number;
};

/** What of a notification tells which rule it is about. */
export type RuleMessage = Pick<
  Rule,
  'family' | 'preference' | 'table' | 'goto' | 'from' | 'to' | 'inInterface' | 'outInterface' | 'mark'
> & {
  /** FR_ACT_*. */
  readonly actionNumber: number;
  readonly isInverted: boolean;
  readonly tos: number;
  /** Null if it has none. */
  readonly protocol: number | null;
};

/** A RTM_NEWRULE or RTM_DELRULE. Null if it is malformed or of another family. */
export function decodeRule(payload: Uint8Array): RuleMessage | null {
  if (payload.length < RULE_HEADER_LENGTH) return null;
  const view = viewOf(payload);
  const family = familyByNumber(view.getUint8(0));
  const found = decodeAttributes(payload, RULE_HEADER_LENGTH);
  if (family === null || found === null) return null;
  const prefix = (type: number, length: number): string | undefined => {
    const address = addressOf(found.get(type));
    return address === null ? undefined : `${address}/${length}`;
  };
  const name = (type: number): string | undefined => {
    const bytes = found.get(type);
    return bytes === undefined ? undefined : textOf(bytes);
  };
  const [from, to] = [prefix(FRA_SRC, view.getUint8(2)), prefix(FRA_DST, view.getUint8(1))];
  const [inInterface, outInterface] = [name(FRA_IFNAME), name(FRA_OIFNAME)];
  const [value, goto] = [numberOf(found.get(FRA_FWMARK)), numberOf(found.get(FRA_GOTO))];
  return {
    family,
    preference: numberOf(found.get(FRA_PRIORITY)) ?? 0,
    actionNumber: view.getUint8(7),
    isInverted: (view.getUint32(8, LITTLE_ENDIAN) & FIB_RULE_INVERT) !== 0,
    table: numberOf(found.get(FRA_TABLE)) ?? view.getUint8(4),
    tos: view.getUint8(3),
    protocol: numberOf(found.get(FRA_PROTOCOL)),
    ...(goto === null ? {} : { goto }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(inInterface === undefined ? {} : { inInterface }),
    ...(outInterface === undefined ? {} : { outInterface }),
    ...(value === null ? {} : { mark: { value, mask: numberOf(found.get(FRA_FWMASK)) ?? ALL_BITS } }),
  };
}

/** Equal for a rule and what is told of it. The preference alone nearly always tells rules apart. */
export function ruleKey(rule: Rule | RuleMessage): string {
  const action = 'action' in rule ? ACTIONS[rule.action] : rule.actionNumber;
  const inverted = 'action' in rule ? rule.inverted === true : rule.isInverted;
  const { family, preference, table = 0, goto = 0, from = 'all', to = 'all', tos = 0, mark } = rule;
  const marked = mark === undefined ? '' : `${mark.value}/${mark.mask}`;
  const interfaces = `${rule.inInterface ?? ''} ${rule.outInterface ?? ''}`;
  const how = `${action} ${inverted} ${table} ${goto}`;
  return `${family} ${preference} ${how} ${from} ${to} ${tos} ${marked} ${interfaces}`;
}

/** As ip(8) would name it. */
export function ruleText({ preference, from, to, action, table, inverted }: Rule): string {
  const what = action === 'table' ? `lookup ${table}` : action;
  const towards = to === undefined ? '' : ` to ${to}`;
  return `${preference}: ${inverted ? 'not ' : ''}from ${from ?? 'all'}${towards} ${what}`;
}

/** Asks for all rules of a family. */
export function encodeRuleDump(family: IpFamily): Uint8Array {
  const bytes = new Uint8Array(RULE_HEADER_LENGTH);
  bytes[0] = familyNumber(family);
  return bytes;
}

/** A RTM_NEWRULE or RTM_DELRULE request: both name the rule completely. Null if an address is malformed. */
export function encodeRule(rule: Rule): Uint8Array | null {
  const { family, preference, action, table = 0, tos = 0 } = rule;
  const parts: Uint8Array[] = [uint32(FRA_PRIORITY, preference)];
  const head = new Uint8Array(RULE_HEADER_LENGTH);
  head.set([familyNumber(family), 0, 0, tos, table < 256 ? table : 0, 0, 0, ACTIONS[action]]);
  viewOf(head).setUint32(8, rule.inverted ? FIB_RULE_INVERT : 0, LITTLE_ENDIAN);
  for (const [prefix, type, at] of [
    [rule.from, FRA_SRC, 2],
    [rule.to, FRA_DST, 1],
  ] as const) {
    if (prefix === undefined) continue;
    const [address = '', length] = prefix.split('/');
    const parsed = addressBytes(address);
    if (parsed?.family !== family) return null;
    parts.push(attribute(type, parsed.bytes));
    head[at] = Number(length);
  }
  if (table >= 256) parts.push(uint32(FRA_TABLE, table));
  if (action === 'l3mdev') parts.push(uint8(FRA_L3MDEV, 1));
  if (rule.goto !== undefined) parts.push(uint32(FRA_GOTO, rule.goto));
  parts.push(...selectors(rule));
  return joined(head, ...parts);
}

function selectors(rule: Rule): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const { mark, realms, suppressPrefixLength, suppressGroup, inInterface, outInterface } = rule;
  const { tunnelId, users, ipProtocol, sourcePorts, destinationPorts, protocol } = rule;
  if (mark !== undefined) parts.push(uint32(FRA_FWMARK, mark.value));
  if (mark !== undefined && mark.mask !== ALL_BITS) parts.push(uint32(FRA_FWMASK, mark.mask));
  if (realms !== undefined) parts.push(uint32(FRA_FLOW, realms));
  if (suppressPrefixLength !== undefined) parts.push(uint32(FRA_SUPPRESS_PREFIXLEN, suppressPrefixLength));
  if (suppressGroup !== undefined) parts.push(uint32(FRA_SUPPRESS_IFGROUP, suppressGroup));
  if (inInterface !== undefined) parts.push(text(FRA_IFNAME, inInterface));
  if (outInterface !== undefined) parts.push(text(FRA_OIFNAME, outInterface));
  if (tunnelId !== undefined) parts.push(networkUint64(FRA_TUN_ID, tunnelId));
  if (users !== undefined) parts.push(uint32(FRA_UID_RANGE, users.from, users.to));
  if (protocol !== undefined) parts.push(uint8(FRA_PROTOCOL, protocol));
  if (ipProtocol !== undefined) parts.push(uint8(FRA_IP_PROTO, ipProtocol));
  if (sourcePorts !== undefined) parts.push(ports(FRA_SPORT_RANGE, sourcePorts));
  if (destinationPorts !== undefined) parts.push(ports(FRA_DPORT_RANGE, destinationPorts));
  return parts;
}

function ports(type: number, { from, to }: NumberRange): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint16(0, from, LITTLE_ENDIAN);
  viewOf(bytes).setUint16(2, to, LITTLE_ENDIAN);
  return attribute(type, bytes);
}
