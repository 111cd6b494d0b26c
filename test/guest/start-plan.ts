/** The table of virtual servers at a start: set by the starter from the plan that the last run has left, or not. */
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../src/lab/namespaces.ts';
import { identify, terminate } from '../../src/lab/process.ts';
import { projectCommand, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { type CommandResult, run, waitFor } from '../../src/lab/run.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess, routerFiles } from '../harness/router.ts';
import { logged, seen } from './begin.ts';
import { GLOBALS, routes, STANDING, service, unchecked } from './ipvs.ts';
import { echo, ipvsadm, SERVERS, tableOf, withServers } from './ipvs-scene.ts';

const STARTER = fileURLToPath(new URL('../../native/build/Release/relived-starter', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../build/program/relived.js', import.meta.url));
const DEADLINE_MS = 60_000;
const LOOK_MS = 50;
const [ONE = '', TWO = '', , SORRY = ''] = SERVERS;

/** Never checked while the story lasts, so that the table stays what it is at the start. */
const checked = (address: string): string =>
  `  real_server ${address} 8080 {\n    weight 4\n    TCP_CHECK {\n      warmup 86400\n    }\n  }\n`;
const CONFIGURATION =
  GLOBALS +
  STANDING +
  service('10.9.0.1 80', ['lvs_sched rr', 'lvs_method NAT', 'protocol TCP'], checked(ONE), checked(TWO)) +
  service(
    '10.9.0.3 80',
    ['alpha', 'lvs_sched wrr', 'lvs_method NAT', 'protocol TCP', `sorry_server ${SORRY} 8080`],
    checked(ONE),
  ) +
  service(
    '10.9.0.4 80',
    ['alpha', 'lvs_sched wrr', 'lvs_method NAT', 'protocol TCP', `sorry_server ${SORRY} 8080`],
    checked(ONE).replace('weight 4', 'inhibit_on_failure'),
    unchecked(TWO, 8080),
  );

export interface Starts {
  readonly tables: Readonly<Record<string, readonly string[]>>;
  readonly trail: readonly string[];
  /** Permissions of the plan. */
  readonly mode: number;
  readonly history: string;
  readonly verified: CommandResult;
}

/** How a daemon is started, and whose table it drives. */
interface Way {
  /** Host that it is started on. */
  readonly on: string;
  readonly table: string;
  readonly configuration: string;
  readonly program: RouterProgram;
  readonly isInBackground?: true;
}

const PLAIN: Way = { on: 'b', table: 'b', configuration: CONFIGURATION, program: relived };

class Director {
  readonly lan: Lan;
  readonly way: Way;
  readonly directory = temporaryDirectory('start-plan');
  readonly place = join(this.directory, 'own');
  readonly journal: string;
  readonly plan: string;

  constructor(lan: Lan, way = PLAIN) {
    this.lan = lan;
    this.way = way;
    this.journal = routerFiles(this.directory, way.on).journal;
    this.plan = `${this.journal}.start`;
  }

  start(configuration = this.way.configuration): Promise<RouterProcess> {
    const { lan, directory, place } = this;
    const { on, program } = this.way;
    return RouterProcess.start(lan, on, { program, configuration, directory, place });
  }

  async started(configuration = this.way.configuration): Promise<RouterProcess> {
    const router = await this.start(configuration);
    await logged(router, 'the start', (log) => log.includes('Startup complete'));
    return router;
  }

  /** The starter with the command line of the daemon, but a command of the shell in place of Node. */
  async starter(command: string): Promise<string> {
    const [, ...words] = this.#command();
    const argv = [STARTER, PROGRAM, '/bin/sh', '-c', command, PROGRAM, ...words];
    return (await run(this.lan.argv(this.way.on, argv))).stdout.trim();
  }

  /** Runs the program until it ends, which one without -n does when the daemon has begun. Gives what stops that. */
  async inBackground(): Promise<() => Promise<void>> {
    const pidFile = join(this.place, `${this.way.on}-relived.pid`);
    await writeFile(join(this.place, 'keepalived.conf'), this.way.configuration);
    await run(this.lan.argv(this.way.on, this.#command()), { timeoutMs: DEADLINE_MS });
    const identity = identify(Number(await readFile(pidFile, 'utf8')));
    if (identity === null) throw new Error('the daemon has gone');
    return async () => {
      await terminate([identity], DEADLINE_MS);
    };
  }

  #command(): readonly string[] {
    const { on, program } = this.way;
    const configuration = join(this.place, 'keepalived.conf');
    return program({ host: on, directory: this.place, configuration, ...routerFiles(this.directory, on) });
  }

  /** What installs a configuration prepares its first start. */
  async prepare(configuration = this.way.configuration): Promise<CommandResult> {
    await writeFile(join(this.place, 'keepalived.conf'), configuration);
    const argv = this.lan.argv(this.way.on, [...this.#command(), '--prepare-start']);
    return await run(argv, { allowFailure: true, timeoutMs: DEADLINE_MS });
  }

  note(): Promise<string> {
    return this.starter('echo "$RELIVED_START"');
  }

  table(): Promise<readonly string[]> {
    return tableOf(this.lan, this.way.table);
  }

  async empty(): Promise<void> {
    await until('an empty table', async () => (await this.table()).length === 0);
  }

  planned(isThere = true): Promise<void> {
    return until(`a plan: ${isThere}`, () => existsSync(this.plan) === isThere);
  }
}

async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(look, { deadlineMs: DEADLINE_MS, intervalMs: LOOK_MS, what });
}

const lines = (text: string): readonly string[] => text.split('\n').toSorted();

export async function starts(): Promise<Starts> {
  if (process.env.RELIVED_PROGRAM !== 'bundle') throw new Error('the bundle is not that of the sources');
  return await withServers(['b', 'c'], async (lan) => {
    await routes(lan);
    const client = echo(lan, 'c');
    const director = new Director(lan);
    await mkdir(director.place, { recursive: true });
    const trail: string[] = [];
    const tables: Record<string, readonly string[]> = {};

    tables.prepared = await prepared(director, trail);
    let router = await director.started(withGlobal('lvs_start_plan off'));
    tables.cold = await director.table();
    trail.push(`without a plan the log speaks of one: ${router.log.includes('start plan')}`);
    await router.stop();

    tables.made = await made(director, trail);
    router = await director.started();
    await director.planned();
    trail.push(`while it runs: ${(await director.note()).replace(/locked.*/, '')}`);
    const { mode } = await stat(director.plan);
    await router.stop();
    tables.stopped = await director.table();

    tables.planned = lines(await director.starter('ipvsadm-save -n'));
    await director.empty();
    trail.push('a program that ends at once leaves no table');

    router = await director.start();
    await until('the table', async () => (await director.table()).length > 0);
    trail.push(`it is there before the daemon speaks: ${router.log === ''}`);
    const { number } = await client.ask('keep', '10.9.0.1', 80);
    await logged(router, 'the start', (log) => log.includes('Startup complete'));
    trail.push(`a connection of that time: ${await client.ask('say', number, 'still here')}`);
    trail.push(`log: ${/IPVS: \d+ services with \d+ real servers were set/.exec(router.log)?.[0]}`);
    tables.adopted = await director.table();
    await until('no guard', async () => !(await processes(lan)).includes('relived-starter'));
    const history = await relive(director, 'log', '--kind', 'note');
    await router.kill();
    trail.push(`after a kill: ${await director.note()}`);
    tables.killed = await director.table();

    router = await director.started();
    await router.stop();
    tables.end = await director.table();
    const verified = await run([projectCommand('relive'), 'verify', '--journal', director.journal], {
      allowFailure: true,
    });

    await ipvsadm(lan, 'b', '-A', '-t', '10.9.9.9:99', '-s', 'rr');
    trail.push(`somebody else's: ${await director.note()}, ${(await director.table()).length}`);
    await ipvsadm(lan, 'b', '-C');
    await appendFile(join(director.place, 'keepalived.conf'), '! edited\n');
    tables.edited = lines(await director.starter('ipvsadm-save -n'));
    await director.empty();
    await writeFile(join(director.place, 'keepalived.conf'), withGlobal('lvs_flush'));
    trail.push(`edited: ${(await director.note()).replace(director.place, '')}`);
    tables.flushed = await director.table();
    await writeFile(join(director.place, 'keepalived.conf'), CONFIGURATION);
    trail.push(`as it was: ${(await director.note()).split(' ')[0]}`);
    await director.empty();

    router = await director.started(withGlobal('lvs_flush'));
    trail.push(`another: ${/the start plan was not used: .* has changed; .*/.exec(router.log) !== null}`);
    await writeFile(router.configuration, CONFIGURATION);
    router.signal('SIGHUP');
    await director.planned();
    await writeFile(router.configuration, withGlobal('lvs_flush'));
    router.signal('SIGHUP');
    await director.planned(false);
    await writeFile(router.configuration, CONFIGURATION);
    router.signal('SIGHUP');
    await director.planned();
    await seen(router, 'the table', async () => (await director.table()).length > 0);
    await router.stop();
    trail.push(`after a reload: ${(await director.note()).split(' ')[0]}`);
    await director.empty();
    trail.push(...(await edits(director)));
    return { tables, trail, mode, history, verified };
  });
}

/** Before any daemon has run: the table that the first start would find, and no plan of what cannot have one. */
async function prepared(director: Director, trail: string[]): Promise<readonly string[]> {
  // Behind what there is to complain about.
  const said = (stderr: string): string | undefined => stderr.trim().split('\n').at(-1);
  const { code, stderr } = await director.prepare();
  trail.push(`prepared: ${code}, ${said(stderr)?.replace(director.plan, 'PLAN')}`);
  const table = lines(await director.starter('ipvsadm-save -n'));
  await director.empty();
  const none = await director.prepare(withGlobal('lvs_flush'));
  trail.push(`not prepared: ${none.code}, ${said(none.stderr)}, ${existsSync(director.plan)}`);
  return table;
}

const withGlobal = (line: string): string =>
  CONFIGURATION.replace('global_defs {', `global_defs {\n  ${line}`);

/** Nobody has prepared the start, and nothing has run: the starter has the plan made. */
async function made(director: Director, trail: string[]): Promise<readonly string[]> {
  await writeFile(join(director.place, 'keepalived.conf'), CONFIGURATION);
  await director.planned(false);
  const table = lines(await director.starter('ipvsadm-save -n'));
  await director.empty();
  trail.push(`a plan that was made for one start is kept: ${existsSync(director.plan)}`);
  return table;
}

/** Whoever edits the configuration and starts the daemon anew, without a reload, has the table of the new one. */
async function edits(director: Director): Promise<readonly string[]> {
  const trail: string[] = [];
  const router = await director.started();
  await until('the plan of what runs', async () => (await director.note()).includes('a daemon is running'));
  const before = await director.table();
  const plan = (): Promise<string> => readFile(director.plan, 'utf8');
  const first = await plan();
  const edited = CONFIGURATION.replace('10.9.0.1 80', '10.9.0.77 80');
  await writeFile(router.configuration, edited.replace('lvs_method NAT', 'lvs_method NOT'));
  await writeFile(router.configuration, edited);
  await until('another plan', async () => (await plan()) !== first);
  trail.push(`an edit moves nothing: ${(await director.table()).join() === before.join()}`);
  await router.stop();
  await director.empty();
  const table = lines(await director.starter('ipvsadm-save -n'));
  trail.push(
    `set for what was edited: ${table.some((line) => line.includes('10.9.0.77:80'))}, ${table.length}`,
  );
  await director.empty();
  return trail;
}

async function processes(lan: Lan): Promise<string> {
  return (await run(lan.argv('b', ['ps', '-A', '-o', 'comm=']))).stdout;
}

async function relive(director: Director, ...words: readonly string[]): Promise<string> {
  const [command = '', ...rest] = words;
  return (await run([projectCommand('relive'), command, '--journal', director.journal, ...rest])).stdout;
}

export interface OtherWay {
  readonly cold: readonly string[];
  readonly planned: readonly string[];
  readonly adopted: readonly string[];
  readonly end: readonly string[];
  readonly notes: string;
}

/** Daemons of other network namespaces, and one that goes to the background. */
export async function otherWays(): Promise<Readonly<Record<string, OtherWay>>> {
  return await withServers(['a', 'b'], async (lan) => {
    const namespace = lan.namespace('b');
    const within = { ...PLAIN, on: 'a' };
    const background: RouterProgram = (place) =>
      relived(place).filter((word) => !['-n', '-l'].includes(word));
    const ways: Readonly<Record<string, Way>> = {
      '-s': { ...within, program: (place) => [...relived(place), '-s', namespace] },
      net_namespace_ipvs: { ...within, configuration: `net_namespace_ipvs ${namespace}\n${CONFIGURATION}` },
      background: { ...PLAIN, program: background, isInBackground: true },
    };
    const found: Record<string, OtherWay> = {};
    for (const [name, way] of Object.entries(ways)) found[name] = await otherWay(new Director(lan, way));
    return found;
  });
}

async function otherWay(director: Director): Promise<OtherWay> {
  await mkdir(director.place, { recursive: true });
  const { lan, way } = director;
  const live = async (): Promise<readonly string[]> => {
    const stop = way.isInBackground === true ? await director.inBackground() : await begun(director);
    await director.planned();
    const table = await director.table();
    await stop();
    await director.empty();
    return table;
  };
  const cold = await live();
  const saved = `ip netns exec ${lan.namespace(way.table)} ipvsadm-save -n`;
  const planned = lines(await director.starter(saved));
  await director.empty();
  const adopted = await live();
  const notes = await relive(director, 'log', '--kind', 'note');
  return { cold, planned, adopted, end: await director.table(), notes };
}

/** Gives what stops it. */
async function begun(director: Director): Promise<() => Promise<void>> {
  const router = await director.started();
  return () => router.stop();
}
