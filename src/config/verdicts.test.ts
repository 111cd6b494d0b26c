import { describe, expect, test } from 'vitest';
import { instance, read } from './config.fixture.ts';
import { configTestExitCode } from './diagnostics.ts';

/** What counts for `-t`: the codes of the problems, without what is not supported yet. */
function complaints(text: string): string[] {
  return read(text)
    .diagnostics.filter(({ severity, unsupported }) => severity !== 'note' && !unsupported)
    .map(({ code }) => code);
}

const globals = (lines: string): string => `global_defs {\n${lines}\n}\n`;
const virtualServer = (checker: string): string =>
  `virtual_server 192.0.2.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\nreal_server 192.0.2.2 80 {\n${checker}\n}\n}\n`;

describe('an empty word is the number 0', () => {
  test.each([
    globals('vrrp_priority ""'),
    globals('lvs_timeouts tcp ""'),
    globals('vrrp_cpu_affinity ""'),
    instance('preempt_delay ""'),
    'garp_group {\ngarp_interval ""\ninterface eth0\n}\n',
    virtualServer('uthreshold ""'),
    virtualServer('TCP_CHECK {\nretry ""\n}'),
  ])('%j', (text) => expect(complaints(text)).toEqual([]));

  test.each([globals('vrrp_version ""'), globals('vrrp_startup_delay ""'), instance('virtual_router_id ""')])(
    '%j, where 0 is out of range',
    (text) => expect(complaints(text)).toContain('number-out-of-range'),
  );
});

describe('one address counts, whatever follows it', () => {
  test.each([
    instance('mcast_src_ip 192.0.2.1/24'),
    instance('unicast_peer {\n192.0.2.2/24\n192.0.2.3-9\n}'),
    globals('vrrp_mcast_group4 224.0.0.18/24'),
    virtualServer('TCP_CHECK {\nconnect_ip 192.0.2.3/33\n}'),
  ])('%j', (text) => expect(complaints(text)).toEqual([]));

  test('and is the value', () => {
    const text = instance('mcast_src_ip 192.0.2.1/24');
    expect(read(text).config?.tree.vrrp_instance[0]?.mcast_src_ip).toBe('192.0.2.1');
  });
});

describe('a second line is a complaint', () => {
  test.each([
    ['instance a\ninstance b\n', 'duplicate-keyword'],
    ['net_namespace_ipvs a\nnet_namespace_ipvs b\n', 'duplicate-keyword'],
    [globals('nftables a\nnftables b'), 'duplicate-keyword'],
    [globals('vrrp_iptables a\nvrrp_iptables b'), 'duplicate-keyword'],
    [globals('snmp_socket a\nsnmp_socket b'), 'duplicate-keyword'],
    ['SSL {\nkey a\nkey b\n}\n', 'duplicate-keyword'],
    ['vrrp_track_process p {\nprocess a\nprocess b\n}\n', 'duplicate-keyword'],
    [instance('use_ipvlan a 192.0.2.9\nuse_ipvlan b 192.0.2.9'), 'duplicate-keyword'],
    [virtualServer('HTTP_GET {\nurl {\npath /\npath /a\n}\n}'), 'duplicate-keyword'],
    [virtualServer('HTTP_GET {\nurl {\npath /\nregex a\nregex b\n}\n}'), 'duplicate-keyword'],
    [instance('virtual_ipaddress {\n192.0.2.10/16 dev eth1\n}'), 'duplicate-address'],
    [instance('unicast_peer {\n192.0.2.2\n192.0.2.2\n}'), 'duplicate-peer'],
  ])('%j', (text, code) => expect(complaints(text)).toEqual([code]));

  test('but not an address that is not advertised, on another interface', () => {
    const text = instance('virtual_ipaddress_excluded {\n192.0.2.10/24 dev eth1\n}');
    expect(complaints(text)).toEqual([]);
  });

  test('the first or the last one counts', () => {
    expect(read('instance a\ninstance b\n').config?.tree.instance).toBe('a');
    const tree = read('SSL {\nca a\nca b\n}\n').config?.tree;
    expect(tree?.SSL[0]?.ca).toBe('b');
  });
});

describe('words behind the value', () => {
  test.each([
    globals('umask 022 1'),
    globals('reload_time_file /a b'),
    globals('snmp_socket a b'),
    globals('vrrp_rx_bufs_multiplier 3 4'),
    globals('notification_email_from a@example.com b'),
  ])('are a complaint: %j', (text) => expect(complaints(text)).toEqual(['extra-word']));

  test('of a weight', () => {
    const script = (weight: string): string =>
      `vrrp_script s {\nscript "/usr/bin/true"\nweight ${weight}\n}\n`;
    const tracked = (weight: string): string =>
      script('3') + instance(`track_script {\ns weight ${weight}\n}`);
    expect(complaints(script('3 x') + instance('track_script {\ns\n}'))).toEqual(['unknown-option']);
    expect(complaints(tracked('3 x'))).toEqual(['unknown-option']);
    expect(complaints(tracked('3 reverse x'))).toEqual([]);
  });

  test('of garp_extra_if are times, the last one counts', () => {
    expect(complaints(instance('garp_extra_if 100 x'))).toEqual(['invalid-number']);
    const { config } = read(instance('garp_extra_if 100 all 200'));
    expect(config?.tree.vrrp_instance[0]?.garp_extra_if).toEqual({ all: true, intervalUs: 200_000_000 });
  });
});

describe('lists of nothing', () => {
  test.each([
    [globals('notification_email {\n}'), 'empty-list'],
    ['garp_group {\ngarp_interval 1\ninterfaces {\n}\n}\n', 'empty-list'],
    ['track_group g {\n}\n', 'empty-group'],
  ])('%j', (text, code) => expect(complaints(text)).toEqual([code]));
});

test('an interface that a member follows, or has, is not followed for it again', () => {
  const members = instance('track_interface {\neth1\n}', 'A') + instance('virtual_router_id 52', 'B');
  const group = (name: string): string =>
    `vrrp_sync_group G {\ngroup { A B }\ntrack_interface {\n${name}\n}\n}\n`;
  expect(complaints(members + group('eth0'))).toEqual(['tracked-twice']);
  expect(complaints(members + group('eth1'))).toEqual(['tracked-twice']);
  expect(complaints(members + group('eth2'))).toEqual([]);
});

test('a block at the end of the file needs no brace', () => {
  expect(complaints('global_defs')).toEqual([]);
  expect(complaints('global_defs\nrouter_id x')).toContain('missing-open');
});

test('no password is no authentication', () => {
  const text = instance('authentication {\nauth_type PASS\nauth_pass ""\n}');
  expect(complaints(text)).toEqual(['authentication-ignored']);
  expect(configTestExitCode(read(text).diagnostics)).toBe(5);
});

test('include_check takes one word, and others with a sign', () => {
  const checks = (words: string): unknown =>
    read(globals(`include_check ${words}`)).config?.tree.global_defs[0]?.include_check;
  expect(complaints(globals('include_check read +match'))).toEqual([]);
  expect(complaints(globals('include_check readable'))).toEqual(['invalid-choice']);
  expect(complaints(globals('include_check read match'))).toEqual(['invalid-choice']);
  expect(checks('read match')).toEqual(['read']);
});
