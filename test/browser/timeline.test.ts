import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalReader } from '../../src/journal/reader.ts';
import { clocksOnPage } from '../../src/relive/clocks/on-page.ts';
import { writeJournals } from '../../src/relive/cluster.fixture.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from '../../src/view/two-routers.fixture.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { Cluster } from '../sim/cluster.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { Shown } from './shown.ts';

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
  let routers: TwoRouters;
  let shown: Shown;

  beforeAll(async () => {
    routers = startTwoRouters(Date.now() * 1_000 - 4_000 * S);
    for (const quiet of [3_600, 300]) {
      routers.clock.advanceBy(30 * S);
      routers.r1.setLink(false);
      routers.clock.advanceBy(10 * S);
      routers.r1.setLink(true);
      routers.clock.advanceBy(quiet * S);
    }
    await routers.flush();
    shown = await Shown.over(routers.directories);
  });
  afterAll(async () => {
    await shown?.close();
    await routers.close();
  });

  const withPage = (hash: string, use: (tab: Page) => Promise<void>): Promise<void> =>
    shown.open(hash, async ({ page: tab, complaints }) => {
      await expect.poll(() => tab.locator('#panel').getAttribute('data-seq'), DEADLINE).not.toBeNull();
      await use(tab);
      expect(complaints).toEqual([]);
    });
  const timeline = (tab: Page, name: string): Promise<string | null> =>
    tab.locator('#timeline').getAttribute(`data-${name}`);
  const selected = async (tab: Page): Promise<number> =>
    Number(await tab.locator('#panel').getAttribute('data-seq'));
  const heading = (tab: Page): Promise<string | null> => tab.locator('#panel h2').textContent();
  const seqOf = (type: string): number => {
    for (const { seq, actor, event } of shown.sources[0]?.rows({}) ?? [])
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
      await expect.poll(() => selected(tab), DEADLINE).toBe(shown.sources[0]?.lastSeq() ?? 0);
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
      const chosen = await selected(tab);
      expect(chosen).toBeLessThan(10);
      // Rows that were passed over leave it alone.
      await expect.poll(() => tab.url(), DEADLINE).toMatch(new RegExp(`[#&]seq=${chosen}(&|$)`));
    });
  });
});

/** The clock of r2 is three seconds ahead; r1 is gone for a while. */
describe('two clocks on the page', { timeout: 60_000 }, () => {
  const AHEAD_US = 3 * S;
  let shown: Shown;
  beforeAll(async () => {
    const root = temporaryDirectory('two-clocks');
    const routers = [
      { name: 'r1', address: '10.0.0.1', input: { priority: 150 } },
      { name: 'r2', address: '10.0.0.2', input: { priority: 100 } },
    ];
    const cluster = new Cluster(routers, new SeededRandom(7));
    cluster.start();
    cluster.time.advanceBy(120 * S);
    cluster.router('r1').kill();
    cluster.time.advanceBy(20 * S);
    cluster.router('r1').start();
    cluster.time.advanceBy(120 * S);
    await writeJournals(cluster, root, { r2: { aheadUs: AHEAD_US } });
    const directories = ['r1', 'r2'].map((name) => join(root, name));
    const nodes = directories.map((directory, index) => ({ node: `r${index + 1}`, directory }));
    shown = await Shown.over(directories, {
      compareClocks: clocksOnPage(() => nodes, { evenOnOneMachine: true }),
    });
  }, 60_000);
  afterAll(() => shown?.close());

  it('become one when that is wanted, and stored times stay as they are', async () => {
    const [, second] = shown.sources;
    const row = [...(second?.rows({ actor: INSTANCE }) ?? [])].find(
      ({ event }) => event.type === 'master.silent',
    );
    await shown.open(`#node=r2&actor=${INSTANCE}&seq=${row?.seq}`, async ({ page: tab, complaints }) => {
      const timeline = tab.locator('#timeline');
      const choice = tab.locator('#corrected');
      await expect.poll(() => choice.isVisible(), DEADLINE).toBe(true);
      expect(await tab.locator('#clock-words').textContent()).toMatch(/^r2 = r1 \+ 30\d\d\./);
      expect(await timeline.getAttribute('data-shifts')).toBe('0,0');
      const clock = await tab.locator('#clock').textContent();
      await choice.check();
      const shifts = async (): Promise<number[]> =>
        ((await timeline.getAttribute('data-shifts')) ?? '').split(',').map(Number);
      await expect.poll(async () => Math.round((await shifts())[1] ?? 0), DEADLINE).toBeLessThan(0);
      const [first = 1, other = 0] = await shifts();
      expect([first, Math.abs(other + AHEAD_US) < S / 10]).toEqual([0, true]);
      expect((await tab.locator('#clock').textContent())?.slice(0, 23)).toBe(clock?.slice(0, 23));
      expect(complaints).toEqual([]);
    });
  });
});

describe('who heard whom', () => {
  let shown: Shown;
  let routers: TwoRouters;
  beforeAll(async () => {
    routers = startTwoRouters(Date.now() * 1_000 - 60 * S);
    routers.clock.advanceBy(40 * S);
    await routers.flush();
    shown = await Shown.over(routers.directories);
  });
  afterAll(async () => {
    await shown?.close();
    await routers.close();
  });

  it('is an arrow from one node to the other, and a jump', async () => {
    const reader = new JournalReader(routers.directories[1] ?? '');
    const heard = [...reader.rows({ actor: INSTANCE })].find(({ event }) => event.type === 'advert.received');
    reader.close();
    await shown.open(`#node=r2&actor=${INSTANCE}&seq=${heard?.seq}`, async ({ page: tab }) => {
      const timeline = tab.locator('#timeline');
      await expect.poll(() => timeline.getAttribute('data-across'), DEADLINE).toBe('1');
      await tab.keyboard.press('[');
      await expect.poll(() => tab.locator('#panel').getAttribute('data-node'), DEADLINE).toBe('r1');
      expect(await tab.locator('#panel').textContent()).toContain('announce');
    });
  });
});
