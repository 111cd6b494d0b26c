/** What the page draws and explains, on journals that the real engine wrote. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changedRow, startRow, temporaryDirectory } from '../../src/journal/journal.fixture.ts';
import { openJournal } from '../../src/journal/writer.ts';
import { type DirectorySource, openSources } from '../../src/view/journal-source.ts';
import { type BuiltPage, buildPage } from '../../src/view/page-build.fixture.ts';
import { startView, type View } from '../../src/view/server.ts';
import { startTwoRouters, type TwoRouters } from '../../src/view/two-routers.fixture.ts';
import { type Browser, startBrowser } from './chromium.ts';

const S = 1_000_000;
const DEADLINE = { timeout: 10_000 };

/** A router of another version: its machine is in the journal alone. */
async function writeForeign(directory: string): Promise<void> {
  const journal = openJournal({ directory, node: 'old', process: 'vrrp' });
  const body = {
    id: 'vrrp',
    initial: 'asleep',
    states: { asleep: { on: { wake: { target: 'awake', guard: 'isRested' } } }, awake: {} },
  };
  journal.define({ kind: 'machine', name: 'vrrp@0', body });
  const own = { actor: 'vrrp/OLD', machine: 'vrrp@0' };
  journal.row({ ...startRow(1), ...own, state: 'asleep' });
  journal.row({ ...changedRow(2), ...own, event: { type: 'wake' }, state: 'awake' });
  journal.row({ ...changedRow(3), ...own, event: { type: 'dream' }, state: { awake: 'walking' } });
  await journal.close();
}

describe('charts on the page', { timeout: 60_000 }, () => {
  const scratch = temporaryDirectory();
  let page: BuiltPage;
  let browser: Browser;
  let routers: TwoRouters;
  let sources: DirectorySource[];
  let view: View;

  beforeAll(async () => {
    page = buildPage();
    browser = await startBrowser();
    routers = startTwoRouters(Date.now() * 1_000 - 90 * S);
    routers.clock.advanceBy(30 * S);
    routers.r1.setLink(false);
    routers.clock.advanceBy(30 * S);
    await routers.flush();
    const foreign = join(scratch.path, 'old');
    await writeForeign(foreign);
    sources = openSources([...routers.directories, foreign]);
    view = await startView({ sources, listen: { host: '127.0.0.1', port: 0 }, assets: page.assets });
  });
  afterAll(async () => {
    await browser?.close();
    await view?.close();
    for (const source of sources ?? []) source.close();
    await routers?.close();
    page?.remove();
    scratch.remove();
  });

  it('draws a machine of another version as its journal defines it', async () => {
    const { page: shown, complaints } = await browser.open(`${view.url}#node=old&actor=vrrp/OLD&seq=2`);
    const lit = shown.locator('#chart .state.active[data-id="awake"]');
    await expect.poll(() => lit.count(), DEADLINE).toBe(1);
    expect(await shown.locator('#chart .label.fired').allTextContents()).toEqual([
      expect.stringContaining('wake [isRested] \u2192 awake'),
    ]);
    expect(await shown.locator('#chart-note').textContent()).toContain('no drawing of vrrp@0');
    // A state that only a row knows.
    await shown.keyboard.press('j');
    const walking = shown.locator('#chart .state.active[data-id="awake.walking"]');
    await expect.poll(() => walking.count(), DEADLINE).toBe(1);
    expect(complaints).toEqual([]);
    await shown.close();
  });
});
