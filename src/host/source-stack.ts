/**
 * Stacks that name the sources, also out of the bundle. Its maps are read when an error is told of: with Node's own
 * --enable-source-maps they would be read at every start, which then takes a third longer.
 */
import { readFileSync } from 'node:fs';
import type { SourceMap } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place of a stack: `file:///srv/relived/build/program/serve-TIJVE2BB.js:243:10`. */
const PLACE = /(file:\/\/[^\s()]+\.js):(\d+):(\d+)/g;

/** The error's stack, or its message if it has none. A place without a map stays as it is. */
export function sourceStack(error: Error): string {
  const maps = new Map<string, SourceMap | null>();
  return (error.stack ?? error.message).replace(PLACE, (place, url: string, line: string, column: string) => {
    const bundled = fileURLToPath(url);
    let map = maps.get(bundled);
    if (map === undefined) {
      map = mapOf(bundled);
      maps.set(bundled, map);
    }
    const origin = map?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !('fileName' in origin)) return place;
    const project = join(dirname(bundled), '..', '..');
    const source = relative(project, join(dirname(bundled), origin.fileName));
    return `${source}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

function mapOf(bundled: string): SourceMap | null {
  try {
    const { SourceMap: Reader } = process.getBuiltinModule('node:module');
    return new Reader(JSON.parse(readFileSync(`${bundled}.map`, 'utf8')));
  } catch {
    return null;
  }
}
