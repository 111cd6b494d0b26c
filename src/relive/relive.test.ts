import { execFile } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';
import { openControlSocket } from '../daemon/control-socket.ts';
import { peacefulPair, takeOver } from './story.fixture.ts';
import { MAX_LINES } from './why/explain.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function relive(...args: string[]): Promise<Run> {
  const { RELIVE_JOURNAL: _, ...environment } = process.env;
  const env = { ...environment, TZ: 'UTC', RELIVED_LAB_DIR: '/nonexistent' };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...args], { env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Run;
    return { code, stdout, stderr };
  }
}

describe('the command', () => {
  let root: string;
  let journals: string[];

  beforeAll(async () => {
    const pair = peacefulPair();
    await pair.r1.end();
    takeOver(pair);
    pair.story.pass(1_000_000);
    pair.r1.start();
    await pair.r1.end();
    pair.story.pass(1_000_000);
    await pair.r2.stop('SIGTERM');
    root = temporaryDirectory('copy');
    journals = ['r1', 'r2'].map((name) => join(root, name));
    for (const router of [pair.r1, pair.r2])
      cpSync(router.journal, join(root, router.name), { recursive: true });
    pair.story.remove();
  });

  afterAll(() => rmSync(root, { recursive: true }));

  const both = (): string[] => journals.flatMap((journal) => ['-j', journal]);

  it('log merges nodes by time and shows an end without a stop', async () => {
    const { code, stdout } = await relive('log', ...both());
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    const times = lines.map((line) => line.slice(0, 23));
    expect(times).toEqual([...times].sort());
    expect(times[0]).toBe('2026-11-22 03:00:00.000');
    expect(stdout).toMatch(/r1 {2}process \d+ ended without a stop/);
    expect(stdout).toMatch(
      /r2 {2}@\d+ +VI_1 {2}no awaited advert for 3\.609 s .*\[backup\.listening -> master, addresses absent -> adding, notices backup -> masterNext\] {2}.*announce 100, addVips 10\.0\.0\.100/,
    );
  });

  it('log filters by instance, time, kind and number', async () => {
    const roles = await relive('log', ...both(), '--kind', 'role', '-i', 'VI_1', '-o', 'jsonl');
    const rows: { node: string; event: { type: string } }[] = roles.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ node, event }) => `${node} ${event.type}`)).toEqual([
      'r1 instance.started',
      'r2 instance.started',
      'r1 master.silent',
      'r2 master.silent',
      'r1 instance.started',
      'r2 shutdown.requested',
    ]);
    const last = await relive(
      'log',
      '-j',
      String(journals[1]),
      '-n',
      '2',
      '--since',
      '2026-11-22 03:00:05',
      '--until',
      'r2@9999',
      '-o',
      'json',
    );
    expect(JSON.parse(last.stdout)).toMatchObject([{ type: 'row' }, { event: { type: 'process.stopped' } }]);
    const runs = await relive('log', '-j', String(journals[1]), '--runs', '--kind', 'run');
    expect(runs.stdout).toMatch(
      /10 adverts heard from 10\.0\.0\.1, priority 150, over 9 s, largest gap 1(\.0+)? s/,
    );
    expect((await relive('log', ...both(), '--kind', 'crash')).code).toBe(3);
  });

  it('at folds the whole state at an instant', async () => {
    const { code, stdout } = await relive('at', '2026-11-22T03:00:10Z', ...both(), '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { node: 'r1', actors: [{ state: { protocol: 'master', addresses: 'held' }, held: ['10.0.0.100/24'] }] },
      {
        node: 'r2',
        actors: [
          {
            state: { protocol: { backup: 'listening' } },
            context: { master: { source: '10.0.0.1', priority: 150 }, effectivePriority: 100 },
            lastAdvert: { source: '10.0.0.1', from: 'run' },
          },
        ],
      },
    ]);
    const over = await relive('at', '-1s', ...both());
    expect(over.stdout).toMatch(
      /^r1 .*\n {2}the process had ended without a stop; its last state was:\n {2}instance .*\n {2}VI_1 +backup/m,
    );
    expect(over.stdout).toMatch(/^r2 .*\n {2}relived had been stopped$/m);
    const table = await relive('at', 'r2@5', ...both(), '-i', 'VI_1');
    expect(table.stdout).toContain('VI_1');
  });

  it('places of a history have names', async () => {
    const failover = await relive('at', '@last-failover', ...both(), '-o', 'json');
    const why = await relive('why', ...both(), '-o', 'json');
    const { wallUs } = JSON.parse(why.stdout) as { wallUs: number };
    expect((JSON.parse(failover.stdout) as { wallUs: number }[])[0]?.wallUs).toBe(wallUs);
    const first = await relive('log', '-j', String(journals[0]), '--until', '@boot', '-o', 'jsonl');
    expect(first.stdout.trim().split('\n')).toHaveLength(1);
    const newest = await relive('log', ...both(), '--since', 'r1@start', '-i', 'VI_1', '-o', 'jsonl');
    expect(newest.stdout).toContain('instance.started');
    expect((await relive('at', 'r9@boot', ...both())).code).toBe(3);
  });

  it('why answers in at most 25 lines', async () => {
    const { code, stdout } = await relive(
      'why',
      'VI_1',
      ...both(),
      '--at',
      '2026-11-22T03:00:17.5Z',
      '--utc',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^2026-11-22 03:00:17\.023Z {2}r2 took VI_1 over from r1, whose process was killed or died/,
    );
    expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_LINES);
    const { stdout: json } = await relive('why', ...both(), '-o', 'json');
    expect(JSON.parse(json)).toMatchObject({ verdict: 'stopped', node: 'r2' });
  });

  it('check, stats and diff answer programs, too', async () => {
    const check = await relive('check', ...both(), '-o', 'jsonl', '--only', 'end,addresses');
    expect(check.code).toBe(5);
    const found = check.stdout.trim().split('\n');
    expect(JSON.parse(found[0] ?? '')).toMatchObject({ invariant: 'end', node: 'r1' });
    expect((await relive('check', '-j', String(journals[1]), '--only', 'end')).code).toBe(0);
    const stats = await relive('stats', ...both(), '-o', 'json', '--by', 'node');
    expect(JSON.parse(stats.stdout)).toMatchObject({ total: { failovers: 1 } });
    const diff = await relive('diff', 'r2@3', 'r2@5', ...both(), '-o', 'json');
    expect(JSON.parse(diff.stdout)).toContainEqual(expect.objectContaining({ op: expect.any(String) }));
    expect((await relive('diff', 'r1', 'r9', ...both(), '--at', '2026-11-22T03:00:10Z')).code).toBe(3);
    expect((await relive('diff', '03:00', '03:01', ...both())).code).toBe(2);
  });

  it('verify re-executes every row', async () => {
    const { code, stdout } = await relive('verify', ...both(), '-o', 'json');
    expect(code).toBe(0);
    const verdicts: {
      integrity: { findings: unknown[] };
      replay: { rows: number; differences: unknown[]; unchecked: object };
    }[] = JSON.parse(stdout);
    for (const { integrity, replay } of verdicts) {
      expect(integrity.findings).toEqual([]);
      expect(replay.rows).toBeGreaterThan(3);
      expect(replay).toMatchObject({ differences: [], unchecked: {} });
    }
  });

  it('verify names a tampered row and a difference, and ends with 4', async () => {
    const copy = join(root, 'tampered');
    cpSync(String(journals[1]), copy, { recursive: true });
    const path = join(copy, String(readdirSync(copy)[0]));
    chmodSync(path, 0o600);
    const db = new Database(path);
    db.exec(`UPDATE ev SET state = replace(state, 'listening', 'skewing') WHERE seq = 3`);
    db.close();
    const { code, stdout } = await relive('verify', '-j', copy);
    expect(code).toBe(4);
    expect(stdout).toContain('row @3 was changed');
    expect(stdout).toMatch(
      /first difference: @3 vrrp\/VI_1 instance\.started, state\n +expected .*listening.*\n +found +.*skewing/,
    );
    rmSync(copy, { recursive: true });
  });

  it('ends with 6 and the name of the file for a damaged segment', async () => {
    const copy = join(root, 'damaged');
    cpSync(String(journals[1]), copy, { recursive: true });
    const [file] = readdirSync(copy);
    const path = join(copy, String(file));
    chmodSync(path, 0o600);
    cpSync(MAIN, path);
    for (const command of [['log'], ['at', 'now'], ['why'], ['verify']]) {
      const { code, stdout, stderr } = await relive(...command, '-j', copy);
      expect([command[0], code]).toEqual([command[0], 6]);
      expect(stdout + stderr).toContain(file);
    }
    rmSync(copy, { recursive: true });
  });

  it('status asks over the control socket', async () => {
    const instance = {
      name: 'VI_1',
      state: { protocol: { backup: 'listening' }, addresses: 'absent' },
      role: 'backup',
      interface: 'eth0',
      virtualRouterId: 51,
      priority: 100,
      master: { source: '10.0.0.1', priority: 150 },
      lastAdvertAgoUs: 412_000,
      addresses: [],
      faultReasons: [],
    };
    const faulty = {
      ...instance,
      name: 'VI_2',
      state: { protocol: 'fault', addresses: 'absent' },
      role: 'fault',
      faultReasons: ['link', 'tracker/script/vital'],
      faults: [
        { reason: 'link', sinceUs: 7_380_000_000, atWallUs: 1_700_000_000_000_000 },
        { reason: 'tracker/script/vital', sinceUs: 1_500_000, atWallUs: 1_700_007_378_500_000 },
      ],
      pending: ['device'],
    };
    const journal = { state: 'degraded', error: 'SQLITE_FULL: database or disk is full', lostRows: 3 };
    const answer = { node: 'r2', pid: 4711, uptimeUs: 7_384_000_000, journal, instances: [instance, faulty] };
    const path = join(root, 'control.sock');
    const server = await openControlSocket(path, { status: () => answer });
    try {
      const { code, stdout } = await relive('status', '--socket', path);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^r2 {2}process 4711, up 2 h 3 min, journal degraded: SQLITE_FULL/);
      expect(stdout).toMatch(
        /VI_1 +backup +backup\.listening +100 +eth0 vrid 51 +10\.0\.0\.1 \(150\) +412 ms ago +- +-/,
      );
      expect(stdout).toMatch(
        /VI_2 +fault +fault .* link for 2 h 3 min, tracker\/script\/vital for 1\.5 s, waits for device *$/m,
      );
      expect(JSON.parse((await relive('status', '--socket', path, '-o', 'json')).stdout)).toEqual([answer]);
      const partly = await relive('status', '--socket', path, '--socket', join(root, 'no.sock'));
      expect([partly.code, partly.stdout.slice(0, 2)]).toEqual([1, 'r2']);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('takes shortened names of commands and instances, and says what else they may be', async () => {
    const short = await relive('l', '-i', 'V', '-n', '1', '-j', String(journals[1]));
    expect(short).toEqual(await relive('log', '-i', 'VI_1', '-n', '1', '-j', String(journals[1])));
    expect([short.code, short.stdout]).toEqual([0, expect.stringContaining('VI_1')]);
    expect(await relive('v')).toMatchObject({ code: 2, stderr: expect.stringContaining('verify, view') });
    expect(await relive('la')).toMatchObject({ code: 2, stderr: expect.stringContaining('mean lab?') });
    expect((await relive('help', 'ver')).stdout).toContain('Usage: relive verify');
    expect((await relive('conf', 'key', '-o', 'json', 'vrrp_instance/track_file')).code).toBe(0);
    const near = await relive('log', '-i', 'VI_2', ...both());
    expect([near.code, near.stderr]).toEqual([3, expect.stringContaining('did you mean VI_1?')]);
  });

  it('has real exit codes', async () => {
    expect((await relive('log', '-j', join(root, 'nowhere'))).code).toBe(3);
    expect((await relive('log', '--since', 'tomorrowish', ...both())).code).toBe(2);
    expect((await relive('log', '--bogus')).code).toBe(2);
    expect((await relive('frobnicate')).code).toBe(2);
    expect((await relive('--help')).code).toBe(0);
    expect((await relive('at', '@3', ...both())).code).toBe(2);
    expect((await relive('log', '-i', 'VI_9', ...both())).code).toBe(3);
    const silent = await relive('status', '--socket', join(root, 'no.sock'));
    expect(silent.code).toBe(1);
    expect(silent.stderr).toContain('relived does not run here');
  });
});
