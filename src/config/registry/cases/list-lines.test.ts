/** Blocks whose lines list things: what a line is in the configuration. Their options have tables of cases. */
import { expect, test } from 'vitest';
import { read } from '../../config.fixture.ts';
import type { ConfigTree } from '../../model.ts';
import { BLOCKS } from '../blocks.ts';

const instance = (lines: string, name = 'A', id = 1): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${id}\nvirtual_ipaddress {\n192.0.2.${id}\n}\n${lines}\n}\n`;
const INSTANCES = instance('') + instance('', 'B', 2);
const TRACKED = `vrrp_script s {\nscript /bin/true\nweight 3\n}\ntrack_file f {\nfile /run/f\n}
vrrp_track_process p {\nprocess sleep\n}\nbfd_instance b {\nneighbor_ip 192.0.2.77\n}\n`;
const groupUser =
  'virtual_server group G {\nprotocol TCP\nlvs_method NAT\nreal_server 192.0.2.9 80 {\n}\n}\n';

const inBlocks = (path: string, line: string): string =>
  path
    .split('/')
    .reverse()
    .reduce((inner, keyword) => `${keyword} {\n${inner}\n}\n`, line);
const inInstance = (path: string, line: string): string =>
  TRACKED + instance(inBlocks(path.replace('vrrp_instance/', ''), line));
const inSyncGroup = (path: string, line: string): string =>
  `${TRACKED}${INSTANCES}vrrp_sync_group g {\ngroup {\nA\nB\n}\n${inBlocks(path.replace('vrrp_sync_group/', ''), line)}}\n`;

/** The configuration around a line of the block. */
function around(path: string, line: string): string {
  if (path === 'vrrp_sync_group/group' || path === 'track_group/group') {
    const outer = path.split('/')[0];
    return `${outer} g {\ngroup {\n${line}\n}\n}\n${INSTANCES}`;
  }
  if (path === 'garp_group/interfaces') return `garp_group {\ngarp_interval 1\ninterfaces {\n${line}\n}\n}\n`;
  if (path === 'virtual_server_group') return `virtual_server_group G {\n${line}\n}\n${groupUser}`;
  if (path.startsWith('vrrp_instance/')) return inInstance(path, line);
  if (path.startsWith('vrrp_sync_group/')) return inSyncGroup(path, line);
  return inBlocks(path, line);
}

/** The last thing that is listed; undefined: nothing is. */
function listed(tree: ConfigTree | undefined, path: string): unknown {
  let values: unknown = tree;
  for (const keyword of path.split('/')) {
    const blocks = (values as Record<string, unknown> | undefined)?.[keyword];
    values = (blocks as readonly unknown[] | undefined)?.at(-1);
  }
  const { lines } = (values ?? {}) as { lines?: readonly unknown[] };
  return path === 'virtual_server_group' ? lines?.at(-1) : values;
}

const weight = (value: number, reverse = false): object => ({ value, reverse });

const ROUTE_TYPES = [
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
];

/** Block, line, what of it is in the configuration, a bad line, the code it gets. */
const LINES: readonly (readonly [string, string, unknown, string, string])[] = [
  ['global_defs/notification_email', 'a@example.org', ['a@example.org'], '', ''],
  ['track_group/group', 'A B', ['A', 'B'], 'A C', 'unknown-member'],
  ['vrrp_sync_group/group', 'A B', ['A', 'B'], 'A B C', 'unknown-member'],
  ['garp_group/interfaces', 'eth0 eth1', ['eth0', 'eth1'], '', ''],
  ['linkbeat_interfaces', 'eth0', { interface: 'eth0', method: null }, 'eth0 x', 'extra-word'],
  ['linkbeat_interfaces', 'eth0 MII', { interface: 'eth0', method: 'MII' }, '', ''],
  ['linkbeat_interfaces', 'eth0 ETHTOOL', { interface: 'eth0', method: 'ETHTOOL' }, '', ''],
  ['linkbeat_interfaces', 'eth0 IOCTL', { interface: 'eth0', method: 'IOCTL' }, '', ''],
  ['interface_up_down_delays', 'eth0 255', { down: 255e6, up: 0 }, 'eth0 256', 'number-out-of-range'],
  ['interface_up_down_delays', 'eth0 0 255', { down: 0, up: 255e6 }, 'eth0 0 256', 'number-out-of-range'],
  [
    'virtual_server_group',
    '192.0.2.1 80',
    { last: '192.0.2.1', port: 80 },
    '192.0.2.1 65536',
    'invalid-port',
  ],
  ['virtual_server_group', '192.0.2.1-5 80', { last: '192.0.2.5' }, '192.0.2.1-300 80', 'invalid-range'],
  [
    'virtual_server_group',
    '192.0.2.1-192.0.2.3',
    { last: '192.0.2.3', port: 0 },
    '192.0.2.3-192.0.2.1',
    'invalid-range',
  ],
  [
    'virtual_server_group',
    '192.0.2.0/24 80',
    { first: '192.0.2.0', last: '192.0.2.255' },
    '192.0.2.1/24 80',
    'invalid-range',
  ],
  ['virtual_server_group', 'fwmark 0', { fwmark: 0, family: null }, 'fwmark -1', 'invalid-fwmark'],
  [
    'virtual_server_group',
    'fwmark 4294967295 inet',
    { fwmark: 4294967295, family: 'inet' },
    'fwmark 4294967296',
    'invalid-fwmark',
  ],
  [
    'vrrp_instance/unicast_peer',
    '192.0.2.7 min_ttl 0 max_ttl 255',
    { min_ttl: 0, max_ttl: 255 },
    'x',
    'invalid-address',
  ],
  ...['vrrp_instance', 'vrrp_sync_group'].flatMap((path) => [
    [
      `${path}/track_interface`,
      'eth1',
      { name: 'eth1', weight: weight(0) },
      'eth1 weight x',
      'invalid-number',
    ] as const,
    [`${path}/track_script`, 's', { name: 's', weight: weight(3) }, 't', 'unknown-tracked'] as const,
    [`${path}/track_file`, 'f', { name: 'f', weight: weight(1) }, 't', 'unknown-tracked'] as const,
    [`${path}/track_process`, 'p', { name: 'p', weight: weight(0) }, 't', 'unknown-tracked'] as const,
    [`${path}/track_bfd`, 'b', { name: 'b', weight: weight(0) }, 't', 'unknown-tracked'] as const,
  ]),
  ...['virtual_ipaddress', 'virtual_ipaddress_excluded'].flatMap((block) => [
    [
      `vrrp_instance/${block}`,
      '192.0.2.50',
      { address: '192.0.2.50', prefixLength: 32 },
      'x',
      'invalid-address',
    ] as const,
    [
      `vrrp_instance/${block}`,
      '192.0.2.50/24',
      { prefixLength: 24 },
      '192.0.2.50/33',
      'invalid-prefix',
    ] as const,
  ]),
  [
    'static_ipaddress',
    '192.0.2.50 dev eth0',
    { address: '192.0.2.50', prefixLength: 32 },
    'x',
    'invalid-address',
  ],
  ...['static_routes', 'vrrp_instance/virtual_routes'].flatMap((path) => [
    ...ROUTE_TYPES.map(
      (type) =>
        [
          path,
          `${type} 10.0.0.0/8 dev eth0`,
          { type, to: '10.0.0.0/8' },
          'x 10.0.0.0/8',
          'unknown-option',
        ] as const,
    ),
    [
      path,
      '10.0.0.0/8 dev eth0',
      { type: 'unicast', to: '10.0.0.0/8' },
      'dev eth0',
      'missing-destination',
    ] as const,
    [path, 'brd 10.0.0.0/8 dev eth0', { type: 'broadcast' }, 'brd', 'missing-parameter'] as const,
    [path, '8 10.0.0.0/8 dev eth0', { type: 'prohibit' }, '256 10.0.0.0/8', 'unknown-option'] as const,
  ]),
  ...['static_rules', 'vrrp_instance/virtual_rules'].map(
    (path) =>
      [
        path,
        'preference 5 table 9',
        { action: 'table', table: 9 },
        'preference 5',
        'missing-action',
      ] as const,
  ),
];

test.each(LINES)('%s: %s', (path, line, value, bad, code) => {
  const { config } = read(around(path, line));
  const found = listed(config?.tree, path);
  if (Array.isArray(value)) expect(found).toEqual(value);
  else expect(found).toMatchObject(value as object);
  const codes = (text: string): string[] => read(text).diagnostics.map((one) => one.code);
  if (code === '') return;
  expect(codes(around(path, bad))).toContain(code);
  expect(codes(around(path, line))).not.toContain(code);
});

test('every block that lists things has such a line', () => {
  const lists = [...BLOCKS].filter(([, block]) => 'line' in block).map(([path]) => path);
  expect([...new Set(LINES.map(([path]) => path))].sort()).toEqual(lists.sort());
});

test('vrrp_track_file is another word for track_file', () => {
  const lines = 'f {\nfile /run/f\nweight 254 reverse\ninit_file 2 overwrite\n}\n';
  const [old, now] = ['vrrp_track_file', 'track_file'].map((word) => read(`${word} ${lines}`).config?.tree);
  expect(old?.track_file).toEqual(now?.track_file);
  expect(now?.track_file).toHaveLength(1);
});
