/**
 * use_ipvlan in a guest. One router has an instance for each way to write it, each on a VLAN of its own, because all ipvlans
 * of an interface have the same flags; a second one with the same configuration is on another LAN.
 */
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { run } from '../../src/lab/run.ts';
import { type Capture, capture } from '../harness/capture.ts';
import { ip, withLan } from '../harness/lan.ts';
import type { RouterProcess } from '../harness/router.ts';
import { begin, logged, seen } from './begin.ts';

const MAC = '02:00:00:00:00:0a';
const FIRST_ROUTER_ID = 51;

interface Kind {
  readonly name: string;
  readonly family: 4 | 6;
  readonly line: string;
  /** What keepalived has only since 2.3: relived alone gets it. */
  readonly more?: string;
}

/** The number of a kind is that of its VLAN, and stands in its addresses. */
export const KINDS: readonly Kind[] = [
  { name: 'bridge', family: 4, line: 'use_ipvlan 10.0.N.77/24' },
  { name: 'named, private', family: 4, line: 'use_ipvlan own 10.0.N.77/24 private' },
  { name: 'vepa, no prefix length', family: 4, line: 'use_ipvlan 10.0.N.77 vepa' },
  { name: 'group', family: 4, line: 'use_ipvlan 10.0.N.77/24 bridge', more: 'group 7' },
  { name: 'IPv6', family: 6, line: 'use_ipvlan' },
  { name: 'IPv6, an address, private', family: 6, line: 'use_ipvlan fe80::77/64 private' },
];

const numbered = (text: string, at: number): string => text.replaceAll('N', String(at + 1));
const virtualOf = ({ family }: Kind): readonly string[] =>
  family === 4 ? ['10.0.N.100/24'] : ['fe80::N:100/64', '2001:db8:N::100/64'];

function configuration(program: RouterProgram): string {
  const instances = KINDS.map((kind, at) =>
    numbered(
      `vrrp_instance VI_N {
  state BACKUP
  interface vN
  virtual_router_id ${FIRST_ROUTER_ID + at}
  priority 150
  version 3
  advert_int 1
  ${kind.line} ${program === relived ? (kind.more ?? '') : ''}
  virtual_ipaddress {
    ${virtualOf(kind).join('\n    ')}
  }
}
`,
      at,
    ),
  );
  return instances.join('');
}

interface Link {
  readonly ifname: string;
  readonly link?: string;
  readonly address: string;
  readonly group: string;
  readonly flags: readonly string[];
  readonly inet6_addr_gen_mode?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: unknown };
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
    readonly nodad?: boolean;
    readonly deprecated?: boolean;
  }[];
}

/** What the kernel of a host says of its ipvlans and of their bases. */
async function interfacesOf(lan: Lan, host: string) {
  const links: Link[] = JSON.parse(await ip(lan, host, '-j', '-d', 'addr', 'show'));
  return links
    .filter(({ linkinfo }) => ['ipvlan', 'vlan'].includes(linkinfo?.info_kind ?? ''))
    .map(
      ({
        ifname,
        link,
        address,
        group,
        flags,
        inet6_addr_gen_mode: generated,
        linkinfo,
        addr_info: addresses,
      }) => ({
        ...{ name: ifname, link, mac: address, group, generated, up: flags.includes('UP') },
        ...{ kind: linkinfo?.info_kind, data: linkinfo?.info_kind === 'ipvlan' ? linkinfo.info_data : null },
        addresses: addresses
          .map(({ local, prefixlen, scope, nodad = false, deprecated = false }) => ({
            ...{ address: `${local}/${prefixlen}`, scope, nodad, deprecated },
          }))
          .sort((one, other) => one.address.localeCompare(other.address)),
      }),
    );
}

const IPV4_SETTINGS = ['arp_ignore', 'arp_filter', 'accept_local', 'rp_filter', 'promote_secondaries'];

async function settingsOf(lan: Lan, host: string, names: readonly string[]): Promise<string[]> {
  const paths = names.flatMap((name) => [
    ...IPV4_SETTINGS.map((setting) => `ipv4/conf/${name}/${setting}`),
    `ipv6/conf/${name}/disable_ipv6`,
  ]);
  const { stdout } = await run(lan.argv(host, ['cat', ...paths.map((path) => `/proc/sys/net/${path}`)]));
  return stdout
    .trim()
    .split('\n')
    .map((value, at) => `${paths[at]} ${value}`);
}

/** Identification and checksum of IPv4 and the flow label of IPv6 differ from packet to packet. */
function comparable(frame: string): string {
  const digits = [...frame];
  if (frame.slice(32, 36) === '0800') digits.fill('.', 44, 48).fill('.', 56, 60);
  else if (frame.slice(32, 36) === '86dd') digits.fill('.', 39, 44);
  return digits.join('');
}

/** Of each VLAN the first advert, and everything that tells whose an address is, each once. */
function heardOn(heard: Capture): string[] {
  const frames = heard.frames.map(comparable);
  const isAdvert = (frame: string): boolean => frame.slice(54, 56) === '70' || frame.slice(48, 50) === '70';
  return [...new Set(frames)]
    .filter((frame) => isAdvert(frame) || frame.slice(32, 36) === '0806' || frame.slice(48, 50) === '3a')
    .sort();
}

const FILTER = 'vlan and (arp or ip proto 112 or ip6 proto 112 or icmp6[0] == 136)';

async function observe(program: RouterProgram) {
  return await withLan({ hosts: ['a', 'host'], ipv6: true }, async (lan) => {
    await ip(lan, 'a', 'link', 'set', 'eth0', 'address', MAC);
    for (const at of KINDS.keys()) {
      const commands = [
        'link add link eth0 name vN type vlan id N',
        'addr add 10.0.N.1/24 dev vN',
        'link set vN up',
      ];
      for (const command of commands) await ip(lan, 'a', ...numbered(command, at).split(' '));
    }
    const heard = await capture(lan, 'host', FILTER);
    const router = await begin(lan, 'a', program, configuration(program));
    const wanted = KINDS.flatMap((kind, at) => virtualOf(kind).map((address) => numbered(address, at)));
    const settled = async (): Promise<boolean> => {
      const text = await ip(lan, 'a', '-o', 'addr', 'show');
      return (
        wanted.every((address) => text.includes(` ${address} `)) && heardOn(heard).length >= KINDS.length
      );
    };
    await seen(router, 'all addresses', settled);
    const interfaces = await interfacesOf(lan, 'a');
    const settings = await settingsOf(
      lan,
      'a',
      interfaces.map(({ name }) => name),
    );
    const { stdout: rules } = await run(lan.argv('a', ['nft', 'list', 'ruleset']));
    const frames = heardOn(heard);
    await router.stop();
    return { interfaces, settings, rules, frames, left: await interfacesOf(lan, 'a') };
  });
}

export type Observed = Awaited<ReturnType<typeof observe>>;

export async function kinds(): Promise<{ readonly theirs: Observed; readonly ours: Observed }> {
  const [theirs, ours] = await Promise.all([observe(keepalived), observe(relived)]);
  return { theirs, ours };
}

const MOVED = '10.77.0.100';

function movable(own: string, priority: number): string {
  return `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  version 3
  advert_int 1
  use_ipvlan ${own}/24
  virtual_ipaddress {
    ${MOVED}/24
  }
}
`;
}

/** Who holds the address as routers die, come back on what the dead ones left, and end. */
export async function failover(): Promise<readonly string[]> {
  return await withLan({ hosts: ['a', 'b', 'host'] }, async (lan) => {
    const trail: string[] = [];
    const start = (host: 'a' | 'b', program: RouterProgram): Promise<RouterProcess> =>
      begin(
        lan,
        host,
        program,
        movable(host === 'a' ? '10.77.0.71' : '10.77.0.72', host === 'a' ? 150 : 100),
      );
    const index = async (host: string): Promise<string> =>
      (await ip(lan, host, '-o', 'link', 'show', 'vrrp.51')).split(':', 1)[0] ?? '';
    const holds = async (host: string): Promise<boolean> =>
      (await ip(lan, host, 'addr', 'show')).includes(MOVED);
    const see = async (what: string, router: RouterProcess, look: () => Promise<boolean>): Promise<void> => {
      await seen(router, what, look);
      trail.push(what);
    };
    const answers = async (): Promise<boolean> =>
      (await run(lan.argv('host', ['ping', '-c', '1', '-W', '1', MOVED]), { allowFailure: true })).code === 0;

    const ours = await start('b', relived);
    await see('relived alone: b', ours, () => holds('b'));
    const theirs = await start('a', keepalived);
    await see('keepalived is better: a', theirs, async () => (await holds('a')) && !(await holds('b')));
    await theirs.kill();
    await ip(lan, 'a', 'addr', 'flush', 'to', MOVED);
    await see('keepalived is dead: b', ours, async () => (await holds('b')) && (await answers()));
    const left = await index('a');
    const second = await start('a', relived);
    await see(
      'relived on what keepalived left: a',
      second,
      async () => (await holds('a')) && !(await holds('b')),
    );
    trail.push(`the same device: ${(await index('a')) === left}`);
    await second.kill();
    await ip(lan, 'a', 'addr', 'flush', 'to', MOVED);
    await see('relived is dead: b', ours, () => holds('b'));
    const third = await start('a', keepalived);
    await see(
      'keepalived on what relived left: a',
      third,
      async () => (await holds('a')) && !(await holds('b')),
    );
    trail.push(`the same device: ${(await index('a')) === left}`);
    await third.stop();
    await see('keepalived has ended: b', ours, async () => (await holds('b')) && (await answers()));
    await ip(lan, 'b', 'link', 'del', 'vrrp.51');
    await logged(ours, 'fault', (log) => log.includes('Entering FAULT STATE'));
    await see('its device was deleted and is there again: b', ours, () => holds('b'));
    await ours.stop();
    trail.push(`left: ${(await interfacesOf(lan, 'b')).length}`);
    return trail;
  });
}
