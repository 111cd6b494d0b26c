/** A running router under adverts of every kind that are broken, or not quite. `npm run fuzz:wire` sends more of them. */
import { expect, it } from 'vitest';
import { fuzzWire } from '../fuzz/wire/wire-fuzz.ts';
import { seedOfRun } from '../harness/seed.ts';

const PACKETS = 2_000;

it('broken adverts of every kind: none ends the router, each is counted, none is believed wrongly', async () => {
  const seed = seedOfRun();
  const outcome = await fuzzWire(seed, PACKETS);
  expect(outcome.counted, `seed ${seed}`).toBe(PACKETS);
  expect(outcome.accepted, `seed ${seed}`).toEqual(outcome.acceptable);
  expect(outcome.crashed).toEqual([]);
  // Proof that the packets reach past the first checks.
  for (const fault of ['packetLength', 'ttl', 'version', 'checksum', 'authFailure', 'authExtInvalidHmac'])
    expect(outcome.refusals[fault], fault).toBeGreaterThan(0);
}, 120_000);
