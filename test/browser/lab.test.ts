import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/lab/run.ts';
import type { Json } from '../../src/protocol/json.ts';
import { type DirectorySource, openSources } from '../../src/view/journal-source.ts';
import { type BuiltPage, buildPage } from '../../src/view/page-build.fixture.ts';
import { startView, type View } from '../../src/view/server.ts';
import { Pair } from '../harness/pair.ts';
import { type Browser, startBrowser } from './chromium.ts';
import { checkFailover } from './failover-on-page.ts';

const ACTOR = 'vrrp/VI_1';

/** Two daemons in network namespaces; the master is killed under the eyes of the page. */
describe('the page on real routers', { timeout: 90_000 }, () => {
  let page: BuiltPage;
  let browser: Browser;
  let pair: Pair;
  let sources: DirectorySource[];
  let view: View;

  beforeAll(async () => {
    page = buildPage();
    browser = await startBrowser();
    pair = await Pair.create({
      programs: { a: 'relived', b: 'relived' },
      version: 3,
      unicast: false,
      states: { a: 'MASTER' },
    });
    await pair.start('a');
    await pair.start('b');
    await pair.waitForHolder('a');
    sources = openSources([pair.journal('a'), pair.journal('b')]);
    // A journal without a row does not know yet whose it is.
    await waitFor(() => sources.every((source) => source.lastSeq() > 0), {
      deadlineMs: 10_000,
      what: 'rows in both journals',
    });
    view = await startView({ sources, listen: { host: '127.0.0.1', port: 0 }, assets: page.assets });
  });
  afterAll(async () => {
    await browser?.close();
    await view?.close();
    for (const source of sources ?? []) source.close();
    await pair?.destroy();
    page?.remove();
  });

  const stateOf = (node: string): Json => {
    const source = sources.find((candidate) => candidate.node === node);
    return source?.stateAt(ACTOR, source.lastSeq())?.state ?? null;
  };

  it('shows a kill -9 of the master and the take-over', async () => {
    const watched = await browser.open(view.url);
    const fail = async (): Promise<void> => {
      await pair.kill('a');
      await pair.waitUntilHeld('b');
      await waitFor(() => JSON.stringify(stateOf('b')).includes('"addresses":"held"'), {
        deadlineMs: 5_000,
        what: "b's addresses in its journal",
      });
    };
    await checkFailover(watched, { actor: ACTOR, master: 'a', backup: 'b', stateOf, fail });
    const dead = watched.page.locator(`.card[data-node="a"][data-actor="${ACTOR}"]`);
    await expect.poll(() => dead.getAttribute('class'), { timeout: 5_000 }).toContain('gone');
    expect(watched.complaints).toEqual([]);
  });
});
