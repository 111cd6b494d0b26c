import { expect, it } from 'vitest';
import { read } from '../config.fixture.ts';
import { trackerActors } from './trackers.ts';

/** `eth1` as the tracker of an instance with these lines: who follows it, with what weight. */
function followers(lines: string, group = '') {
  const { config } = read(
    `${group}vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\ntrack_interface {\neth1 weight 5\n}\n${lines}\n}\n`,
  );
  if (config === null) throw new Error('the configuration cannot be used');
  const [tracker] = trackerActors(config);
  return tracker?.input.followers.map(({ weight }) => weight) ?? [];
}

const address = (words: string): string => `virtual_ipaddress {\n192.0.2.1/24 ${words}\n}`;

it.each([
  ['elsewhere', address(''), [5]],
  ['an address', address('dev eth1'), []],
  ['an address that is not tracked', address('dev eth1 no_track'), [5]],
  ['an excluded address', `${address('')}\nvirtual_ipaddress_excluded {\n192.0.2.9 dev eth1\n}`, []],
  ['a route', `${address('')}\nvirtual_routes {\n10.0.0.0/8 dev eth1\n}`, []],
  ['a rule', `${address('')}\nvirtual_rules {\nto 10.0.0.0/8 iif eth1 table 100\n}`, []],
])('the weight of an interface counts unless the loss of the link is a fault: %s', (_, lines, weights) => {
  expect(followers(lines)).toEqual(weights);
});

it('a static address of a track_group counts like an own one', () => {
  const group =
    'track_group T {\ngroup {\nA\n}\n}\nstatic_ipaddress {\n192.0.2.99/32 dev eth1 track_group T\n}\n';
  expect(followers(address(''), group)).toEqual([]);
});
