/** Real connections through relived and a kernel's table, in a guest. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Absence } from '../guest/absence.ts';
import type { Tally } from '../guest/traffic.ts';
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';

const TIMEOUT_MS = 900_000;
const KILLS = 100;
const module = new URL('../guest/traffic.ts', import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test(`${KILLS} kills and recoveries each of NAT and DR mislead no connection`, async () => {
    type Told = Readonly<Record<'NAT' | 'DR', Tally>>;
    const options = { timeoutMs: TIMEOUT_MS, argument: { kills: KILLS } };
    const told = await playInGuest<Told>(module, 'traffic', options);
    console.info(JSON.stringify(told));
    for (const method of ['NAT', 'DR'] as const) {
      expect(told[method], method).toMatchObject({ kills: KILLS, misled: 0 });
      // Of thousands, a guest on a busy machine may leave one waiting for longer than the client does.
      expect(told[method].lost, method).toBeLessThan(told[method].connections / 1_000);
      expect(Object.keys(told[method].by).toSorted(), method).toEqual(['s1', 's2', 's3']);
      expect(told[method].answered, method).toBeGreaterThan(4 * KILLS);
    }
  });

  test('relived is killed twice: of 400 connections none is lost, and the table stays', async () => {
    const options = { timeoutMs: TIMEOUT_MS, argument: { count: 200 } };
    const module = new URL('../guest/absence.ts', import.meta.url);
    const { servers, connections, answers, looks, log } = await playInGuest<Absence>(
      module,
      'absence',
      options,
    );
    console.info(JSON.stringify({ servers, connections, answers, looks }));
    // Two of each service.
    expect([servers, connections]).toEqual([4, 400]);
    expect(Object.values(answers)).toEqual(Array(5).fill(connections));
    expect(looks.total).toBeGreaterThan(100);
    expect(looks.missing).toBe(0);
    expect(log).not.toMatch(/IPVS cmd|internal error/);
  });
});
