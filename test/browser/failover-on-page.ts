/**
 * What the page must show of a failover, wherever that happens: routers in network namespaces or simulated ones.
 * Whoever calls this gives the page's address, the history as the journals tell it, and a way to cause the failover.
 */

import { isDeepStrictEqual } from 'node:util';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Json } from '../../src/protocol/json.ts';
import { activeStates } from '../../src/view/chart/active.ts';
import type { WatchedPage } from './chromium.ts';

export interface Failover {
  /** Actor that moves, `vrrp/VI_1`. */
  readonly actor: string;
  /** Node that is master and loses it, and the one that takes over. */
  readonly master: string;
  readonly backup: string;
  /** Newest state of the actor on a node, as its journal tells; null before the first. */
  stateOf(node: string): Json;
  /** Makes the backup take over. Resolves when its journal says that it holds the addresses. */
  fail(): Promise<void>;
}

const DEADLINE = { timeout: 10_000 };

function card(page: Page, node: string, actor: string) {
  return page.locator(`.card[data-node="${node}"][data-actor="${actor}"]`);
}

/** What the card of a node calls its state. */
async function shownState(page: Page, node: string, actor: string): Promise<string | null> {
  const found = card(page, node, actor);
  return (await found.count()) === 1 ? found.getAttribute('data-state') : null;
}

/** Ids of the states that are lit on the chart. */
export async function litStates(page: Page): Promise<string[]> {
  const ids = await page.locator('#chart .state.active').evaluateAll((states) => {
    return states.map((state) => state.getAttribute('data-id') ?? '');
  });
  return ids.sort();
}

export async function firedEdges(page: Page): Promise<string[]> {
  const ids = await page.locator('#chart .edge.fired').evaluateAll((edges) => {
    return edges.map((edge) => edge.getAttribute('data-id') ?? '');
  });
  return ids.sort();
}

/** The chart of a node shows what its journal says: both go on while this looks. */
async function expectLitAsJournal(page: Page, failover: Failover, node: string): Promise<void> {
  await expect
    .poll(async () => {
      const lit = await litStates(page);
      return { lit, recorded: [...activeStates(failover.stateOf(node))].sort() };
    }, DEADLINE)
    .toSatisfy(({ lit, recorded }) => isDeepStrictEqual(lit, recorded));
}

/** Steps back until the row of this event is shown. */
async function stepBackTo(page: Page, heading: RegExp, mostSteps: number): Promise<void> {
  for (let step = 0; step < mostSteps; step += 1) {
    if (heading.test((await page.locator('#panel h2').textContent()) ?? '')) return;
    const before = await page.locator('#panel').getAttribute('data-seq');
    await page.keyboard.press('k');
    await expect.poll(() => page.locator('#panel').getAttribute('data-seq'), DEADLINE).not.toBe(before);
  }
  throw new Error(`no row like ${heading} within ${mostSteps} steps`);
}

export async function checkFailover(watched: WatchedPage, failover: Failover): Promise<void> {
  const { page, complaints, requests } = watched;
  const { actor, master, backup } = failover;
  const origin = new URL(page.url()).origin;

  // Both nodes are there, and say what their journals say.
  await expect.poll(() => shownState(page, master, actor), DEADLINE).toBe('master');
  await expect.poll(() => shownState(page, backup, actor), DEADLINE).toBe('backup');
  for (const node of [master, backup]) {
    await card(page, node, actor).click();
    await expectLitAsJournal(page, failover, node);
  }

  // The failover shows by itself: the same document, never loaded again.
  await page.locator('body').evaluate((body) => body.setAttribute('data-probe', 'same document'));
  expect(await litStates(page)).toContain('protocol.backup.listening');
  await failover.fail();
  await expect.poll(() => shownState(page, backup, actor), DEADLINE).toBe('master');
  await expectLitAsJournal(page, failover, backup);
  expect(await litStates(page)).toContain('protocol.master');
  expect(await page.locator('body').getAttribute('data-probe')).toBe('same document');

  // Stepping back finds the moment, and what was before it.
  await stepBackTo(page, /^No advert for/, 20);
  expect(await page.locator('body').getAttribute('data-mode')).toBe('history');
  expect(await litStates(page)).toEqual(expect.arrayContaining(['protocol.master', 'addresses.adding']));
  expect(await firedEdges(page)).toContain('protocol.backup:master.silent:1');
  const taken = await page.locator('#panel').getAttribute('data-seq');
  await page.keyboard.press('k');
  await expect.poll(() => litStates(page), DEADLINE).toContain('protocol.backup.listening');
  await expect.poll(() => shownState(page, backup, actor), DEADLINE).toBe('backup');
  await page.keyboard.press('j');
  await expect.poll(() => litStates(page), DEADLINE).toContain('protocol.master');
  expect(await page.locator('#panel').getAttribute('data-seq')).toBe(taken);

  // The address names the moment: another visit begins there.
  await expect.poll(() => page.url(), DEADLINE).toContain(`node=${backup}&actor=${actor}&seq=${taken}`);
  await page.reload();
  await expect.poll(() => page.locator('#panel').getAttribute('data-seq'), DEADLINE).toBe(taken);
  expect(await firedEdges(page)).toContain('protocol.backup:master.silent:1');

  // An effect's outcome leads back to its cause.
  await page.keyboard.press('j');
  await expect
    .poll(() => page.locator('#panel h2').textContent(), DEADLINE)
    .toMatch(/virtual addresses are in place/);
  await page.locator('#panel .cause .jump').click();
  await expect.poll(() => page.locator('#panel').getAttribute('data-seq'), DEADLINE).toBe(taken);

  // And back to now.
  await page.locator('#live').click();
  await expect.poll(() => page.locator('body').getAttribute('data-mode'), DEADLINE).toBe('live');
  await expectLitAsJournal(page, failover, backup);

  expect(complaints).toEqual([]);
  expect(requests.filter((address) => new URL(address).origin !== origin)).toEqual([]);
}
