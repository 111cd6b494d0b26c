import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/protocol/json.ts';
import { INSTANCE, startTwoRouters, type TwoRouters } from '../../src/view/two-routers.fixture.ts';
import type { WatchedPage } from './chromium.ts';
import { checkFailover, firedEdges, litStates } from './failover-on-page.ts';
import { Shown } from './shown.ts';

const S = 1_000_000;
const DEADLINE = { timeout: 10_000 };

/** Runs in the page: notes on the body when the fault state is lit. */
const NOTE_WHEN_LIT = `
  new MutationObserver(() => {
    const lit = document.querySelector('#chart .state.active[data-id="protocol.fault"]') !== null;
    if (lit) document.body.dataset.litAt ??= String(Date.now());
  }).observe(document.querySelector('#chart'), { subtree: true, attributes: true });
`;

/** Runs in the page: notes on the body when the take-over and what followed from it glow together. */
const NOTE_WHEN_BOTH_GLOW = `
  new MutationObserver(() => {
    const glows = (id) => document.querySelector('#chart .edge.fired[data-id="' + id + '"]') !== null;
    const both = glows('protocol.backup:master.silent:1') && glows('addresses.adding:vips.added:2');
    if (both) document.body.dataset.bothGlow = 'true';
  }).observe(document.querySelector('#chart'), { subtree: true, attributes: true });
`;

/** Run in the page: a tab goes to the background, which no headless browser does by itself, and comes back. */
const looked = (hidden: boolean): string => `
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
  document.dispatchEvent(new Event('visibilitychange'));
`;
const LOOK_AWAY = looked(true);
const LOOK_AT_IT = looked(false);

/** Id or class of the focused element. */
const FOCUSED = "document.activeElement?.id || document.activeElement?.className || ''";

describe('the page on a simulated pair of routers', () => {
  let routers: TwoRouters;
  let shown: Shown;

  beforeAll(async () => {
    routers = startTwoRouters(Date.now() * 1_000 - 120 * S);
    routers.clock.advanceBy(30 * S);
    await routers.flush();
    shown = await Shown.over(routers.directories);
  });
  afterAll(async () => {
    await shown?.close();
    await routers.close();
  });

  const router = (node: string) => (node === 'r1' ? routers.r1 : routers.r2);
  const stateOf = (node: string): Json => router(node).engine.view(INSTANCE)?.state ?? null;
  const advance = async (us: number): Promise<void> => {
    routers.clock.advanceBy(us);
    await routers.flush();
  };
  const withPage = (use: (watched: WatchedPage) => Promise<void>): Promise<void> => shown.open('', use);

  it('shows a failover as the journals tell it', async () => {
    await withPage(async (watched) => {
      const fail = async (): Promise<void> => {
        routers.r1.setLink(false);
        await advance(5 * S);
      };
      await checkFailover(watched, { actor: INSTANCE, master: 'r1', backup: 'r2', stateOf, fail });
    });
    routers.r1.setLink(true);
    await advance(20 * S);
    expect((stateOf('r1') as { protocol: Json }).protocol).toBe('master');
  });

  it('lights a new state soon after it was journalled', async () => {
    await withPage(async ({ page: tab }) => {
      await expect.poll(() => litStates(tab), DEADLINE).toContain('protocol.master');
      await tab.evaluate(NOTE_WHEN_LIT);
      routers.r1.setLink(false);
      await advance(1_000);
      const journalledMs = Date.now();
      await expect.poll(() => tab.locator('body').getAttribute('data-lit-at'), DEADLINE).not.toBeNull();
      const litMs = Number(await tab.locator('body').getAttribute('data-lit-at'));
      console.log(`journalled to lit: ${litMs - journalledMs} ms`);
    });
    routers.r1.setLink(true);
    await advance(20 * S);
  });

  it('lets go of its stream while nobody looks, and then catches up', async () => {
    const tabs = await Promise.all(Array.from({ length: 4 }, () => shown.browser.open(shown.view.url)));
    const [first] = tabs;
    if (first === undefined) throw new Error('no tab');
    for (const { page: tab } of tabs) {
      await expect.poll(() => litStates(tab), DEADLINE).toContain('protocol.master');
      await tab.evaluate(LOOK_AWAY);
    }
    routers.r1.setLink(false);
    await advance(5 * S);
    // A browser has six connections to a server: these show the same only because the four before have let go.
    for (let more = 0; more < 3; more += 1) {
      const { page: tab } = await shown.browser.open(shown.view.url);
      await expect.poll(() => litStates(tab), DEADLINE).toContain('protocol.fault');
    }
    expect(await litStates(first.page)).toContain('protocol.master');
    await first.page.evaluate(LOOK_AT_IT);
    await expect.poll(() => litStates(first.page), DEADLINE).toContain('protocol.fault');
    expect(first.complaints).toEqual([]);
    await shown.browser.closePages();
    routers.r1.setLink(true);
    await advance(20 * S);
  });

  it('leaves what fired long enough to be seen, though later rows follow at once', async () => {
    await withPage(async ({ page: tab }) => {
      await tab.locator('.card[data-node="r2"]').click();
      await expect.poll(() => litStates(tab), DEADLINE).toContain('protocol.backup.listening');
      await tab.evaluate(NOTE_WHEN_BOTH_GLOW);
      routers.r1.setLink(false);
      await advance(5 * S);
      await expect.poll(() => tab.locator('body').getAttribute('data-both-glow'), DEADLINE).toBe('true');
      // What fired last stays; what fired before fades.
      await expect
        .poll(() => firedEdges(tab), DEADLINE)
        .toEqual(expect.arrayContaining(['addresses.adding:vips.added:2', 'garp.idle:addresses.held:0']));
      await expect.poll(() => firedEdges(tab), DEADLINE).not.toContain('protocol.backup:master.silent:1');
      expect(await tab.locator('#chart .state.left').count()).toBe(0);
    });
    routers.r1.setLink(true);
    await advance(20 * S);
  });

  it('seeks by a click on the timeline, and shows everybody at that time', async () => {
    await withPage(async ({ page: tab, complaints }) => {
      await expect.poll(() => litStates(tab), DEADLINE).toContain('protocol.master');
      const box = await tab.locator('#timeline').boundingBox();
      if (box === null) throw new Error('no timeline');
      // The very beginning of what is shown lies before the first row: the first row is the nearest.
      await tab.mouse.click(box.x + 96, box.y + 40);
      await expect.poll(() => tab.locator('body').getAttribute('data-mode'), DEADLINE).toBe('history');
      await expect
        .poll(() => litStates(tab), DEADLINE)
        .toEqual(expect.arrayContaining([expect.stringMatching(/^protocol\.(initialize|backup|master)/)]));
      await tab.locator('#timeline').focus();
      const before = await tab.locator('#panel').getAttribute('data-seq');
      await tab.keyboard.press('ArrowRight');
      await expect.poll(() => tab.locator('#panel').getAttribute('data-seq'), DEADLINE).not.toBe(before);
      await tab.keyboard.press('l');
      await expect.poll(() => tab.locator('body').getAttribute('data-mode'), DEADLINE).toBe('live');
      expect(complaints).toEqual([]);
    });
  });

  it('can be used without a mouse', async () => {
    await withPage(async ({ page: tab }) => {
      await expect.poll(() => litStates(tab), DEADLINE).toContain('protocol.master');
      const reached: string[] = [];
      for (let press = 0; press < 30; press += 1) {
        await tab.keyboard.press('Tab');
        reached.push(await tab.evaluate<string>(FOCUSED));
      }
      expect(reached).toEqual(
        expect.arrayContaining(['previous', 'next', 'live', 'chart-fit', 'card', 'timeline']),
      );
      const unnamed = await tab
        .locator('button, input, canvas:not([aria-hidden]), svg[role]')
        .evaluateAll((controls) =>
          controls
            .filter((control) => {
              const label = control.getAttribute('aria-label') ?? control.textContent ?? '';
              return label.trim() === '' && control.closest('label') === null;
            })
            .map((control) => control.outerHTML.slice(0, 80)),
        );
      expect(unnamed).toEqual([]);
    });
  });

  it('draws no text over another, from afar without what could not be read, from near with all of it', async () => {
    await withPage(async ({ page: tab }) => {
      await expect.poll(() => litStates(tab), DEADLINE).toContain('protocol.master');
      const guards = tab.locator('#chart .label:not(.fired) .guard');
      expect(await guards.first().isVisible()).toBe(false);
      expect(await clashes(tab)).toEqual([]);
      await tab.keyboard.press('z');
      await expect.poll(() => guards.first().isVisible(), DEADLINE).toBe(true);
      expect(await clashes(tab)).toEqual([]);
      await tab.keyboard.press('f');
      await expect.poll(() => guards.first().isVisible(), DEADLINE).toBe(false);
      expect(await clashes(tab)).toEqual([]);
    });
  });
});

/** Texts of the chart that lie on each other. */
function clashes(tab: Page): Promise<string[]> {
  return tab.locator('#chart text').evaluateAll((texts) => {
    const boxes = texts.map((text) => ({
      text: text.textContent ?? '',
      box: text.getBoundingClientRect(),
    }));
    return boxes.flatMap((a, index) =>
      boxes.slice(index + 1).flatMap((b) => {
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        // Lines of one paragraph touch: a box holds the font's whole height.
        return across > 1 && down > 3 ? [`${a.text} on ${b.text}`] : [];
      }),
    );
  });
}
