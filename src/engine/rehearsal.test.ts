import { expect, it } from 'vitest';
import { allAtOnce } from '../config/steps.ts';
import { vrrpInput, wireDetails } from '../machines/vrrp/vrrp.fixture.ts';
import { rehearse } from './rehearsal.ts';

it.each([
  vrrpInput(),
  vrrpInput({ version: 2, nopreempt: true }),
  vrrpInput({ advertIntervalUs: 10_000, priority: 255, group: 'group/G', preemptDelayUs: 1_000_000 }),
  vrrpInput({
    family: 'inet6',
    addresses: [{ address: 'fe80::9', prefixLength: 64, interface: 'eth0' }],
    wire: wireDetails({ multicastGroup: 'ff02::12', authentication: { kind: 'ah' } as never }),
  }),
  vrrpInput({ unicastPeers: ['10.0.0.2'], startupDelayUs: 10_000_000 }),
])('takes over again and again, whatever the instance is like', (input) => {
  expect(allAtOnce(rehearse(input, 20))).toBe(20);
});
