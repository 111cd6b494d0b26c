import { expect, test } from 'vitest';
import { decodeAttributes, numberOf, viewOf } from '../netlink/attributes.ts';
import {
  encodeDevice,
  encodeDeviceUpdate,
  encodeGroup,
  encodeNoGeneratedAddress,
  encodeUp,
  MACVLAN_MODE_PRIVATE,
} from './device.ts';
import { decodeLink, IFINFOMSG_LENGTH } from './link.ts';

const MAC = '00:00:5e:00:01:33';
const created = { name: 'vrrp.51', baseIndex: 3, group: 7, masterIndex: null } as const;

test('a macvlan reads as what was asked for', () => {
  const device = { kind: 'macvlan', mac: MAC } as const;
  expect(decodeLink(encodeDevice({ ...created, device }) ?? new Uint8Array())).toMatchObject({
    name: 'vrrp.51',
    kind: 'macvlan',
    mode: MACVLAN_MODE_PRIVATE,
    mac: MAC,
    baseIndex: 3,
    group: 7,
    masterIndex: null,
  });
  const inVrf = encodeDevice({ ...created, device, masterIndex: 9 });
  expect(decodeLink(inVrf ?? new Uint8Array())?.masterIndex).toBe(9);
});

test.each([
  ['bridge', 0],
  ['private', 1],
  ['vepa', 2],
] as const)('an ipvlan of mode %s', (flags, number) => {
  const bytes = encodeDevice({ ...created, device: { kind: 'ipvlan', flags } }) ?? new Uint8Array();
  expect(decodeLink(bytes)).toMatchObject({ kind: 'ipvlan', mode: 0, mac: '' });
  const info = decodeAttributes(decodeAttributes(bytes, IFINFOMSG_LENGTH)?.get(18) ?? new Uint8Array());
  const data = decodeAttributes(info?.get(2) ?? new Uint8Array());
  expect(numberOf(data?.get(2))).toBe(number);
});

test('an update names the device by its index, and takes it out of a VRF that its base left', () => {
  const bytes = encodeDeviceUpdate(5, { device: { kind: 'macvlan', mac: MAC }, group: 0, masterIndex: null });
  const found = decodeAttributes(bytes ?? new Uint8Array(), IFINFOMSG_LENGTH);
  expect(viewOf(bytes ?? new Uint8Array()).getInt32(4, true)).toBe(5);
  expect(numberOf(found?.get(10))).toBe(0);
  expect(found?.has(3)).toBe(false);
});

test('a MAC address that is none is refused', () => {
  const device = { kind: 'macvlan', mac: '00:00:5e' } as const;
  expect(encodeDevice({ ...created, device })).toBeNull();
  expect(encodeDeviceUpdate(5, { device, group: 0, masterIndex: null })).toBeNull();
});

test('the small requests', () => {
  const none = decodeAttributes(encodeNoGeneratedAddress(5), IFINFOMSG_LENGTH)?.get(26) ?? new Uint8Array();
  const inet6 = decodeAttributes(none)?.get(10) ?? new Uint8Array();
  expect(numberOf(decodeAttributes(inet6)?.get(8))).toBe(1);
  const up = viewOf(encodeUp(5));
  expect([up.getInt32(4, true), up.getUint32(8, true), up.getUint32(12, true)]).toEqual([5, 1, 1]);
  const group = decodeAttributes(encodeGroup(3, 7), IFINFOMSG_LENGTH);
  expect(numberOf(group?.get(27))).toBe(7);
});
