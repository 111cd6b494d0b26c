/** The table of virtual servers before the program begins: what the starter sets by the plan of the last run, or by one that it has made. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { OtherWay, Starts } from '../guest/start-plan.ts';
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';

const TIMEOUT_MS = 500_000;
const module = new URL('../guest/start-plan.ts', import.meta.url);

const missing = guestIsMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== null)('in a guest', { timeout: TIMEOUT_MS + 60_000 }, () => {
  beforeAll(warmUp);

  test('the table is there before the program, is that of a cold start, and goes if no daemon comes', async () => {
    const { tables, trail, mode, history, verified } = await playInGuest<Starts>(module, 'starts', {
      timeoutMs: TIMEOUT_MS,
    });
    expect(trail).toEqual([
      'prepared: 0, relived: the start is prepared: PLAN',
      'not prepared: 1, relived: no start plan: lvs_flush empties the table first, false',
      'without a plan the log speaks of one: false',
      'a plan that was made for one start is kept: false',
      expect.stringMatching(/^while it runs: unused a daemon is running \(it has .*b-relived\.pid $/),
      'a program that ends at once leaves no table',
      'it is there before the daemon speaks: true',
      'a connection of that time: still here',
      'log: IPVS: 20 services with 29 real servers were set',
      'after a kill: unused the table is not empty',
      "somebody else's: unused the table is not empty, 1",
      'edited: unused /keepalived.conf has changed; no plan can be made: lvs_flush empties the table first',
      'as it was: set',
      'another: true',
      'after a reload: set',
      'an edit moves nothing: true',
      'set for what was edited: true, 49',
    ]);
    expect(mode & 0o777).toBe(0o600);
    expect(tables.cold).toHaveLength(49);
    for (const same of ['prepared', 'made', 'planned', 'adopted', 'killed', 'edited'])
      expect(tables[same], same).toEqual(tables.cold);
    for (const empty of ['stopped', 'end', 'flushed']) expect(tables[empty], empty).toEqual([]);
    expect(history).toMatch(
      /the start plan set 20 services with 29 real servers .* before, in .*, of configuration/,
    );
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  });

  test('so it is for the table of another namespace, and for a daemon in the background', async () => {
    const ways = await playInGuest<Record<string, OtherWay>>(module, 'otherWays', { timeoutMs: TIMEOUT_MS });
    expect(Object.keys(ways)).toEqual(['-s', 'net_namespace_ipvs', 'background']);
    for (const [name, { cold, planned, adopted, end, notes }] of Object.entries(ways)) {
      expect(cold, name).toHaveLength(49);
      expect(planned, name).toEqual(cold);
      expect(adopted, name).toEqual(cold);
      expect(end, name).toEqual([]);
      expect(notes.match(/the start plan \w+/g), name).toEqual(['the start plan set', 'the start plan set']);
    }
  });
});
