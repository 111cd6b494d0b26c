import { expect, test } from 'vitest';
import type { DeviceSpec } from '../../machines/vrrp/input/device.ts';
import type { LinkMessage } from '../../protocol/rtnetlink/link.ts';
import { planDevice } from './plan.ts';

const MAC = '00:00:5e:00:01:33';
const spec: DeviceSpec = {
  name: 'vrrp.51',
  named: false,
  prefix: 'vrrp',
  base: 'eth0',
  device: { kind: 'macvlan', mac: MAC },
  group: null,
  family: 'inet',
  ipv6: false,
  linkLocal: null,
  address: null,
  notifiesBase: false,
};
const ipvlan: DeviceSpec = { ...spec, device: { kind: 'ipvlan', flags: 'bridge' } };

function link(index: number, name: string, more: Partial<LinkMessage> = {}): LinkMessage {
  return {
    index,
    name,
    flags: 0,
    hardwareType: 1,
    kind: null,
    mode: null,
    baseIndex: null,
    masterIndex: null,
    vrfTable: null,
    mac: '02:00:00:00:00:01',
    mtu: 1500,
    group: 0,
    ...more,
  };
}
const eth0 = link(2, 'eth0');
const macvlan = (more: Partial<LinkMessage> = {}): LinkMessage =>
  link(5, 'vrrp.51', { kind: 'macvlan', mode: 1, mac: MAC, baseIndex: 2, ...more });

test.each([
  ['nothing there', spec, [eth0], { step: 'create' }],
  ['there already', spec, [eth0, macvlan()], { step: 'reuse', index: 5 }],
  ['another MAC', spec, [eth0, macvlan({ mac: '02:00:00:00:00:09' })], { step: 'update', index: 5 }],
  ['another mode', spec, [eth0, macvlan({ mode: 4 })], { step: 'update', index: 5 }],
  [
    'on another interface',
    { ...spec, named: true },
    [eth0, macvlan({ baseIndex: 3 })],
    { step: 'replace', index: 5 },
  ],
  [
    'an ipvlan there already',
    ipvlan,
    [eth0, macvlan({ kind: 'ipvlan', mode: 0 })],
    { step: 'reuse', index: 5 },
  ],
  [
    'below a macvlan',
    { ...spec, base: 'mv0' },
    [eth0, link(4, 'mv0', { kind: 'macvlan', baseIndex: 2 }), macvlan()],
    { step: 'reuse', index: 5 },
  ],
] as const)('%s', (_name, wanted, links, plan) => {
  expect(planDevice(wanted, links)).toEqual(plan);
});

test.each([
  ['no interface below', spec, [], /eth0 does not exist/],
  ['not Ethernet', spec, [link(2, 'eth0', { hardwareType: 32 })], /not Ethernet/],
  ['an interface of another kind', spec, [eth0, link(5, 'vrrp.51')], /no macvlan/],
  [
    "somebody else's device under a name that was made up",
    spec,
    [eth0, macvlan({ baseIndex: 3 })],
    /another interface/,
  ],
  ['an ipvlan in another mode', ipvlan, [eth0, macvlan({ kind: 'ipvlan', mode: 1 })], /another mode/],
] as const)('%s is a failure', (_name, wanted, links, error) => {
  expect(planDevice(wanted, links)).toEqual({ step: 'fail', error: expect.stringMatching(error) });
});
