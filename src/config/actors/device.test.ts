import { describe, expect, test } from 'vitest';
import { vrrpActors } from '../actors.ts';
import { codes, read } from '../config.fixture.ts';

/** The inputs of the instances, each written as its name, the lines and its addresses. */
function inputs(
  ...instances: readonly { lines: string; addresses?: string; excluded?: string; vrid?: number }[]
) {
  const text = instances.map(
    ({ lines, addresses = '10.0.0.1/24', excluded, vrid = 51 }, index) => `vrrp_instance VI_${index} {
  interface eth0
  virtual_router_id ${vrid}
  ${lines}
  virtual_ipaddress {
    ${addresses}
  }
  ${excluded === undefined ? '' : `virtual_ipaddress_excluded {\n${excluded}\n}`}
}`,
  );
  const result = read(`global_defs {\nvmac_prefix vm\n}\n${text.join('\n')}`);
  if (result.config === null) throw new Error(codes(result).join(', '));
  return vrrpActors(result.config).map(({ input }) => input);
}

describe('a virtual MAC', () => {
  test('carries the adverts and the addresses of the instance', () => {
    const [input] = inputs({
      lines: 'use_vmac',
      addresses: '10.0.0.1/24\n10.0.0.2/24 dev eth0\n10.0.1.1/24 dev eth1',
    });
    expect(input?.devices).toEqual([
      {
        name: 'vm.51',
        named: false,
        prefix: 'vm',
        base: 'eth0',
        device: { kind: 'macvlan', mac: '00:00:5e:00:01:33' },
        group: null,
        family: 'inet',
        ipv6: false,
        linkLocal: null,
        address: null,
        notifiesBase: false,
      },
    ]);
    expect(input?.advertInterface).toBe('vm.51');
    expect(input?.addresses.map((vip) => vip.interface)).toEqual(['vm.51', 'vm.51', 'eth1']);
  });

  test('of IPv6 has another MAC address and name, and the link-local address of its interface', () => {
    const [, input] = inputs({ lines: 'use_vmac' }, { lines: 'use_vmac', addresses: 'fe80::1/64' });
    expect(input?.devices[0]).toMatchObject({
      name: 'vm6.51',
      device: { mac: '00:00:5e:00:02:33' },
      ipv6: true,
      linkLocal: 'base',
    });
  });

  test('takes name, MAC address and group from the configuration', () => {
    const [input] = inputs({ lines: 'use_vmac vip0 02:00:00:00:00:01 group 7 netlink_notify_msg' });
    expect(input?.devices[0]).toMatchObject({
      name: 'vip0',
      named: true,
      device: { mac: '02:00:00:00:00:01' },
      group: 7,
      notifiesBase: true,
    });
  });

  test('keeps clear of the names that other instances give', () => {
    const [first] = inputs({ lines: 'use_vmac' }, { lines: 'use_vmac vm.51', vrid: 52 });
    expect(first?.devices[0]?.name).toBe('vm1.51');
  });

  test.each(['use_vmac\nvmac_xmit_base', 'use_vmac\nunicast_peer {\n10.0.0.9\n}'])(
    'leaves the adverts on the interface: %j',
    (lines) => {
      const [input] = inputs({ lines });
      expect([input?.advertInterface, input?.addresses[0]?.interface]).toEqual(['eth0', 'vm.51']);
    },
  );

  test('with an excluded address of the other family keeps IPv6, and leaves that address alone', () => {
    const [input] = inputs({ lines: 'use_vmac', excluded: '2001:db8::1/64' });
    expect([input?.devices[0]?.ipv6, input?.excludedAddresses[0]?.interface]).toEqual([true, 'eth0']);
  });
});

describe('virtual MACs for other addresses', () => {
  test('are made for each interface and family with use_vmac_addr', () => {
    const [input] = inputs({
      lines: 'use_vmac\nuse_vmac_addr',
      addresses: '10.0.0.1/24\n10.0.1.1/24 dev eth1\n10.0.1.2/24 dev eth1',
      excluded: '2001:db8::1/64',
    });
    expect(input?.devices.map(({ name, base, family }) => [name, base, family])).toEqual([
      ['vm.51', 'eth0', 'inet'],
      ['vm1.51', 'eth1', 'inet'],
      ['vm6.51', 'eth0', 'inet6'],
    ]);
    expect(input?.addresses.map((vip) => vip.interface)).toEqual(['vm.51', 'vm1.51', 'vm1.51']);
    expect(input?.excludedAddresses[0]?.interface).toBe('vm6.51');
  });

  test('of use_vmac alone are not told of again and again, even if adverts leave from below', () => {
    const lines = 'use_vmac\nvmac_xmit_base\ngarp_extra_if 30';
    expect(inputs({ lines, addresses: '10.0.0.1/24' })[0]?.garpExtra).toBeNull();
    const [both] = inputs({ lines, addresses: '10.0.0.1/24\n10.0.1.1/24 dev eth1 use_vmac' });
    expect(both?.garpExtra?.addresses.map((vip) => vip.address)).toEqual(['10.0.0.1', '10.0.1.1']);
  });

  test('are made for single addresses with use_vmac, and are told of again and again', () => {
    const [input] = inputs({
      lines: 'garp_extra_if 30',
      addresses: '10.0.0.1/24\n10.0.1.1/24 dev eth1 use_vmac\n10.0.2.1/24 dev eth2',
    });
    expect(input?.devices.map(({ name, base }) => [name, base])).toEqual([['vm.51', 'eth1']]);
    expect(input?.advertInterface).toBe('eth0');
    expect(input?.garpExtra?.addresses.map((vip) => vip.address)).toEqual(['10.0.1.1']);
  });
});

test('an ipvlan carries the adverts, from the address that it is given', () => {
  const [input] = inputs({ lines: 'use_ipvlan ipv0 10.0.0.9/24 private' });
  expect(input?.devices[0]).toMatchObject({
    name: 'ipv0',
    device: { kind: 'ipvlan', flags: 'private' },
    address: '10.0.0.9/24',
  });
  expect([input?.advertInterface, input?.sourceAddress]).toEqual(['ipv0', '10.0.0.9']);
  expect(input?.addresses[0]?.interface).toBe('eth0');
});

test.each([
  ['', null],
  ['no_accept', 'index'],
  ['no_accept\ndont_track_primary', 'name'],
])('addresses with %j are blocked: %j', (lines, blocked) => {
  expect(inputs({ lines })[0]?.blocked).toBe(blocked);
});
