/** Plans as they are kept of real configurations, and the starter, built with sanitizers, that reads them. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { lockFile } from '../../native/process.ts';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { builtWithSanitizers } from '../../test/harness/starter-sources.ts';
import { configuredActors } from '../config/actors.ts';
import { readConfig } from '../config/read.ts';
import { allAtOnce } from '../config/steps.ts';
import type { ActorView } from '../engine/engine.ts';
import { machineEnvironment } from '../host/environment.ts';
import { ReadingWitness } from '../host/reading-witness.ts';
import { waitFor } from '../lab/run.ts';
import { foreseen } from './next-configuration.ts';
import { StartPlan } from './start-plan.ts';

const directory = fs.realpathSync(temporaryDirectory('start-plan'));
const at = (name: string): string => join(directory, name);
const STARTER = at('relived-starter');
const PROGRAM = at('relived.js');
const PLAN = at('journal.start');
const PID_FILE = at('keepalived.pid');
const WORDS = [PROGRAM, '-n', '--journal', at('journal')];
const NOTED = ['/bin/sh', '-c', 'printf %s "$RELIVED_START"'];
/** Everything has been looked at: what is left is the kernel's table, in a network namespace that nobody else uses. */
const HOLDS = /^(set \d|unused this kernel has no IPVS$)/;

const server = (address: string, ...lines: readonly string[]): string =>
  `virtual_server ${address} 80 {\n  protocol TCP\n  lb_algo rr\n  lb_kind NAT\n  ${lines.join('\n  ')}\n}\n`;
const real = (...lines: readonly string[]): string => `real_server 10.1.0.1 80 {\n${lines.join('\n')}\n}`;

beforeAll(() => {
  expect(builtWithSanitizers(STARTER, 'starter')).toBe('');
  fs.writeFileSync(PROGRAM, 'program\n');
  fs.writeFileSync(at('package.json'), '{}\n');
  fs.mkdirSync(at('conf.d'));
});

interface Kept {
  readonly plan: string | null;
  readonly why: string;
}

/** The plan that a daemon with this configuration would keep. `orders`: real servers that an operator has drained. */
async function keep(
  text: string,
  { orders = [] as readonly string[], table = 'applied', isRunning = true } = {},
): Promise<Kept> {
  fs.rmSync(PLAN, { force: true });
  const file = at('keepalived.conf');
  fs.writeFileSync(file, text);
  const witness = new ReadingWitness();
  const environment = witness.environment(machineEnvironment({ configId: null }));
  const { config, randomSeed } = readConfig(file, witness.files, environment);
  if (config === null) throw new Error('no configuration');
  const views = new Map<string, ActorView>();
  for (const { id, input } of configuredActors(config)) {
    const state = id.startsWith('virtual/') ? { table } : 'up';
    const context = { input, duty: orders.includes(id) ? 'drained' : 'ready', ordered: null };
    views.set(id, { state, context, crashed: false } as unknown as ActorView);
  }
  const running = (id: string): ActorView | null => views.get(id) ?? null;
  const ordered = (id: string): ActorView | null => (orders.includes(id) ? running(id) : null);
  let why = '';
  const plan = new StartPlan({
    ...{ path: PLAN, words: WORDS, root: `${directory}/`, beganMs: Date.now() + 60_000 },
    reading: () => ({
      tree: config.tree,
      configuration: 'ab'.repeat(32),
      conditions: randomSeed === null ? witness.conditions() : null,
    }),
    observe: isRunning ? running : allAtOnce(foreseen(config, ordered, () => false)),
    settlesMs: 1,
    ...{ orders: at('journal.orders'), pidFiles: [PID_FILE], namespace: null },
    log: (line) => {
      why = line.replace('no start plan is kept: ', '');
    },
  });
  plan.renew();
  await waitFor(() => why !== '' || fs.existsSync(PLAN), {
    deadlineMs: 20_000,
    intervalMs: 20,
    what: 'a plan',
  });
  await plan.close();
  return { plan: fs.existsSync(PLAN) ? fs.readFileSync(PLAN, 'utf8') : null, why };
}

/** What the starter leaves for the daemon. */
function note(
  words: readonly string[] = WORDS,
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const { cwd = process.cwd(), env = {} } = options;
  const argv = ['-n', STARTER, PROGRAM, ...NOTED, ...words];
  const { stdout, stderr } = spawnSync('unshare', argv, {
    ...{ encoding: 'utf8', cwd },
    env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0', ...env },
  });
  return stderr === '' ? stdout.replaceAll(directory, '') : stderr;
}

const count = (plan: string | null, kind: string): number =>
  plan?.split('\n').filter((line) => line.startsWith(`${kind} `)).length ?? 0;

describe('what is in a plan', () => {
  const plain = server('10.0.0.1', real('TCP_CHECK {', '}'), 'sorry_server 10.1.0.9 80');

  it.each([
    ['a server that is taken for alive', server('10.0.0.1', real('TCP_CHECK {', '}')), 1, 1],
    [
      'a sorry server in place of one that is not',
      server('10.0.0.1', 'alpha', real('TCP_CHECK {', '}'), 'sorry_server 10.1.0.9 80'),
      1,
      1,
    ],
    ['nothing of one that is not', server('10.0.0.1', 'alpha', real('TCP_CHECK {', '}')), 1, 0],
    ['a check that is a program', server('10.0.0.1', real('MISC_CHECK {', 'misc_path /bin/true', '}')), 1, 1],
  ])('%s', async (_what, text, services, servers) => {
    const { plan } = await keep(text);
    expect([count(plan, 'service'), count(plan, 'server')]).toEqual([services, servers]);
    // The same for a configuration that lies there and does not run.
    expect(await keep(text, { isRunning: false })).toEqual({ plan, why: '' });
  });

  it.each([
    ['a name', `${plain}${server('10.0.0.2', 'real_server_name www.example.com 80 {', '}')}`],
    [
      'a file that is followed',
      `track_file f {\n  file /tmp/f\n}\n${plain}${server('10.0.0.2', real('FILE_CHECK {', 'track_file f', '}'))}`,
    ],
    [
      'a program that decides',
      `${plain}${server('10.0.0.2', 'alpha', real('MISC_CHECK {', 'misc_path /bin/true', '}'))}`,
    ],
  ])('but no virtual server with %s', async (_what, text) => {
    const { plan, why } = await keep(text);
    expect([why, count(plan, 'service'), count(plan, 'server')]).toEqual(['', 1, 1]);
    expect(await keep(text, { isRunning: false })).toEqual({ plan, why });
  });

  it.each([
    ['lvs_start_plan is off', `global_defs {\n  lvs_start_plan no\n}\n${plain}`],
    ['lvs_flush empties the table first', `global_defs {\n  lvs_flush\n}\n${plain}`],
    ['startup_script runs first', `global_defs {\n  startup_script /bin/true\n}\n${plain}`],
    [
      'no reading is like another',
      `! \${_RANDOM}\n$A=\${_RANDOM}\nglobal_defs {\n  router_id $A\n}\n${plain}`,
    ],
  ])('none where %s', async (reason, text) => {
    expect(await keep(text)).toEqual({ plan: null, why: reason });
  });

  it('no virtual server with an order, or whose table the kernel refuses', async () => {
    const id = 'real/[10.0.0.1]:tcp:80/[10.1.0.1]:tcp:80';
    const none = { plan: null, why: 'no virtual server can be in it' };
    expect(await keep(plain, { orders: [id] })).toEqual(none);
    expect(await keep(plain, { orders: [id], isRunning: false })).toEqual(none);
    expect(await keep(plain, { table: 'refused' })).toEqual(none);
    expect(await keep(plain, { table: 'observed' })).toEqual({ plan: null, why: 'there is no IPVS' });
  });
});

describe('the starter', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a word of keepalived.conf
  const WEIGHT = 'weight ${_ENV RELIVED_TEST_WEIGHT}';
  const TEXT = `include conf.d/*.conf\ninclude none.conf\n${server('10.0.0.1', real(WEIGHT))}`;
  let text = '';
  const write = (file: string, content: string): void => fs.writeFileSync(at(file), content);

  beforeAll(async () => {
    process.env.RELIVED_TEST_WEIGHT = '5';
    write('conf.d/a.conf', server('10.0.0.2', real()));
    const { plan } = await keep(TEXT);
    text = plan ?? '';
  });

  it('does what the plan says while all is as it was', () => {
    expect(fs.statSync(PLAN).mode & 0o777).toBe(0o600);
    expect(note()).toMatch(HOLDS);
    // Content counts, not when it was written.
    fs.utimesSync(at('conf.d/a.conf'), 1, 1);
    expect(note()).toMatch(HOLDS);
  });

  it.each([
    [
      '/keepalived.conf has changed',
      () => write('keepalived.conf', `${TEXT}\n`),
      () => write('keepalived.conf', TEXT),
    ],
    [
      '/conf.d/a.conf has changed',
      () => write('conf.d/a.conf', server('10.0.0.2', real('weight 2'))),
      () => write('conf.d/a.conf', server('10.0.0.2', real())),
    ],
    [
      'files came into /conf.d or went out of it',
      () => write('conf.d/b.conf', ''),
      () => fs.rmSync(at('conf.d/b.conf')),
    ],
    ['there is a file /none.conf now', () => write('none.conf', ''), () => fs.rmSync(at('none.conf'))],
    [
      '/conf.d/a.conf is another kind of file',
      () => fs.chmodSync(at('conf.d/a.conf'), 0o755),
      () => fs.chmodSync(at('conf.d/a.conf'), 0o644),
    ],
    [
      '/package.json has changed',
      () => write('package.json', '{"version":"2"}'),
      () => write('package.json', '{}\n'),
    ],
    [
      '/relived.js has changed',
      () => write('relived.js', 'another\n'),
      () => write('relived.js', 'program\n'),
    ],
    [
      'there is a file /journal.orders now',
      () => write('journal.orders', '{}'),
      () => fs.rmSync(at('journal.orders')),
    ],
    ['others may read or write the plan', () => fs.chmodSync(PLAN, 0o660), () => fs.chmodSync(PLAN, 0o600)],
    [
      'the plan belongs to user 65534',
      () => fs.chownSync(PLAN, 65534, 65534),
      () => fs.chownSync(PLAN, 0, 0),
    ],
    ['the plan has another name, too', () => fs.linkSync(PLAN, at('link')), () => fs.rmSync(at('link'))],
    [
      'the plan is damaged',
      () => fs.truncateSync(PLAN, text.length - 10),
      () => fs.writeFileSync(PLAN, text),
    ],
    [
      'the plan is of another version, or none',
      () => fs.truncateSync(PLAN, 10),
      () => fs.writeFileSync(PLAN, text),
    ],
  ])('does nothing if %s', (reason, change, back) => {
    change();
    const said = note();
    back();
    expect(said).toBe(`unused ${reason}`);
    expect(note()).toMatch(HOLDS);
  });

  it('does nothing for another command line, working directory, environment or place', () => {
    expect(note([...WORDS, '-D'])).toBe('unused the command line is another');
    expect(note([...WORDS, '-t'])).toBe('unused the command line is another');
    expect(note(WORDS, { cwd: '/' })).toBe(`unused the working directory is another than ${process.cwd()}`);
    const another = 'unused the environment variable RELIVED_TEST_WEIGHT is another';
    expect(note(WORDS, { env: { RELIVED_TEST_WEIGHT: '6' } })).toBe(another);
    fs.renameSync(PLAN, at('other.start'));
    expect(note()).toBe('');
    expect(note([PROGRAM, '-n', `--journal=${at('other')}/`])).toBe(
      'unused the plan was made for another place',
    );
    fs.renameSync(at('other.start'), PLAN);
    fs.renameSync(PLAN, at('real.start'));
    fs.symlinkSync(at('real.start'), PLAN);
    expect(note()).toBe('unused the plan: Too many levels of symbolic links');
    fs.renameSync(at('real.start'), PLAN);
  });

  it('does nothing while a daemon runs', () => {
    const fd = fs.openSync(PID_FILE, 'w');
    expect(lockFile(fd)).toBe(true);
    const said = note();
    fs.closeSync(fd);
    expect(said).toBe('unused a daemon is running (it has /keepalived.pid locked)');
    expect(note()).toMatch(HOLDS);
    fs.rmSync(PID_FILE);
  });

  it('survives plans that are whole and senseless', () => {
    const body = text.split('\n').slice(1, -1);
    const insertions = [
      '',
      'x',
      'file',
      'file ab /x',
      'listing ',
      'real /a',
      'variable ab',
      `service ${'00'.repeat(4)}`,
    ];
    insertions.push(
      `service ${'0'.repeat(9_000)}`,
      'service 0101zz00ff',
      `server 0501${'00'.repeat(600)}`,
      'namespace /nowhere',
    );
    for (const line of insertions) {
      for (const place of [0, body.length]) {
        const lines = body
          .toSpliced(place, 0, line)
          .map((each) => `${each}\n`)
          .join('');
        fs.writeFileSync(
          PLAN,
          `relived start plan 1 ${createHash('sha256').update(lines).digest('hex')}\n${lines}`,
        );
        expect(note(), line).toMatch(/^unused [\w /.:]+$/);
      }
    }
    for (const kind of ['words', 'host', 'directory', 'file', 'configuration', 'pid-file', 'place']) {
      const lines = body
        .filter((line) => !line.startsWith(`${kind} `))
        .map((each) => `${each}\n`)
        .join('');
      fs.writeFileSync(
        PLAN,
        `relived start plan 1 ${createHash('sha256').update(lines).digest('hex')}\n${lines}`,
      );
      expect(note(), kind).toMatch(
        /^unused the plan (is not whole|names no pid file|was made for another place)$/,
      );
    }
    fs.writeFileSync(PLAN, text);
  });

  it('becomes what it is told to in any case, and says so if it cannot', () => {
    const run = (...words: readonly string[]) => spawnSync(STARTER, words, { encoding: 'utf8' });
    expect(run(PROGRAM, '/bin/sh', '-c', 'exit 7', PROGRAM).status).toBe(7);
    expect(run(PROGRAM, '/nowhere', PROGRAM)).toMatchObject({
      status: 127,
      stderr: expect.stringMatching(/cannot run \/nowhere/),
    });
    expect(run('x').status).toBe(2);
  });
});
