/** However a router is, an orderly end leaves no address behind, and its history is complete. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { instanceConfiguration } from '../harness/configuration.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { RouterProcess } from '../harness/router.ts';

const MANY = Array.from({ length: 255 }, (_, n) => `10.88.0.${n + 1}/32`);

let lan: Lan;

beforeAll(async () => {
  lan = await createLan({ hosts: ['a'] });
});

afterAll(() => lan?.destroy());

/** An owner claims its addresses at once; any other priority waits. */
function start(priority: number, virtualAddresses: readonly string[]): Promise<RouterProcess> {
  const configuration = instanceConfiguration({ version: 3, advertInt: '0.1', priority, virtualAddresses });
  return RouterProcess.start(lan, 'a', {
    program: relived,
    configuration,
    directory: temporaryDirectory('stop'),
  });
}

async function expectNothingLeft(): Promise<void> {
  expect(await lan.addresses('a')).toEqual([lan.address('a')]);
}

async function journalled({ files }: RouterProcess): Promise<string[]> {
  const { stdout } = await relive('log', '-j', files.journal, '-o', 'jsonl', '--runs');
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
    await router.waitForLog(sign);
    router.signal('SIGTERM');
    expect(await router.ended, router.log).toBe(0);
    await expectNothingLeft();
    const events = await journalled(router);
    expect(events.at(-1)).toBe('process.stopped');
    // What a master sent is not lost with it.
    expect(events.includes('run')).toBe(priority === 255);
  });

  it('in fault', async () => {
    await lan.cut('a');
    const router = await start(255, MANY.slice(0, 2));
    await router.waitForLog('Entering FAULT STATE');
    router.signal('SIGTERM');
    expect(await router.ended, router.log).toBe(0);
    await lan.heal('a');
    await expectNothingLeft();
  });

  it('twice, and SIGINT, end it once', async () => {
    const router = await start(255, MANY);
    await router.waitForLog('setting VIPs');
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) router.signal(signal);
    expect(await router.ended, router.log).toBe(0);
    await expectNothingLeft();
    const events = await journalled(router);
    expect(events.filter((type) => type === 'process.stopped')).toHaveLength(1);
  });

  it('before the start ends it without a start', async () => {
    const child = fileURLToPath(new URL('../harness/early-stop.ts', import.meta.url));
    const { stdout } = await lan.exec('a', [process.execPath, child]);
    expect(stdout.split(' ')).toEqual(['signal.received', 'process.stopped']);
  });
});
