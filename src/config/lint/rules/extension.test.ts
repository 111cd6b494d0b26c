import { expect, test } from 'vitest';
import { BlockNode, untyped } from '../../node.ts';
import type { Word } from '../../problems.ts';
import { flag, integer, word } from '../../registry/kinds.ts';
import { block, EXTENSION, fixed, setting, unset } from '../../registry/rows.ts';
import type { LintBlock } from '../facts.ts';
import { EXTENSION_USED } from './extension.ts';

const INNER = {
  path: 'outer/inner',
  keywords: { name: setting({ kind: word(), default: unset(), meaning: 'a' }) },
};
const OUTER = {
  path: 'outer',
  keywords: {
    plain: setting({ kind: flag(), default: fixed(false), meaning: 'a' }),
    ours: setting({ kind: flag(), default: fixed(false), meaning: 'a', standing: EXTENSION }),
    version: setting({
      kind: integer(1, 2),
      default: fixed(1),
      meaning: 'a',
      isExtension: (value) => value === 2,
    }),
    known: block({ block: INNER, name: word(), meaning: 'a', isExtension: (name) => name.startsWith('x') }),
    inner: block({ block: INNER, meaning: 'a', standing: EXTENSION }),
  },
};

const at = (text: string): Word => ({ line: { file: 'f', number: 1, text }, column: 1, width: 1, text });

function findings(fill: (node: BlockNode) => void): readonly string[] {
  const node = untyped(new BlockNode(OUTER, null, null, [], null));
  fill(node);
  const found: string[] = [];
  EXTENSION_USED.check({
    nodes: [{ label: 'a', root: node as unknown as LintBlock, instances: [] }],
    pairs: [],
    report: (place, message) => found.push(`${place.line.text}: ${message}`),
  });
  return found;
}

const inner = (name: string): BlockNode => untyped(new BlockNode(INNER, null, at('inner'), [at(name)], name));

test('a keyword, a value, a block and a name that keepalived does not know are each told once', () => {
  expect(findings((node) => node.addGiven('ours', at('ours'), [], true))).toEqual([
    "ours: keepalived does not know 'ours'",
  ]);
  expect(findings((node) => node.addGiven('version', at('version'), [at('2')], 2))).toEqual([
    "2: keepalived does not know this value of 'version'",
  ]);
  expect(findings((node) => node.addBlock('inner', inner('a')))).toEqual([
    "inner: keepalived does not know 'inner'",
  ]);
  expect(findings((node) => node.addBlock('known', inner('xa')))).toEqual([
    "xa: keepalived does not take this name of 'known'",
  ]);
});

test('nothing is told of what keepalived knows', () => {
  const found = findings((node) => {
    node.addGiven('plain', at('plain'), [], true);
    node.addGiven('version', at('version'), [at('1')], 1);
    node.addBlock('known', inner('a'));
  });
  expect(found).toEqual([]);
});
