/**
 * What checks of real servers cost beside keepalived: processor time of 1,000 checks, memory, and the time from start to a
 * whole table. Both run under the kernel of one guest (user-mode Linux), for keepalived needs IPVS; there a system call
 * takes ten times as long as elsewhere, so only the ratio says something.
 *
 *   npm run bench -- checks [tcp|http] [SERVERS] [DELAY_LOOP_S] [WINDOW_S]
 */
import { guestIsMissing, playInGuest, warmUp } from '../harness/guest/guest.ts';
import type { CheckKind } from './checks/load.ts';
import type { Cost, Costs, Terms } from './checks/story.ts';

const STORY = new URL('./checks/story.ts', import.meta.url);
const TIMEOUT_MS = 1_500_000;

function line(name: string, { checks, cpuMs, residentKiB, tableMs }: Cost): string {
  const cost = (cpuMs / checks).toFixed(3);
  const table = tableMs === null ? 'no table' : `${(tableMs / 1_000).toFixed(1)} s to the whole table`;
  return `${name.padEnd(10)}  ${checks} checks, ${cost} s of CPU per 1,000, ${Math.round(residentKiB / 1024)} MiB, ${table}`;
}

function ratio(label: string, ours: number | null, theirs: number | null): string {
  return ours === null || theirs === null ? '' : `  ${label} ${(ours / theirs).toFixed(2)}`;
}

async function main(terms: Terms): Promise<void> {
  const missing = guestIsMissing();
  if (missing !== null) throw new Error(missing);
  await warmUp();
  const costs = await playInGuest<Costs>(STORY, 'compare', { timeoutMs: TIMEOUT_MS, argument: terms });
  console.log(`${terms.kind}, ${terms.servers} real servers, delay_loop ${terms.delayLoopS}`);
  for (const [name, cost] of Object.entries(costs)) console.log(line(name, cost));
  const { keepalived: theirs, relived: ours } = costs;
  console.log(
    `relived to keepalived:${ratio('CPU', ours.cpuMs / ours.checks, theirs.cpuMs / theirs.checks)}` +
      `${ratio('memory', ours.residentKiB, theirs.residentKiB)}${ratio('table', ours.tableMs, theirs.tableMs)}`,
  );
}

const [kind = 'tcp', servers = '500', delayLoopS = '5', windowS = '60'] = process.argv.slice(2);
await main({
  kind: kind as CheckKind,
  servers: Number(servers),
  delayLoopS: Number(delayLoopS),
  windowMs: Number(windowS) * 1_000,
});
