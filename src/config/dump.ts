/** The normalised configuration as keepalived.conf text: every default written out, secrets hidden. */
import type { ConfigTree } from './model.ts';
import {
  blockKeywordsOf,
  blocksOf,
  canonical,
  defaultOf,
  entriesOf,
  listsOf,
  nameText,
  type PlainList,
  plainTree,
  ROOT_TABLE,
  settingsOf,
  tableOf,
  type Within,
  writtenEntry,
  writtenLines,
} from './plain.ts';
import type { AnyBlock, BlockKeyword, KeywordTable, Setting } from './registry/spec.ts';
import { isWritable } from './writable.ts';

export interface DumpOptions {
  /** Only what differs from the defaults. */
  readonly changed?: boolean;
  /** Only blocks of this path (`vrrp_instance/virtual_ipaddress`); '' for all. */
  readonly block?: string;
}

const INDENT = '    ';

/**
 * Keywords in the order of the registry (what others refer to first), blocks of one keyword in the order of the file. Read again it is the same
 * configuration, but for secrets. Ends with a newline unless empty.
 */
export function dumpConfig(tree: ConfigTree, options: DumpOptions = {}): string {
  const within: Within = { values: plainTree(tree), parent: null, path: '' };
  const lines = blockLines(ROOT_TABLE, within, '', options, (options.block ?? '') === '');
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** @param shown whether a block around these is what was asked for */
function blockLines(
  table: KeywordTable,
  within: Within,
  path: string,
  options: DumpOptions,
  shown: boolean,
): string[] {
  const lines = shown
    ? settingsOf(table).flatMap(([keyword, setting]) => settingLines(keyword, setting, within, options))
    : [];
  const blocks = new Map<string, readonly string[][]>();
  for (const [keyword, opener] of definitionsFirst(blockKeywordsOf(table))) {
    const innerPath = path === '' ? keyword : `${path}/${keyword}`;
    const isShown = shown || innerPath === options.block;
    if (isShown || options.block?.startsWith(`${innerPath}/`)) {
      blocks.set(keyword, innerBlocks(keyword, opener, within, innerPath, options, isShown));
    }
  }
  const order = entriesOf(within.values, 'blockOrder') as readonly string[];
  return [...lines, ...(order.length > 0 ? inOrder(blocks, order) : [...blocks.values()].flat(2))];
}

/** Blocks whose order counts across keywords, as the file had them. */
function inOrder(blocks: ReadonlyMap<string, readonly string[][]>, order: readonly string[]): string[] {
  const taken = new Map<string, number>();
  return order.flatMap((keyword) => {
    const index = taken.get(keyword) ?? 0;
    taken.set(keyword, index + 1);
    return blocks.get(keyword)?.[index] ?? [];
  });
}

/** Keywords that mean true, whatever their argument says, once they stand in a block. */
const MENTION_DECIDES = new Set(['owner_ignore_adverts']);

/** keepalived looks up what is tracked while it reads: it must have been defined by then. */
const DEFINITIONS = new Set([
  'vrrp_script',
  'vrrp_track_process',
  'track_file',
  'bfd_instance',
  'track_group',
]);

function definitionsFirst(openers: readonly [string, BlockKeyword][]): readonly [string, BlockKeyword][] {
  const isDefinition = ([keyword]: readonly [string, BlockKeyword]): boolean => DEFINITIONS.has(keyword);
  return [...openers.filter(isDefinition), ...openers.filter((opener) => !isDefinition(opener))];
}

function settingLines(keyword: string, setting: Setting, within: Within, options: DumpOptions): string[] {
  const value = within.values[keyword];
  const { kind } = setting;
  const isDefault = canonical(value ?? null) === canonical(defaultOf(setting, within) ?? null);
  // A word that only switches on has nothing to add where it is on anyway; written, it could undo another one.
  const isSwitch = kind.arguments === '' && value === true;
  if (isDefault && (options.changed === true || isSwitch)) return [];
  const lines = writtenLines(kind, value).map((text) => (text === '' ? keyword : `${keyword} ${text}`));
  // A default that no file can say (a range that leaves out "off") is shown, and stays the default.
  const isSayable =
    !isDefault || lines.length > 1 || kind.secret || lines.every((line) => isWritable(setting, line, value));
  return isSayable && !(isDefault && MENTION_DECIDES.has(keyword)) ? lines : lines.map((line) => `# ${line}`);
}

/** The lines of each block. */
function innerBlocks(
  keyword: string,
  opener: BlockKeyword,
  within: Within,
  path: string,
  options: DumpOptions,
  shown: boolean,
): string[][] {
  const { block } = opener;
  if ('line' in block) {
    return listsOf(within.values, keyword, opener).map(({ name, entries }) =>
      enclosed(
        name === '' ? keyword : `${keyword} ${name}`,
        entries.map((entry) => writtenEntry(block, entry)),
      ),
    );
  }
  return blocksOf(within.values, keyword).map((values) => {
    const inner = { values, parent: within, path: block.path };
    const lines = blockLines(tableOf(block), inner, path, options, shown);
    const name = nameText(opener, values);
    if (lines.length === 0 && (!shown || (name === '' && options.changed === true))) return [];
    return enclosed(name === '' ? keyword : `${keyword} ${name}`, lines);
  });
}

function enclosed(opening: string, lines: readonly string[]): string[] {
  return [`${opening} {`, ...lines.map((line) => INDENT + line), '}'];
}

/** The same as data: settings by keyword, blocks as arrays, secrets hidden; times as `{ "seconds": N }`. */
export function dumpData(tree: ConfigTree, options: DumpOptions = {}): Record<string, unknown> {
  const within: Within = { values: plainTree(tree), parent: null, path: '' };
  return blockData(ROOT_TABLE, within, '', options, (options.block ?? '') === '');
}

function blockData(
  table: KeywordTable,
  within: Within,
  path: string,
  options: DumpOptions,
  shown: boolean,
): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [keyword, setting] of shown ? settingsOf(table) : []) {
    const value = within.values[keyword] ?? null;
    const byDefault = defaultOf(setting, within) ?? null;
    if (options.changed === true && canonical(value) === canonical(byDefault)) continue;
    data[keyword] = settingData(setting, value);
  }
  for (const [keyword, opener] of blockKeywordsOf(table)) {
    const { block } = opener;
    if ('skipped' in block) continue;
    const innerPath = path === '' ? keyword : `${path}/${keyword}`;
    const isShown = shown || innerPath === options.block;
    if (!isShown && !(options.block ?? '').startsWith(`${innerPath}/`)) continue;
    const entries =
      'line' in block
        ? listData(block, listsOf(within.values, keyword, opener))
        : blocksOf(within.values, keyword).map((values) =>
            innerData(block, { values, parent: within, path: block.path }, innerPath, options, isShown),
          );
    if (entries.length > 0 || options.changed !== true) data[keyword] = entries;
  }
  return data;
}

function innerData(
  block: AnyBlock,
  within: Within,
  path: string,
  options: DumpOptions,
  shown: boolean,
): unknown {
  const inner = blockData(tableOf(block), within, path, options, shown);
  const { name } = within.values;
  // A keyword `name` of the block itself is among the settings.
  return name === null || name === undefined || Object.hasOwn(inner, 'name') ? inner : { name, ...inner };
}

function listData(block: AnyBlock, lists: readonly PlainList[]): unknown[] {
  return lists.flatMap(({ name, entries }): object[] => {
    const lines = entries.map((entry) => ({ line: writtenEntry(block, entry) }));
    return name === '' ? lines : [{ name, lines }];
  });
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6 };

/** Times are written in the unit of the file; here they are seconds, whatever the keyword. */
function settingData({ kind }: Setting, value: unknown): unknown {
  if (value === null) return null;
  if (kind.secret) return '********';
  const factor = UNIT_SECONDS[kind.unit];
  if (factor === undefined || typeof value !== 'number') return value;
  const written = Number(kind.format(value));
  return Number.isFinite(written) ? { seconds: Math.round(written * factor * 1e6) / 1e6 } : value;
}
