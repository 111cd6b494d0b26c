/**
 * Routers whose event loop stands still, at 100 ms adverts, whole daemons: a long turn and a long collection of garbage cost nothing,
 * and what is longer than the lease costs the mastership, in order.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import { AdvertEar, type HeardAdvert } from '../harness/advert-ear.ts';
import { collectGarbage, INSPECTED, occupy } from '../harness/occupation.ts';
import { Pair } from '../harness/pair.ts';
import { journals, relive } from '../harness/relive.ts';

const INTERVAL_MS = 100;
/** Master_Down_Interval of b. */
const PATIENCE_MS = 3.609_375 * INTERVAL_MS;
/** The engine repeats adverts for so long without a sign of life of the statecharts. */
const LEASE_MS = 3_000;
/** The watchdog waits for so long. */
const HANG_MS = 5_000;
/** Of the machine: what is measured here are seconds. */
const SLACK_MS = 2_000;

let pair: Pair;
let ear: AdvertEar;

beforeAll(async () => {
  pair = await Pair.create({
    programs: { a: 'relived', b: 'relived' },
    version: 3,
    unicast: false,
    advertInt: String(INTERVAL_MS / 1_000),
  });
  ear = await AdvertEar.listen(pair.lan, 'host');
  await pair.start('a', INSPECTED);
  await pair.waitForHolder('a');
  await pair.start('b', INSPECTED);
  await pair.waitForLog('b', 'Entering BACKUP STATE (init)');
}, 60_000);

afterAll(() => pair?.destroy());

const sentBy = (host: 'a' | 'b', adverts: readonly HeardAdvert[]): readonly HeardAdvert[] =>
  adverts.filter(({ source }) => source === pair.lan.address(host));

/** Nobody else is heard meanwhile, the master all the time, and the address stays. Gives what the occupation gives. */
async function unnoticed(occupation: () => Promise<number>): Promise<number> {
  const [from, changes] = [
    ear.adverts.length,
    [pair.addresses.a, pair.addresses.b].map((all) => all.changes.length),
  ];
  const tookMs = await occupation();
  await pair.keepsHolder('a', 2 * PATIENCE_MS);
  const adverts = ear.adverts.slice(from);
  const times = sentBy('a', adverts).map(({ atUs }) => atUs / 1_000);
  const largestGapMs = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
  console.log(`${Math.round(tookMs)} ms; largest gap between two adverts ${largestGapMs.toFixed(1)} ms`);
  expect([pair.addresses.a, pair.addresses.b].map((all) => all.changes.length)).toEqual(changes);
  expect(sentBy('b', adverts)).toEqual([]);
  expect(times.length).toBeGreaterThanOrEqual(Math.floor(tookMs / PATIENCE_MS));
  expect(largestGapMs).toBeLessThan(PATIENCE_MS);
  return tookMs;
}

async function history(host: 'a' | 'b'): Promise<string> {
  return (await relive('log', '-j', pair.journal(host))).stdout;
}

/** Of the change that this advert was the first of. */
async function why(atUs: number): Promise<string> {
  const soonAfter = new Date(atUs / 1_000 + PATIENCE_MS).toISOString();
  const both = journals(pair.journal('a'), pair.journal('b'));
  return (await relive('why', 'VI_1', '--at', soonAfter, ...both)).stdout;
}

describe('a loop that stands still', { timeout: 120_000 }, () => {
  it.each(['a', 'b'] as const)('for 2 s on %s: no failover', async (host) => {
    expect(await unnoticed(() => occupy(pair.lan, host, 2_000))).toBeGreaterThanOrEqual(2_000);
  });

  it.each(['a', 'b'] as const)('for a collection of garbage on %s: no failover', async (host) => {
    expect(await unnoticed(() => collectGarbage(pair.lan, host, 500))).toBeGreaterThanOrEqual(500);
  });

  it('for longer than the lease, on the master: it resigns, and takes over again when it runs', async () => {
    const from = ear.adverts.length;
    await occupy(pair.lan, 'a', LEASE_MS + 1_000);
    const { atUs } = await resigned(from);
    await pair.waitForHolder('a');
    expect(await history('a')).toMatch(/statecharts did not run for 4\.\d+ s[^\n]*with priority 0/);
    expect(await why(atUs)).toMatch(/b took VI_1 over from a, whose statecharts did not run for 4\.\d+ s/);
  });

  it('for ever, on the master: it resigns, and the watchdog starts another worker', async () => {
    const [from, first] = [ear.adverts.length, pair.worker('a')];
    const beganMs = performance.now();
    const occupation = occupy(pair.lan, 'a', 60_000).catch((error: unknown) => error);
    const { atUs } = await resigned(from);
    await waitFor(() => !pair.holds('a'), {
      ...{ deadlineMs: HANG_MS + SLACK_MS, intervalMs: 5, what: 'the end of the address' },
    });
    expect(performance.now() - beganMs).toBeLessThan(LEASE_MS + HANG_MS + SLACK_MS);
    await pair.waitForHolder('a');
    expect(pair.worker('a')).not.toBe(first);
    expect(await occupation).toBeInstanceOf(Error);
    await waitFor(async () => /the worker did nothing for 5 s/.test(await history('a')), {
      ...{ deadlineMs: 10_000, intervalMs: 200, what: 'the story of the hang in the journal' },
    });
    expect(await history('a')).toMatch(/was ended by signal 9/);
    expect(await why(atUs)).toMatch(/b took VI_1 over from a, whose program did nothing for 5 s/);
    const verified = await relive('verify', '-j', pair.journal('a'));
    expect(verified.stdout).toContain('no differences');
  });
});

/** Priority 0 when the lease is over, and the other one is heard before its patience would be; gives its first advert. */
async function resigned(from: number): Promise<HeardAdvert> {
  const lost = await waitFor(
    () => sentBy('a', ear.adverts.slice(from)).find(({ priority }) => priority === 0),
    {
      ...{ deadlineMs: LEASE_MS + SLACK_MS, intervalMs: 5, what: 'priority 0' },
    },
  );
  const followed = await waitFor(() => sentBy('b', ear.adverts.slice(from))[0], {
    ...{ deadlineMs: SLACK_MS, intervalMs: 5, what: 'the other one' },
  });
  const afterMs = (followed.atUs - lost.atUs) / 1_000;
  console.log(`priority 0, and the other one ${afterMs.toFixed(1)} ms later`);
  expect(afterMs).toBeLessThan(PATIENCE_MS);
  return followed;
}
