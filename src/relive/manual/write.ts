/** Writes the manual pages into a directory. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { version } from '../../host/version.ts';
import { manualPages } from './pages.ts';

/** @param proseDirectory docs/man: `relive-why.md` is what relive-why(1) says beside what the command itself tells */
export function writeManual(
  commands: readonly Command[],
  daemon: Command,
  proseDirectory: string,
  directory: string,
): readonly string[] {
  const prose = (page: string): string | null => {
    try {
      return readFileSync(join(proseDirectory, `${page}.md`), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return null;
    }
  };
  mkdirSync(directory, { recursive: true });
  const pages = manualPages(commands, daemon, { version: version(), prose });
  return pages.map(({ file, text }) => {
    writeFileSync(join(directory, file), text);
    return file;
  });
}
