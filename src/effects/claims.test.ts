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
  claims.claim('vrrp/A', [one, two]);
  claims.claim('vrrp/B', [one]);
  claims.release('vrrp/A', [one, two]);
  expect(claims.unclaimed([one, two])).toEqual([two]);
  claims.release('vrrp/B', [one]);
  claims.release('vrrp/B', [one]);
  expect(claims.unclaimed([one, two])).toEqual([one, two]);
});

it('is another one with another prefix length or on another interface', () => {
  const claims = new Claims();
  claims.claim('vrrp/A', [vip('10.0.0.1')]);
  const others = [vip('10.0.0.1', 32), vip('10.0.0.1', 24, 'eth1')];
  expect(claims.unclaimed([vip('10.0.0.1'), ...others])).toEqual(others);
});
