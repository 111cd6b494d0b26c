/**
 * How smoothly the wall shows a large fleet: what its answers weigh and take, how long the page takes to show all, and how
 * long its frames are while it rests, while a thousand rows a second change it, and while somebody searches and scrolls.
 *
 *   npm run bench -- wall [SECONDS]
 *
 * Two routers with 500 instances and 5,000 checkers each write real journals; the browser is a real one without a GPU.
 */
import { once } from 'node:events';
import { get } from 'node:http';
import type { CDPSession } from 'playwright-core';
import { LARGE_FLEET, startFleet } from '../../src/view/fleet.fixture.ts';
import { openSources } from '../../src/view/journal-source.ts';
import { startView } from '../../src/view/server.ts';
import { startBrowser } from '../browser/chromium.ts';

/** Rows of a failure and of its end, which every third call brings: 4 and 1 reports, and what follows of them. */
const CHECKERS_A_TURN = 24;
const TURN_MS = 50;

/** Gives the time between frames, in milliseconds, while `script` runs in the page. */
const FRAMES = `(ms) => new Promise((resolve) => {
  const times = [];
  const began = performance.now();
  const next = (now) => { times.push(now); if (now - began < ms) requestAnimationFrame(next); else resolve(times.slice(1).map((time, at) => time - times[at])); };
  requestAnimationFrame(next);
})`;

function told(name: string, gaps: readonly number[]): void {
  const sorted = gaps.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  const late = gaps.filter((gap) => gap > 34).length;
  console.log(
    `${name.padEnd(34)} ${String(gaps.length).padStart(5)} frames; between two: median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, longest ${at(1)} ms; ${late} over 34 ms`,
  );
}

async function weigh(url: string, path: string): Promise<void> {
  for (const encoding of ['identity', 'gzip']) {
    const began = performance.now();
    const request = get(`${url}${path}`, { headers: { 'Accept-Encoding': encoding } });
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    console.log(
      `/${path.split('?')[0]} ${encoding.padEnd(9)} ${bytes} bytes, ${(performance.now() - began).toFixed(0)} ms`,
    );
  }
}

/** Processor time of the page's own thread, which a busy machine does not lengthen as it does frames. */
async function busy(client: CDPSession, work: () => Promise<unknown>): Promise<string> {
  const read = async (): Promise<readonly [number, number]> => {
    const { metrics } = await client.send('Performance.getMetrics');
    const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return [of('TaskDuration'), performance.now() / 1_000];
  };
  const [taskBefore, before] = await read();
  await work();
  const [task, after] = await read();
  return `${(((task - taskBefore) / (after - before)) * 100).toFixed(0)} % of a processor in the page's thread`;
}

const seconds = Number(process.argv[2] ?? 8);
const fleet = await startFleet({ ...LARGE_FLEET, beganUs: (Date.now() - 600_000) * 1_000 });
const sources = openSources(fleet.directories);
const view = await startView({ sources, listen: { host: '127.0.0.1', port: 0 } });
const actors = fleet.nodes.reduce((sum, node) => sum + node.actors.length, 0);
console.log(`${actors} actors on ${fleet.nodes.length} nodes`);
await weigh(view.url, 'api/nodes');
await weigh(view.url, `api/at?time=${sources[0]?.row(Math.floor((sources[0]?.lastSeq() ?? 2) / 2))?.wallUs}`);

const browser = await startBrowser();
const began = performance.now();
const { page } = await browser.open(view.url);
await page.locator('#found li').first().waitFor();
console.log(`the wall is there ${(performance.now() - began).toFixed(0)} ms after the address was entered`);
const frames = (ms: number): Promise<number[]> => page.evaluate(`(${FRAMES})(${ms})`);
const client = await page.context().newCDPSession(page);
await client.send('Performance.enable', { timeDomain: 'threadTicks' });
const measured = async (name: string, ms: number, meanwhile: () => Promise<void> = async () => {}) => {
  const cost = await busy(client, async () => {
    const watched = frames(ms);
    await meanwhile();
    told(name, await watched);
  });
  console.log(`  ${cost}`);
};
await measured('at rest', seconds * 1_000);

let turn = 0;
const rowsBefore = fleet.nodes.reduce((sum, node) => sum + node.engine.seq, 0);
const checkers = fleet.nodes.map((node) => node.actors.filter((actor) => actor.startsWith('checker/')));
const burst = setInterval(() => {
  const at = turn % fleet.nodes.length;
  const node = fleet.nodes[at];
  const own = checkers[at] ?? [];
  for (let n = 0; n < CHECKERS_A_TURN; n += 1) {
    const actor = own[(turn * 131 + n * 17) % own.length] ?? '';
    node?.probe(actor, turn % 3 !== 0);
  }
  turn += 1;
  void node?.pass(TURN_MS * 1_000);
}, TURN_MS);
const burstBegan = performance.now();
await measured('a burst of live rows', seconds * 1_000);
const rows = fleet.nodes.reduce((sum, node) => sum + node.engine.seq, 0) - rowsBefore;
console.log(`  ${(rows / ((performance.now() - burstBegan) / 1_000)).toFixed(0)} rows a second`);
clearInterval(burst);

await measured('typing in the search', 3_000, async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('172.16.9 down', { delay: 120 });
});
await browser.close();
await view.close();
for (const source of sources) source.close();
await fleet.close();
