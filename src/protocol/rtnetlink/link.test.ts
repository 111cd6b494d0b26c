import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attribute, joined, LITTLE_ENDIAN, nested, text, uint16, uint32 } from '../netlink/attributes.ts';
import { decodeLink, encodeLinkDump } from './link.ts';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const HEAD = bytes('00000100090000004310010000000000');
const link = (...attributes: Uint8Array[]) => decodeLink(joined(HEAD, text(3, 'eth0'), ...attributes));

test.runIf(LITTLE_ENDIAN)('a link is its index, name, flags and kind of hardware', () => {
  expect(link(attribute(999, bytes('ff')))).toEqual({
    index: 9,
    name: 'eth0',
    flags: 0x11043,
    hardwareType: 1,
    kind: null,
    mode: null,
    baseIndex: null,
    masterIndex: null,
    vrfTable: null,
    mac: '',
    mtu: 0,
    group: 0,
  });
});

test.runIf(LITTLE_ENDIAN)('a macvlan tells what it sits on and how', () => {
  const info = nested(18, text(1, 'macvlan'), nested(2, uint32(1, 1)));
  const all = [
    attribute(1, bytes('00005e000133')),
    uint32(4, 1400),
    uint32(5, 3),
    uint32(10, 4),
    uint32(27, 6),
    info,
  ];
  expect(link(...all)).toMatchObject({
    kind: 'macvlan',
    mode: 1,
    baseIndex: 3,
    masterIndex: 4,
    mac: '00:00:5e:00:01:33',
    mtu: 1400,
    group: 6,
  });
  // Its base is in another network namespace, where the index means something else.
  expect(link(...all, uint32(37, 0))?.baseIndex).toBeNull();
});

test.runIf(LITTLE_ENDIAN)('an ipvlan has a short mode and a VRF a table', () => {
  expect(link(nested(18, text(1, 'ipvlan'), nested(2, uint16(1, 0))))?.mode).toBe(0);
  expect(link(nested(18, text(1, 'vrf'), nested(2, uint32(1, 100))))).toMatchObject({
    vrfTable: 100,
    mode: null,
  });
});

test.runIf(LITTLE_ENDIAN)('what a bridge says about its ports is not about the link', () => {
  expect(decodeLink(bytes('07000100090000004310010000000000' + '0900030065746830000000'))).toBeNull();
});

test('no bytes make the decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      decodeLink(noise);
      decodeLink(joined(HEAD, text(3, 'eth0'), noise));
      link(nested(18, text(1, 'macvlan'), attribute(2, noise)));
    }),
  );
});

test('a dump request has the length the kernel checks for', () => {
  expect(encodeLinkDump().length).toBe(24);
});
