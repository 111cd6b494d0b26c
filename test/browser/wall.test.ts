/** The wall in a real browser, on the journals of two routers with everything that a configuration can ask for. */
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, startFleet } from '../../src/view/fleet.fixture.ts';
import type { WatchedPage } from './chromium.ts';
import { Shown } from './shown.ts';

const DEADLINE = { timeout: 15_000 };
const present = existsSync('/usr/bin/chromium');
const TERMS = { nodes: ['r1', 'r2'], instances: 20, services: 6, reals: 4, checks: 2, trouble: 0 };

describe.skipIf(!present)('the wall', { timeout: 60_000 }, () => {
  let fleet: Fleet;
  let shown: Shown;
  beforeAll(async () => {
    fleet = await startFleet({ ...TERMS, beganUs: (Date.now() - 60_000) * 1_000 });
    shown = await Shown.over(fleet.directories);
  }, 60_000);
  // Each visible tab keeps one of the browser's six connections.
  afterEach(() => shown.browser.closePages());
  afterAll(async () => {
    await shown?.close();
    await fleet?.close();
  });

  const chip = (tab: Page, name: string): Promise<string | null> =>
    tab.locator('.chip-count', { hasText: name }).first().textContent({ timeout: 15_000 });
  const found = (tab: Page): Promise<string[]> => tab.locator('#found .found b').allTextContents();
  /** Who stands beside the chart of an instance of r1. */
  const kinOf = async (actor: string) => {
    const { page: tab } = await shown.browser.open(`${shown.view.url}#node=r1&actor=${actor}`);
    return async (): Promise<string[]> => {
      const beside = await tab.locator('.card .who').allTextContents();
      return beside.map((text) => text.replace(/priority.*/, ''));
    };
  };
  const open = async (hash: string): Promise<WatchedPage> => {
    const watched = await shown.browser.open(shown.view.url + hash);
    await expect.poll(() => chip(watched.page, 'checkers'), DEADLINE).toBe('96 checkers');
    return watched;
  };

  it('comes first, counts everybody, and shows at once what falls ill', async () => {
    const { page: tab, complaints } = await open('');
    expect(await tab.locator('body').getAttribute('data-view')).toBe('wall');
    expect(await chip(tab, 'instances')).toBe('40 instances');
    expect(await chip(tab, 'passing')).toBe('96 passing');
    expect(await found(tab)).toEqual([]);
    const [first] = fleet.nodes;
    const checker = first?.actors.find((actor) => actor.startsWith('checker/')) ?? '';
    first?.probe(checker, false);
    await first?.pass(10_000);
    const real = '172.16.0.1:8080';
    await expect.poll(() => found(tab), DEADLINE).toEqual([real, `${real} #1`]);
    expect(await chip(tab, 'failing')).toBe('1 failing');
    first?.probe(checker, true);
    await first?.pass(10_000);
    await expect.poll(() => found(tab), DEADLINE).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('is searched by keys, opens what was found, and is come back to', async () => {
    const { page: tab, complaints } = await open('#view=wall');
    await tab.keyboard.press('/');
    await tab.keyboard.type('10.3.1.3 r2');
    await expect.poll(() => found(tab), DEADLINE).toEqual(['VI_4']);
    expect(tab.url()).toContain('q=10.3.1.3+r2');
    await tab.keyboard.press('Enter');
    await expect.poll(() => tab.locator('#who').textContent(), DEADLINE).toBe('VI_4 on r2');
    expect(await tab.locator('body').getAttribute('data-view')).toBe('chart');
    await expect.poll(() => tab.locator('#chart .state.active').count(), DEADLINE).toBeGreaterThan(3);
    // Beside the chart stand the same one on the other node, and its group.
    const beside = await tab.locator('.card .who').allTextContents();
    expect(beside.map((text) => text.replace(/priority.*/, ''))).toEqual(
      expect.arrayContaining(['r1VI_4', 'r2VI_4', 'r2G_1']),
    );
    const address = tab.url();
    await tab.goBack();
    await expect.poll(() => tab.locator('body').getAttribute('data-view'), DEADLINE).toBe('wall');
    expect(await tab.locator('#search').inputValue()).toBe('10.3.1.3 r2');
    await tab.goForward();
    await expect.poll(() => tab.locator('#who').textContent(), DEADLINE).toBe('VI_4 on r2');
    const again = await shown.browser.open(address);
    await expect.poll(() => again.page.locator('#who').textContent(), DEADLINE).toBe('VI_4 on r2');
    expect([...complaints, ...again.complaints]).toEqual([]);
  });

  it('is left and come back to faster than rows are read', async () => {
    const { page: tab } = await open('#view=wall&q=10.3.1.3+r2');
    await expect.poll(() => found(tab), DEADLINE).toEqual(['VI_4']);
    await tab.locator('#search').focus();
    await tab.keyboard.press('Enter');
    // Before any row of it was read.
    expect(tab.url()).toContain('node=r2&actor=vrrp/VI_4');
    await tab.evaluate(`
      addEventListener('popstate', () => location.hash.includes('view=wall') && history.forward());
      history.back();
    `);
    await expect.poll(() => tab.locator('#who').textContent(), DEADLINE).toBe('VI_4 on r2');
    expect(await tab.locator('body').getAttribute('data-view')).toBe('chart');
    expect(tab.url()).toContain('node=r2&actor=vrrp/VI_4');
  });

  it('is filtered by chips, which the address names', async () => {
    const { page: tab } = await open('#view=wall&kind=group&on=r1');
    await expect.poll(() => found(tab), DEADLINE).toEqual(['G_1', 'G_2']);
    await tab.locator('.chip-count', { hasText: 'sync groups' }).click();
    await tab.locator('.chip-count', { hasText: 'virtual servers' }).click();
    await expect.poll(() => found(tab), DEADLINE).toHaveLength(6);
    expect(tab.url()).toMatch(/kind=virtual&on=r1$/);
  });

  it('follows a reload that puts an instance out of its group', async () => {
    const [first] = fleet.nodes;
    const group = 'group/G_1';
    const kin = await kinOf('vrrp/VI_1');
    await expect.poll(kin, DEADLINE).toContain('r1G_1');
    const input = first?.engine.view(group)?.context.input as { members: string[] };
    const members = input.members.filter((actor) => actor !== 'vrrp/VI_1');
    first?.engine.post(group, { type: 'group.reconfigured', input: { ...input, members } });
    await first?.pass(10_000);
    await expect.poll(kin, DEADLINE).not.toContain('r1G_1');
    first?.engine.post(group, { type: 'group.reconfigured', input });
    await first?.pass(10_000);
    await expect.poll(kin, DEADLINE).toContain('r1G_1');
  });

  it('is walked over by arrow keys, and says where one is', async () => {
    const { page: tab } = await open('#view=wall');
    await tab.locator('#wall').focus();
    await tab.keyboard.press('ArrowRight');
    const first = await tab.locator('#said').textContent();
    expect(first).toMatch(/^\S+, .+ on r1: \w+, for /);
    await tab.keyboard.press('ArrowRight');
    await expect.poll(() => tab.locator('#said').textContent(), DEADLINE).not.toBe(first);
    await tab.keyboard.press('?');
    expect(await tab.locator('#help').getAttribute('open')).not.toBeNull();
    await tab.keyboard.press('Escape');
    await tab.locator('#wall').focus();
    await tab.keyboard.press('Enter');
    await expect.poll(() => tab.locator('body').getAttribute('data-view'), DEADLINE).toBe('chart');
  });
});
