import { describe, expect, test } from 'vitest';
import { FILE, memoryFiles } from '../config.fixture.ts';
import { type Environment, UNKNOWN_ENVIRONMENT } from '../environment.ts';
import { readConfig } from '../read.ts';
import { STATIC_ROUTES, STATIC_RULES } from '../registry/routes/blocks.ts';

const MACHINE: Environment = {
  ...UNKNOWN_ENVIRONMENT,
  interfaces: new Set(['lo', 'eth0', 'eth1']),
  names: (table) => new Map(table === 'rt_tables' ? [['blue', 100]] : []),
  vrf: (name) => ({ table: name === 'green' ? 1_100 : null }),
};

/** What only says that routes are not set yet, or that a keyword has no effect. */
const STANDING = new Set(['unsupported-keyword', 'no-effect']);

function judge(text: string, environment = MACHINE) {
  const { config, diagnostics } = readConfig(FILE, memoryFiles({ [FILE]: text }), environment);
  const told = diagnostics.filter(({ code }) => !STANDING.has(code));
  return { tree: config?.tree, codes: told.map(({ severity, code }) => `${severity} ${code}`) };
}

const instance = (lines: string, name = 'A', id = 1): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id ${id}\nvirtual_ipaddress {\n192.0.2.1\n}\n${lines}\n}\n`;
const routes = (...lines: string[]) => judge(`static_routes {\n${lines.join('\n')}\n}`);
const rules = (...lines: string[]) => judge(`static_rules {\n${lines.join('\n')}\n}`);

describe('routes', () => {
  test.each([
    ['via 10.0.0.2', 'missing-destination'],
    ['default src 10.0.0.1 via ::1', 'family-mismatch'],
    ['default nexthop via 10.0.0.2 nexthop via ::1', 'family-mismatch'],
    ['inet 10.0.0.0/8', 'missing-destination'],
    ['blackhole', 'missing-parameter'],
    ['10.0.0.0/8 table red dev eth0', 'unknown-name'],
    ['10.0.0.0/8 dev eth0 vrf red', 'unknown-vrf'],
    ['10.0.0.0/8 dev eth0 vrf eth1', 'unknown-vrf'],
    ['256 10.0.0.0/8', 'unknown-option'],
    ['unspec 10.0.0.0/8', 'unknown-option'],
  ])('%s is left out: %s', (line, code) => {
    const { tree, codes } = routes(line);
    expect(tree?.static_routes ?? []).toEqual([]);
    expect(codes.map((one) => one.split(' ')[1])).toContain(code);
  });

  test.each([
    ['vrf green', 1_100, 'green'],
    ['table 7 vrf green', 1_100, 'green'],
    ['vrf green table 7', 7, null],
  ])('have the table of their VRF, or the one that is said after it: %s', (options, table, vrf) => {
    const { tree, codes } = routes(`10.0.0.0/8 dev eth0 ${options}`);
    expect(codes).toEqual([]);
    expect(tree?.static_routes).toMatchObject([{ table, vrf }]);
    const written = tree?.static_routes.map((entry) => STATIC_ROUTES.line.format(entry)) ?? [];
    expect(routes(...written).tree?.static_routes).toEqual(tree?.static_routes);
  });

  test('keep the name of a VRF on a machine that is not known', () => {
    const { tree } = judge('static_routes {\n10.0.0.0/8 dev eth0 vrf red\n}', UNKNOWN_ENVIRONMENT);
    expect(tree?.static_routes).toMatchObject([{ table: 254, vrf: 'red' }]);
  });

  test('have the family of their addresses, which spells default', () => {
    const { tree, codes } = routes(
      'any via ::1 dev eth0',
      'all dev eth0',
      'brd 10.0.0.0/8 dev eth0',
      '5 10.0.0.0/8 dev eth0',
    );
    expect(codes).toEqual([]);
    expect(tree?.static_routes.map(({ type, to, family }) => [type, to, family])).toEqual([
      ['unicast', 'default6', 'inet6'],
      ['unicast', 'default', 'inet'],
      ['broadcast', '10.0.0.0/8', 'inet'],
      ['multicast', '10.0.0.0/8', 'inet'],
    ]);
  });

  test('that are tracked are of keepalived', () => {
    const { tree, codes } = routes(
      '10.0.0.0/8 via 10.0.0.2 protocol static',
      '10.0.0.0/8 protocol static no_track',
    );
    expect(codes).toEqual(['warning value-corrected']);
    expect(tree?.static_routes.map((route) => [route.no_track, route.protocol])).toEqual([
      [false, 18],
      [true, 4],
    ]);
  });

  test('need the interfaces that they name, legs included', () => {
    const lines = ['10.0.0.0/8 dev eth9', '10.1.0.0/16 dev eth0 nexthop dev eth8'];
    expect(routes(...lines).codes).toEqual(['error bad-interface', 'error bad-interface']);
    const later = judge(`global_defs {\ndynamic_interfaces\n}\nstatic_routes {\n${lines.join('\n')}\n}`);
    expect(later.codes).toEqual([]);
    const virtual = judge(
      instance('virtual_routes {\ndefault dev eth9\n}\nvirtual_rules {\niif eth9 preference 1 nop\n}'),
    );
    expect(virtual.codes).toEqual(['error bad-interface', 'error bad-interface']);
  });

  test('use names of the machine', () => {
    const { tree } = routes('10.0.0.0/8 table blue dev eth0');
    expect(tree?.static_routes[0]?.table).toBe(100);
  });

  test('follow groups that stand before them, if they have an interface', () => {
    const group = 'track_group g {\ngroup {\nA\n}\n}\n';
    const list = 'static_routes {\ndefault dev eth0 track_group g\ndefault no_track track_group g\n}\n';
    const { tree, codes } = judge(group + list + instance(''));
    expect(codes).toEqual(['warning missing-interface']);
    expect(tree?.static_routes.map((route) => route.track_group)).toEqual(['g', null]);
    expect(judge(list + group + instance('')).codes).toEqual([
      'warning unknown-track-group',
      'warning unknown-track-group',
    ]);
    expect(judge(instance('virtual_routes {\ndefault dev eth0 track_group g\n}')).codes).toEqual([
      'warning unknown-option',
    ]);
  });

  test.each([
    'blackhole 10.0.0.0/8 dev eth0 table 7 metric 5 mtu lock 1400 rtt 1500ms no_track',
    'default6 via 2001:db8::1 dev eth0 pref 3 onlink append encap ip6 id 5 dst ::1 hoplimit 3',
    'default dev eth0 realms 5/6 congctl lock bbr ttl-propagate enabled nexthop via 10.0.0.2 weight 3 nexthop dev eth1 encap mpls 16/17',
    'default dev eth0 track_group g',
  ])('are written back: %s', (line) => {
    const { tree } = judge(`track_group g {\n}\nstatic_routes {\n${line}\n}`);
    const [route] = tree?.static_routes ?? [];
    expect(route).toBeDefined();
    const again = route === undefined ? '' : STATIC_ROUTES.line.format(route);
    expect(judge(`track_group g {\n}\nstatic_routes {\n${again}\n}`).tree?.static_routes).toEqual([route]);
  });
});

describe('rules', () => {
  test.each([
    ['from 10.0.0.0/8 preference 5', 'missing-action'],
    ['from 10.0.0.0/8 goto 10', 'missing-preference'],
    ['preference 5 goto 5', 'number-out-of-range'],
    ['preference 5 table 5 blackhole', 'conflicting-options'],
    ['from 10.0.0.0/8 to ::1 preference 5 nop', 'family-mismatch'],
    ['preference 5 sup_pl 3 nop', 'conflicting-options'],
    ['inet table 5', 'unknown-option'],
  ])('%s is left out: %s', (line, code) => {
    const { tree, codes } = rules(line);
    expect(tree?.static_rules).toEqual([]);
    expect(codes.map((one) => one.split(' ')[1])).toContain(code);
  });

  test('without preference count down from 16384, each family for itself, in the order of the file', () => {
    const text = `${instance('virtual_rules {\niif eth0 table 5\nto ::1 table 5\n}')}static_rules {
iif eth0 table 5
preference 7 table 5
table 6
}
${instance('virtual_rules {\ntable 5\n}', 'B', 2)}`;
    const { tree, codes } = judge(text);
    expect(new Set(codes)).toEqual(new Set(['warning missing-preference']));
    expect(tree?.vrrp_instance[0]?.virtual_rules.map((rule) => rule.preference)).toEqual([16_384, 16_384]);
    expect(tree?.static_rules.map((rule) => rule.preference)).toEqual([16_383, 7, 16_382]);
    expect(tree?.vrrp_instance[1]?.virtual_rules[0]?.preference).toBe(16_381);
  });

  test('say what they do, and who set them', () => {
    const { tree } = rules(
      'preference 1 type blackhole',
      'preference 2 l3mdev no_track',
      'preference 3 table 5 protocol 7',
    );
    expect(tree?.static_rules.map((rule) => [rule.action, rule.protocol])).toEqual([
      ['blackhole', 18],
      ['l3mdev', null],
      ['table', 18],
    ]);
  });

  test.each([
    'from 10.0.0.0/8 not preference 5 fwmark 5/0xff table 100 realms 3 suppress_prefixlength 0',
    'inet6 x preference 5 sport 80-90 ipproto tcp type unreachable',
    'preference 5 tunnel-id 18446744073709551615 uidrange 1-5 goto 9 no_track protocol 7',
  ])('are written back: %s', (line) => {
    const [rule] = rules(line).tree?.static_rules ?? [];
    expect(rule).toBeDefined();
    const again = rule === undefined ? '' : STATIC_RULES.line.format(rule);
    expect(rules(again).tree?.static_rules).toEqual([rule]);
  });
});
