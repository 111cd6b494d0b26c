/**
 * From the start of the program to a whole table of virtual servers, beside keepalived: both under the kernel of one guest
 * (user-mode Linux), for a table needs IPVS. There a page that is touched for the first time takes a hundred times as long
 * as elsewhere, so it is memory that this compares.
 *
 *   npm run bench -- table [SERVERS] [ROUNDS]
 */
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';
import type { Terms, Times } from './checks/table-story.ts';
import { median } from './median.ts';

const STORY = new URL('./checks/table-story.ts', import.meta.url);
const TIMEOUT_MS = 1_500_000;

async function main(terms: Terms): Promise<void> {
  const missing = guestIsMissing();
  if (missing !== null) throw new Error(missing);
  await warmUp();
  const times = await playInGuest<Times>(STORY, 'fill', { timeoutMs: TIMEOUT_MS, argument: terms });
  console.log(`${terms.servers} real servers, milliseconds from the start to the whole table`);
  for (const [name, all] of Object.entries(times)) {
    console.log(`${name.padEnd(10)}  ${all.map((ms) => ms.toFixed(0)).join(', ')}`);
  }
  const beside = (all: readonly number[]): string => (median(all) / median(times.keepalived)).toFixed(2);
  console.log(`medians, relived to keepalived: ${beside(times.relived)}; its first start: prepared \
${beside(times.prepared)}, not prepared ${beside(times.first)}`);
}

const [servers = '200', rounds = '3'] = process.argv.slice(2);
await main({ servers: Number(servers), rounds: Number(rounds) });
