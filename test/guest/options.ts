/** What of the table's options only a kernel can tell, with keepalived on `a` and relived on `b`. */
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived } from '../../src/lab/routers.ts';
import type { RouterProcess } from '../harness/router.ts';
import { begin, seen } from './begin.ts';
import { Directors, ipvsadm, type Point, SERVERS, tableOf, withServers } from './ipvs-scene.ts';

const [ONE = '', TWO = ''] = SERVERS;
const FOREIGN = ['-A', '-t', '10.9.9.9:99', '-s', 'rr'] as const;
const ADDRESS = '10.9.1.1';

const globals = (...lines: readonly string[]): string =>
  `global_defs {\n  router_id r\n  ${lines.join('\n  ')}\n}\n`;

function service(address: string, protocol: string, ...lines: readonly string[]): string {
  const reals = [ONE, TWO].map(
    (server) =>
      `  real_server ${server} 8080 {\n    TCP_CHECK {\n      connect_timeout 1\n      retry 0\n    }\n  }\n`,
  );
  return `virtual_server ${address} 80 {
  delay_loop 1
  warmup 0
  lvs_sched rr
  lvs_method NAT
  protocol ${protocol}
  ${lines.join('\n  ')}
${reals.join('')}}
`;
}

const of = (table: readonly string[], address: string): readonly string[] =>
  table.filter((line) => line.includes(` ${address}:80 `));
const has = (table: readonly string[], address: string, server: string): boolean =>
  of(table, address).some((line) => line.includes(` ${server}:8080 `));

/** SCTP, and the three ways to begin and end: lvs_flush, lvs_flush_on_stop, and the same by virtual server. */
export async function flushing(): Promise<readonly Point[]> {
  return await withServers(['a', 'b'], async (lan, servers) => {
    const points: Point[] = [];
    const foreign = async (): Promise<void> => {
      for (const host of ['a', 'b']) await ipvsadm(lan, host, ...FOREIGN);
    };
    for (const option of ['lvs_flush', 'lvs_flush_on_stop', 'lvs_flush_on_stop VS']) {
      const both = new Directors(lan);
      for (const host of ['a', 'b']) await ipvsadm(lan, host, '-C');
      await foreign();
      const services = ['TCP', 'UDP', 'SCTP'].map((protocol, at) => service(`10.9.0.${at + 1}`, protocol));
      await both.begin(globals(option) + services.join(''));
      await both.point(`${option}: the start`, (table) => has(table, '10.9.0.3', TWO));
      await servers.ask('shut', ONE, 8080);
      await both.point(`${option}: one has died`, (table) => !has(table, '10.9.0.3', ONE));
      await servers.ask('listen', ONE, ONE, 8080);
      await both.point(`${option}: it has recovered`, (table) => has(table, '10.9.0.3', ONE));
      if (option === 'lvs_flush') await foreign();
      await Promise.all([both.theirs.stop(), both.ours.stop()]);
      await both.point(`${option}: the end`, () => true);
      points.push(...both.points);
    }
    return points;
  });
}

/** What stays at the end: the table with `-I`, even if it is to be flushed then, and what instances hold, alone, with `-V`. */
export async function leaving(): Promise<{
  readonly points: readonly Point[];
  readonly held: readonly (readonly boolean[])[];
}> {
  return await withServers(['a', 'b'], async (lan) => {
    const points: Point[] = [];
    const held: boolean[][] = [];
    for (const option of ['-I', '-V']) {
      const both = new Directors(lan);
      for (const host of ['a', 'b']) await ipvsadm(lan, host, '-C');
      const rest = globals('lvs_flush_on_stop') + service('10.9.0.1', 'TCP');
      await both.beginWith(instance(51, 100) + rest, instance(52, 100) + rest, [option]);
      const hold = (): Promise<boolean[]> => Promise.all(['a', 'b'].map((host) => holds(lan, host)));
      await both.point(`${option}: the start`, (table) => has(table, '10.9.0.1', TWO));
      await seen(both.ours, 'the addresses', async () => (await hold()).every((one) => one));
      await Promise.all([both.theirs.stop(), both.ours.stop()]);
      await both.point(`${option}: the end`, () => true);
      points.push(...both.points);
      held.push(await hold());
    }
    return { points, held };
  });
}

/** The table is that of another network namespace: `x` for keepalived, `y` for relived. */
export async function elsewhere(): Promise<{ readonly points: readonly Point[]; readonly own: number }> {
  return await withServers(['a', 'b', 'x', 'y'], async (lan, servers) => {
    const both = new Directors(lan, { theirs: 'x', ours: 'y' });
    const configuration = (host: string): string =>
      `net_namespace_ipvs ${lan.namespace(host)}\n${globals()}${service('10.9.0.1', 'TCP')}`;
    await both.beginWith(configuration('x'), configuration('y'));
    await both.point('the start', (table) => has(table, '10.9.0.1', TWO));
    await servers.ask('shut', ONE, 8080);
    await both.point('one has died', (table) => !has(table, '10.9.0.1', ONE));
    const own = (await tableOf(lan, 'a')).length + (await tableOf(lan, 'b')).length;
    await Promise.all([both.theirs.stop(), both.ours.stop()]);
    await both.point('the end', () => true);
    return { points: both.points, own };
  });
}

function instance(id: number, priority: number): string {
  return `vrrp_instance VI_${id} {
  interface eth0
  virtual_router_id ${id}
  priority ${priority}
  version 3
  virtual_ipaddress {
    ${ADDRESS}/32 dev lo
  }
}
`;
}

export interface Suspension {
  readonly points: readonly Point[];
  /** What each log says of the checks of the service that is suspended, in order. */
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

/** ha_suspend: the address comes and goes by elections, each director with a neighbour of its own on `n`. */
export async function suspension(): Promise<Suspension> {
  return await withServers(['a', 'b', 'n'], async (lan, servers) => {
    const both = new Directors(lan);
    let better = await neighbour(lan);
    const services = service(ADDRESS, 'TCP', 'ha_suspend') + service('10.9.0.2', 'TCP');
    await servers.ask('shut', ONE, 8080);
    await both.beginWith(globals() + instance(51, 100) + services, globals() + instance(52, 100) + services);
    // The other service tells that checks are under way.
    const isChecked = (table: readonly string[]): boolean => !has(table, '10.9.0.2', ONE);
    await both.point('backup: not checked', (table) => isChecked(table) && has(table, ADDRESS, ONE));
    await better.stop();
    await both.point('master: checked', (table) => isChecked(table) && !has(table, ADDRESS, ONE));
    better = await neighbour(lan);
    await gone(lan, both);
    await servers.ask('listen', ONE, ONE, 8080);
    await both.point('backup again', (table) => has(table, '10.9.0.2', ONE) && !has(table, ADDRESS, ONE));
    await better.stop();
    await both.point('master again', (table) => has(table, ADDRESS, ONE));
    // At the end the address goes, which keepalived's checkers may hear of or not.
    const told = { theirs: said(both.theirs), ours: said(both.ours) };
    await Promise.all([both.theirs.stop(), both.ours.stop()]);
    return { points: both.points, ...told };
  });
}

function neighbour(lan: Lan): Promise<RouterProcess> {
  return begin(lan, 'n', keepalived, globals() + instance(51, 200) + instance(52, 200));
}

/** Until neither has the address any more. */
async function gone(lan: Lan, both: Directors): Promise<void> {
  await seen(both.ours, 'both are backup', async () => !(await holds(lan, 'a')) && !(await holds(lan, 'b')));
}

async function holds(lan: Lan, host: string): Promise<boolean> {
  return (await lan.exec(host, ['ip', '-4', 'addr', 'show'])).stdout.includes(`${ADDRESS}/32`);
}

function said({ log }: RouterProcess): readonly string[] {
  const lines = log.split('\n').map((line) => line.replace(/^.* \d{4}: /, ''));
  const isOf = new RegExp(`^(Activating|Deactivating|Suspending) healthchecker .*VS \\[${ADDRESS}\\]`);
  return lines.filter((line) => isOf.test(line));
}
