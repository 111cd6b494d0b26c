/** A router whose process is stopped for a while, as by a paused guest: nobody takes its own stall for another's death. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pair } from '../harness/pair.ts';
import { relive } from '../harness/relive.ts';

/** Master_Down_Interval of b: three intervals and 156/256 of one. */
const ADVERT_INT = '0.2';

let pair: Pair;

beforeAll(async () => {
  pair = await Pair.create({
    programs: { a: 'relived', b: 'relived' },
    version: 3,
    unicast: false,
    advertInt: ADVERT_INT,
  });
  await pair.start('a');
  await pair.waitForHolder('a');
  await pair.start('b');
  await pair.waitForLog('b', 'Entering BACKUP STATE (init)');
});

afterAll(() => pair.destroy());

interface Row {
  readonly event?: { readonly type: string; readonly stalledUs?: number };
  readonly state?: { readonly protocol?: unknown } | null;
}

async function history(host: 'a' | 'b'): Promise<readonly Row[]> {
  const { stdout } = await relive('log', '-j', pair.journal(host), '-o', 'jsonl');
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

const stalls = (rows: readonly Row[]) =>
  rows.flatMap(({ event }) => (event?.type === 'self.stalled' ? Number(event.stalledUs) : []));

describe('a stall', { timeout: 60_000 }, () => {
  it('of the backup is journalled and takes nothing over', async () => {
    await pair.keepsHolder('a', 500);
    pair.pause('b');
    await pair.keepsHolder('a', 5_000);
    pair.resume('b');
    await pair.keepsHolder('a', 2_000);
    const rows = await history('b');
    expect(Math.max(...stalls(rows))).toBeGreaterThan(4_000_000);
    expect(rows.some(({ state }) => state?.protocol === 'master')).toBe(false);
  });

  it('of the master lets the backup take over, and afterwards there is one holder again', async () => {
    pair.pause('a');
    await pair.waitUntilHeld('b');
    // Two routers hold the address now: the paused one cannot know.
    expect(pair.holds('a')).toBe(true);
    await sleep(2_000);
    pair.resume('a');
    await pair.waitForHolder('a');
    await pair.keepsHolder('a', 2_000);
    const rows = await history('a');
    expect(Math.max(...stalls(rows))).toBeGreaterThan(1_500_000);
    expect(rows.at(-1)?.state?.protocol).toBe('master');
  });
});
