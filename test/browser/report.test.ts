/** A report opened from a file in a real browser: everything is there, nothing is asked for, nothing complains. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MOST_RECORDED_BYTES } from '../../src/relive/report/recording.ts';
import { peacefulPair, takeOver } from '../../src/relive/story.fixture.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { relive } from '../harness/relive.ts';
import { type Browser, startBrowser } from './chromium.ts';

const DEADLINE = { timeout: 10_000 };
const present = existsSync('/usr/bin/chromium');
let file = '';
let onPage = '';
let browser: Browser;

beforeAll(async () => {
  if (!present) return;
  const pair = peacefulPair();
  await pair.r1.end();
  takeOver(pair);
  pair.story.pass(1_000_000);
  await pair.r2.stop('SIGTERM');
  file = join(temporaryDirectory('report'), 'out.html');
  const journals = ['-j', pair.r1.journal, '-j', pair.r2.journal];
  const made = await relive('report', 'V', '@last-failover', ...journals, '-o', file);
  expect(made).toMatchObject({ code: 0, stdout: '' });
  const again = await relive('report', ...journals, '-o', file);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('--force writes over it')]);
  onPage = join(temporaryDirectory('report'), 'page.html');
  expect(await relive('report', 'V', '@last-failover', '--page', ...journals, '-o', onPage)).toMatchObject({
    code: 0,
    stdout: '',
  });
  pair.story.remove();
  browser = await startBrowser('dark');
});

afterAll(() => browser?.close());

it.skipIf(!present)('opens from a file, tells the verdict, asks for nothing', async () => {
  const url = pathToFileURL(file).href;
  const { page, complaints, requests } = await browser.open(url);
  expect(await page.locator('h1').textContent()).toMatch(/^r2 gave up VI_1 because it was told to stop/);
  expect(await page.locator('#verdict').textContent()).toBe('stopped');
  expect(await page.locator('svg.timeline .bar').count()).toBeGreaterThan(2);
  expect(await page.locator('.edge.fired').count()).toBeGreaterThan(0);
  // What the style is allowed to do shows: a hash that did not fit would leave the page bare.
  expect(await page.evaluate('getComputedStyle(document.body).maxWidth')).toBe('1180px');
  await page.locator('.chain a').last().click();
  expect(await page.evaluate("document.querySelector('tr:target') !== null")).toBe(true);
  await page.locator('#unfold').click();
  expect(await page.locator('details:not([open])').count()).toBe(0);
  expect(requests).toEqual([url]);
  expect(complaints).toEqual([]);
});

it.skipIf(!present)(
  'is the page itself, with all of its views and no server, if that is wanted',
  async () => {
    const url = pathToFileURL(onPage).href;
    expect(statSync(onPage).size).toBeLessThan(MOST_RECORDED_BYTES);
    const { page, complaints, requests } = await browser.open(url);
    const panel = page.locator('#panel');
    const shownSeq = async (): Promise<number> => Number(await panel.getAttribute('data-seq'));
    await expect.poll(() => panel.locator('.verdict').textContent(), DEADLINE).toMatch(/^r2 gave up VI_1/);
    await expect.poll(() => page.locator('.edge.fired').count(), DEADLINE).toBeGreaterThan(0);
    const opened = await shownSeq();
    expect(JSON.parse((await page.locator('#timeline').getAttribute('data-lanes')) ?? '[]')).toEqual(
      ['r1', 'r2'].map((node) => ({ node, actor: 'vrrp/VI_1' })),
    );
    // Rows, and a place on the lanes; everybody goes along.
    await page.keyboard.press('k');
    await expect.poll(shownSeq, DEADLINE).toBeLessThan(opened);
    await page.keyboard.press('j');
    await expect.poll(shownSeq, DEADLINE).toBe(opened);
    await page.keyboard.press('a');
    const box = await page.locator('#timeline').boundingBox();
    await page.mouse.click((box?.x ?? 0) + 150, (box?.y ?? 0) + 70);
    await expect.poll(shownSeq, DEADLINE).not.toBe(opened);
    await expect.poll(() => page.locator('#cards .card').getAttribute('data-state'), DEADLINE).toBe('master');
    await page.goto(`${url}#node=r2&actor=vrrp/VI_1&seq=${opened}`);
    await expect.poll(shownSeq, DEADLINE).toBe(opened);
    await page.locator('.state[data-id="protocol.master"]').dispatchEvent('click');
    await expect.poll(() => panel.locator('.why-not').textContent(), DEADLINE).toContain('master');
    await page.keyboard.press('w');
    await expect.poll(() => page.locator('#wall-chips').textContent(), DEADLINE).toContain('initialize');
    expect(requests.filter((address) => !address.startsWith(url))).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

it.skipIf(!present)('is refused what it does not bring itself', async () => {
  const hostile = join(temporaryDirectory('report'), 'hostile.html');
  const added = '<script>document.title = "taken"</script><img src="http://127.0.0.1:9/x.png">';
  writeFileSync(hostile, readFileSync(file, 'utf8').replace('<main>', `<main>${added}`));
  const { page, complaints } = await browser.open(pathToFileURL(hostile).href);
  expect(await page.title()).not.toBe('taken');
  const refused = complaints.filter((text) => text.includes('Content Security Policy'));
  expect(refused).toEqual([
    expect.stringMatching(/inline script/),
    expect.stringMatching(/loading the image|load the image/i),
  ]);
});
