import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalReader } from '../../journal/reader.ts';
import { type Pair, peacefulPair, takeOver } from '../story.fixture.ts';
import type { Witness } from '../why/model.ts';
import { History } from './history.ts';
import { microsteps } from './row-facts.ts';
import { screenLines } from './screen.ts';
import { Stepper } from './stepper.ts';
import { factLines, microstepLines } from './telling.ts';

let pair: Pair;
let witnesses: readonly Witness[];

beforeAll(async () => {
  pair = peacefulPair();
  await pair.r1.end();
  takeOver(pair);
  pair.story.pass(1_000_000);
  await pair.r2.stop('SIGTERM');
  witnesses = [pair.r1, pair.r2].map(({ name, journal }) => ({ name, reader: new JournalReader(journal) }));
});

afterAll(() => {
  for (const { reader } of witnesses) reader.close();
  pair.story.remove();
});

function stepper(): Stepper {
  const history = new History(witnesses, null);
  const first = history.at(0);
  if (first === null) throw new Error('the story has no row');
  return new Stepper(history, first, () => history.at(Number.MAX_SAFE_INTEGER));
}

const where = ({ place }: Stepper): string =>
  `${place.witness.name}@${place.row.seq} ${place.row.event.type}`;

describe('orders', () => {
  it('go through every row of both nodes and back the same way', () => {
    const step = stepper();
    const there = [where(step)];
    while (step.order('n') === null) there.push(where(step));
    const rows = witnesses.flatMap(({ reader }) => [...reader.rows()]);
    expect(there).toHaveLength(rows.length);
    expect(new Set(there).size).toBe(rows.length);
    const back = [where(step)];
    while (step.order('p') === null) back.push(where(step));
    expect(back.toReversed()).toEqual(there);
    expect(step.order('p')).toBe('this is the first row');
  });

  it('run to a state, an event or a guard, and from there to the cause and its consequence', () => {
    const step = stepper();
    expect(step.order('b master')).toBeNull();
    expect(where(step)).toMatch(/^r1@\d+ master\.silent$/);
    expect(step.order('b master')).toBeNull();
    expect(where(step)).toMatch(/^r2@\d+ master\.silent$/);
    expect(step.order('e')).toBeNull();
    expect(where(step)).toMatch(/vips\.added$/);
    expect(step.order('c')).toBeNull();
    expect(step.order('c')).toBe('it came from outside: no row led to it');
    expect(step.order('B advert')).toBeNull();
    expect(where(step)).toMatch(/^r2@\d+ advert\.received$/);
    expect(step.order('u')).toBeNull();
    expect(where(step)).toMatch(/master\.silent$/);
    expect(step.order('b backupIsDue')).toContain('does not come');
    expect(step.order('B backupIsDue')).toBeNull();
    expect(step.order('g now')).toBeNull();
    expect(where(step)).toMatch(/process\.stopped$/);
    expect(step.order('P')).toBeNull();
    expect(step.order('x')).toContain('no order x');
    expect(step.order('b')).toBe('b needs a word');
  });
});

describe('a row', () => {
  it('has the changes of the context, the timers that run, and its micro-steps as the machine makes them again', () => {
    const step = stepper();
    step.order('b master');
    step.order('b master');
    expect(factLines(step.place)).toEqual(
      expect.arrayContaining(['  effect   announce 100', '  context  willing: false -> true']),
    );
    const steps = microsteps(step.place);
    expect(steps).toMatchObject([
      {
        event: { type: 'master.silent' },
        transitions: [{ source: 'protocol.backup', targets: ['protocol.master'] }],
      },
      { event: { type: 'mastership.gained' }, transitions: [{ source: 'addresses.absent' }] },
      { event: { type: 'role.reviewed' } },
      { event: { type: 'role.reviewed' } },
    ]);
    if (typeof steps === 'string') throw new Error(steps);
    expect(steps[0]?.guards).toContainEqual({
      name: 'mustAgree',
      passed: false,
      saw: [{ path: 'input.group', value: null }],
    });
    expect(steps.at(-1)?.state).toEqual(step.place.row.state);
    expect(microstepLines(step.place).join('\n')).toMatch(/left {3}protocol\.backup \/ stopWatching\n/);
    step.order('c');
    step.order('P');
    expect(microstepLines(stepper().place)).toEqual([expect.stringContaining('no micro-steps')]);
  });

  it('fills a screen of any size, and no more', () => {
    const step = stepper();
    step.order('b master');
    step.order('m');
    for (const [columns, rows] of [
      [80, 24],
      [120, 50],
      [20, 8],
    ] as const) {
      const lines = screenLines(step, { columns, rows }, 'prompt', true).map(stripVTControlCharacters);
      expect(lines).toHaveLength(rows);
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
      expect(lines.at(-1)).toBe('prompt');
    }
    const wide = screenLines(step, { columns: 200, rows: 50 }, '', true).join('\n');
    expect(wide).toMatch(/> .*r1.*\n.* {2}.*r2.* VI_1 .*backup\.listening/);
    expect(wide).toContain('guard  mustAgree: no (input.group null)');
    step.order('b master');
    expect(screenLines(step, { columns: 200, rows: 30 }, '', true)[0]).toMatch(
      /r1.*had ended without a stop; its last state: VI_1/,
    );
  });
});

describe('the command', () => {
  const main = join(import.meta.dirname, '..', 'main.ts');
  const journals = (): string[] => witnesses.flatMap(({ reader }) => ['-j', reader.directory]);

  interface Ended {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }

  function run(file: string, args: readonly string[], input: string): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(file, args, { env: { ...process.env, TZ: 'UTC', TERM: 'xterm' }, timeout: 30_000 });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        // Keys are typed when there is a screen to look at.
        if (stdout === '' && text !== '') child.stdin.end(input);
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  it('reads orders from standard input, and ends with 3 where one leads nowhere', async () => {
    const args = [main, 'step', 'r1@1', ...journals()];
    const { code, stdout, stderr } = await run(process.execPath, args, 'b master; n\nc\n');
    expect(stdout).toMatch(/r1 {2}@1 .*\n.*\n.*r1 {2}@\d+ {2}VI_1 {2}.*backup\.listening -> master/);
    expect([code, stderr]).toEqual([0, '']);
    const nowhere = await run(process.execPath, [...args, '--commands', 'b frobnication'], '');
    expect([nowhere.code, nowhere.stderr]).toEqual([3, expect.stringContaining('does not come after this')]);
  });

  it.skipIf(!existsSync('/usr/bin/script'))(
    'shows a screen in a terminal, and leaves it as it was',
    async () => {
      const words = [process.execPath, main, 'step', 'r1@1', '--utc', ...journals()];
      const { code, stdout } = await run(
        '/usr/bin/script',
        ['-qfec', words.join(' '), '/dev/null'],
        'bmaster\rmq',
      );
      expect(code).toBe(0);
      expect(stdout.startsWith('\u001b[?1049h')).toBe(true);
      expect(stdout.trimEnd().endsWith('\u001b[?1049l')).toBe(true);
      const shown = stripVTControlCharacters(stdout);
      expect(shown).toContain('b maste_');
      expect(shown).toMatch(/guard {2}mustAgree: no/);
    },
  );
});
