/** The runner against real programs: well-behaved ones and the others. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isProgramUnsafe } from '../../host/programs.ts';
import { TAIL_BYTES } from './output-tail.ts';
import { type ProgramIdentity, type ProgramPolicy, type ProgramResult, Programs } from './programs.ts';
import type { ProgramLimit } from './running-program.ts';

const NOBODY: ProgramIdentity = { uid: 65_534, gid: 65_534, groups: [65_534] };
const SELF: ProgramIdentity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, groups: [0] };
const isRoot = process.getuid?.() === 0;

let directory: string;
let programs: Programs;
let policy: ProgramPolicy;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'relived-programs-'));
  chmodSync(directory, 0o755);
  policy = { secure: false, keepSymlinks: false };
  programs = new Programs({ policy: () => policy, isUnsafe: isProgramUnsafe });
});
afterEach(async () => {
  await programs.stop();
  rmSync(directory, { recursive: true, force: true });
});

function script(text: string, name = 'script'): string {
  const file = join(directory, name);
  writeFileSync(file, text, { mode: 0o755 });
  chmodSync(file, 0o755);
  return file;
}

interface Wish {
  readonly identity?: ProgramIdentity;
  readonly limit?: ProgramLimit | null;
  readonly keepOutput?: boolean;
}

function run(command: readonly string[], { identity = SELF, limit = null, keepOutput = true }: Wish = {}) {
  return new Promise<ProgramResult>((resolve) => {
    programs.run({ command, identity, limit, keepOutput }, resolve);
  });
}

/** Waits for a fact about the machine. */
async function until(fact: () => boolean, milliseconds = 5_000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!fact()) {
    if (performance.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${fact}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const isAlive = (pid: number): boolean => {
  try {
    // A zombie has ended, too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** How late the loop is at most while something goes on. */
async function longestPause(task: Promise<unknown>): Promise<number> {
  let [longest, last, over] = [0, performance.now(), false];
  const tick = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (!over) setTimeout(tick, 1);
  };
  setTimeout(tick, 1);
  await task;
  over = true;
  return longest;
}

describe('a program', () => {
  it('tells its exit code, what it wrote and how long it took', async () => {
    const file = script('#!/bin/sh\necho "to $1"; echo err >&2; sleep 0.05; exit 3\n');
    const result = await run([file, 'a b']);
    expect(result).toMatchObject({ kind: 'exited', code: 3, output: 'to a b\nerr\n', outputBytes: 11 });
    expect(result.durationUs).toBeGreaterThan(50_000);
  });

  it('tells the signal that ended it', async () => {
    expect(await run([script('#!/bin/sh\nkill -SEGV $$\n')])).toMatchObject({
      kind: 'killed',
      signal: 'SIGSEGV',
    });
  });

  it('is found in the search path, and read by a shell if it says nothing else', async () => {
    expect(await run(['true'])).toMatchObject({ kind: 'exited', code: 0 });
    expect(await run([script('echo shell $1; exit 7\n'), 'x'])).toMatchObject({
      code: 7,
      output: 'shell x\n',
    });
  });

  it('can be the question whether a file can be read', async () => {
    const file = script('');
    expect(await run([`<${file}`])).toMatchObject({ kind: 'exited', code: 0 });
    expect(await run([`<${file}.absent`])).toMatchObject({ kind: 'exited', code: expect.any(Number) });
    expect((await run([`<${file}.absent`])) as { code?: number }).not.toMatchObject({ code: 0 });
  });

  it('runs behind its symbolic link, unless the link itself is wanted', async () => {
    const file = script('#!/bin/sh\necho "$0"\n');
    const link = join(directory, 'link');
    symlinkSync(file, link);
    expect((await run([link])).output).toBe(`${file}\n`);
    policy = { secure: false, keepSymlinks: true };
    expect((await run([link])).output).toBe(`${link}\n`);
  });

  it('has a clean environment, default signals, its own group, and nothing open but its output', async () => {
    // Of signals it reads itself: a shell blocks all of them until a program that it starts has begun.
    const file = script(
      '#!/bin/sh\nenv | grep -cE "^(IFS|LD_PRELOAD|LD_LIBRARY_PATH)="\n' +
        'read -r pid _ _ _ group _ < /proc/self/stat\n[ "$(ps -o pgid= -p $$ | tr -d " ")" = $$ ] && echo leader\n' +
        'while IFS= read -r line; do case $line in Sig[BI]*) echo "$line" ;; esac; done < /proc/$$/status\nset -- /proc/$$/fd/*; echo $#\nreadlink /proc/$$/fd/0\nulimit -n\n',
    );
    process.env.LD_LIBRARY_PATH = '/nowhere';
    const { output } = await run([file]);
    delete process.env.LD_LIBRARY_PATH;
    const lines = output.split('\n');
    expect(lines[0]).toBe('0');
    expect(lines[1]).toBe('leader');
    expect(lines.slice(2, 4)).toEqual(['SigBlk:\t0000000000000000', 'SigIgn:\t0000000000000000']);
    // Standard input, output, error, the script itself and the directory that is being listed.
    expect(Number(lines[4])).toBeLessThanOrEqual(5);
    expect(lines[5]).toBe('/dev/null');
    expect(Number(lines[6])).toBeLessThanOrEqual(1024);
  });

  it.runIf(isRoot)('runs as its user with the groups that it was given and no others', async () => {
    const groups = script('#!/bin/sh\nid -u; id -g; grep ^Groups /proc/$$/status\n');
    expect((await run([groups], { identity: NOBODY })).output).toBe('65534\n65534\nGroups:\t65534 \n');
    const more = { ...NOBODY, groups: [4, 65_534] };
    expect((await run([groups], { identity: more })).output).toBe('65534\n65534\nGroups:\t4 65534 \n');
    expect(process.getuid?.()).toBe(0);
  });
});

describe('a program that cannot be run', () => {
  it('tells why', async () => {
    expect(await run([join(directory, 'absent')])).toMatchObject({
      kind: 'notStarted',
      error: expect.stringMatching(/ENOENT/),
    });
    expect(await run(['no-such-program-anywhere'])).toMatchObject({
      kind: 'notStarted',
      error: expect.stringMatching(/ENOENT/),
    });
    const plain = script('#!/bin/sh\n', 'plain');
    chmodSync(plain, 0o644);
    expect(await run([plain])).toMatchObject({
      kind: 'notStarted',
      error: expect.stringMatching(/execve EACCES/),
    });
    expect(await run([script('#!/no/such/interpreter\n')])).toMatchObject({
      error: expect.stringMatching(/execve ENOENT/),
    });
  });

  it('has become a directory since the last time', async () => {
    const file = script('#!/bin/sh\n');
    expect(await run([file])).toMatchObject({ kind: 'exited', code: 0 });
    rmSync(file);
    mkdirSync(file);
    expect(await run([file])).toMatchObject({
      kind: 'notStarted',
      error: expect.stringMatching(/is a directory/),
    });
    expect(programs.count).toBe(0);
  });

  it.runIf(isRoot)('has become writable by others, and would run as root', async () => {
    const safe = mkdtempSync('/root/relived-programs-');
    try {
      const file = join(safe, 'script');
      writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
      policy = { secure: true, keepSymlinks: false };
      expect(await run([file])).toMatchObject({ kind: 'exited', code: 0 });
      chmodSync(file, 0o777);
      expect(await run([file])).toMatchObject({
        kind: 'notStarted',
        error: expect.stringMatching(/others than root can write/),
      });
      policy = { secure: false, keepSymlinks: false };
      expect(await run([file])).toMatchObject({ kind: 'exited', code: 0 });
    } finally {
      rmSync(safe, { recursive: true });
    }
  });
});

describe('a program that goes on too long', () => {
  it('is asked to end, with all that it started', async () => {
    const file = script(`#!/bin/sh\nsleep 600 & echo $! > ${directory}/child\nwait\n`);
    const result = await run([file], { limit: { afterUs: 200_000, first: 'SIGTERM' } });
    expect(result).toMatchObject({ kind: 'timedOut' });
    expect(result.durationUs).toBeLessThan(1_500_000);
    await until(() => !isAlive(Number(readFileSync(`${directory}/child`, 'utf8'))));
  });

  it('is made to end two seconds later if it does not listen', async () => {
    const file = script('#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 0.1; done\n');
    const result = await run([file], { limit: { afterUs: 200_000, first: 'SIGTERM' } });
    expect(result).toMatchObject({ kind: 'timedOut' });
    expect(result.durationUs).toBeGreaterThan(2_100_000);
    expect(result.durationUs).toBeLessThan(4_000_000);
  });

  it('has exited if it ends by itself when asked', async () => {
    const file = script('#!/bin/sh\ntrap "exit 0" TERM\nwhile :; do sleep 0.05; done\n');
    expect(await run([file], { limit: { afterUs: 200_000, first: 'SIGTERM' } })).toMatchObject({
      kind: 'exited',
      code: 0,
    });
  });

  it('is not waited for by a stop for longer than a second', async () => {
    const file = script(`#!/bin/sh\ntrap "" TERM\necho $$ > ${directory}/pid\nwhile :; do sleep 0.1; done\n`);
    const result = run([file]);
    await until(() => existsSync(`${directory}/pid`));
    const before = performance.now();
    await programs.stop();
    expect(performance.now() - before).toBeLessThan(1_900);
    expect(await result).toMatchObject({ kind: 'killed', signal: 'SIGKILL' });
    expect(await run([file])).toMatchObject({ kind: 'notStarted' });
  });
});

describe('a program that is a nuisance', () => {
  it('may write without end: the last bytes are kept, and the loop goes on', async () => {
    const file = script('#!/bin/sh\nyes "a line of a flood"\n');
    const result = run([file], { limit: { afterUs: 500_000, first: 'SIGTERM' } });
    const pause = await longestPause(result);
    const { kind, output, outputBytes } = await result;
    expect(kind).toBe('timedOut');
    expect(outputBytes).toBeGreaterThan(1_000_000);
    expect(output.length).toBeLessThanOrEqual(TAIL_BYTES);
    expect(output).toMatch(/a line of a flood\n/);
    // A loop that only reads would be busy until the time-out.
    expect(pause).toBeLessThan(400);
  });

  it('may leave children behind that hold its output open: it has ended all the same', async () => {
    const file = script(`#!/bin/sh\nsleep 600 & echo $! > ${directory}/child\necho done\nexit 0\n`);
    const result = await run([file]);
    expect(result).toMatchObject({ kind: 'exited', code: 0, output: 'done\n' });
    const child = Number(readFileSync(`${directory}/child`, 'utf8'));
    expect(isAlive(child)).toBe(true);
    process.kill(child, 'SIGKILL');
  });

  it('may leave a daemon that goes on writing, if nobody keeps its output', async () => {
    const file = script(
      `#!/bin/sh\n(while :; do echo x || exit; echo y >> ${directory}/alive; sleep 0.01; done) & echo $! > ${directory}/child\n`,
    );
    expect(await run([file], { keepOutput: false })).toMatchObject({ kind: 'exited', code: 0 });
    const child = Number(readFileSync(`${directory}/child`, 'utf8'));
    await until(
      () => existsSync(`${directory}/alive`) && readFileSync(`${directory}/alive`, 'utf8').length > 10,
    );
    expect(isAlive(child)).toBe(true);
    process.kill(child, 'SIGKILL');
  });

  it('may be one of very many: none is lost', async () => {
    const file = script('#!/bin/sh\nexit 5\n');
    const results = await Promise.all(Array.from({ length: 40 }, () => run([file])));
    expect(results.filter((result) => result.kind === 'exited' && result.code === 5)).toHaveLength(40);
    expect(programs.count).toBe(0);
  });
});

it('ends a program when this process dies', async () => {
  const file = script(`#!/bin/sh\necho $$ > ${directory}/pid\nexec sleep 600\n`);
  const runner = `
    import { Programs } from ${JSON.stringify(join(import.meta.dirname, 'programs.ts'))};
    const programs = new Programs({ policy: () => ({ secure: false, keepSymlinks: false }), isUnsafe: async () => false });
    programs.run({ command: [${JSON.stringify(file)}], identity: { uid: ${SELF.uid}, gid: ${SELF.gid}, groups: [0] }, limit: null, keepOutput: true }, () => {});
    const wait = () => import('node:fs').then((fs) => { try { if (fs.readFileSync(${JSON.stringify(join(directory, 'pid'))}, 'utf8') !== '') process.kill(process.pid, 'SIGKILL'); } catch {} setTimeout(wait, 10); });
    wait();`;
  spawnSync(process.execPath, ['--input-type=module', '-e', runner], { timeout: 10_000 });
  const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'));
  await until(() => !isAlive(pid));
});
