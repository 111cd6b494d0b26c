import { expect, test } from 'vitest';
import { vrrpActors } from './actors.ts';
import { FILE, memoryFiles } from './config.fixture.ts';
import { readConfig } from './read.ts';

const instance = (name: string, on: string, lines: string, addresses: string): string =>
  `vrrp_instance ${name} {\ninterface ${on}\nvirtual_router_id 51\n${lines}\nvirtual_ipaddress {\n${addresses}\n}\n}\n`;

const GROUP = 'vrrp_sync_group G {\ngroup {\nA\nB\n}\n}\n';

/** What is in fault from the start, and what is said of it. */
function judged(text: string) {
  const { config, diagnostics } = readConfig(FILE, memoryFiles({ [FILE]: text }));
  const actors = config === null ? [] : vrrpActors(config);
  return {
    faults: actors.map(({ input }) => input.faultsAtStart),
    codes: diagnostics.map(({ code }) => code).filter((code) => code === 'vmac-shared'),
  };
}

const A = instance('A', 'eth0', 'use_vmac', '10.0.0.1');

test.each([
  ['an address on the other one', instance('B', 'eth1', '', '10.0.0.2 dev eth0 use_vmac'), ['vmac']],
  ['use_vmac_addr', instance('B', 'eth1', 'use_vmac\nuse_vmac_addr', '10.0.0.2 dev eth0'), ['vmac']],
  ['another interface', instance('B', 'eth1', 'use_vmac', '10.0.0.2'), []],
  ['another family', instance('B', 'eth0', 'version 3\nuse_vmac', 'fe80::1'), []],
  [
    'another MAC address',
    instance('B', 'eth1', 'use_vmac vb 02:00:00:00:00:01', '10.0.0.2 dev eth0 use_vmac'),
    [],
  ],
])('a virtual MAC interface has one user, who came first: %s', (_, second, fault) => {
  const { faults, codes } = judged(A + second);
  expect(faults).toEqual([[], fault]);
  expect(codes).toEqual(fault.length > 0 ? ['vmac-shared'] : []);
});

test('members of a sync group may share one', () => {
  const second = instance('B', 'eth1', '', '10.0.0.2 dev eth0 use_vmac');
  expect(judged(GROUP + A + second)).toEqual({ faults: [[], []], codes: [] });
});

test('what the first one puts on the interface of the second one, too', () => {
  const first = instance('A', 'eth1', '', '10.0.0.2 dev eth0 use_vmac');
  expect(judged(first + instance('B', 'eth0', 'use_vmac', '10.0.0.1')).faults).toEqual([[], ['vmac']]);
});
