/** However a router is, an orderly end leaves no address behind, and its history is complete. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { projectCommand } from '../../src/lab/routers.ts';
import { createLan, destroyLan, waitFor } from '../harness/lan.ts';
import { relive } from '../harness/relive.ts';

const MANY = Array.from({ length: 255 }, (_, n) => `10.88.0.${n + 1}/32`);

let lan: Lan;
let directory: string;
let journal: string;

beforeAll(async () => {
  lan = await createLan({ hosts: ['a'] });
});

afterAll(() => destroyLan(lan));

afterEach(() => rm(directory, { recursive: true, force: true }));

interface Router {
  readonly child: ChildProcess;
  log(): string;
  end(): Promise<number | null>;
}

/** An owner claims its addresses at once; any other priority waits. */
async function start(priority: number, addresses: readonly string[]): Promise<Router> {
  directory = await mkdtemp(join(tmpdir(), 'relived-stop-'));
  journal = join(directory, 'journal');
  const file = join(directory, 'keepalived.conf');
  await writeFile(
    file,
    `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  version 3
  advert_int 0.1
  virtual_ipaddress {
    ${addresses.join('\n    ')}
  }
}
`,
  );
  const own = ['-n', '-l', '-f', file, '--journal', journal, '--control', join(directory, 'control.sock')];
  const child = lan.spawn('a', [projectCommand('relived'), ...own]);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const exited = once(child, 'exit');
  return { child, log: () => log, end: async () => (await exited)[0] as number | null };
}

async function until(router: Router, text: string): Promise<void> {
  await waitFor(() => router.log().includes(text), { deadlineMs: 10_000, what: text, intervalMs: 1 });
}

async function expectNothingLeft(): Promise<void> {
  expect(await lan.addresses('a')).toEqual([lan.address('a')]);
}

async function journalled(): Promise<string[]> {
  const { stdout } = await relive('log', '-j', journal, '-o', 'jsonl', '--runs');
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { type, event } = JSON.parse(line) as { type: string; event?: { type?: string } };
      return event?.type ?? type;
    });
}

describe('SIGTERM', { timeout: 30_000 }, () => {
  it.each([
    ['while the addresses are being added', 255, MANY, 'setting VIPs'],
    ['as master', 255, MANY.slice(0, 2), 'Entering MASTER STATE'],
    ['while what a predecessor left is being deleted', 100, MANY, 'Entering BACKUP STATE'],
  ])('%s', async (_when, priority, addresses, sign) => {
    const router = await start(priority, addresses);
    await until(router, sign);
    router.child.kill('SIGTERM');
    expect(await router.end(), router.log()).toBe(0);
    await expectNothingLeft();
    const events = await journalled();
    expect(events.at(-1)).toBe('process.stopped');
    // What a master sent is not lost with it.
    expect(events.includes('run')).toBe(priority === 255);
  });

  it('in fault', async () => {
    await lan.cut('a');
    const router = await start(255, MANY.slice(0, 2));
    await until(router, 'Entering FAULT STATE');
    router.child.kill('SIGTERM');
    expect(await router.end(), router.log()).toBe(0);
    await lan.heal('a');
    await expectNothingLeft();
  });

  it('twice, and SIGINT, end it once', async () => {
    const router = await start(255, MANY);
    await until(router, 'setting VIPs');
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) router.child.kill(signal);
    expect(await router.end(), router.log()).toBe(0);
    await expectNothingLeft();
    const events = await journalled();
    expect(events.filter((type) => type === 'process.stopped')).toHaveLength(1);
  });

  it('before the start ends it without a start', async () => {
    directory = await mkdtemp(join(tmpdir(), 'relived-stop-'));
    const child = fileURLToPath(new URL('../harness/early-stop.ts', import.meta.url));
    const { stdout } = await lan.exec('a', [process.execPath, child]);
    expect(stdout.split(' ')).toEqual(['signal.received', 'process.stopped']);
  });
});
