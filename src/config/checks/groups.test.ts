import { describe, expect, test } from 'vitest';
import { codes, instance, read } from '../config.fixture.ts';
import { dumpConfig } from '../dump.ts';

const complaints = (text: string): string[] =>
  read(text)
    .diagnostics.filter(({ unsupported, severity }) => !unsupported && severity !== 'note')
    .map(({ severity, code }) => `${severity} ${code}`);
const pair = (first = '', second = ''): string =>
  instance(first, 'A') + instance(`virtual_router_id 52\n${second}`, 'B');
const group = (lines: string, name = 'G'): string => `vrrp_sync_group ${name} {\n${lines}\n}\n`;
const BOTH = 'group {\nA\nB\n}';

describe('sync groups', () => {
  test.each([
    [BOTH, []],
    ['group {\nA B\n}', []],
    ['group {\nA\n}', ['warning sync-group-single']],
    ['group {\nA\nB\nZ\n}', ['warning unknown-member']],
    ['group {\nA\nB\nA\n}', ['warning member-twice']],
    ['group {\nX\n}', ['warning sync-group-empty', 'warning unknown-member']],
    ['', ['warning sync-group-empty']],
    ['group {\nA\nB\n}\ngroup {\nA\n}', ['warning duplicate-block']],
    [`global_tracking\n${BOTH}`, ['warning deprecated-keyword']],
    [`track_script {\nnone\n}\n${BOTH}`, ['warning unknown-tracked']],
  ])('%j', (lines, expected) => {
    expect(complaints(pair() + group(lines))).toEqual(expected);
    expect(complaints(group(lines) + pair())).toEqual(expected);
  });

  test('an instance is in one group, and a name is used once', () => {
    const text = pair() + group(BOTH) + group('group {\nB\n}', 'H');
    expect(complaints(text)).toEqual(['warning sync-group-empty', 'warning member-twice']);
    const [first, ...others] = read(text).config?.tree.vrrp_sync_group ?? [];
    expect(first?.group.flat()).toEqual(['A', 'B']);
    expect(others).toEqual([]);
    expect(complaints(pair() + group(BOTH) + group(BOTH))).toEqual(['warning duplicate-name']);
  });

  test('weights do not count, but for those of interfaces, which only keepalived says not to count', () => {
    const tracked = 'track_interface {\neth1 weight 5\n}';
    const text = pair(tracked) + group(BOTH);
    expect(complaints(text)).toEqual(['warning tracker-weight']);
    expect(read(text).config?.tree.vrrp_instance[0]?.track_interface).toMatchObject([
      { weight: { value: 5 } },
    ]);
    expect(complaints(pair(tracked) + group(`sync_group_tracking_weight\n${BOTH}`))).toEqual([]);
  });

  test('a file stays as a reason for fault in its own direction, unless a weight is written for it', () => {
    const files = 'track_file a {\nfile /run/a\nweight 1 reverse\n}\ntrack_file b {\nfile /run/b\n}\n';
    const text = files + pair('track_file {\na\nb weight 5\n}') + group(BOTH);
    expect(complaints(text)).toEqual(['warning tracker-weight', 'warning tracker-weight']);
    expect(read(text).config?.tree.vrrp_instance[0]?.track_file).toEqual([
      { name: 'a', weight: { value: 0, reverse: true } },
    ]);
  });

  test('nor those of the group, with an owner in it', () => {
    const tracked = 'track_interface {\neth1 weight 5\n}';
    const text = pair('priority 255') + group(`${tracked}\n${BOTH}`);
    expect(complaints(text)).toEqual(['warning tracker-weight']);
    expect(codes(read(text))).toContain('note sync-group-owners');
  });
});

describe('trackers', () => {
  const script = 'vrrp_script t {\nscript /bin/true\n}\n';
  const file = 'track_file t {\nfile /run/t\n}\n';
  const process = 'vrrp_track_process t {\nprocess sleep\n}\n';
  const bfd = 'bfd_instance t {\nneighbor_ip 192.0.2.9\n}\n';
  const track = (keyword: string, ...lines: string[]): string => `${keyword} {\n${lines.join('\n')}\n}`;

  test.each([
    ['track_script', script],
    ['track_file', file],
    ['track_process', process],
    ['track_bfd', bfd],
  ])('%s: what is followed is defined before, and once', (keyword, definition) => {
    expect(complaints(definition + instance(track(keyword, 't')))).toEqual([]);
    expect(complaints(instance(track(keyword, 't')) + definition)).toEqual(['warning unknown-tracked']);
    expect(complaints(instance(track(keyword, 't')))).toEqual(['warning unknown-tracked']);
    expect(complaints(definition + instance(track(keyword, 't', 't weight 4')))).toEqual([
      'warning duplicate-tracked',
    ]);
  });

  test.each([
    ['vrrp_script t {\n}\n', 'track_script'],
    ['track_file t {\n}\n', 'track_file'],
    ['vrrp_track_process t {\n}\n', 'track_process'],
  ])('%j is left out', (definition, keyword) => {
    expect(complaints(definition + instance(track(keyword, 't')))).toEqual([
      'warning incomplete-tracker',
      'warning unknown-tracked',
    ]);
  });

  test('interfaces: own ones, and those of an owner', () => {
    expect(complaints(instance(track('track_interface', 'eth0')))).toEqual(['warning track-own-interface']);
    expect(complaints(instance(track('track_interface', 'eth1', 'eth1 weight 3')))).toEqual([
      'warning duplicate-tracked',
    ]);
    const owner = (lines: string): string => instance(`priority 255\n${lines}`);
    expect(complaints(owner(track('track_interface', 'eth1 weight 3')))).toEqual(['warning tracker-weight']);
    expect(complaints(owner(track('track_interface', 'eth1')))).toEqual([]);
    expect(complaints(file + owner(track('track_file', 't')))).toEqual(['warning tracker-weight']);
    expect(complaints(process + owner(track('track_process', 't weight 3')))).toEqual([]);
  });

  test.each([
    ['t', { value: 7, reverse: true }, 't weight 7 reverse'],
    ['t weight 5', { value: 5, reverse: true }, 't weight 5 reverse'],
    ['t weight 5 noreverse', { value: 5, reverse: false, noreverse: true }, 't weight 5 noreverse'],
    ['u weight 5 noreverse', { value: 5, reverse: false }, 'u weight 5'],
    ['u weight 5 reverse', { value: 5, reverse: true }, 'u weight 5 reverse'],
    ['u weight 5', { value: 5, reverse: false }, 'u weight 5'],
  ])('a weight, and then its direction, comes from what is followed: %s', (line, weight, dumped) => {
    const scripts =
      'vrrp_script t {\nscript /bin/true\nweight 7 reverse\n}\nvrrp_script u {\nscript /bin/true\n}\n';
    const { config } = read(scripts + instance(track('track_script', line)));
    expect(config?.tree.vrrp_instance[0]?.track_script).toEqual([{ name: line[0], weight }]);
    expect(config && dumpConfig(config.tree)).toContain(`  ${dumped}\n`);
  });

  test('a script that nothing follows is not run', () => {
    expect(codes(read(script + instance()))).toContain('note unused-script');
    expect(read(script + instance()).config?.tree.vrrp_script).toEqual([]);
  });

  test.each([
    ['', '', true],
    ['no', '', false],
    ['yes', '', true],
    ['no', 'yes', true],
    ['yes', 'no', false],
  ])('changes of priority: group %j, member %j', (ofGroup, own, expected) => {
    const line = (value: string): string => (value === '' ? '' : `notify_priority_changes ${value}`);
    const globals = 'global_defs {\nvrrp_notify_priority_changes\n}\n';
    const { config } = read(globals + group(`${BOTH}\n${line(ofGroup)}`) + pair(line(own)));
    expect(config?.tree.vrrp_instance[0]?.notify_priority_changes).toBe(expected);
  });

  test.each([
    ['delay 5\nfork_delay 3', 5, 3],
    ['fork_delay 3\ndelay 5', 5, 5],
    ['terminate_delay 1\ndelay 5\nterminate_delay 2', 2, 5],
    ['fork_delay 3', 0, 3],
  ])('the last delay counts: %j', (lines, terminate, fork) => {
    const { config } = read(`vrrp_track_process t {\nprocess sleep\n${lines}\n}\n`);
    const [node] = config?.tree.vrrp_track_process ?? [];
    expect([node?.terminate_delay, node?.fork_delay]).toEqual([terminate * 1e6, fork * 1e6]);
  });

  test('a quorum that cannot be', () => {
    const limits = 'vrrp_track_process t {\nprocess sleep\nquorum 5\nquorum_max 3\n}\n';
    expect(complaints(limits)).toEqual(['warning value-ignored']);
    expect(read(limits).config?.tree.vrrp_track_process[0]?.quorum_max).toBeNull();
  });
});

describe('BFD sessions', () => {
  const bfd = (lines: string, name = 'b'): string => `bfd_instance ${name} {\n${lines}\n}\n`;
  const neighbor = 'neighbor_ip 192.0.2.9';
  test.each([
    [bfd(neighbor), []],
    [bfd(''), ['warning bfd-ignored']],
    [bfd(`${neighbor}\nsource_ip fe80::1`), ['warning bfd-ignored']],
    [bfd(neighbor) + bfd(neighbor, 'c'), ['warning bfd-ignored']],
    [bfd(neighbor) + bfd(`${neighbor}\nsource_ip 192.0.2.1`, 'c'), ['warning bfd-ignored']],
    [bfd(neighbor) + bfd(`${neighbor}\nmultihop`, 'c'), []],
    [bfd(`${neighbor}\nsource_ip 192.0.2.1`) + bfd(`${neighbor}\nsource_ip 192.0.2.2`, 'c'), []],
    [bfd(neighbor) + bfd('neighbor_ip 192.0.2.8'), ['warning duplicate-name']],
    [bfd(neighbor, 'b'.repeat(31)), []],
    [bfd(neighbor, 'b'.repeat(32)), ['warning name-too-long']],
    [bfd(`${neighbor}\nttl 5\nmax_hops 10`), ['warning value-corrected']],
    [bfd(`${neighbor}\nmax_hops -1`), []],
    [bfd(`${neighbor}\nchecker`) + instance('track_bfd {\nb\n}'), ['warning unknown-tracked']],
  ])('%j', (text, expected) => {
    expect(complaints(text)).toEqual(expected);
  });
});

describe('static addresses', () => {
  const tracked = 'static_ipaddress {\n192.0.2.9 track_group T\n}\n';
  const groupOf = (...names: string[]): string => `track_group T {\ngroup {\n${names.join('\n')}\n}\n}\n`;

  test.each([
    [groupOf('A') + tracked, []],
    [tracked, ['warning unknown-track-group']],
    [tracked + groupOf('A'), ['warning unknown-track-group']],
    [groupOf('A', 'Z'), []],
    [groupOf('A') + groupOf('A'), ['warning duplicate-name']],
    ['track_group T {\n}\n', ['warning empty-group']],
  ])('%j', (text, expected) => {
    expect(complaints(text + instance('', 'A'))).toEqual(expected);
  });

  test('without dev they are on default_interface', () => {
    const text =
      'global_defs {\ndefault_interface eth7\n}\nstatic_ipaddress {\n192.0.2.9\n192.0.2.8 dev eth1\n}\n';
    expect(read(text).config?.tree.static_ipaddress.map(({ dev }) => dev)).toEqual(['eth7', 'eth1']);
  });
});

describe('limits of gratuitous ARPs', () => {
  const garp = (lines: string): string => `garp_group {\n${lines}\n}\n`;
  test.each([
    [garp('garp_interval 1\ninterface eth0'), []],
    [garp('interface eth0'), ['warning garp-group-empty']],
    [garp('garp_interval 1\ninterface eth0\ninterfaces {\neth1\n}'), []],
    [
      garp('garp_interval 1\ninterfaces {\neth1 eth0\n}') + garp('garp_interval 1\ninterface eth0'),
      ['warning garp-group-interface'],
    ],
    [garp('garp_interval 1\ninterface eth0\ninterface eth0'), ['warning garp-group-interface']],
  ])('%j', (text, expected) => {
    expect(complaints(text)).toEqual(expected);
  });
});

describe('lines of interfaces', () => {
  test('delays', () => {
    const text = 'interface_up_down_delays {\neth0 1.5 2\neth1 3\neth2 256\neth3\n}\n';
    expect(complaints(text)).toEqual(['warning number-out-of-range']);
    expect(read(text).config?.tree.interface_up_down_delays).toEqual([
      { interface: 'eth0', down: 1_500_000, up: 2_000_000 },
      { interface: 'eth1', down: 3_000_000, up: 0 },
      { interface: 'eth3', down: 0, up: 0 },
    ]);
  });

  test('link states that are asked for', () => {
    const text = 'linkbeat_interfaces {\neth0 MII\neth1 foo\neth2\n}\n';
    expect(complaints(text)).toEqual(['warning extra-word']);
    expect(read(text).config?.tree.linkbeat_interfaces).toEqual([
      { interface: 'eth0', method: 'MII' },
      { interface: 'eth1', method: null },
      { interface: 'eth2', method: null },
    ]);
  });
});
