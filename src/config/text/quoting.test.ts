import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seedOfRun } from '../../../test/harness/seed.ts';
import { Arguments } from '../arguments.ts';
import { UNKNOWN_ENVIRONMENT } from '../environment.ts';
import { Problems } from '../problems.ts';
import { type ScriptValue, script } from '../registry/script-kind.ts';
import { type Item, lexLine } from './lexer.ts';
import { splitQuoted } from './quoting.ts';

function readScript(text: string, withUser = true): { value: ScriptValue | null; codes: string[] } {
  const problems = new Problems();
  const items: Item[] = [];
  lexLine({ file: 'f', number: 1, text: `notify ${text}` }, items, problems);
  const [item] = items;
  if (item?.kind !== 'words') throw new Error('no words');
  const [keyword, ...words] = item.words;
  const reading = { problems, environment: UNKNOWN_ENVIRONMENT };
  const value = script(withUser).read(new Arguments(keyword, words, '', reading));
  return { value, codes: problems.list().map(({ code }) => code) };
}

describe('commands', () => {
  // What keepalived gives to a script that prints its arguments.
  test.each<[text: string, command: string[]]>([
    ['"/s n1 \'b c\' d"', ['/s', 'n1', 'b c', 'd']],
    ['"/s n3 s\\x41\\102c \\"q\\" \'\\t\'"', ['/s', 'n3', 'sABc', 'q', '\t']],
    ["'/s n4 b' root", ['/s', 'n4', 'b']],
    ['\'/s "n7 h" i\'', ['/s', 'n7 h', 'i']],
    ['"/s n8 a"b"c d" e', ['/s', 'n8', 'abc', 'd']],
    ['"\'/a b\' n9 c"', ['/a b', 'n9', 'c']],
    ['"/s n10 \\\\ \\q \\cA \\x4142 \\1234 \\8"', ['/s', 'n10', ' q', '\x01', 'B', 'S4', '8']],
    ['/s\\ n13 x', ['/s', 'n13']],
    ["\"/s n14 ab'cd ef'gh '' x\"", ['/s', 'n14', 'abcd efgh', '', 'x']],
    ['"/s n15  \t two"', ['/s', 'n15', 'two']],
    ['"/s n16 $HOME `id` * ; | \\$x"', ['/s', 'n16', '$HOME', '`id`', '*', ';', '|', '$x']],
    ['"/s n17 # x" # comment', ['/s', 'n17', '#', 'x']],
    ['"/s n18 { } x"', ['/s', 'n18', '{', '}', 'x']],
    ['"/s n20 \\n\\r|\\f\\v\\a\\b"', ['/s', 'n20', '|', '\x07\b']],
    ['"/s n22 a""b c"', ['/s', 'n22', 'ab', 'c']],
    ['"/s n26 \\x"', ['/s', 'n26', 'x']],
  ])('%j', (text, command) => {
    expect(readScript(text).value?.command).toEqual(command);
  });

  test('who runs it', () => {
    expect(readScript('"/s a" u g').value).toEqual({ command: ['/s', 'a'], user: 'u', group: 'g' });
    expect(readScript('"/s a" u g x').codes).toEqual(['extra-word']);
    expect(readScript('/s a b', false)).toEqual({
      value: { command: ['/s'], user: null, group: null },
      codes: ['extra-word'],
    });
  });

  test.each(["/s 'a", '"/s \'a"', "'"])('%s: a quote that is never closed', (text) => {
    expect(readScript(text)).toEqual({ value: null, codes: ['unmatched-quote'] });
  });

  test('what is written is read again', () => {
    const argument = fc.string({ unit: 'binary-ascii', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (command) => {
        const text = script().format({ command, user: null, group: null }) ?? '';
        expect(readScript(text).value?.command).toEqual(command);
      }),
      { numRuns: 1000, seed: seedOfRun() },
    );
  });

  test('hostile text takes linear time', () => {
    for (const text of ['\\x'.repeat(100_000), '"\''.repeat(100_000), '\\x1'.repeat(100_000)])
      splitQuoted(text);
    expect(splitQuoted('x'.repeat(100_000))).toHaveLength(1);
  });
});
