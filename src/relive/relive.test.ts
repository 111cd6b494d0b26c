import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ActorEvent } from '../engine/types.ts';
import { JournalReader } from '../journal/reader.ts';
import { type Pair, peacefulPair, STORY_BEGIN_US, takeOver } from './story.fixture.ts';
import { explain, explanationLines, MAX_LINES } from './why/explain.ts';
import { findFocus } from './why/focus.ts';
import type { Explanation } from './why/model.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const pairs: Pair[] = [];

function begin(): Pair {
  const pair = peacefulPair();
  pairs.push(pair);
  return pair;
}

afterEach(async () => {
  for (const { story, r1, r2 } of pairs.splice(0)) {
    await Promise.all([r1.end(), r2.end()]);
    story.remove();
  }
});

/** The explanation of the newest change, by the journals of these directories. */
async function whyOf(
  { r1, r2 }: Pair,
  directories = [r1.journal, r2.journal],
  wallUs: number | null = null,
): Promise<Explanation> {
  await Promise.all([r1.flush(), r2.flush()]);
  const readers = directories.map((directory) => new JournalReader(directory));
  try {
    const witnesses = readers.map((reader) => ({ name: reader.node, reader }));
    const change = findFocus(witnesses, null, wallUs);
    if (change === null) throw new Error('no change of mastership');
    const explanation = explain(change, witnesses);
    expect(explanationLines(explanation, true).length).toBeLessThanOrEqual(MAX_LINES);
    return explanation;
  } finally {
    for (const reader of readers) reader.close();
  }
}

const rootOf = ({ chain }: Explanation): string | undefined => chain.find(({ isRoot }) => isRoot)?.text;

describe('why', () => {
  it('a killed master', async () => {
    const pair = begin();
    await pair.r1.end();
    takeOver(pair);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'peer-killed', node: 'r2', actor: 'vrrp/VI_1' });
    expect(told.sentence).toMatch(/^r2 took VI_1 over from r1, whose process was killed or died/);
    expect(rootOf(told)).toMatch(/^process \d+ ended without a stop/);
    expect(told.missing.join()).toMatch(/3 adverts of 10\.0\.0\.1 \(priority 150\), one every 1 s/);
    expect(told.missing.join()).toContain('due ');
    expect(told.chain.at(-1)?.text).toMatch(/^addresses added after/);
  });

  it('a killed master that was started again meanwhile', async () => {
    const pair = begin();
    await pair.r1.end();
    pair.story.pass(2_000_000);
    pair.r1.start();
    pair.story.pass(1_609_375);
    pair.r2.silence(3_609_375);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('peer-killed');
    expect(told.chain.map(({ text }) => text).join()).toContain('started again');
  });

  it('a silent master of which no journal is at hand: says what is not known', async () => {
    const pair = begin();
    await pair.r1.end();
    takeOver(pair);
    const told = await whyOf(pair, [pair.r2.journal]);
    expect(told.verdict).toBe('peer-silent');
    expect(told.unknown.join()).toMatch(
      /10\.0\.0\.1 died or the path to it is broken; its journal would tell/,
    );
  });

  it('a killed master, from its own journal only', async () => {
    const pair = begin();
    await pair.r1.end();
    takeOver(pair);
    const told = await whyOf(pair, [pair.r1.journal]);
    expect(told).toMatchObject({ verdict: 'killed', node: 'r1', seq: null });
  });

  it('a cut link, seen from both sides', async () => {
    const pair = begin();
    pair.r1.post({ type: 'link.down' });
    const own = pair.r1.engine.seq;
    takeOver(pair);
    const cutUs = STORY_BEGIN_US + pair.story.nowUs - 1_000_000;
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'link-cut', node: 'r2' });
    expect(told.sentence).toMatch(/over from r1, whose link went down/);
    expect(rootOf(told)).toMatch(/link went down: master -> fault/);
    const before = await whyOf(pair, undefined, cutUs);
    expect(before).toMatchObject({ verdict: 'link-cut', node: 'r1' });
    expect(before.seq).toBeLessThanOrEqual(own);
  });

  it('a stop in good order, down to the signal', async () => {
    const pair = begin();
    await pair.r1.stop('SIGTERM');
    pair.r2.hear(pair.r1, 0);
    pair.story.pass(609_375);
    pair.r2.silence(609_375);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'peer-stopped', node: 'r2' });
    expect(told.sentence).toContain('SIGTERM');
    expect(rootOf(told)).toBe('signal SIGTERM');
    const alone = await whyOf(pair, [pair.r2.journal]);
    expect(alone.verdict).toBe('peer-resigned');
    expect(alone.unknown.join()).toMatch(/why 10\.0\.0\.1 resigned/);
  });

  it('a stop whose resignation was lost', async () => {
    const pair = begin();
    await pair.r1.stop('SIGTERM');
    takeOver(pair);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('peer-stopped');
    expect(told.sentence).toContain('its resignation was not heard');
  });

  /** r1 was killed, r2 took over, r1 came back and claimed. */
  async function preempted(): Promise<Pair> {
    const pair = begin();
    const { story, r1, r2 } = pair;
    await r1.end();
    takeOver(pair);
    story.pass(5_000_000);
    r1.start();
    r1.hear(r2);
    story.pass(1_000_000);
    r1.hear(r2);
    story.pass(2_414_062);
    r1.silence(3_414_062);
    return pair;
  }

  it('a preemption, from the side that took and from the side that lost', async () => {
    const pair = await preempted();
    const taken = await whyOf(pair, [pair.r1.journal]);
    expect(taken).toMatchObject({ verdict: 'preemption', node: 'r1' });
    expect(taken.sentence).toMatch(
      /r1 \(priority 150\) took VI_1 over from 10\.0\.0\.2 \(priority 100\): preemption after it was started/,
    );
    expect(taken.prevention.join()).toContain('nopreempt');
  });

  it('a preemption, told by both', async () => {
    const pair = await preempted();
    pair.story.pass(300);
    pair.r2.hear(pair.r1);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'preemption', node: 'r2' });
    expect(told.sentence).toMatch(
      /r2 gave VI_1 up to r1 .*priority 150 against 100.*preemption after r1 was started/,
    );
  });

  it('a broken path, and its mending', async () => {
    const pair = begin();
    const { story, r1, r2 } = pair;
    takeOver(pair);
    story.pass(30_000_000);
    r1.run('sent', r1, 40);
    r2.run('sent', r2, 30);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('path-broken');
    expect(told.sentence).toMatch(/r1, which went on announcing unheard/);
  });

  it('the mending of a broken path', async () => {
    const pair = begin();
    takeOver(pair);
    pair.story.pass(30_000_000);
    pair.r2.hear(pair.r1);
    const told = await whyOf(pair);
    expect(told.verdict).toBe('path-healed');
    expect(told.sentence).toContain('both had been master for 30 s');
  });

  it('the first master after a start', async () => {
    const { story, r1, r2 } = begin();
    const told = await whyOf({ story, r1, r2 }, [r1.journal]);
    expect(told).toMatchObject({ verdict: 'start-up', node: 'r1' });
  });

  it('an own stall, and a stalled peer', async () => {
    const pair = begin();
    const { story, r1, r2 } = pair;
    story.pass(5_000_000);
    r2.post({ type: 'self.stalled', stalledUs: 4_000_000 });
    r2.silence(5_000_000, 1_400_000);
    r1.run('sent', r1, 8);
    const told = await whyOf(pair, [r2.journal]);
    expect(told.verdict).toBe('own-stall');
    expect(told.sentence).toContain('it had not run itself for 4 s');
  });

  it('a master that did not run for a while', async () => {
    const pair = begin();
    takeOver(pair);
    pair.story.pass(1_000_000);
    pair.r1.post({ type: 'self.stalled', stalledUs: 4_000_000 });
    const told = await whyOf(pair);
    expect(told.verdict).toBe('peer-stalled');
    expect(told.sentence).toContain('r1, which did not run for 4 s');
  });

  it('an address that somebody deleted', async () => {
    const pair = begin();
    pair.r1.post({ type: 'address.lost', address: '10.0.0.100' });
    const lost = await whyOf(pair);
    expect(lost).toMatchObject({ verdict: 'address-deleted', node: 'r1' });
  });

  it('the claim after an address was deleted', async () => {
    const pair = begin();
    pair.r1.post({ type: 'address.lost', address: '10.0.0.100' });
    pair.story.pass(414_062);
    pair.r1.silence(414_062);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'address-deleted', node: 'r1' });
    expect(rootOf(told)).toMatch(/^somebody deleted 10\.0\.0\.100: master -> backup\.skewing/);
  });

  it('a statechart that crashed', async () => {
    const pair = begin();
    const broken = {
      type: 'advert.received',
      source: '10.0.0.9',
      get priority(): number {
        throw new Error('broken fact');
      },
      toJSON: () => ({ type: 'advert.received', source: '10.0.0.9' }),
    };
    pair.r1.post(broken as unknown as ActorEvent);
    const told = await whyOf(pair);
    expect(told).toMatchObject({ verdict: 'crashed', node: 'r1' });
    expect(told.sentence).toContain('broken fact');
  });
});

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
    root = mkdtempSync(join(tmpdir(), 'relived-test-copy-'));
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
      /r2 {2}@\d+ +VI_1 {2}no awaited advert for 3\.609 s .*\[backup\.listening -> master, addresses absent -> adding\] {2}.*announce 100, addVips 10\.0\.0\.100/,
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
    const table = await relive('at', 'r2@5', ...both(), '-i', 'VI_1');
    expect(table.stdout).toContain('VI_1');
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
