import { describe, expect, test } from 'vitest';
import { codes, instance, only, onlyTree, read } from '../config.fixture.ts';
import { UNKNOWN_ENVIRONMENT } from '../environment.ts';
import { readConfig } from '../read.ts';

const VIRTUAL = 'virtual_ipaddress {\n192.0.2.10\n}';
const bare = (lines: string): string =>
  `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n${lines}\n}\n`;
/** What keepalived complains of: what is not supported is not counted. */
const complaints = (text: string): string[] =>
  read(text)
    .diagnostics.filter(({ unsupported, severity }) => !unsupported && severity !== 'note')
    .map(({ severity, code }) => `${severity} ${code}`);

describe('preemption', () => {
  test.each([
    ['preempt_delay 5', 5_000_000, []],
    ['preempt_delay 5\nnopreempt', 0, ['warning preempt-delay-cleared']],
    ['preempt_delay 5\nstate MASTER\npriority 100', 0, ['warning preempt-delay-cleared']],
    ['preempt_delay 5\npriority 255', 0, ['warning preempt-delay-cleared']],
    ['preempt_delay 5\nstrict_mode', 0, ['warning preempt-delay-cleared']],
  ])('%j', (lines, delay, expected) => {
    expect(onlyTree(read(instance(lines))).preempt_delay).toBe(delay);
    expect(complaints(instance(lines))).toEqual(expected);
  });

  test('a timer that makes a late master yield needs nopreempt', () => {
    expect(complaints(instance('timer_expired_backup'))).toEqual(['warning timer-expired-cleared']);
    expect(onlyTree(read(instance('timer_expired_backup'))).timer_expired_backup).toBeNull();
  });

  test('the tree says what is in force', () => {
    expect(onlyTree(read(instance('nopreempt')))).toMatchObject({ nopreempt: true, preempt: false });
    expect(onlyTree(read(instance('nopreempt\npreempt')))).toMatchObject({ nopreempt: false, preempt: true });
    expect(onlyTree(read(instance('state MASTER')))).toMatchObject({ priority: 255, state: 'MASTER' });
    expect(onlyTree(read(instance('advert_int 0.4'))).advert_int).toBe(1_000_000);
    expect(onlyTree(read(instance('no_accept'))).accept).toBe(false);
    expect(onlyTree(read(instance('no_accept\naccept')))).toMatchObject({ accept: true, no_accept: false });
  });
});

describe('version', () => {
  test.each([
    ['version 2\nversion 3', 2, ['warning version-corrected']],
    ['version 3\nversion 3', 3, []],
  ])('%j', (lines, version, expected) => {
    expect(onlyTree(read(instance(lines))).version).toBe(version);
    expect(complaints(instance(lines))).toEqual(expected);
  });

  test.each([
    ['virtual_ipaddress {\nfe80::1\n}', 3, []],
    ['virtual_ipaddress {\nfe80::1\n}\nversion 2', 3, ['warning version-corrected']],
    ['version 2\nvirtual_ipaddress {\nfe80::1\n}', 2, []],
    ['version 2\nstrict_mode\nvirtual_ipaddress {\nfe80::1\n}', 3, ['warning strict-corrected']],
  ])('of IPv6: %j', (lines, version, expected) => {
    expect(onlyTree(read(bare(lines))).version).toBe(version);
    expect(complaints(bare(lines))).toEqual(expected);
  });
});

describe('families', () => {
  test.each([
    ['virtual_ipaddress {\n192.0.2.1\n2001:db8::1\n}', ['192.0.2.1']],
    ['virtual_ipaddress {\nfe80::1\n192.0.2.1\n}', ['fe80::1']],
    ['unicast_peer {\n192.0.2.9\n}\nvirtual_ipaddress {\n2001:db8::1\n192.0.2.1\n}', ['192.0.2.1']],
  ])('the first address of %j decides', (lines, kept) => {
    expect(onlyTree(read(bare(lines))).virtual_ipaddress.map(({ address }) => address)).toEqual(kept);
    expect(complaints(bare(lines))).toEqual(['warning address-family']);
  });

  test('settings of the other family are ignored', () => {
    const lines = `${VIRTUAL}\nunicast_src_ip fe80::1\nmcast_dst_ip ff02::9\nnative_ipv6`;
    expect(complaints(bare(lines))).toEqual(Array.from({ length: 3 }, () => 'warning address-family'));
    expect(onlyTree(read(bare(lines)))).toMatchObject({ unicast_src_ip: null, mcast_dst_ip: '224.0.0.18' });
  });

  test('what is not advertised may be of either family', () => {
    expect(complaints(instance('virtual_ipaddress_excluded {\n2001:db8::1\n}'))).toEqual([]);
  });
});

describe('strict mode', () => {
  test.each([
    ['down_timer_adverts 5', { down_timer_adverts: 3 }],
    ['garp_lower_prio_repeat 5', { garp_lower_prio_repeat: 0 }],
    ['garp_lower_prio_delay 3', { garp_lower_prio_delay: 0 }],
    ['lower_prio_no_advert false', { lower_prio_no_advert: true }],
    ['higher_prio_send_advert true', { higher_prio_send_advert: false }],
    ['accept', { accept: false }],
    ['use_vmac v1 02:00:00:00:00:01', { use_vmac: expect.objectContaining({ mac: null, name: 'v1' }) }],
  ])('%j is corrected', (line, expected) => {
    expect(onlyTree(read(instance(`strict_mode\n${line}`)))).toMatchObject(expected);
    expect(complaints(instance(`strict_mode\n${line}`))).toEqual(['warning strict-corrected']);
  });

  test.each([
    'strict_mode\npriority 255\naccept',
    'strict_mode\nversion 3\naccept',
    'strict_mode\nnopreempt',
  ])('%j is allowed', (lines) => expect(complaints(instance(lines))).toEqual([]));

  test('defaults', () => {
    expect(onlyTree(read(instance('strict_mode')))).toMatchObject({
      accept: false,
      owner_ignore_adverts: false,
    });
    expect(onlyTree(read(instance('strict_mode\npriority 255')))).toMatchObject({
      accept: true,
      owner_ignore_adverts: true,
    });
  });

  test('the first IPv6 address is link-local', () => {
    const lines = 'strict_mode\nvirtual_ipaddress {\n2001:db8::1\nfe80::1\n}';
    expect(complaints(bare(lines))).toEqual(['error strict-violation']);
  });

  test('an owner ignores adverts, whatever it says', () => {
    const lines = 'priority 255\nowner_ignore_adverts false';
    expect(onlyTree(read(instance(lines))).owner_ignore_adverts).toBe(true);
    expect(complaints(instance(lines))).toEqual(['warning value-corrected']);
  });
});

describe('unicast', () => {
  const peer = 'unicast_peer {\n192.0.2.2\n}';
  test.each([
    ['unicast_src_ip 192.0.2.1', ['warning no-peers']],
    ['check_unicast_src', ['warning no-peers']],
    ['old_unicast_checksum', ['warning no-peers']],
    ['unicast_peer {\n}', ['warning no-peers']],
    ['unicast_src_ip 192.0.2.1\nunicast_fault_no_peer', []],
    ['unicast_ttl 3', ['warning no-peers']],
    [`unicast_ttl 3\n${peer}`, []],
    [`mcast_dst_ip 224.0.0.9\n${peer}`, ['warning unicast-conflict']],
    [`use_vmac\n${peer}`, ['warning unicast-conflict']],
    [`use_vmac\nvmac_xmit_base\n${peer}`, []],
    [`mcast_src_ip 192.0.2.1\n${peer}`, []],
  ])('%j', (lines, expected) => {
    expect(complaints(instance(lines))).toEqual(expected);
  });

  test.each([
    ['', false],
    [' min_ttl 9', true],
    [' min_ttl 0', true],
    [' max_ttl 255', true],
  ])('limits of a peer compare the sender: %j', (limits, expected) => {
    const tree = onlyTree(read(instance(`unicast_peer {\n192.0.2.2${limits}\n}`)));
    expect(tree.check_unicast_src).toBe(expected);
  });

  test('without an interface', () => {
    const text = `vrrp_instance A {\nvirtual_router_id 1\n${peer}\n${VIRTUAL}\n}`;
    expect(codes(read(text))).toEqual([]);
    expect(only(read(text))).toMatchObject({ interface: '', wire: { vrf: null } });
    expect(complaints(instance('vrf red'))).toEqual(['warning vrf-ignored']);
  });
});

describe('virtual MAC interfaces', () => {
  test.each([
    ['vmac_xmit_base', ['warning vmac-missing']],
    ['use_vmac v1\nuse_vmac v2', ['warning duplicate-keyword']],
    ['use_vmac v1 02:00:5e:00:01', []],
    ['use_vmac', []],
    ['use_ipvlan', ['warning ipvlan-address']],
    ['use_ipvlan 192.0.2.4', []],
  ])('%j', (lines, expected) => {
    expect(complaints(instance(lines))).toEqual(expected);
  });

  test('a name is used once, and five octets end in the VRID', () => {
    const text = `${instance('use_vmac v1')}${instance('virtual_router_id 52\nuse_vmac v1 02:00:5e:00:01', 'B')}`;
    expect(complaints(text)).toEqual(['warning vmac-name']);
    const [, second] = read(text).config?.tree.vrrp_instance ?? [];
    expect(second?.use_vmac).toMatchObject({ name: null, mac: '02:00:5e:00:01:34' });
  });
});

describe('router identifiers', () => {
  test.each([
    ['', '', ['error duplicate-router-id']],
    ['', 'mcast_dst_ip 224.0.0.99', []],
    ['', 'interface eth1', []],
    ['unicast_peer {\n192.0.2.2\n}', 'unicast_peer {\n192.0.2.2\n}', ['error duplicate-router-id']],
  ])('%j beside %j', (first, second, expected) => {
    expect(complaints(instance(first) + instance(second, 'B'))).toEqual(expected);
  });

  test('both families may use one', () => {
    expect(complaints(instance() + bare('virtual_router_id 51\nvirtual_ipaddress {\nfe80::1\n}'))).toEqual(
      [],
    );
  });
});

describe('interfaces', () => {
  const machine = { ...UNKNOWN_ENVIRONMENT, interfaces: new Set(['lo', 'eth0']) };
  const on = (text: string): string[] =>
    readConfig('/c', { read: () => ({ text }), glob: () => ['/c'] }, machine)
      .diagnostics.filter(({ unsupported, severity }) => !unsupported && severity !== 'note')
      .map(({ severity, code }) => `${severity} ${code}`);

  test.each([
    instance('interface eth9'),
    instance('virtual_ipaddress {\n192.0.2.9 dev eth9\n}'),
    instance('track_interface {\neth9\n}'),
    'static_ipaddress {\n192.0.2.9 dev eth9\n}\n',
    'linkbeat_interfaces {\neth9\n}\n',
    'interface_up_down_delays {\neth9 1\n}\n',
    'garp_group {\ngarp_interval 1\ninterface eth9\n}\n',
    'garp_group {\ngarp_interval 1\ninterfaces {\neth0 eth9\n}\n}\n',
  ])('one that does not exist: %j', (text) => {
    expect(on(text)).toEqual(['error bad-interface']);
    expect(on(`global_defs {\ndynamic_interfaces\n}\n${text}`)).toEqual([]);
  });

  test('those that exist, or that instances make', () => {
    const dev = 'virtual_ipaddress {\n192.0.2.9 dev v1\n}';
    expect(on(instance(`use_vmac v1\n${dev}`))).toEqual([]);
  });
});

test('repeated and deprecated words', () => {
  expect(complaints(instance('notify_master /bin/a\nnotify_master /bin/b'))).toContain(
    'warning duplicate-keyword',
  );
  expect(complaints(instance('lvs_sync_daemon_interface eth0'))).toEqual(['warning deprecated-keyword']);
});
