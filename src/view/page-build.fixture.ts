/** The page as it is built now, for tests that serve or weigh it. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { temporaryDirectory } from '../../test/harness/leftovers.ts';

export interface BuiltPage {
  /** Directory of the files, for `startView`. */
  readonly assets: URL;
  remove(): void;
}

/** As small as it is installed, or as quickly as can be. */
export function buildPage(how: 'small' | 'quickly' = 'quickly'): BuiltPage {
  const directory = temporaryDirectory('page');
  const script = fileURLToPath(new URL('../../scripts/build-view.mjs', import.meta.url));
  const run = spawnSync(process.execPath, [script, directory, how], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the page does not build: ${run.stderr}`);
  return {
    assets: pathToFileURL(`${directory}/`),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
