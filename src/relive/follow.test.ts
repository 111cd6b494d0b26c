/** `relive log -f` beside a writer: every row once and in order, through new segments and new process starts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idleRow, startRow, temporaryDirectory } from '../journal/journal.fixture.ts';
import { type JournalWriter, openJournal } from '../journal/writer.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
/** A machine that does much else at the time. */
const PATIENCE_MS = 30_000;
const LIMITS = { segmentBytes: 128 * 1024, quotaBytes: 1024 * 1024 * 1024, batchDelayMs: 1 };

let path: string;
let remove: () => void;
let writer: JournalWriter;
/** Of the process start that writes. */
let ownSeq: number;
let follower: Follower | null = null;

class Follower {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #trouble = '';
  #heard = (): void => {};

  constructor(...args: string[]) {
    const env = { ...process.env, TZ: 'UTC', RELIVED_LAB_DIR: '/nonexistent' };
    const child = spawn(process.execPath, [MAIN, 'log', '-f', ...args], { env });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
    child.stderr.on('data', (data) => {
      this.#trouble += String(data);
    });
    createInterface(child.stdout).on('line', (line) => {
      this.lines.push(line);
      this.#heard();
    });
    void this.#ended.then(() => this.#heard());
  }

  get seqs(): number[] {
    return this.lines.map((line) => Number(/@(\d+)/.exec(line)?.[1] ?? /"seq":(\d+)/.exec(line)?.[1]));
  }

  async until(isSo: (lines: readonly string[]) => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    while (!isSo(this.lines)) {
      if (deadline.aborted || this.#child.exitCode !== null)
        throw new Error(`it has not come: ${this.lines.slice(-3).join('\n')}\n${this.#trouble}`);
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  untilRow(seq: number): Promise<void> {
    return this.until(() => this.seqs.at(-1) === seq);
  }

  async end(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#ended;
  }
}

const open = (): JournalWriter =>
  openJournal({ directory: path, node: 'r1', process: 'vrrp', limits: LIMITS });

/** Writes so many rows; gives the seq of the last as the directory counts. */
async function write(count: number): Promise<number> {
  for (let i = 0; i < count; i++) {
    ownSeq += 1;
    writer.row(ownSeq === 1 ? startRow(1) : idleRow(ownSeq));
  }
  await writer.flush();
  return (writer.status().base ?? 0) + ownSeq;
}

const segments = (): number => readdirSync(path).filter((file) => file.endsWith('.db')).length;
const upTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

beforeEach(() => {
  ({ path, remove } = temporaryDirectory());
  ownSeq = 0;
  writer = open();
});

afterEach(async () => {
  await follower?.end();
  follower = null;
  await writer.close();
  remove();
});

it('begins with the last lines, and goes on with what comes, through segments and starts', async () => {
  await write(20);
  follower = new Follower('-n', '3', '-j', path);
  await follower.untilRow(20);
  expect(follower.seqs).toEqual([18, 19, 20]);
  await follower.untilRow(await write(5));

  let last = 0;
  while (segments() < 3) last = await write(100);
  await follower.untilRow(last);
  expect(follower.seqs).toEqual(upTo(18, last));

  await writer.close();
  ownSeq = 0;
  writer = open();
  const newest = await write(10);
  expect(newest).toBe(last + 10);
  await follower.untilRow(newest);
  expect(follower.seqs).toEqual(upTo(18, newest));
}, 60_000);

it('misses nothing of what is written while it lists the history', async () => {
  await write(3000);
  follower = new Follower('-j', path);
  // From before it opens the journal until after it has told the first of it.
  let last = 3000;
  while (follower.lines.length === 0) {
    last = await write(5);
    await new Promise(setImmediate);
  }
  last = await write(5);
  await follower.untilRow(last);
  expect(follower.seqs).toEqual(upTo(1, last));
}, 60_000);

it('shows only what is wanted, each on a line of its own for programs', async () => {
  await write(20);
  follower = new Follower('-n', '1', '--kind', 'start', '-o', 'json', '-j', path);
  await follower.until((lines) => lines.length === 1);
  await write(20);
  await writer.close();
  ownSeq = 0;
  writer = open();
  await write(1);
  await follower.until((lines) => lines.length === 2);
  expect(follower.lines.map((line) => JSON.parse(line))).toMatchObject([
    { type: 'row', seq: 1, epoch: 1, kind: 'start' },
    { type: 'row', seq: 41, epoch: 2, kind: 'start', stateBefore: null },
  ]);
}, 60_000);
