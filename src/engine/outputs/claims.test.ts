import { expect, it } from 'vitest';
import { Claims } from './claims.ts';

const vip = (address: string, prefixLength = 24, name = 'eth0') => ({
  address,
  prefixLength,
  interface: name,
});

it('an address is free once nobody wants it, whoever wanted it first', () => {
  const claims = new Claims();
  const [one, two] = [vip('10.0.0.1'), vip('10.0.0.2')];
  claims.claim('vrrp/A', { addresses: [one, two] });
  claims.claim('vrrp/B', { addresses: [one] });
  claims.release('vrrp/A', { addresses: [one, two] });
  expect(claims.unclaimed('vrrp/A', { addresses: [one, two] }).addresses).toEqual([two]);
  claims.release('vrrp/B', { addresses: [one] });
  claims.release('vrrp/B', { addresses: [one] });
  expect(claims.unclaimed('vrrp/A', { addresses: [one, two] }).addresses).toEqual([one, two]);
});

it('is another one with another prefix length or on another interface', () => {
  const claims = new Claims();
  claims.claim('vrrp/A', { addresses: [vip('10.0.0.1')] });
  const others = [vip('10.0.0.1', 32), vip('10.0.0.1', 24, 'eth1')];
  expect(claims.unclaimed('vrrp/A', { addresses: [vip('10.0.0.1'), ...others] }).addresses).toEqual(others);
});

it('counts for routes and rules, too', () => {
  const claims = new Claims();
  const route = { family: 'inet', type: 1, to: '10.9.0.0/16', table: 254, protocol: 18 } as const;
  const rule = { family: 'inet', preference: 100, action: 'table', table: 100 } as const;
  const objects = { addresses: [], routes: [route, { ...route, metric: 5 }], rules: [rule] };
  claims.claim('vrrp/A', { addresses: [], routes: [route], rules: [rule] });
  expect(claims.unclaimed('vrrp/A', objects)).toEqual({
    addresses: [],
    routes: [{ ...route, metric: 5 }],
    rules: [],
  });
  claims.release('vrrp/A', objects);
  expect(claims.unclaimed('vrrp/A', objects)).toEqual(objects);
});

it('is let go of by an actor that wants it otherwise, but not if another one wants it', () => {
  const claims = new Claims();
  const [plain, labelled] = [vip('10.0.0.1'), { ...vip('10.0.0.1'), label: 'eth0:1' }];
  claims.claim('vrrp/A', { addresses: [plain] });
  claims.release('vrrp/A', { addresses: [plain] });
  claims.claim('vrrp/A', { addresses: [labelled] });
  expect(claims.unclaimed('vrrp/A', { addresses: [plain] }).addresses).toEqual([plain]);
  expect(claims.unclaimed('vrrp/A', { addresses: [labelled] }).addresses).toEqual([]);
  claims.claim('vrrp/B', { addresses: [labelled] });
  expect(claims.unclaimed('vrrp/A', { addresses: [plain] }).addresses).toEqual([]);
});

it('an address that the kernel holds otherwise has to be let go of first', () => {
  const claims = new Claims();
  const [plain, labelled] = [vip('10.0.0.1'), { ...vip('10.0.0.1'), label: 'eth0:1' }];
  expect(claims.otherwise({ addresses: [labelled] })).toEqual([]);
  claims.added({ addresses: [plain] });
  expect(claims.otherwise({ addresses: [plain, vip('10.0.0.2')] })).toEqual([]);
  expect(claims.otherwise({ addresses: [labelled] })).toEqual([labelled]);
  claims.removed({ addresses: [plain] });
  expect(claims.otherwise({ addresses: [labelled] })).toEqual([]);
});
