/**
 * The page over a long history: how soon it shows a month, how smoothly it is scrubbed and panned, how long a seek takes.
 *
 *   npm run bench -- page [DIRECTORY] [INSTANCES] [DAYS] [MISFORTUNES]
 *
 * The history is that of the bench `month`; a directory that is named is kept, and used again if it is there. `relive view`
 * serves it, as a process of its own, to headless Chromium; every figure is taken in the page.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { JournalReader } from '../../src/journal/reader.ts';
import { startBrowser } from '../browser/chromium.ts';
import { killInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { median } from './median.ts';
import { live } from './month/live.ts';

const RELIVE = join(import.meta.dirname, '..', '..', 'bin', 'relive');
const SEED = 20_261_128;
const SEEKS = 30;
const DRAG_MS = 3_000;

/** Runs in the page: what is waited for, and the times of frames. */
const INSTRUMENTS = `
  window.bench = { frames: null, asked: new Map() };
  const fetched = window.fetch;
  window.fetch = async (...args) => {
    const path = new URL(args[0], location.href).pathname;
    const answer = await fetched(...args);
    const json = answer.json.bind(answer);
    answer.json = async () => {
      const body = await json();
      bench.asked.set(path, (bench.asked.get(path) ?? 0) + 1);
      return body;
    };
    return answer;
  };
  const frame = (ms) => { bench.frames?.push(ms); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
`;

/** Runs in the page: milliseconds until these questions were answered and what they changed was painted. */
function until(paths: readonly string[], act: string): string {
  return `new Promise((resolve) => {
    const before = ${JSON.stringify(paths)}.map((path) => [path, bench.asked.get(path) ?? 0]);
    const began = performance.now();
    ${act};
    const look = () => {
      if (!before.every(([path, count]) => (bench.asked.get(path) ?? 0) > count)) return setTimeout(look, 1);
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began), 0));
    };
    look();
  })`;
}

function answered(path: string): string {
  return `new Promise((resolve) => {
    const look = () => (bench.asked.has('${path}') ? requestAnimationFrame(() => resolve()) : setTimeout(look, 1));
    look();
  })`;
}

const key = (name: string): string =>
  `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`;

function click(x: number, y: number): string {
  const event = (type: string): string =>
    `canvas.dispatchEvent(new PointerEvent('${type}', { clientX: ${x}, clientY: ${y}, pointerId: 1, bubbles: true }))`;
  return `const canvas = document.querySelector('#timeline');
    canvas.setPointerCapture = () => {};
    ${event('pointerdown')}; ${event('pointerup')}`;
}

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0);
  return `median ${median(times).toFixed(0)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms (${times.length})`;
}

/** Frames a second on average, and the longest, while the pointer goes to and fro. */
async function drag(page: Page, name: string, y: number, width: number): Promise<void> {
  await page.mouse.move(width / 2, y);
  await page.mouse.down();
  await page.evaluate('bench.frames = []');
  const began = performance.now();
  for (let step = 0; performance.now() - began < DRAG_MS; step += 1) {
    await page.mouse.move(width / 2 + Math.sin(step / 25) * width * 0.35, y);
    // As often as a mouse tells where it is.
    await page.waitForTimeout(8);
  }
  const frames = await page.evaluate<number[]>('bench.frames');
  await page.evaluate('bench.frames = null');
  await page.mouse.up();
  const gaps = frames.slice(1).map((ms, index) => ms - (frames[index] ?? ms));
  const perSecond = (1_000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
  console.log(`${name.padEnd(34)} ${perSecond.toFixed(1)} frames/s; between frames ${spread(gaps)}`);
}

async function measure(url: string): Promise<void> {
  const browser = await startBrowser();
  const { page, complaints } = await browser.open('about:blank');
  await page.addInitScript(INSTRUMENTS);
  const began = performance.now();
  await page.goto(url);
  await page.evaluate(answered('/api/timeline'));
  console.log(`page opened, newest minutes shown   ${(performance.now() - began).toFixed(0)} ms`);
  await page.evaluate(answered('/api/related'));
  const month = await page.evaluate<number>(until(['/api/timeline'], key('a')));
  console.log(`whole history, first picture        ${month.toFixed(0)} ms`);
  await page.waitForTimeout(1_500);
  const box = await page.locator('#timeline').boundingBox();
  if (box === null) throw new Error('no timeline');
  const random = new SeededRandom(SEED);
  const x = (): number => box.x + 140 + random.next() * (box.width - 170);
  // A large history begins with the wall; the chart is the other view.
  for (const press of ['', 'w']) {
    if (press !== '') await page.keyboard.press(press);
    const view = await page.locator('body').getAttribute('data-view');
    await page.waitForTimeout(1_000);
    const times: number[] = [];
    for (let seek = 0; seek < SEEKS; seek += 1) {
      times.push(await page.evaluate<number>(until(['/api/moment'], click(x(), box.y + 40))));
      await page.waitForTimeout(60);
    }
    console.log(`seek: row, everybody, ${String(view).padEnd(5)} drawn   ${spread(times)}`);
    await drag(page, `scrubbing over it, beside the ${view}`, box.y + 8, box.width);
  }
  await drag(page, 'panning the whole history', box.y + 40, box.width);
  for (let press = 0; press < 6; press += 1) await page.keyboard.press('+');
  await page.waitForTimeout(500);
  await drag(page, 'panning half a day', box.y + 40, box.width);
  if (complaints.length > 0) console.log(`complaints: ${complaints.join('; ')}`);
  await browser.close();
}

const [named, instances = '200', days = '30', misfortunes = '330000'] = process.argv.slice(2);
const directory = named ?? join(temporaryDirectory('month'), 'journal');
if (!existsSync(directory)) {
  const endWallUs = Math.floor(Date.now() / 60_000) * 60_000_000;
  const terms = { instances: Number(instances), days: Number(days), misfortunes: Number(misfortunes) };
  live({ directory, ...terms, seed: SEED, endWallUs }, (day) => process.stderr.write(`\rday ${day}`));
  process.stderr.write('\n');
}
const reader = new JournalReader(directory);
console.log(`${directory}: ${reader.lastSeq()} rows, ${reader.pieces().length} segments`);
reader.close();
const server = spawn(RELIVE, ['view', directory, '--listen', '127.0.0.1:0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
killInTheEnd(server);
const [said] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string];
const address = /http:\S+/.exec(said)?.[0];
if (address === undefined) throw new Error(`relive view said ${said}`);
try {
  await measure(address);
} finally {
  server.kill('SIGTERM');
}
