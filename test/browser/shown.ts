/** The page as it is built now, served over journals and opened in a browser: what every test of it begins with. */
import { type DirectorySource, openSources, withWhatIfs } from '../../src/view/journal-source.ts';
import { type BuiltPage, buildPage } from '../../src/view/page-build.fixture.ts';
import { startView, type View, type ViewOptions } from '../../src/view/server.ts';
import { type Browser, startBrowser, type WatchedPage } from './chromium.ts';

export interface ShownOptions extends Partial<Omit<ViewOptions, 'sources' | 'listen' | 'assets'>> {
  /** What `relive whatif --write` wrote. */
  readonly against?: readonly string[];
}

export class Shown {
  readonly sources: readonly DirectorySource[];
  readonly view: View;
  readonly browser: Browser;
  readonly #page: BuiltPage;

  private constructor(sources: readonly DirectorySource[], view: View, browser: Browser, page: BuiltPage) {
    this.sources = sources;
    this.view = view;
    this.browser = browser;
    this.#page = page;
  }

  static async over(
    directories: readonly string[],
    { against = [], ...options }: ShownOptions = {},
  ): Promise<Shown> {
    const page = buildPage();
    const sources = withWhatIfs(openSources(directories), against);
    const listen = { host: '127.0.0.1', port: 0 };
    const view = await startView({ sources, listen, assets: page.assets, ...options });
    return new Shown(sources, view, await startBrowser(), page);
  }

  /** A tab of its own at this place, closed when it was used. */
  async open(hash: string, use: (watched: WatchedPage) => Promise<void>): Promise<void> {
    const watched = await this.browser.open(`${this.view.url}${hash}`);
    try {
      await use(watched);
    } finally {
      await watched.page.close();
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.view.close();
    for (const source of this.sources) source.close();
    this.#page.remove();
  }
}
