/** The server of the page, a process of its own, under what others may do to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, Held, MALFORMED, question, TRAVERSALS } from '../../test/harness/abuse.ts';
import { killInTheEnd, temporaryDirectory } from '../../test/harness/leftovers.ts';
import { waitFor } from '../lab/run.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from './two-routers.fixture.ts';

/** Of the process with everything that the abuse below may make it hold. */
const MOST_MB = 250;
const STEP_MS = 30_000;

let routers: TwoRouters;
let child: ChildProcess;
let where: NetConnectOpts;
let complaints = '';

const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
/** Also its connections. A client that reads nothing does not notice that it was dropped. */
const descriptors = (): number => readdirSync(`/proc/${child.pid}/fd`).length;

async function answers(): Promise<void> {
  await waitFor(
    async () => (await exchange(where, question('/api/nodes', ['Connection: close']))).status === 200,
    {
      ...{ deadlineMs: STEP_MS, intervalMs: 50, what: 'an answer' },
    },
  );
}

beforeAll(async () => {
  routers = startTwoRouters(Date.now() * 1_000 - 60_000_000);
  routers.clock.advanceBy(20_000_000);
  await routers.flush();
  const path = join(temporaryDirectory('abuse'), 'view.sock');
  const relive = join(import.meta.dirname, '../../bin/relive');
  child = spawn(relive, ['view', ...routers.directories, '--listen', `unix:${path}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killInTheEnd(child);
  child.stderr?.on('data', (text) => {
    complaints += String(text);
  });
  await once(child.stdout ?? child, 'data');
  where = { path };
}, 60_000);

afterAll(async () => {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(complaints).toBe('');
  await routers.close();
});

describe('a hostile client', { timeout: 60_000 }, () => {
  it('reaches no file', async () => {
    const secret = /root:|"devDependencies"|import \{/;
    for (const path of TRAVERSALS) {
      const { status, text } = await exchange(where, question(path, ['Connection: close']));
      expect([status === 404 || status === 400, secret.test(text)], `${path}\n${text}`).toEqual([
        true,
        false,
      ]);
    }
  });

  it('gets a refusal for what is no question', async () => {
    for (const bytes of MALFORMED) {
      const { status, text } = await exchange(where, Buffer.from(bytes, 'latin1'), 50);
      expect(status === null || status >= 400, `${JSON.stringify(bytes)}\n${text}`).toBe(true);
    }
    for (const body of ['Content-Length: 5', 'Transfer-Encoding: chunked']) {
      const smuggled = `${question('/api/nodes', [body])}${question('/api/nodes')}`;
      const { status, text, closedMs } = await exchange(where, smuggled);
      expect([status, text.split('HTTP/1.1').length, closedMs === null], text).toEqual([400, 2, false]);
    }
  });

  it('may not be long-winded', async () => {
    const long = 'a'.repeat(1_000_000);
    const many = Array.from({ length: 100_000 }, (_, index) => `X${index}: a`);
    const questions = [question(`/${long}`), question(`/api/rows?node=${long}`)];
    for (const text of [...questions, question('/', [`X: ${long}`]), question('/', many)]) {
      // The answer is lost if the connection is closed while more comes.
      const { status, closedMs } = await exchange(where, text);
      expect([status === 431 || status === null, closedMs === null]).toEqual([true, false]);
    }
    const rows = `/api/rows?node=r1&${'actor=x&'.repeat(1_500)}`;
    expect((await exchange(where, question(rows))).status).toBe(200);
  });

  it('may not ask further while it takes no answer', async () => {
    const { text, closedMs } = await exchange(where, question('/app.js').repeat(1_000));
    expect(closedMs).not.toBeNull();
    expect(text.split('HTTP/1.1 200').length).toBeLessThan(12);
    const few = await exchange(where, question('/icon.svg').repeat(5));
    expect(few.text.split('HTTP/1.1 200').length).toBe(6);
  });

  it('is closed when it says nothing, or a little at a time', async () => {
    const held = new Held();
    await held.open(where, 200, '');
    await held.open(where, 200, 'GET / HTTP/1.1\r\nHost: localhost\r\nX: ');
    held.drip(500);
    await answers();
    await waitFor(() => held.closed === 400, { deadlineMs: STEP_MS, what: 'the end of 400 connections' });
    held.release();
  });

  it('costs little memory when it reads nothing, and leaves nothing behind', async () => {
    await answers();
    const [before, few] = [residentMb(), descriptors()];
    const held = new Held();
    for (let round = 0; round < 10; round += 1) await held.open(where, 100, question('/api/live'));
    await held.open(where, 200, question('/api/timeline?from=1').repeat(8));
    await answers();
    const error = 'x'.repeat(4_000);
    for (let count = 0; count < 1_000; count += 1) {
      routers.r1.engine.post(INSTANCE, { type: 'adverts.sendFailed', error: `${count} ${error}` });
      if (count % 50 === 0) await routers.flush();
    }
    await routers.flush();
    await waitFor(() => descriptors() < few + 300, {
      ...{ deadlineMs: STEP_MS, what: 'the end of those that read nothing' },
    });
    const during = residentMb();
    held.release();
    await answers();
    await waitFor(() => descriptors() < few + 20, { deadlineMs: STEP_MS, what: 'the end of all others' });
    if (process.env.RELIVED_TELL)
      console.log(`the server had ${before.toFixed(0)} MB, then ${during.toFixed(0)} MB`);
    expect(during).toBeLessThan(MOST_MB);
  });
});
