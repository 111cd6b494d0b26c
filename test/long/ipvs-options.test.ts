/** Options of the table that only a guest's kernel can tell of, keepalived and relived beside each other. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Point } from '../guest/ipvs-scene.ts';
import type { Suspension } from '../guest/options.ts';
import type { Size } from '../guest/size.ts';
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';

const TIMEOUT_MS = 500_000;
const module = new URL('../guest/options.ts', import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

/** How many entries each point found. */
function sizes(points: readonly Point[]): readonly number[] {
  for (const { what, theirs, ours, isReached } of points) {
    expect(ours, what).toEqual(theirs);
    expect(isReached, what).toBe(true);
  }
  return points.map(({ ours }) => ours.length);
}

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test('SCTP, lvs_flush and both forms of lvs_flush_on_stop are as with keepalived', async () => {
    const points = await playInGuest<readonly Point[]>(module, 'flushing', { timeoutMs: TIMEOUT_MS });
    // Three services of two servers, and one of somebody else.
    expect(sizes(points)).toEqual([9, 6, 9, 1, 10, 7, 10, 0, 10, 7, 10, 1]);
  });

  test('the table stays at the end with -I, and what instances hold with -V, as with keepalived', async () => {
    type Left = { readonly points: readonly Point[]; readonly held: readonly (readonly boolean[])[] };
    const { points, held } = await playInGuest<Left>(module, 'leaving', { timeoutMs: TIMEOUT_MS });
    expect(sizes(points)).toEqual([3, 3, 3, 0]);
    expect(held).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  test('net_namespace_ipvs is the table of another namespace', async () => {
    type Told = { readonly points: readonly Point[]; readonly own: number };
    const { points, own } = await playInGuest<Told>(module, 'elsewhere', { timeoutMs: TIMEOUT_MS });
    expect(sizes(points)).toEqual([3, 2, 0]);
    expect(own).toBe(0);
  });

  test('ha_suspend follows a failover', async () => {
    const told = await playInGuest<Suspension>(module, 'suspension', { timeoutMs: TIMEOUT_MS });
    expect(sizes(told.points)).toEqual([5, 4, 5, 6]);
    expect(told.ours).toEqual(told.theirs);
  });

  test('ten thousand real servers are made, taken over and changed, and the loop goes on meanwhile', async () => {
    const count = 10_000;
    const module = new URL('../guest/size.ts', import.meta.url);
    const options = { timeoutMs: TIMEOUT_MS, argument: { count } };
    const { tables, readMs, longestTurnMs, log } = await playInGuest<Size>(module, 'size', options);
    console.info(`reading took ${Math.round(readMs)} ms, one turn at most ${Math.round(longestTurnMs)} ms`);
    expect(tables).toEqual({
      ...{ made: [count, count], adopted: [count, count] },
      changed: [count, count + 600],
    });
    expect(longestTurnMs).toBeLessThan(readMs / 2);
    expect(log).not.toMatch(/IPVS cmd|internal error/);
  });
});
