import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';
import { codes, instance, only, onlyTree, read } from './config.fixture.ts';
import { startExitCode } from './diagnostics.ts';

describe('defaults', () => {
  test('an instance with only what is mandatory', () => {
    const result = read(instance());
    expect(result.diagnostics).toEqual([]);
    expect(only(result)).toEqual(
      vrrpInput({
        declaresFirstAdvert: true,
        version: 2,
        addresses: [{ address: '192.0.2.10', prefixLength: 24, interface: 'eth0' }],
      }),
    );
  });

  test.each([
    ['', 'BACKUP', 100],
    ['state MASTER', 'MASTER', 255],
    ['state MASTER\npriority 150', 'MASTER', 150],
    ['priority 255', 'MASTER', 255],
    ['state BACKUP\npriority 255', 'BACKUP', 255],
    ['state MASTER\nstate BACKUP\npriority 90', 'MASTER', 90],
    ['priority 10\npriority 20', 'BACKUP', 20],
  ])('state and priority of %j', (lines, state, priority) => {
    const result = read(instance(lines));
    expect(only(result)).toMatchObject({ startAsMaster: state === 'MASTER', priority });
    expect(result.diagnostics).toEqual([]);
  });

  test('an unknown state means BACKUP', () => {
    const result = read(instance('state MAIN'));
    expect(only(result).startAsMaster).toBe(false);
    expect(codes(result)).toEqual(['warning invalid-state']);
  });

  test('globals reach instances, wherever they stand, and instances overrule them', () => {
    const globals = `global_defs {
      router_id left
      vrrp_version 3
      vrrp_garp_master_delay 1
      vrrp_garp_master_repeat 2
      vrrp_lower_prio_no_advert
      v3_checksum_as_v2
    }\n`;
    const inherited = {
      version: 3,
      garpMasterDelayUs: 1_000_000,
      garpMasterRepeat: 2,
      garpLowerPriorityRepeat: 2,
    };
    for (const text of [globals + instance(), instance() + globals]) {
      const result = read(text);
      expect(result.config?.global.routerId).toBe('left');
      expect(only(result)).toMatchObject({
        ...inherited,
        checksumWithoutPseudoHeader: true,
        lowerPriorityNoAdvert: true,
      });
    }
    const lines =
      'version 2\ngarp_master_delay 0\ngarp_master_repeat 7\ngarp_lower_prio_repeat 0\nv3_checksum_as_v2 off\nlower_prio_no_advert no';
    expect(only(read(globals + instance(lines)))).toMatchObject({
      version: 2,
      garpMasterDelayUs: 0,
      garpMasterRepeat: 7,
      garpLowerPriorityRepeat: 0,
      checksumWithoutPseudoHeader: false,
      lowerPriorityNoAdvert: false,
    });
  });

  test('vrrp_min_garp means one packet, unless more is asked for', () => {
    expect(only(read(`global_defs {\nvrrp_min_garp\n}\n${instance()}`))).toMatchObject({
      garpMasterRepeat: 1,
      garpMasterDelayUs: 0,
    });
    const text = `global_defs {\nvrrp_min_garp\nvrrp_garp_master_repeat 3\n}\n${instance()}`;
    expect(only(read(text))).toMatchObject({ garpMasterRepeat: 3, garpMasterDelayUs: 0 });
  });

  test('a burst has at least one packet', () => {
    const result = read(instance('garp_master_repeat 0'));
    expect(only(result).garpMasterRepeat).toBe(1);
    expect(codes(result)).toEqual(['warning value-corrected']);
  });
});

describe('advert_int', () => {
  test.each([
    [2, '1', 1_000_000, false],
    [2, '255', 255_000_000, false],
    [2, '0.5', 1_000_000, true],
    [2, '0.01', 1_000_000, true],
    [2, '2.6', 3_000_000, true],
    [2, '1.0', 1_000_000, false],
    [3, '0.01', 10_000, false],
    [3, '0.125', 130_000, true],
    [3, '40.95', 40_950_000, false],
    [3, '40.96', 40_950_000, true],
    [3, '255', 40_950_000, true],
    [3, '.5', 500_000, false],
  ])('version %i, %s s', (version, text, expected, adjusted) => {
    const result = read(instance(`version ${version}\nadvert_int ${text}`));
    expect(only(result).advertIntervalUs).toBe(expected);
    expect(codes(result)).toEqual(adjusted ? ['warning interval-adjusted'] : []);
  });

  test.each([
    ['0', 'number-out-of-range'],
    ['0.009', 'number-out-of-range'],
    ['255.1', 'number-out-of-range'],
    ['1s', 'invalid-number'],
    ['-1', 'invalid-number'],
    ['.', 'invalid-number'],
    ['1e1', 'invalid-number'],
    ['999999999999999999999999', 'number-out-of-range'],
  ])('%s is ignored', (text, code) => {
    const result = read(instance(`advert_int ${text}`));
    expect(only(result).advertIntervalUs).toBe(1_000_000);
    expect(codes(result)).toEqual([`warning ${code}`]);
  });
});

describe('numbers', () => {
  test.each([
    ['priority 0', 'number-out-of-range'],
    ['priority 256', 'number-out-of-range'],
    ['priority 10x', 'invalid-number'],
    ['priority 0x10', 'invalid-number'],
    ['priority 1.5', 'invalid-number'],
    ['version 4', 'number-out-of-range'],
    ['garp_master_delay 4295', 'number-out-of-range'],
    ['lower_prio_no_advert maybe', 'invalid-boolean'],
    ['unicast_src_ip 192.0.2.256', 'invalid-address'],
  ])('%s is ignored with a warning', (line, code) => {
    const result = read(instance(line));
    expect(only(result)).toEqual(only(read(instance())));
    expect(codes(result)).toEqual([`warning ${code}`]);
  });

  test('a sign and leading zeros are numbers', () => {
    expect(only(read(instance('priority +07'))).priority).toBe(7);
  });

  test('a missing value is an error', () => {
    for (const keyword of ['priority', 'advert_int', 'state', 'garp_master_delay', 'unicast_src_ip']) {
      const result = read(instance(keyword));
      expect(result.config).toBeNull();
      expect(codes(result)).toEqual(['error missing-parameter']);
    }
  });
});

describe('nopreempt', () => {
  test.each([
    ['nopreempt', true, []],
    ['nopreempt\npreempt', false, []],
    ['preempt\nnopreempt', true, []],
    ['nopreempt\nstate MASTER\npriority 100', false, ['warning nopreempt-cleared']],
    ['nopreempt\nstate BACKUP\npriority 255', false, ['warning nopreempt-cleared']],
  ])('%j', (lines, expected, problems) => {
    const result = read(instance(lines));
    expect(only(result).nopreempt).toBe(expected);
    expect(codes(result)).toEqual(problems);
  });
});

describe('addresses', () => {
  const withLines = (lines: string, more = ''): string =>
    `vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 51\n${more}\nvirtual_ipaddress {\n${lines}\n}\n}\n`;

  test('prefix, device and options', () => {
    const result = read(
      withLines(
        '192.0.2.1\n192.0.2.2/24 dev eth1 no_track brd + label eth1:vip scope link\n"192.0.2.3/16" broadcast 192.0.255.255',
      ),
    );
    expect(only(result).addresses).toEqual([
      { address: '192.0.2.1', prefixLength: 32, interface: 'eth0' },
      {
        address: '192.0.2.2',
        prefixLength: 24,
        interface: 'eth1',
        scope: 253,
        broadcast: '192.0.2.255',
        label: 'eth1:vip',
        untracked: true,
      },
      { address: '192.0.2.3', prefixLength: 16, interface: 'eth0', broadcast: '192.0.255.255' },
    ]);
    expect(codes(result)).toEqual([]);
  });

  test('several blocks are one list, a repeated address counts once', () => {
    const result = read(withLines('192.0.2.1', 'virtual_ipaddress {\n192.0.2.2\n192.0.2.1\n}'));
    expect(only(result).addresses.map(({ address }) => address)).toEqual(['192.0.2.2', '192.0.2.1']);
    expect(codes(result)).toEqual(['warning duplicate-address']);
  });

  test.each([
    ['192.0.2.300', 'warning invalid-address'],
    ['host.example', 'warning invalid-address'],
    ['192.0.2.1/33', 'warning invalid-prefix'],
    ['192.0.2.1/', 'warning invalid-prefix'],
    ['192.0.2.1 via', 'warning unknown-option'],
    ['192.0.2.1 dev', 'warning missing-parameter'],
    ['2001:db8::1/64', 'warning address-family'],
  ])('%s', (line, code) => {
    const result = read(withLines(`192.0.2.99\n${line}`));
    expect(codes(result)).toEqual([code]);
    expect(startExitCode(result.diagnostics) !== 0).toBe(code.startsWith('error'));
  });

  test('an invalid prefix length means a host address', () => {
    expect(only(read(withLines('192.0.2.1/44'))).addresses[0]?.prefixLength).toBe(32);
  });

  test('255 addresses fit, 256 do not', () => {
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, index) => `10.0.${index >> 8}.${index & 255}`).join('\n');
    expect(only(read(withLines(lines(255)))).addresses).toHaveLength(255);
    const overflow = read(withLines(lines(256)));
    expect(codes(overflow)).toEqual(['warning too-many-addresses']);
    expect(onlyTree(overflow).virtual_ipaddress_excluded).toMatchObject([{ address: '10.0.0.255' }]);
  });

  test('none: version 2 warns, version 3 refuses, no_virtual_ipaddress means it', () => {
    const bare = (lines: string): string =>
      `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n${lines}\n}\n`;
    expect(codes(read(bare('')))).toEqual(['warning no-addresses']);
    expect(codes(read(bare('version 3')))).toEqual(['error no-addresses']);
    expect(codes(read(bare('version 3\nno_virtual_ipaddress')))).toEqual([]);
  });

  test('unicast source and peers', () => {
    const result = read(
      instance(
        'unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2\n192.0.2.3 min_ttl 0 max_ttl 255\n192.0.2.2\n}',
      ),
    );
    expect(only(result)).toMatchObject({
      sourceAddress: '192.0.2.1',
      unicastPeers: ['192.0.2.2', '192.0.2.3'],
    });
    expect(codes(result)).toEqual(['warning duplicate-peer']);
    expect(only(read(instance('mcast_src_ip 192.0.2.5'))).sourceAddress).toBe('192.0.2.5');
    const limited = read(instance('unicast_peer {\n192.0.2.2 min_ttl 254\n}'));
    expect(codes(limited)).toEqual([]);
    expect(only(limited).wire).toMatchObject({
      checkUnicastSource: true,
      peerTtls: [{ peer: '192.0.2.2', min: 254, max: 255 }],
    });
  });
});

describe('instances', () => {
  test('what is mandatory', () => {
    expect(codes(read('vrrp_instance A {\nvirtual_router_id 5\nno_virtual_ipaddress\n}'))).toEqual([
      'error missing-interface',
    ]);
    expect(codes(read('vrrp_instance A {\ninterface eth0\nno_virtual_ipaddress\n}'))).toEqual([
      'error missing-router-id',
    ]);
    expect(codes(read('vrrp_instance {\ninterface eth0\n}'))).toEqual(['error missing-parameter']);
    const outOfRange = read(
      'vrrp_instance A {\ninterface eth0\nvirtual_router_id 256\nno_virtual_ipaddress\n}',
    );
    expect(codes(outOfRange)).toEqual(['error missing-router-id', 'warning number-out-of-range']);
  });

  test('a second block of one name is ignored', () => {
    const result = read(`${instance('priority 10')}${instance('priority 20')}`);
    expect(only(result).priority).toBe(10);
    expect(codes(result)).toEqual(['warning duplicate-instance']);
  });

  test('one VRID on one interface is one instance', () => {
    const result = read(instance() + instance('', 'VI_2'));
    expect(codes(result)).toEqual(['error duplicate-router-id']);
    expect(result.diagnostics[0]).toMatchObject({ line: 11, column: 19, width: 2 });
    expect(codes(read(instance() + instance('interface eth1', 'VI_2')))).toEqual([]);
    expect(codes(read(instance() + instance('virtual_router_id 52', 'VI_2')))).toEqual([]);
  });

  test('unicast: one VRID towards one peer from one address is one instance', () => {
    const unicast = (source: string, peer: string): string =>
      `unicast_src_ip ${source}\nunicast_peer {\n${peer}\n}`;
    const pair = (first: string, second: string): string[] =>
      codes(read(instance(first) + instance(second, 'VI_2')));
    expect(pair(unicast('10.0.0.1', '10.0.0.2'), unicast('10.0.0.1', '10.0.0.2'))).toEqual([
      'error duplicate-router-id',
    ]);
    expect(pair(unicast('10.0.0.1', '10.0.0.2'), unicast('10.0.0.1', '10.0.0.3'))).toEqual([]);
    expect(pair(unicast('10.0.0.1', '10.0.0.2'), unicast('10.0.0.9', '10.0.0.2'))).toEqual([]);
    expect(pair(unicast('10.0.0.1', '10.0.0.2'), '')).toEqual([]);
  });

  test('an empty file is a configuration without instances', () => {
    expect(read('')).toMatchObject({
      config: { global: { routerId: null }, tree: { vrrp_instance: [] } },
      diagnostics: [],
    });
  });
});

test('of what was parsed nothing is kept once the tree is made', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const reading = () => {
    const { config, root } = read(instance());
    return { config, root: new WeakRef(root) };
  };
  const { config, root } = reading();
  expect(config?.tree.vrrp_instance).toHaveLength(1);
  // What a WeakRef was asked for is kept to the end of the turn.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(root.deref()).toBeUndefined();
  expect(config?.tree.vrrp_instance).toHaveLength(1);
});
