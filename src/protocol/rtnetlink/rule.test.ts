import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LITTLE_ENDIAN } from '../netlink/attributes.ts';
import { decodeRule, encodeRule, type Rule, ruleKey, ruleText } from './rule.ts';

const rule = (more: Partial<Rule>): Rule => ({
  family: 'inet',
  preference: 500,
  action: 'table',
  table: 100,
  protocol: 18,
  ...more,
});
const encoded = (more: Partial<Rule>): string => Buffer.from(encodeRule(rule(more)) ?? []).toString('hex');
const PREFERENCE = '08000600f4010000';
const PROTOCOL = '0500150012000000';

test.runIf(LITTLE_ENDIAN)('a rule request, byte for byte', () => {
  expect(
    encoded({ from: '10.50.0.0/16', to: '10.60.0.0/24', tos: 8, inverted: true, inInterface: 'eth0' }),
  ).toBe(
    [
      '02181008640000010200' + '0000', // AF_INET, to /24, from /16, tos, table, action, FIB_RULE_INVERT
      PREFERENCE,
      '080002000a320000', // FRA_SRC
      '080001000a3c0000', // FRA_DST
      '0900030065746830' + '00000000', // FRA_IFNAME
      PROTOCOL,
    ].join(''),
  );
});

test.runIf(LITTLE_ENDIAN)('every selector, byte for byte', () => {
  const selectors = {
    table: 300,
    mark: { value: 16, mask: 255 },
    realms: 0x30004,
    suppressPrefixLength: 8,
    suppressGroup: 9,
    outInterface: 'eth1',
    tunnelId: '12',
    users: { from: 5, to: 9 },
    ipProtocol: 6,
    sourcePorts: { from: 1000, to: 2000 },
    destinationPorts: { from: 80, to: 80 },
  };
  expect(encoded(selectors)).toBe(
    [
      '020000000000000100000000',
      PREFERENCE,
      '08000f002c010000', // FRA_TABLE
      '08000a0010000000', // FRA_FWMARK
      '08001000ff000000', // FRA_FWMASK
      '08000b0004000300', // FRA_FLOW
      '08000e0008000000', // FRA_SUPPRESS_PREFIXLEN
      '08000d0009000000', // FRA_SUPPRESS_IFGROUP
      '0900110065746831' + '00000000', // FRA_OIFNAME
      '0c000c00000000000000000c', // FRA_TUN_ID
      '0c0014000500000009000000', // FRA_UID_RANGE
      PROTOCOL,
      '0500160006000000', // FRA_IP_PROTO
      '08001700e803d007', // FRA_SPORT_RANGE
      '0800180050005000', // FRA_DPORT_RANGE
    ].join(''),
  );
});

test.runIf(LITTLE_ENDIAN)('actions without a table', () => {
  const { table: _none, ...bare } = rule({});
  const action = (more: Partial<Rule>): string =>
    Buffer.from(encodeRule({ ...bare, ...more } as Rule) ?? [])
      .toString('hex')
      .slice(8, 16);
  expect(action({ action: 'goto', goto: 510 })).toBe('00000002');
  expect(action({ action: 'nop' })).toBe('00000003');
  expect(action({ action: 'blackhole' })).toBe('00000006');
  expect(action({ action: 'unreachable' })).toBe('00000007');
  expect(action({ action: 'prohibit' })).toBe('00000008');
  expect(action({ action: 'l3mdev' })).toBe('00000001');
});

test('an address of the other family is refused', () => {
  expect(encodeRule(rule({ from: '2001:db8::/32' }))).toBeNull();
  expect(encodeRule(rule({ to: 'x/3' }))).toBeNull();
});

const anyRule = fc.record(
  {
    preference: fc.nat(32_767),
    table: fc.integer({ min: 1, max: 0xffff_ffff }),
    from: fc.constantFrom('10.0.0.0/8', '10.0.0.1/32'),
    to: fc.constantFrom('192.0.2.0/24'),
    tos: fc.nat(255),
    inverted: fc.constant(true as const),
    inInterface: fc.constantFrom('eth0', 'x'),
    outInterface: fc.constantFrom('eth1'),
    mark: fc.record({ value: fc.nat(255), mask: fc.nat(255) }),
  },
  { requiredKeys: ['preference'] },
);

test('what the kernel tells of a rule has the key of the rule', () => {
  fc.assert(
    fc.property(anyRule, (some) => {
      const whole = rule(some);
      const told = decodeRule(encodeRule(whole) ?? new Uint8Array());
      expect(told?.protocol).toBe(18);
      expect(told && ruleKey(told)).toBe(ruleKey(whole));
    }),
  );
});

test('a rule has a text as ip(8) shows it', () => {
  expect(ruleText(rule({ from: '10.0.0.0/8' }))).toBe('500: from 10.0.0.0/8 lookup 100');
  expect(ruleText(rule({ inverted: true, to: '10.0.0.0/8', action: 'prohibit' }))).toBe(
    '500: not from all to 10.0.0.0/8 prohibit',
  );
});

test('no bytes make the decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      decodeRule(noise);
      decodeRule(Uint8Array.from([2, 24, ...noise]));
      decodeRule(Uint8Array.from([10, 64, ...noise]));
    }),
  );
});
