/** The configuration tree without its types: for what treats all blocks and keywords alike (dump, comparison). */
import type { ConfigTree } from './model.ts';
import { ROOT } from './registry/blocks.ts';
import {
  type AnyBlock,
  type BlockKeyword,
  type DefaultScope,
  isBlock,
  isSetting,
  type KeywordTable,
  type Kind,
  type Setting,
} from './registry/spec.ts';
import { Secret } from './secret.ts';

/** A block's values by keyword; `name` is what stands before the brace. */
export type PlainBlock = Readonly<Record<string, unknown>>;

export const HIDDEN = '********';

export function plainTree(tree: ConfigTree): PlainBlock {
  return tree as unknown as PlainBlock;
}

/** Values of a keyword that opens blocks (or lines of one that lists things), in the order of the file. */
export function entriesOf(values: PlainBlock, keyword: string): readonly unknown[] {
  const found = Object.hasOwn(values, keyword) ? values[keyword] : undefined;
  return Array.isArray(found) ? found : [];
}

export function blocksOf(values: PlainBlock, keyword: string): readonly PlainBlock[] {
  return entriesOf(values, keyword) as readonly PlainBlock[];
}

/** A block's values with what surrounds them, as defaults look at them. */
export interface Within {
  readonly values: PlainBlock;
  readonly parent: Within | null;
  /** Of the registry: `virtual_server/real_server`; '' for the top level. */
  readonly path: string;
}

export function defaultOf(setting: Setting, within: Within): unknown {
  return setting.default.value(scopeOf(within));
}

function scopeOf(within: Within): DefaultScope {
  const value = (at: Within | null, keyword: string): unknown => at?.values[keyword] ?? null;
  let root = within;
  while (root.parent !== null) root = root.parent;
  const globals = blocksOf(root.values, 'global_defs')[0] ?? {};
  const surrounding = (path: string): Within | null => {
    let at = within.parent;
    while (at !== null && at.path !== path) at = at.parent;
    return at;
  };
  return {
    own: (keyword) => value(within, keyword),
    parent: (keyword) => value(within.parent, keyword),
    outer: (path, keyword) => value(surrounding(path), keyword),
    global: (keyword) => globals[keyword] ?? null,
  };
}

export function settingsOf(table: KeywordTable): [string, Setting][] {
  return Object.entries(table).filter((entry): entry is [string, Setting] => isSetting(entry[1]));
}

export function blockKeywordsOf(table: KeywordTable): [string, BlockKeyword][] {
  return Object.entries(table).filter((entry): entry is [string, BlockKeyword] => isBlock(entry[1]));
}

export function tableOf(block: AnyBlock): KeywordTable {
  return 'keywords' in block ? block.keywords : {};
}

export const ROOT_TABLE: KeywordTable = ROOT.keywords;

/** Lines of a keyword's value as a file has them, without the keyword; none: it is not written. */
export function writtenLines(kind: Kind<unknown>, value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  const text = kind.format(value);
  if (text === null || (text === '' && Array.isArray(value) && kind.merge !== undefined)) return [];
  const lines = text.split('\n');
  return kind.secret ? lines.map((line) => (line === '' ? line : HIDDEN)) : lines;
}

/** An entry of a block that lists things, its secrets hidden. */
export function writtenEntry(block: AnyBlock, value: unknown): string {
  if (!('line' in block)) return '';
  const secrets = settingsOf(block.line.options).filter(([, { kind }]) => kind.secret);
  let text = block.line.format(value);
  for (const [option] of secrets) {
    text = text.replace(new RegExp(`(^|\\s)(${option})\\s+("[^"]*"|\\S+)`, 'g'), `$1$2 ${HIDDEN}`);
  }
  return text;
}

export interface PlainList {
  /** What stands between the keyword and the brace; '' for nothing. */
  readonly name: string;
  readonly entries: readonly unknown[];
}

/** Lists of a keyword: those that have names one by one, the others as one. */
export function listsOf(values: PlainBlock, keyword: string, opener: BlockKeyword): readonly PlainList[] {
  const found = entriesOf(values, keyword);
  if (opener.name === null) return found.length === 0 ? [] : [{ name: '', entries: found }];
  return (found as readonly PlainBlock[]).map((list) => ({
    name: nameText(opener, list),
    entries: entriesOf(list, 'lines'),
  }));
}

/** What stands between a block's keyword and its brace; '' for nothing. */
export function nameText(keyword: BlockKeyword, values: PlainBlock): string {
  const { name } = values;
  return keyword.name === null || name === null || name === undefined
    ? ''
    : (keyword.name.format(name) ?? '');
}

/** Plain data in one text, the same for equal data. For comparing, never for output: secrets are in clear text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value instanceof Secret ? value.reveal() : value, comparable);
}

/** `this` holds the value itself, `inner` what it shows of itself. */
function comparable(this: unknown, key: string, inner: unknown): unknown {
  const own = (this as Readonly<Record<string, unknown>>)[key];
  if (own instanceof Secret) return own.reveal();
  if (typeof own === 'bigint') return String(own);
  if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
  return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** Whether two values of JSON are the same, in whatever order their keys are: of thousands most are. */
export function isSameData(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    const both = Array.isArray(one) && Array.isArray(other) && one.length === other.length;
    return both && one.every((inner, at) => isSameData(inner, other[at]));
  }
  const [left, right] = [one as PlainBlock, other as PlainBlock];
  for (const key in left) if (!isSameData(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && !Object.hasOwn(left, key)) return false;
  return true;
}
