import { describe, expect, it } from 'vitest';
import { staticActors, vrrpActors } from '../actors.ts';
import { read } from '../config.fixture.ts';
import type { Config } from '../model.ts';

function configured(text: string): Config {
  const { config } = read(text);
  if (config === null) throw new Error('the configuration cannot be used');
  return config;
}

const instance = (more: string): string =>
  `vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1/24\n}\n${more}\n}\n`;

function inputOf(text: string) {
  const [actor] = vrrpActors(configured(text));
  if (actor === undefined) throw new Error('no instance');
  return actor.input;
}

const routesOf = (line: string) => inputOf(instance(`virtual_routes {\n${line}\n}`)).routes;
const rulesOf = (line: string) => inputOf(instance(`virtual_rules {\n${line}\n}`)).rules;
const UNICAST = { family: 'inet', type: 1, table: 254, protocol: 18 };

describe('routes', () => {
  it('are what the kernel is asked for, in its units, without what is as by default', () => {
    expect(routesOf('10.0.0.0/8 via 192.0.2.9 dev eth1')).toEqual([
      { ...UNICAST, to: '10.0.0.0/8', via: '192.0.2.9', interface: 'eth1' },
    ]);
    expect(routesOf('blackhole default metric 7 no_track')).toEqual([
      { ...UNICAST, type: 6, metric: 7, untracked: true },
    ]);
    expect(routesOf('10.0.0.0/8 dev eth1 rtt 1s rttvar lock 1s rto_min 1s realms 3/4 append')).toEqual([
      {
        ...UNICAST,
        to: '10.0.0.0/8',
        interface: 'eth1',
        realms: 0x30004,
        metrics: { rtt: 8_000, rttvar: 4_000, rtoMin: 1_000 },
        locked: ['rttvar'],
        placement: 'append',
      },
    ]);
  });

  it('have a way for each gateway', () => {
    const nexthops = 'nexthop via 192.0.2.9 weight 3 nexthop via 192.0.2.8 dev eth1 onlink';
    expect(routesOf(`10.0.0.0/8 ${nexthops}`)[0]?.legs).toEqual([
      { via: '192.0.2.9', weight: 3 },
      { via: '192.0.2.8', interface: 'eth1', weight: 1, onlink: true },
    ]);
    expect(routesOf('10.0.0.0/8 via 192.0.2.9 or 192.0.2.8 dev eth1')).toEqual([
      {
        ...UNICAST,
        to: '10.0.0.0/8',
        legs: [
          { via: '192.0.2.9', interface: 'eth1', weight: 1 },
          { via: '192.0.2.8', interface: 'eth1', weight: 1 },
        ],
      },
    ]);
  });
});

describe('rules', () => {
  it('are what the kernel is asked for', () => {
    expect(rulesOf('not from 10.0.0.0/8 fwmark 1/3 table 9 preference 5')).toEqual([
      {
        family: 'inet',
        preference: 5,
        action: 'table',
        table: 9,
        inverted: true,
        from: '10.0.0.0/8',
        mark: { value: 1, mask: 3 },
        protocol: 18,
      },
    ]);
    expect(rulesOf('from default to 0.0.0.0/0 blackhole preference 5 no_track')).toEqual([
      { family: 'inet', preference: 5, action: 'blackhole', untracked: true },
    ]);
  });
});

describe('static objects', () => {
  const GROUPS = 'track_group G {\ngroup {\nA\n}\n}\n';

  it('are one actor, if there are any', () => {
    expect(staticActors(configured(instance('')))).toEqual([]);
    const text = `static_ipaddress {\n192.0.2.7/24\n}\nstatic_routes {\n10.0.0.0/8 dev eth1\n}\n${instance('')}`;
    const objects = {
      addresses: [{ address: '192.0.2.7', prefixLength: 24, interface: 'eth0' }],
      routes: [{ ...UNICAST, to: '10.0.0.0/8', interface: 'eth1' }],
    };
    expect(staticActors(configured(text))).toMatchObject([{ id: 'static/objects', input: { objects } }]);
  });

  it('make their interfaces the business of the instances of their group', () => {
    const objects =
      'static_ipaddress {\n192.0.2.7 dev eth1 track_group G\n192.0.2.8 dev eth2\n}\nstatic_rules {\niif eth3 table 9 preference 5 track_group G\n}\n';
    const other = instance('')
      .replace('vrrp_instance A', 'vrrp_instance B')
      .replace('_id 1', '_id 2')
      .replace('192.0.2.1/', '192.0.2.2/');
    const actors = vrrpActors(configured(`${instance('')}${other}${GROUPS}${objects}`));
    expect(actors.map(({ input }) => input.groupInterfaces)).toEqual([['eth1', 'eth3'], []]);
  });
});
