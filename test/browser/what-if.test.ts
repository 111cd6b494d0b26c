/** A history and the same with something changed, beside each other. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalReader } from '../../src/journal/reader.ts';
import { writeJournals } from '../../src/relive/cluster.fixture.ts';
import { createExplainer } from '../../src/relive/page/explainer.ts';
import { ask, withinHistory } from '../../src/relive/whatif/ask.ts';
import { NO_CHANGES } from '../../src/relive/whatif/changes.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { Cluster } from '../sim/cluster.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { Shown } from './shown.ts';

const S = 1_000_000;
const DEADLINE = { timeout: 10_000 };
const INSTANCE = 'vrrp/VI_1';
const ROUTERS = ['r1', 'r2'];

/** r2 hears four adverts of r1 not, and takes over; what if it were more patient? */
async function twoLives(root: string): Promise<string> {
  const routers = [
    { name: 'r1', address: '10.0.0.1', input: { priority: 150 } },
    { name: 'r2', address: '10.0.0.2', input: { priority: 100 } },
  ];
  const cluster = new Cluster(routers, new SeededRandom(7));
  cluster.start();
  cluster.time.advanceBy(20 * S);
  cluster.lan.block('r1', 'r2');
  cluster.time.advanceBy(4.2 * S);
  cluster.heal();
  cluster.time.advanceBy(20 * S);
  await writeJournals(cluster, root, {});
  const readers = ROUTERS.map((name) => new JournalReader(join(root, name)));
  const write = join(root, 'what-if');
  const report = await ask({
    sources: readers.map((reader) => ({ name: reader.node, reader, moveUs: 0 })),
    range: withinHistory({ fromUs: 0, toUs: Number.MAX_SAFE_INTEGER }, readers),
    ...{ changes: { ...NO_CHANGES, set: ['r2:VI_1.down_timer_adverts=5'] }, actor: INSTANCE, write },
  });
  expect(report.mismatches).toEqual([]);
  for (const reader of readers) reader.close();
  return write;
}

describe('two lives on the page', { timeout: 60_000 }, () => {
  let shown: Shown;
  beforeAll(async () => {
    const root = temporaryDirectory('two-lives');
    const against = await twoLives(root);
    const directories = ROUTERS.map((name) => join(root, name));
    shown = await Shown.over(directories, { against: [against], explainer: createExplainer() });
  }, 60_000);
  afterAll(() => shown?.close());

  const panel = (tab: Page, name: string): Promise<string | null> =>
    tab.locator('#panel').getAttribute(`data-${name}`);

  it('opens where they part, marks it on the lanes and says it', async () => {
    await shown.open('', async ({ page: tab, complaints }) => {
      await expect.poll(() => tab.locator('body').getAttribute('data-mode'), DEADLINE).toBe('history');
      const words = 'VI_1 on r2: here the recorded run goes to master, the what-if stays backup';
      await expect.poll(() => tab.locator('#difference').textContent(), DEADLINE).toBe(`\u2260 ${words}`);
      expect(await panel(tab, 'node')).toBe('r2');
      expect(await tab.locator('#chart .state.active[data-id="protocol.master"]').count()).toBe(1);
      const timeline = tab.locator('#timeline');
      expect(await timeline.getAttribute('data-differences')).toBe('1');
      const lanes = JSON.parse((await timeline.getAttribute('data-lanes')) ?? '[]') as { node: string }[];
      expect(lanes.map(({ node }) => node)).toEqual(['r1', 'r1 what-if', 'r2', 'r2 what-if']);
      // At that moment the other life is what it says.
      const card = tab.locator('.card[data-node="r2 what-if"]');
      await expect.poll(() => card.getAttribute('data-state'), DEADLINE).toBe('backup');
      expect(complaints).toEqual([]);
    });
  });

  it('is jumped to from anywhere, and what never was is explained by itself', async () => {
    await shown.open(`#node=r1&actor=${INSTANCE}`, async ({ page: tab, complaints }) => {
      await expect.poll(() => panel(tab, 'node'), DEADLINE).toBe('r1');
      await tab.keyboard.press('d');
      await expect.poll(() => panel(tab, 'node'), DEADLINE).toBe('r2');
      await tab.locator('.card[data-node="r2 what-if"]').click();
      await expect.poll(() => panel(tab, 'node'), DEADLINE).toBe('r2 what-if');
      await expect
        .poll(() => tab.locator('.step .yes, .step .no').first().textContent(), DEADLINE)
        .not.toBeNull();
      expect(complaints).toEqual([]);
    });
  });
});
