/** Lines that are lists of names. */
import { formatWord } from '../kinds.ts';
import type { LineSpec, ListBlock } from '../spec.ts';

/** `NAME ...`: one entry a line, all its names. */
function nameLine(what: string): LineSpec<readonly string[]> {
  return {
    what,
    arguments: 'NAME ...',
    options: {},
    read: (words, args) => {
      args.rest();
      return words.map(({ text }) => text);
    },
    format: (names) => names.map(formatWord).join(' '),
  };
}

export function nameList(path: string, what: string): ListBlock<readonly string[]> {
  return { path, line: nameLine(what) };
}
