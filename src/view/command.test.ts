import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { killInTheEnd, temporaryDirectory } from '../../test/harness/leftovers.ts';
import { openSources } from './journal-source.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from './two-routers.fixture.ts';

describe('relive view as a process', () => {
  let routers: TwoRouters;
  let child: ChildProcess | null = null;

  beforeAll(async () => {
    routers = startTwoRouters(Date.now() * 1_000 - 60_000_000);
    routers.clock.advanceBy(20_000_000);
    await routers.flush();
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    child = null;
  });
  afterAll(() => routers.close());

  const run = (...words: string[]): { output: () => string; errors: () => string; process: ChildProcess } => {
    const script = `
      import { viewCommand } from ${JSON.stringify(new URL('./command.ts', import.meta.url).href)};
      const command = viewCommand({ directories: async (named) => named, failure: (message) => new Error(message) });
      command.parseAsync(${JSON.stringify(words)}, { from: 'user' }).catch((error) => {
        console.error(error.message);
        process.exitCode = 1;
      });`;
    const started = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    killInTheEnd(started);
    child = started;
    let output = '';
    let errors = '';
    started.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    started.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    return { output: () => output, errors: () => errors, process: started };
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, serves, and ends on %s', async (signal) => {
    const { output, errors, process } = run(...routers.directories, '--listen', '127.0.0.1:0');
    await expect.poll(() => output() + errors(), { timeout: 10_000 }).toMatch(/\n$/);
    expect(output()).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\/\n$/);
    const answer = await fetch(`${/http:\S+/.exec(output())?.[0]}api/nodes`);
    const { nodes } = (await answer.json()) as { nodes: { node: string }[] };
    expect(nodes.map(({ node }) => node)).toEqual(['r1', 'r2']);
    const ended = once(process, 'exit');
    process.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(errors()).toBe('');
  });

  it('tells a new token once, in the address, and warns of the missing TLS', async () => {
    const { output, errors, process } = run(...routers.directories, '--listen', '0.0.0.0:0');
    await expect.poll(() => output() + errors(), { timeout: 10_000 }).toMatch(/listening[\s\S]*prevent it\n/);
    const [, port, token] =
      /^listening on http:\/\/0\.0\.0\.0:(\d+)\/#token=(\S{24})\n$/.exec(output()) ?? [];
    const url = `http://127.0.0.1:${port}/api/nodes`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
    const ended = once(process, 'exit');
    process.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('says why it cannot listen', async () => {
    const first = run(...routers.directories, '--listen', '127.0.0.1:0');
    await expect.poll(first.output, { timeout: 10_000 }).toMatch(/listening/);
    const port = /:(\d+)\/\n/.exec(first.output())?.[1];
    const second = run(...routers.directories, '--listen', `127.0.0.1:${port}`);
    const ended = once(second.process, 'exit');
    expect(await ended).toEqual([1, null]);
    expect(second.errors()).toMatch(/^cannot serve the page: .*EADDRINUSE/);
    const stopped = once(first.process, 'exit');
    first.process.kill('SIGTERM');
    await stopped;
  });
});

describe('a process that was killed', () => {
  it('is known to be gone, and its states end', async () => {
    const fixture = JSON.stringify(new URL('./two-routers.fixture.ts', import.meta.url).href);
    const script = `
      import { startTwoRouters } from ${fixture};
      const routers = startTwoRouters(Date.now() * 1000 - 60_000_000, process.argv[2]);
      routers.clock.advanceBy(20_000_000);
      await routers.flush();
      console.log(routers.directories[0]);
      setInterval(() => {}, 1000);`;
    const directory = temporaryDirectory('killed');
    writeFileSync(join(directory, 'child.mjs'), script);
    const child = spawn(process.execPath, [join(directory, 'child.mjs'), directory]);
    killInTheEnd(child);
    try {
      const [path] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
      const [source] = openSources([path.trim()]);
      if (source === undefined) throw new Error('no source');
      expect(source.epochs().at(-1)?.ended).toBe(false);
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await expect.poll(() => source.epochs().at(-1)?.ended, { timeout: 5_000 }).toBe(true);
      expect(source.stateAt(INSTANCE, source.lastSeq())?.state).toMatchObject({ protocol: 'master' });
      source.close();
    } finally {
      child.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
