import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DirectorySource, openSources } from '../../src/view/journal-source.ts';
import { type BuiltPage, buildPage } from '../../src/view/page-build.fixture.ts';
import { startView, type View } from '../../src/view/server.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from '../../src/view/two-routers.fixture.ts';
import { type Browser, startBrowser } from './chromium.ts';

const S = 1_000_000;
const DEADLINE = { timeout: 10_000 };

/** Runs in the page: whether nothing lies over the corner of the open list. */
const IS_ON_TOP = `(() => {
  const list = document.querySelector('.lane-choice');
  const { left, top } = list.getBoundingClientRect();
  return list.contains(document.elementFromPoint(left + 4, top + 4));
})()`;

/** Two failovers, an hour apart. */
describe('time on the page', () => {
  let page: BuiltPage;
  let browser: Browser;
  let routers: TwoRouters;
  let sources: DirectorySource[];
  let view: View;

  beforeAll(async () => {
    page = buildPage();
    browser = await startBrowser();
    routers = startTwoRouters(Date.now() * 1_000 - 4_000 * S);
    for (const quiet of [3_600, 300]) {
      routers.clock.advanceBy(30 * S);
      routers.r1.setLink(false);
      routers.clock.advanceBy(10 * S);
      routers.r1.setLink(true);
      routers.clock.advanceBy(quiet * S);
    }
    await routers.flush();
    sources = openSources(routers.directories);
    view = await startView({ sources, listen: { host: '127.0.0.1', port: 0 }, assets: page.assets });
  });
  afterAll(async () => {
    await browser.close();
    await view.close();
    for (const source of sources) source.close();
    await routers.close();
    page.remove();
  });

  const withPage = async (hash: string, use: (tab: Page) => Promise<void>): Promise<void> => {
    const watched = await browser.open(`${view.url}${hash}`);
    try {
      await expect
        .poll(() => watched.page.locator('#panel').getAttribute('data-seq'), DEADLINE)
        .not.toBeNull();
      await use(watched.page);
      expect(watched.complaints).toEqual([]);
    } finally {
      await watched.page.close();
    }
  };
  const timeline = (tab: Page, name: string): Promise<string | null> =>
    tab.locator('#timeline').getAttribute(`data-${name}`);
  const selected = async (tab: Page): Promise<number> =>
    Number(await tab.locator('#panel').getAttribute('data-seq'));
  const heading = (tab: Page): Promise<string | null> => tab.locator('#panel h2').textContent();
  const seqOf = (type: string): number => {
    for (const { seq, actor, event } of sources[0]?.rows({}) ?? [])
      if (actor === INSTANCE && event.type === type) return seq;
    throw new Error(`no ${type}`);
  };

  it('gives the instance a lane on every node, and folds an hour in which nothing happened', async () => {
    await withPage('', async (tab) => {
      await expect.poll(() => timeline(tab, 'lanes'), DEADLINE).toContain('"r2"');
      await tab.keyboard.press('a');
      await tab.locator('#fold').selectOption({ label: 'fold quiet > 10 min' });
      await expect.poll(() => timeline(tab, 'folds'), DEADLINE).toBe('1');
      await tab.locator('#fold').selectOption({ label: 'all time' });
      await expect.poll(() => timeline(tab, 'folds'), DEADLINE).toBe('0');
    });
  });

  it('has the list of lanes open where a pointer reaches it', async () => {
    await withPage('', async (tab) => {
      await tab.locator('#lanes summary').click();
      await expect.poll(() => tab.locator('.lane-list input').count(), DEADLINE).toBeGreaterThan(0);
      expect(await tab.evaluate(IS_ON_TOP)).toBe(true);
    });
  });

  it('draws arrows to what a row led to, and goes there and back', async () => {
    const down = seqOf('link.down');
    await withPage(`#node=r1&actor=${INSTANCE}&seq=${down}`, async (tab) => {
      await expect.poll(() => selected(tab), DEADLINE).toBe(down);
      await expect.poll(async () => Number(await timeline(tab, 'arrows')), DEADLINE).toBeGreaterThan(0);
      await tab.keyboard.press(']');
      await expect.poll(() => selected(tab), DEADLINE).toBeGreaterThan(down);
      await tab.keyboard.press('[');
      await expect.poll(() => selected(tab), DEADLINE).toBe(down);
    });
  });

  it('plays from the beginning, passes over quiet time, and stops where nothing more is known', async () => {
    await withPage('', async (tab) => {
      await tab.keyboard.press('Home');
      await expect.poll(() => heading(tab), DEADLINE).toContain('came into being');
      await tab.locator('#speed').selectOption('100');
      await tab.locator('#timeline').focus();
      await tab.keyboard.press(' ');
      await expect.poll(() => tab.locator('#play').getAttribute('aria-pressed'), DEADLINE).toBe('true');
      // An hour at this speed is half a minute: it was passed over.
      await expect.poll(() => selected(tab), DEADLINE).toBe(sources[0]?.lastSeq() ?? 0);
      await expect.poll(() => tab.locator('#play').getAttribute('aria-pressed'), DEADLINE).toBe('false');
    });
  });

  it('scrubs by dragging the axis, and shows the row where it was let go', async () => {
    await withPage('', async (tab) => {
      await tab.keyboard.press('a');
      const box = await tab.locator('#timeline').boundingBox();
      if (box === null) throw new Error('no timeline');
      await tab.mouse.move(box.x + box.width - 40, box.y + 8);
      await tab.mouse.down();
      for (const x of [900, 500, 140]) await tab.mouse.move(box.x + x, box.y + 8);
      await expect.poll(() => tab.locator('body').getAttribute('data-moving'), DEADLINE).toBe('true');
      await tab.mouse.up();
      await expect.poll(() => tab.locator('body').getAttribute('data-moving'), DEADLINE).toBeNull();
      expect(await selected(tab)).toBeLessThan(10);
    });
  });
});
