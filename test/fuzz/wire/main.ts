/**
 * Sends broken adverts of every kind to a router in a network namespace. None ends it, each is counted, none is believed
 * that should not be.
 *
 *   npm run fuzz:wire -- --packets 100000 --seed 7
 */
import { parseArgs } from 'node:util';
import { fuzzWire } from './wire-fuzz.ts';

const { values } = parseArgs({
  options: {
    packets: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const seed = Number(values.seed);
console.log(`seed ${seed}`);
const begun = performance.now();
const outcome = await fuzzWire(seed, Number(values.packets), (sent) => {
  if (sent % 10_000 === 0) console.log(`${sent} packets`);
});
console.log(JSON.stringify(outcome, null, 2));
console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s`);
const sound =
  outcome.counted === outcome.sent &&
  outcome.crashed.length === 0 &&
  JSON.stringify(outcome.accepted) === JSON.stringify(outcome.acceptable);
if (!sound) process.exitCode = 1;
