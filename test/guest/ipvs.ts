/** The table of IPVS in a guest: what keepalived makes of it beside what relived does. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { ip, withLan } from '../harness/lan.ts';
import { RouterProcess } from '../harness/router.ts';
import { begin, logged, seen } from './begin.ts';
import { Directors, echo, ipvsadm, type Point, SERVERS, tableOf, withServers } from './ipvs-scene.ts';

const [ONE = '', TWO = '', THREE = '', SORRY = ''] = SERVERS;

const CHECK = `TCP_CHECK {
      connect_timeout 2
      retry 0
    }`;
const real = (address: string, ...lines: readonly string[]): string =>
  `  real_server ${address} 8080 {\n    ${[...lines, CHECK].join('\n    ')}\n  }\n`;
/** Without a checker: it is taken for alive. */
export const unchecked = (address: string, port: number | '', ...lines: readonly string[]): string =>
  `  real_server ${address} ${port} {\n    ${lines.join('\n    ')}\n  }\n`;
export const service = (what: string, lines: readonly string[], ...reals: readonly string[]): string =>
  `virtual_server ${what} {\n  delay_loop 1\n  warmup 0\n  ${lines.join('\n  ')}\n${reals.join('')}}\n`;

export const GLOBALS = `global_defs {
  router_id r
  lvs_timeouts tcp 800 tcpfin 60 udp 200
}
`;

/** Services of every kind that never change. */
export const STANDING = [
  `virtual_server_group pool {
  10.9.1.1 80
  10.9.1.4-6 81
  2001:db8::5 82
}
virtual_server_group marks {
  fwmark 3
  fwmark 4
}
`.replace('  2001:db8::5 82\n', ''),
  service(
    'group pool',
    ['lvs_sched lc', 'lvs_method NAT', 'protocol TCP'],
    unchecked(ONE, 8080),
    unchecked(TWO, 8081),
  ),
  service('group pool', ['lvs_sched rr', 'lvs_method DR', 'protocol UDP'], unchecked(THREE, '')),
  service('group marks', ['lvs_sched nq', 'lvs_method NAT'], unchecked(ONE, 8080)),
  service(
    '10.9.2.1 53',
    ['lvs_sched sh', 'sh-port', 'sh-fallback', 'ops', 'lvs_method DR', 'protocol UDP'],
    unchecked(ONE, 53, 'weight 7', 'uthreshold 90', 'lthreshold 9'),
    unchecked(TWO, 53),
  ),
  service(
    '10.9.2.2 443',
    ['lvs_sched mh', 'mh-port', 'lvs_method TUN', 'protocol TCP'],
    unchecked(ONE, 443, 'lvs_method TUN type gue port 6080 nocsum'),
    unchecked(TWO, 443, 'lvs_method TUN type gre csum'),
    unchecked(THREE, 443),
  ),
  service('fwmark 9', ['lvs_sched sed', 'lvs_method NAT', 'persistence_timeout 40'], unchecked(ONE, 0)),
  service(
    'fwmark 9',
    [
      'ip_family inet6',
      'lvs_sched wlc',
      'lvs_method DR',
      'persistence_timeout 60',
      'persistence_granularity 64',
    ],
    unchecked('2001:db8::9', ''),
  ),
  service(
    '2001:db8::1 80',
    ['lvs_sched dh', 'lvs_method NAT', 'protocol TCP', 'flag-3', 'persistence_timeout 50'],
    unchecked('2001:db8::7', 8080, 'weight 0'),
  ),
  service(
    '10.9.2.3 5060',
    ['lvs_sched rr', 'lvs_method NAT', 'protocol UDP', 'persistence_timeout 90', 'persistence_engine sip'],
    unchecked(ONE, 5060),
  ),
  service(
    '10.9.2.4',
    [
      'lvs_sched fo',
      'lvs_method NAT',
      'protocol TCP',
      'persistence_timeout 30',
      'persistence_granularity 255.255.255.0',
    ],
    unchecked(ONE, ''),
  ),
].join('');

const LIVING = (later: boolean): string =>
  [
    service(
      '10.9.0.1 80',
      [
        `lvs_sched ${later ? 'rr' : 'wrr'}`,
        'lvs_method NAT',
        'protocol TCP',
        'quorum 2',
        `sorry_server ${SORRY} 8080`,
      ],
      ...(later ? [] : [real(ONE, 'weight 3')]),
      real(TWO, later ? 'weight 8' : 'weight 2'),
      real(THREE, 'inhibit_on_failure'),
      ...(later ? [unchecked('10.77.0.66', 8080)] : []),
    ),
    service(
      '10.9.0.2 8080',
      [
        'alpha',
        'lvs_sched wlc',
        'lvs_method DR',
        'protocol TCP',
        `sorry_server ${SORRY} 8080`,
        'sorry_server_inhibit',
      ],
      real(ONE),
      real(TWO),
    ),
    ...(later
      ? [service('10.9.0.9 80', ['lvs_sched rr', 'lvs_method NAT', 'protocol TCP'], real(THREE))]
      : []),
  ].join('');

const entry = (service: string, server: string): string => `-a -t ${service} -r ${server}:8080 `;
const stands = (table: readonly string[], service: string, server: string, weight?: number): boolean =>
  table.some(
    (line) =>
      line.startsWith(entry(service, server)) && (weight === undefined || line.includes(` -w ${weight}`)),
  );
const WEB = '10.9.0.1:80';
const DIRECT = '10.9.0.2:8080';

export interface Life {
  readonly points: readonly Point[];
  /** `ipvsadm -l --timeout` of keepalived and relived, while they run and afterwards. */
  readonly timeouts: readonly (readonly string[])[];
  readonly log: string;
}

/** One life of both: servers die and recover, a reload, the end. */
export async function life(): Promise<Life> {
  return await withServers(['a', 'b'], async (lan, servers) => {
    const both = new Directors(lan);
    const timeouts: string[][] = [];
    const look = async (): Promise<void> => {
      timeouts.push(await Promise.all(['a', 'b'].map((host) => ipvsadm(lan, host, '-l', '--timeout'))));
    };
    // Somebody else's, which is nobody's business.
    for (const host of ['a', 'b']) await ipvsadm(lan, host, '-A', '-t', '10.9.9.9:99', '-s', 'rr');
    await both.begin(GLOBALS + STANDING + LIVING(false));
    await both.point('all are alive', (table) => stands(table, DIRECT, ONE) && stands(table, DIRECT, TWO));
    await look();
    await servers.ask('shut', ONE, 8080);
    await both.point('one is dead', (table) => !stands(table, WEB, ONE) && !stands(table, DIRECT, ONE));
    await servers.ask('shut', TWO, 8080);
    await both.point('two are dead', (table) => stands(table, WEB, SORRY) && stands(table, DIRECT, SORRY, 1));
    await servers.ask('shut', THREE, 8080);
    await both.point('all are dead', (table) => stands(table, WEB, SORRY) && stands(table, DIRECT, SORRY, 1));
    await servers.ask('listen', TWO, TWO, 8080);
    await both.point('one has recovered', (table) => stands(table, WEB, TWO));
    await servers.ask('listen', THREE, THREE, 8080);
    await both.point('two have recovered', (table) => stands(table, WEB, THREE, 1));
    await both.reload(GLOBALS + LIVING(true));
    await both.point(
      'a reload',
      (table) => stands(table, '10.9.0.9:80', THREE) && stands(table, WEB, TWO, 8),
    );
    await Promise.all([both.theirs.stop(), both.ours.stop()]);
    await both.point('the end', () => true);
    await look();
    return { points: both.points, timeouts, log: both.ours.log };
  });
}

export interface Survival {
  readonly trail: readonly string[];
  readonly tables: Readonly<Record<string, readonly string[]>>;
  readonly log: string;
}

/** relived alone: killed and started again, with others' hands in its table, and a connection that has to survive it all. */
export async function survival(): Promise<Survival> {
  return await withServers(['b', 'c'], async (lan, servers) => {
    await routes(lan);
    await servers.ask('listen', 'directly', '10.9.0.2', 8080);
    const client = echo(lan, 'c');
    const trail: string[] = [];
    const tables: Record<string, readonly string[]> = {};
    const directory = await mkdtemp(join(tmpdir(), 'ipvs-'));
    const configuration = GLOBALS + LIVING(false);
    const start = async (): Promise<RouterProcess> => {
      const router = await RouterProcess.start(lan, 'b', { program: relived, configuration, directory });
      await logged(router, 'the start', (log) => log.includes('Startup complete'));
      return router;
    };
    let router = await start();
    const settled = async (what: string, look: (table: readonly string[]) => boolean): Promise<void> => {
      await seen(router, what, async () => look(await tableOf(lan, 'b')));
      tables[what] = await tableOf(lan, 'b');
    };
    const whole = (table: readonly string[]): boolean =>
      [ONE, TWO, THREE].every((server) => stands(table, WEB, server)) &&
      [ONE, TWO].every((server) => stands(table, DIRECT, server)) &&
      // With alpha the sorry server serves until the first results are in, beside what a killed daemon left.
      stands(table, DIRECT, SORRY, 0);
    await settled('started', whole);
    const visited = async (address: string, port: number): Promise<string> =>
      [...new Set(await client.ask('visit', address, port, 8))].toSorted().join(' ');
    trail.push(`NAT: ${await visited('10.9.0.1', 80)}`, `DR: ${await visited('10.9.0.2', 8080)}`);
    const { number, name } = await client.ask('keep', '10.9.0.1', 80);
    const isAlive = async (): Promise<string> =>
      client.ask('say', number, 'still here').catch((error: Error) => error.message);
    trail.push(`kept: ${await isAlive()}`);

    const notifications = await changesOf(lan);
    await router.kill();
    await settled('killed', whole);
    router = await start();
    await settled('adopted', whole);
    trail.push(`adopted: ${await isAlive()}, ${await notifications()}`);

    const doomed = [ONE, TWO, THREE].find((server) => server !== name) ?? '';
    await servers.ask('shut', doomed, 8080);
    await settled('a server died', (table) => !stands(table, WEB, doomed) || stands(table, WEB, doomed, 0));
    const answering = await visited('10.9.0.1', 80);
    trail.push(`dead server visited: ${answering.includes(doomed)}`, `kept: ${await isAlive()}`);
    await servers.ask('listen', doomed, doomed, 8080);
    await settled('it recovered', whole);

    router.signal('SIGHUP');
    await logged(router, 'the reload', (log) => log.includes('is in force') || /[Rr]eload/.test(log));
    await settled('reloaded', whole);
    trail.push(`reloaded: ${await isAlive()}`);

    await ipvsadm(lan, 'b', '-d', '-t', DIRECT, '-r', `${ONE}:8080`);
    await ipvsadm(lan, 'b', '-e', '-t', WEB, '-r', `${TWO}:8080`, '-m', '-w', '9');
    await ipvsadm(lan, 'b', '-a', '-t', WEB, '-r', '10.77.0.99:8080', '-m');
    await settled('mended', (table) => whole(table) && stands(table, WEB, TWO, 2));
    trail.push(`others': ${stands(await tableOf(lan, 'b'), WEB, '10.77.0.99')}`);
    await ipvsadm(lan, 'b', '-C');
    await settled('mended after a flush', whole);
    trail.push(`log: ${router.log.includes('were changed by somebody else')}`);
    await router.stop();
    tables.end = await tableOf(lan, 'b');
    return { trail, tables, log: router.log };
  });
}

/** The client is on a network of its own behind the director, so that answers to translated packets pass it. */
export async function routes(lan: Lan): Promise<void> {
  const director = lan.address('b');
  const commands: readonly (readonly [string, string])[] = [
    ['c', 'addr add 10.88.0.1/24 dev eth0'],
    ['c', `route add 10.9.0.0/24 via ${director} src 10.88.0.1`],
    ['b', 'route add 10.88.0.0/24 dev eth0'],
    ['b', 'addr add 10.9.0.1/32 dev lo'],
    ['b', 'addr add 10.9.0.2/32 dev lo'],
    ['s', `route add 10.88.0.0/24 via ${director}`],
    // Without translation answers go to the client themselves.
    ['s', 'addr add 10.9.0.2/32 dev lo'],
    ['s', 'route add 10.88.0.0/24 dev eth0 table 100'],
    ['s', 'rule add from 10.9.0.2 lookup 100'],
  ];
  for (const [host, command] of commands) await ip(lan, host, ...command.split(' '));
  const settings = ['ip_forward=1', 'conf.all.send_redirects=0', 'conf.eth0.send_redirects=0'];
  await run(lan.argv('b', ['sysctl', '-qw', ...settings.map((setting) => `net.ipv4.${setting}`)]));
}

/**
 * What IPVS counts of connections of the service: it begins anew with a service that is made anew. The kernel adds up
 * what its processors counted every two seconds only, so the first figure is waited for.
 */
async function changesOf(lan: Lan): Promise<() => Promise<string>> {
  const count = async (): Promise<number> => {
    const text = await ipvsadm(lan, 'b', '-ln', '--stats', '--exact');
    return Number(/10\.9\.0\.1:80 +(\d+)/.exec(text)?.[1] ?? 0);
  };
  let before = 0;
  await waitFor(
    async () => {
      before = await count();
      return before > 0;
    },
    { deadlineMs: 30_000, intervalMs: 200, what: 'connections are counted' },
  );
  return async () => ((await count()) >= before ? 'the same service' : 'another service');
}

/** What `ipvsadm -l --daemon` says of a director's daemon. */
async function daemonOf(lan: Lan, host: string): Promise<string> {
  const text = await ipvsadm(lan, host, '-l', '--daemon');
  return /^(\w+) sync daemon.*syncid=\d+/m.exec(text)?.[0] ?? 'none';
}

/** Who synchronises connections: as the VRRP instance of each director is, keepalived on `a` and relived on `b`. */
export async function synchronisation(): Promise<readonly string[]> {
  return await withServers(['a', 'b'], async (lan) => {
    const both = new Directors(lan);
    const configuration = (priority: number): string => `global_defs {
  lvs_sync_daemon eth0 VI_1 id 5
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  version 3
  virtual_ipaddress {
    10.77.0.200/24
  }
}
${service('10.9.0.1 80', ['lvs_sched rr', 'lvs_method NAT', 'protocol TCP'], unchecked(ONE, 8080))}`;
    const trail: string[] = [];
    const daemons = async (): Promise<string> => {
      return (await Promise.all(['a', 'b'].map((host) => daemonOf(lan, host)))).join(' | ');
    };
    const becomes = async (what: string, look: RegExp): Promise<void> => {
      await seen(both.ours, what, async () => look.test(await daemons())).catch(() => {});
      trail.push(`${what}: ${await daemons()}`);
    };
    await both.beginWith(configuration(150), configuration(100));
    await becomes('keepalived is master', /^master.* \| backup/);
    await both.theirs.stop();
    await becomes('relived is master', /^none \| master/);
    await both.ours.stop();
    await becomes('the end', /^none \| none/);
    return trail;
  });
}

/** An interface that comes later than the program: the kernel refuses its daemon until then. */
export async function lateInterface(): Promise<{
  readonly trail: readonly string[];
  readonly said: readonly string[];
}> {
  return await withLan({ hosts: ['b', 's'] }, async (lan) => {
    const trail: string[] = [];
    const configuration = `global_defs {
  lvs_sync_daemon late0 VI_1 id 5
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  version 3
  virtual_ipaddress {
    10.77.0.200/24
  }
}
${service('10.9.0.1 80', ['lvs_sched rr', 'lvs_method NAT', 'protocol TCP'], unchecked(ONE, 8080))}`;
    const ours = await begin(lan, 'b', relived, configuration);
    const isMaster = (): boolean => ours.log.includes('(VI_1) Entering MASTER STATE');
    // As backup, and again as master.
    await logged(ours, 'two refusals', (log) => isMaster() && log.split(REFUSED).length > 2);
    trail.push(await daemonOf(lan, 'b'));
    await ip(lan, 'b', 'link', 'add', 'late0', 'type', 'dummy');
    await ip(lan, 'b', 'addr', 'add', '10.88.0.1/24', 'dev', 'late0');
    await ip(lan, 'b', 'link', 'set', 'late0', 'up');
    await seen(ours, 'a daemon', async () => (await daemonOf(lan, 'b')) !== 'none');
    trail.push(await daemonOf(lan, 'b'));
    await ours.stop();
    trail.push(await daemonOf(lan, 'b'));
    return {
      trail,
      said: ours.log
        .split('\n')
        .flatMap((line) => /IPVS cmd IP_VS_SO_SET_ST(?:ART|OP)DAEMON.*/.exec(line) ?? []),
    };
  });
}

const REFUSED = 'IPVS cmd IP_VS_SO_SET_STARTDAEMON(1163) error: ';
