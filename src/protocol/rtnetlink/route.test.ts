import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LITTLE_ENDIAN } from '../netlink/attributes.ts';
import { decodeRoute, encodeRoute, encodeRouteRemoval, type Route, routeKey, routeText } from './route.ts';

const hex = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value);
const indexOf = (name: string): number | null => (name === 'gone' ? null : name.charCodeAt(3) - 40);
const route = (more: Partial<Route>): Route => ({
  family: 'inet',
  type: 1,
  table: 254,
  protocol: 18,
  ...more,
});
const encoded = (more: Partial<Route>): string => hex(encodeRoute(route(more), indexOf));

test.runIf(LITTLE_ENDIAN)('a route request, byte for byte', () => {
  const all = {
    to: '10.50.0.0/16',
    via: '10.0.0.9',
    interface: 'eth0',
    preferredSource: '10.0.0.1',
    metric: 50,
  };
  expect(encoded(all)).toBe(
    [
      '02100000fe120001', // AF_INET, /16, from /0, tos 0, main, keepalived, universe, unicast
      '00000000', // no flags
      '080001000a320000', // RTA_DST
      '0800060032000000', // RTA_PRIORITY
      '080007000a000001', // RTA_PREFSRC
      '080005000a000009', // RTA_GATEWAY
      '0800040008000000', // RTA_OIF
    ].join(''),
  );
});

test.runIf(LITTLE_ENDIAN)('a table beyond a byte, flags and options', () => {
  expect(
    encoded({ to: '10.50.0.0/16', table: 300, scope: 253, tos: 16, onlink: true, realms: 0x50006 }),
  ).toBe('0210001000' + '12fd01' + '04000000' + '080001000a320000' + '08000f002c010000' + '08000b0006000500');
});

test.runIf(LITTLE_ENDIAN)('metrics with those that are locked, and a congestion control', () => {
  const metrics = { mtu: 1400, rtt: 2400 };
  const written = encoded({ metrics, congestion: 'cubic', locked: ['mtu', 'congestion'] });
  expect(written.slice(24)).toBe(
    [
      '28000800', // RTA_METRICS
      '0800020078050000', // RTAX_MTU
      '0800040060090000', // RTAX_RTT
      '0a00100063756269' + '63000000', // RTAX_CC_ALGO
      '0800010004000100', // RTAX_LOCK: bits 2 and 16
    ].join(''),
  );
});

test.runIf(LITTLE_ENDIAN)('several ways, each with its share', () => {
  const legs = [
    { via: '10.0.0.9', interface: 'eth0', weight: 2 },
    { interface: 'eth1', weight: 256, onlink: true as const, realms: 7 },
  ];
  expect(encoded({ legs }).slice(24)).toBe(
    [
      '24000900', // RTA_MULTIPATH
      '1000000108000000' + '080005000a000009',
      '100004ff09000000' + '08000b0007000000',
    ].join(''),
  );
});

test.runIf(LITTLE_ENDIAN)('tunnels, labels and locators', () => {
  const ip = { type: 'ip', id: '77', destination: '192.0.2.1', ttl: 33, tos: 4, flags: 1 } as const;
  expect(encoded({ encap: ip }).slice(24)).toBe(
    [
      '30001600', // RTA_ENCAP
      '0c000100000000000000004d', // LWTUNNEL_IP_ID
      '08000200c0000201', // LWTUNNEL_IP_DST
      '0500050004000000', // LWTUNNEL_IP_TOS
      '0500040021000000', // LWTUNNEL_IP_TTL
      '0600060001000000', // LWTUNNEL_IP_FLAGS
      '0600150002000000', // RTA_ENCAP_TYPE
    ].join(''),
  );
  // RFC 3032: labels of 20 bits, the last one marked as the bottom of the stack.
  expect(encoded({ encap: { type: 'mpls', labels: [16, 1_048_575] } }).slice(24)).toBe(
    '10001600' + '0c000100' + '00010000' + 'fffff100' + '0600150001000000',
  );
  expect(encoded({ encap: { type: 'ila', locator: '1:2:3:f' } }).slice(24)).toBe(
    '10001600' + '0c000100' + '000100020003000f' + '0600150003000000',
  );
});

test.runIf(LITTLE_ENDIAN)('a removal names the route, whatever its scope became', () => {
  const removal = encodeRouteRemoval(
    route({ to: '10.50.0.0/16', interface: 'eth0', metrics: { mtu: 9 } }),
    indexOf,
  );
  expect(hex(removal)).toBe('02100000fe12ff01' + '00000000' + '080001000a320000' + '0800040008000000');
});

test('an interface that does not exist, and addresses that are none, are told', () => {
  const missing = { error: 'interface gone does not exist', missingInterface: true };
  expect(encodeRoute(route({ interface: 'gone' }), indexOf)).toEqual(missing);
  expect(encodeRoute(route({ legs: [{ interface: 'gone', weight: 1 }] }), indexOf)).toEqual(missing);
  expect(encodeRoute(route({ via: '2001:db8::1' }), indexOf)).toMatchObject({ missingInterface: false });
  const encap = { type: 'ip', destination: '2001:db8::1' } as const;
  expect(encodeRoute(route({ encap }), indexOf)).toMatchObject({ missingInterface: false });
});

const prefix4 = fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, length]) => `${address}/${length}`);
const anyRoute = fc.record(
  {
    to: prefix4,
    table: fc.integer({ min: 1, max: 0xffff_ffff }),
    metric: fc.integer({ min: 0, max: 0xffff_ffff }),
    tos: fc.nat(255),
    interface: fc.constantFrom('eth0', 'eth1'),
  },
  { requiredKeys: ['table'] },
);

test('what the kernel tells of a route has the key of the route', () => {
  fc.assert(
    fc.property(anyRoute, (some) => {
      const whole = route(some);
      const told = decodeRoute(encodeRoute(whole, indexOf) as Uint8Array);
      expect(told).toMatchObject({ protocol: 18, table: some.table });
      expect(told && routeKey(told)).toBe(routeKey(whole));
    }),
  );
});

test('IPv6 gives a route without metric one of its own', () => {
  const six = route({ family: 'inet6', to: '2001:db8::/32' });
  expect(routeKey(six)).toBe(routeKey({ ...six, metric: 1024 }));
  expect(routeKey(six)).not.toBe(routeKey({ ...six, metric: 1 }));
  expect(routeText(six)).toBe('2001:db8::/32 table 254');
});

test('no bytes make the decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      decodeRoute(noise);
      decodeRoute(Uint8Array.from([2, 24, ...noise]));
      decodeRoute(Uint8Array.from([10, 64, ...noise]));
    }),
  );
});
