import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';

const LINES = 40_000;
// Late: what is imported first looks at standard output.
const PRINTS = `const { print } = await import(${JSON.stringify(new URL('./cli.ts', import.meta.url).href)});
for (let line = 1; line <= ${LINES}; line++) print('line ' + line);`;
const ARGS = ['--input-type=module', '-e', PRINTS];

describe('data on standard output', () => {
  it('is complete where the other end takes only a part at once', async () => {
    const fifo = join(temporaryDirectory('stdout'), 'fifo');
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    // As where a shell or an editor that shares it does not want to be held up by it. Node undoes that at a start.
    const impatient = `import { closeSync, openSync } from 'node:fs';
      closeSync(1);
      openSync(${JSON.stringify(fifo)}, ${constants.O_WRONLY | constants.O_NONBLOCK});`;
    try {
      const child = spawn(process.execPath, [...ARGS.slice(0, -1), `${impatient}${PRINTS}`], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const text = await readUpTo(fd, `line ${LINES}\n`);
      expect(await ended).toBe(0);
      expect(text).toBe(Array.from({ length: LINES }, (_, i) => `line ${i + 1}\n`).join(''));
    } finally {
      closeSync(fd);
    }
  });

  it('ends the process without an error when nobody reads any more', () => {
    const script = '{ "$@"; echo "status $?" >&2; } | head -n 1';
    const { stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', process.execPath, ...ARGS], {
      encoding: 'utf8',
    });
    expect([stdout, stderr]).toEqual(['line 1\n', 'status 0\n']);
  });

  it('ends it with an error where there is no room', () => {
    const full = openSync('/dev/full', 'w');
    const { status } = spawnSync(process.execPath, ARGS, { stdio: ['ignore', full, 'inherit'] });
    closeSync(full);
    expect(status).toBe(1);
  });
});

/** Small pieces, so that it fills up again and again. */
async function readUpTo(fd: number, end: string): Promise<string> {
  const piece = Buffer.alloc(8192);
  const deadline = performance.now() + 20_000;
  let text = '';
  while (!text.endsWith(end) && performance.now() < deadline) {
    try {
      text += piece.toString('utf8', 0, readSync(fd, piece));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return text;
}
