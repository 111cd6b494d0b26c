/** The page as people use it who cannot see it or use no mouse, and what it asks for: axe-core, headers, requests. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExplainer } from '../../src/relive/page/explainer.ts';
import { type DirectorySource, openSources } from '../../src/view/journal-source.ts';
import { type BuiltPage, buildPage } from '../../src/view/page-build.fixture.ts';
import { startView, type View } from '../../src/view/server.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from '../../src/view/two-routers.fixture.ts';
import { type Browser, startBrowser, type WatchedPage } from './chromium.ts';

const DEADLINE = { timeout: 20_000 };
const TOKEN = 'a-token-for-this-test-alone';
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** What axe-core finds, one line for each element. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<{ violations: Violation[] }>(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 120)}\n  ${failureSummary}`),
  );
}

let routers: TwoRouters;
let sources: DirectorySource[];
let built: BuiltPage;
let view: View;

beforeAll(async () => {
  built = buildPage();
  routers = startTwoRouters(Date.now() * 1_000 - 60_000_000);
  routers.clock.advanceBy(20_000_000);
  await routers.flush();
  sources = openSources(routers.directories);
  const listen = { host: '127.0.0.1', port: 0 };
  view = await startView({
    sources,
    listen,
    assets: built.assets,
    token: TOKEN,
    explainer: createExplainer(),
  });
}, 60_000);

afterAll(async () => {
  await view?.close();
  for (const source of sources ?? []) source.close();
  await routers?.close();
  built?.remove();
});

describe.each(['light', 'dark'] as const)('the page, %s', { timeout: 90_000 }, (scheme) => {
  let browser: Browser;
  let watched: WatchedPage;

  beforeAll(async () => {
    browser = await startBrowser(scheme);
  }, 60_000);
  afterAll(() => browser?.close());

  const lit = () => watched.page.locator('#chart .state.active').first().waitFor(DEADLINE);

  it('asks for the token, and takes it from its address', async () => {
    watched = await browser.open(view.url);
    const { page, complaints } = watched;
    const dialog = page.locator('dialog.sign-in');
    await dialog.waitFor(DEADLINE);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.type('not-the-token-at-all');
    await page.keyboard.press('Enter');
    await expect.poll(() => dialog.locator('.trouble').textContent(), DEADLINE).toMatch(/not the token/);
    await page.locator('#token').fill(TOKEN);
    await page.keyboard.press('Enter');
    await lit();
    await page.context().clearCookies();
    await page.goto('about:blank');
    complaints.length = 0;
    await page.goto(`${view.url}#token=${TOKEN}&node=r2&actor=${INSTANCE}`);
    await lit();
    expect(page.url()).not.toContain(TOKEN);
    expect(page.url()).toContain('node=r2');
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(complaints).toEqual([]);
  });

  it('has nothing that axe-core complains of, live and in history', async () => {
    const { page } = watched;
    await lit();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('k');
    await expect.poll(() => page.locator('body').getAttribute('data-mode'), DEADLINE).toBe('history');
    // Fading colours are no colours yet.
    const isMoving = "document.getAnimations().some(({ playState }) => playState === 'running')";
    await expect.poll(() => page.evaluate(isMoving), DEADLINE).toBe(false);
    expect(await violations(page)).toEqual([]);
  });

  it('has nothing that axe-core complains of on the wall', async () => {
    const { page } = watched;
    await page.goto(`${view.url}#view=wall`);
    await page.locator('#wall-stage').waitFor(DEADLINE);
    await expect.poll(() => page.locator('#wall-stage').isVisible(), DEADLINE).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.goto(`${view.url}#node=r2&actor=${INSTANCE}`);
    await lit();
  });

  it('obeys a strict policy and asks nobody else', async () => {
    const { page, complaints, requests } = watched;
    const answer = await page.request.get(view.url);
    const policy = answer.headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/^default-src 'self';/);
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    const origin = new URL(view.url).origin;
    const own = requests.filter((address) => address !== 'about:blank');
    expect(own.filter((address) => new URL(address).origin !== origin)).toEqual([]);
    expect(own.filter((address) => address.includes(TOKEN) && !address.includes('#'))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('goes on where it was when its server comes back', async () => {
    const { page } = watched;
    await page.keyboard.press('l');
    await expect.poll(() => page.locator('body').getAttribute('data-mode'), DEADLINE).toBe('live');
    await page.locator('.card[data-node="r1"]').first().click();
    await page.locator('body').evaluate((body) => body.setAttribute('data-probe', 'same document'));
    const port = Number(new URL(view.url).port);
    await view.close();
    await expect.poll(() => page.locator('body').getAttribute('data-connected'), DEADLINE).toBe('false');
    routers.r1.engine.post(INSTANCE, { type: 'self.stalled', stalledUs: 1_000 });
    await routers.flush();
    const missed = routers.r1.engine.seq;
    view = await startView({
      sources,
      listen: { host: '127.0.0.1', port },
      assets: built.assets,
      token: TOKEN,
    });
    const seq = () => page.locator('#panel').getAttribute('data-seq');
    await expect.poll(seq, DEADLINE).toBe(String(missed));
    expect(await page.locator('body').getAttribute('data-probe')).toBe('same document');
    routers.r1.engine.post(INSTANCE, { type: 'self.stalled', stalledUs: 2_000 });
    await routers.flush();
    await expect.poll(seq, DEADLINE).toBe(String(routers.r1.engine.seq));
  });
});
