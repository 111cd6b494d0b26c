/** What differs between two blocks, whatever they are. */
import {
  blockKeywordsOf,
  blocksOf,
  canonical,
  listsOf,
  nameText,
  type PlainBlock,
  settingsOf,
  tableOf,
  writtenEntry,
  writtenLines,
} from '../plain.ts';
import type { BlockKeyword, KeywordTable, Setting } from '../registry/spec.ts';

export interface SettingChange {
  /** With the blocks around it: `authentication/auth_type`. */
  readonly keyword: string;
  /** As written, secrets hidden; null: none. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface BlockChange {
  readonly settings: readonly SettingChange[];
  /** Lines and blocks with their keyword: `virtual_ipaddress 192.0.2.1/24`. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** @param skip settings that say nothing of their own, blocks that are compared elsewhere */
export function compareBlocks(
  table: KeywordTable,
  from: PlainBlock,
  to: PlainBlock,
  skip: (keyword: string) => boolean = () => false,
): BlockChange {
  const change = { settings: [] as SettingChange[], added: [] as string[], removed: [] as string[] };
  for (const [keyword, setting] of settingsOf(table)) {
    if (!skip(keyword)) compareSetting(keyword, setting, from[keyword], to[keyword], change);
  }
  for (const [keyword, opener] of blockKeywordsOf(table)) {
    if (!skip(keyword)) compareInner(keyword, opener, from, to, change);
  }
  return change;
}

export function isSame({ settings, added, removed }: BlockChange): boolean {
  return settings.length + added.length + removed.length === 0;
}

interface Collected {
  readonly settings: SettingChange[];
  readonly added: string[];
  readonly removed: string[];
}

function compareSetting(
  keyword: string,
  { kind }: Setting,
  from: unknown,
  to: unknown,
  change: Collected,
): void {
  if (canonical(from ?? null) === canonical(to ?? null)) return;
  if (kind.merge !== undefined && (Array.isArray(from) || Array.isArray(to))) {
    const lines = (value: unknown): Map<string, string> =>
      new Map(writtenLines(kind, value).map((line) => [line, `${keyword} ${line}`]));
    collect(lines(from), lines(to), change);
    return;
  }
  const written = (value: unknown): string | null => {
    const lines = writtenLines(kind, value);
    if (lines.length === 0) return typeof value === 'boolean' ? 'off' : null;
    return lines.join(', ') || 'on';
  };
  change.settings.push({ keyword, from: written(from), to: written(to) });
}

function compareInner(
  keyword: string,
  opener: BlockKeyword,
  from: PlainBlock,
  to: PlainBlock,
  change: Collected,
): void {
  const { block } = opener;
  if ('line' in block) {
    const lines = (values: PlainBlock): Map<string, string> => {
      const all = listsOf(values, keyword, opener).flatMap(({ name, entries }) =>
        entries.map((entry) => ({ entry, title: `${keyword} ${name}`.trimEnd() })),
      );
      return numbered(
        all,
        ({ entry, title }) => title + canonical(entry),
        ({ entry, title }) => `${title} ${writtenEntry(block, entry)}`,
      );
    };
    collect(lines(from), lines(to), change);
    return;
  }
  const label = (values: PlainBlock): string => nameText(opener, values);
  const [before, after] = [from, to].map((values) =>
    numbered(blocksOf(values, keyword), label, (inner) => inner),
  );
  if (before === undefined || after === undefined) return;
  const title = (inner: PlainBlock): string => `${keyword} ${label(inner)}`.trimEnd();
  for (const [key, inner] of before) if (!after.has(key)) change.removed.push(title(inner));
  for (const [key, inner] of after) {
    const old = before.get(key);
    if (old === undefined) change.added.push(title(inner));
    else addInner(title(inner), compareBlocks(tableOf(block), old, inner), change);
  }
}

function addInner(title: string, inner: BlockChange, change: Collected): void {
  for (const setting of inner.settings) {
    change.settings.push({ ...setting, keyword: `${title}/${setting.keyword}` });
  }
  change.added.push(...inner.added.map((line) => `${title}/${line}`));
  change.removed.push(...inner.removed.map((line) => `${title}/${line}`));
}

function collect(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  change: Collected,
): void {
  for (const [key, line] of before) if (!after.has(key)) change.removed.push(line);
  for (const [key, line] of after) if (!before.has(key)) change.added.push(line);
}

/** By key; the second of one key is another thing than the first. */
export function numbered<T, V>(
  things: readonly T[],
  keyOf: (thing: T) => string,
  valueFor: (thing: T) => V,
): Map<string, V> {
  const counts = new Map<string, number>();
  return new Map(
    things.map((thing) => {
      const key = keyOf(thing);
      const count = counts.get(key) ?? 0;
      counts.set(key, count + 1);
      return [`${key}#${count}`, valueFor(thing)];
    }),
  );
}
