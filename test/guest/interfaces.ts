/** VLANs, dummy interfaces and VRFs below instances, in a guest. */
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { capture } from '../harness/capture.ts';
import { ip, withLan } from '../harness/lan.ts';
import type { RouterProcess } from '../harness/router.ts';
import { begin, logged, seen } from './begin.ts';

interface Instance {
  readonly name: string;
  readonly routerId: number;
  readonly priority?: number;
  /** A route of the instance. */
  readonly route?: string;
  /** The line with the interface or the VRF, and others. */
  readonly lines: string;
  readonly address: string;
}

function instance({ name, routerId, priority = 100, lines, address, route }: Instance): string {
  return `vrrp_instance ${name} {
  state BACKUP
  ${lines}
  virtual_router_id ${routerId}
  priority ${priority}
  version 3
  advert_int 1
  virtual_ipaddress {
    ${address}
  }
  ${route === undefined ? '' : `virtual_routes {\n    ${route}\n  }`}
}
`;
}

const holds = async (lan: Lan, host: string, address: string): Promise<boolean> =>
  (await ip(lan, host, '-o', '-4', 'addr', 'show')).includes(` ${address}/`);

/** The states that an instance enters, in their order. */
const statesOf = (log: string, name: string): string[] =>
  [...log.matchAll(new RegExp(`\\(${name}\\) Entering (\\w+) STATE`, 'g'))].map(([, state]) => String(state));

const STANDING: readonly Instance[] = [
  { name: 'VLAN', routerId: 51, lines: 'interface eth0.7', address: '10.78.0.100/24' },
  { name: 'POLLED', routerId: 56, lines: 'interface eth0.8', address: '10.79.0.100/24' },
  { name: 'DUMMY', routerId: 52, lines: 'interface eth0', address: '10.99.0.101/32 dev dummy0' },
  {
    name: 'TRACKED',
    routerId: 53,
    lines: 'interface eth0\n  track_interface {\n    dummy0\n  }',
    address: '10.99.0.102/32 dev dummy0',
  },
  {
    name: 'VRF',
    routerId: 54,
    lines: 'interface eth1',
    address: '10.80.0.103/24',
    route: '10.81.0.0/24 via 10.80.0.9 dev eth1 vrf red',
  },
  { name: 'VRF_MAC', routerId: 55, lines: 'interface eth1\n  use_vmac', address: '10.80.0.104/24' },
];
const NAMES = STANDING.map(({ name }) => name);
const ON_ETH0 = ['VLAN', 'POLLED', 'DUMMY', 'TRACKED'];
/** Its link is asked for: what the kernel tells by itself does not count. */
const POLLS = 'linkbeat_interfaces {\n  eth0.8 ETHTOOL\n}\n';

async function observe(program: RouterProgram) {
  return await withLan({ hosts: ['a', 'host'] }, async (lan) => {
    const commands = [
      `link add eth1 type veth peer name eth1 netns ${lan.namespace('host')}`,
      ...[
        'link add red type vrf table 100',
        'link set red up',
        'link set eth1 master red',
        'link set eth1 up',
      ],
      ...['addr add 10.80.0.1/24 dev eth1', 'link add dummy0 type dummy', 'link set dummy0 up'],
      'link add link eth0 name eth0.7 type vlan id 7',
      ...['addr add 10.78.0.1/24 dev eth0.7', 'link set eth0.7 up'],
      'link add link eth0 name eth0.8 type vlan id 8',
      ...['addr add 10.79.0.1/24 dev eth0.8', 'link set eth0.8 up'],
    ];
    for (const command of commands) await ip(lan, 'a', ...command.split(' '));
    await ip(lan, 'host', 'link', 'set', 'eth1', 'up');
    const heard = await capture(lan, 'host', 'vlan 7 and ip proto 112');
    const router = await begin(lan, 'a', program, POLLS + STANDING.map(instance).join(''));
    const all = (names: readonly string[], state: string): Promise<void> =>
      logged(router, `${names} ${state}`, (log) =>
        names.every((name) => statesOf(log, name).at(-1) === state),
      );
    const held: string[][] = [];
    const routes: string[] = [];
    const inTable = () => ip(lan, 'a', 'route', 'show', 'table', '100', 'proto', '18');
    const look = async (): Promise<void> => {
      const text = await ip(lan, 'a', '-o', '-4', 'addr', 'show');
      held.push(
        text
          .split('\n')
          .flatMap((line) => /^\d+: (\S+) +inet (\S+)/.exec(line)?.slice(1, 3).join(' ') ?? [])
          .sort(),
      );
      routes.push((await inTable()).trim());
    };
    await all(NAMES, 'MASTER');
    await seen(router, 'an advert of the VLAN', () => heard.frames.length > 0);
    await seen(router, 'all addresses', async () => {
      const present = await Promise.all(
        STANDING.map(({ address }) => holds(lan, 'a', address.split('/', 1)[0] ?? '')),
      );
      return present.every((one) => one);
    });
    await seen(router, 'the route in the table of the VRF', async () => (await inTable()) !== '');
    await look();
    const links: { ifname: string; master?: string }[] = JSON.parse(await ip(lan, 'a', '-j', 'link', 'show'));
    const inVrf = links
      .filter(({ master }) => master === 'red')
      .map(({ ifname }) => ifname)
      .sort();
    await lan.cut('a');
    await all(ON_ETH0, 'FAULT');
    await lan.heal('a');
    await all(ON_ETH0, 'MASTER');
    await ip(lan, 'a', 'link', 'set', 'dummy0', 'down');
    await all(['TRACKED'], 'FAULT');
    await ip(lan, 'a', 'link', 'set', 'dummy0', 'up');
    await all(['TRACKED'], 'MASTER');
    await ip(lan, 'a', 'link', 'set', 'eth0', 'down');
    await all(ON_ETH0, 'FAULT');
    await ip(lan, 'a', 'link', 'set', 'eth0', 'up');
    await all(ON_ETH0, 'MASTER');
    await ip(lan, 'a', 'link', 'del', 'eth0.7');
    await all(['VLAN'], 'FAULT');
    await router.stop();
    await look();
    const states = Object.fromEntries(NAMES.map((name) => [name, statesOf(router.log, name).join(' ')]));
    return { states, inVrf, held, routes };
  });
}

export type Observed = Awaited<ReturnType<typeof observe>>;

/** The same with each program, on a LAN of its own. */
export async function standing(): Promise<{ readonly theirs: Observed; readonly ours: Observed }> {
  const [theirs, ours] = await Promise.all([observe(keepalived), observe(relived)]);
  return { theirs, ours };
}

const PEERS = { a: { program: keepalived, priority: 100 }, b: { program: relived, priority: 150 } } as const;
type Peer = keyof typeof PEERS;
const MOVED = ['10.77.0.100', '10.77.0.101'];

/** keepalived on a and relived on b, both in a VRF: with multicast, and with unicast for which relived knows the VRF alone. */
export async function vrfFailover(): Promise<readonly string[]> {
  return await withLan({ hosts: ['a', 'b'] }, async (lan) => {
    for (const host of ['a', 'b']) {
      for (const command of [
        'link add red type vrf table 100',
        'link set red up',
        'link set eth0 master red',
      ]) {
        await ip(lan, host, ...command.split(' '));
      }
    }
    const start = (host: Peer): Promise<RouterProcess> => {
      const { program, priority } = PEERS[host];
      const [own, peer] = [lan.address(host), lan.address(host === 'a' ? 'b' : 'a')];
      // keepalived 2.2 cannot do without an interface yet.
      const at = program === keepalived ? 'interface eth0' : 'vrf red';
      const unicast = `${at}\n  unicast_src_ip ${own}\n  unicast_peer {\n    ${peer}\n  }`;
      const instances = [
        { name: 'MULTICAST', routerId: 51, priority, lines: 'interface eth0', address: `${MOVED[0]}/24` },
        { name: 'UNICAST', routerId: 52, priority, lines: unicast, address: `${MOVED[1]}/24 dev eth0` },
      ];
      const configuration = instances.map(instance).join('');
      return begin(lan, host, program, configuration);
    };
    const trail: string[] = [];
    const moved = async (holder: Peer, router: RouterProcess): Promise<void> => {
      const other = holder === 'a' ? 'b' : 'a';
      await seen(router, `${holder} alone holding the addresses`, async () => {
        const held = await Promise.all(MOVED.map((address) => holds(lan, holder, address)));
        const kept = await Promise.all(MOVED.map((address) => holds(lan, other, address)));
        return held.every((one) => one) && !kept.some((one) => one);
      });
      trail.push(holder);
    };
    const theirs = await start('a');
    await moved('a', theirs);
    const ours = await start('b');
    await moved('b', ours);
    await ours.stop();
    await moved('a', theirs);
    await theirs.stop();
    return trail;
  });
}
