/** Words and braces into a tree of blocks, as the registry knows them. Nesting is bounded by the registry. */
import { Arguments, type Reading } from './arguments.ts';
import type { DiagnosticSeverity } from './diagnostics.ts';
import { type AnyNode, BlockNode, ListNode, untyped } from './node.ts';
import { type Place, type Problems, quoted, type Word } from './problems.ts';
import { blocksWithKeyword, ROOT } from './registry/blocks.ts';
import { type BlockKeyword, isAlias, isBlock, type Setting, type SettingsBlock } from './registry/spec.ts';
import type { Steps } from './steps.ts';
import { nearest } from './suggest.ts';
import type { Item } from './text/lexer.ts';

type Words = readonly [Word, ...Word[]];

/** The items of a configuration, some at a time; null after the last ones. */
export type ItemSource = () => readonly Item[] | null;

class Cursor {
  readonly #more: ItemSource;
  #items: readonly Item[] = [];
  #index = 0;

  constructor(more: ItemSource) {
    this.#more = more;
  }

  peek(): Item | null {
    while (this.#index === this.#items.length) {
      const more = this.#more();
      if (more === null) return null;
      this.#items = more;
      this.#index = 0;
    }
    return this.#items[this.#index] ?? null;
  }

  take(): Item | null {
    const item = this.peek();
    if (item !== null) this.#index++;
    return item;
  }
}

/** The whole configuration as a tree, a block of the top level in each step. Every problem is reported, nothing throws. */
export function* parse(more: ItemSource, reading: Reading): Steps<BlockNode<typeof ROOT.keywords, null>> {
  const root = new BlockNode(ROOT, null, null, [], null);
  const cursor = new Cursor(more);
  while (readItem(cursor, untyped(root), reading)) yield;
  return root;
}

function readBlock(cursor: Cursor, node: AnyNode, reading: Reading): void {
  while (readItem(cursor, node, reading));
}

/** Gives whether the block goes on. */
function readItem(cursor: Cursor, node: AnyNode, reading: Reading): boolean {
  const { problems } = reading;
  const item = cursor.take();
  if (item === null) {
    if (node.keyword !== null) reportUnclosed(node.keyword, problems);
    return false;
  }
  if (item.kind === 'words') {
    if (node instanceof ListNode) readLine(cursor, node, item.words, reading);
    else readStatement(cursor, node, item.words, reading);
  } else if (item.kind === 'open') {
    const message = "this '{' belongs to no keyword: everything up to its '}' is skipped";
    problems.add({ severity: 'warning', code: 'unexpected-open', place: item, message });
    skipToClose(cursor, item, problems);
  } else {
    if (node.keyword !== null) return false;
    const message = "this '}' closes nothing and is ignored";
    problems.add({ severity: 'warning', code: 'unexpected-close', place: item, message });
  }
  return true;
}

function readStatement(cursor: Cursor, node: BlockNode, words: Words, reading: Reading): void {
  const [keyword] = words;
  const { problems } = reading;
  const found = vocabularyOf(node.spec).get(keyword.text);
  if (found === undefined) {
    if (keyword.text === 'vrrp_instance') reportSwallowed(keyword, problems);
    else reportUnknown(node.spec, keyword, problems);
    skipBlock(cursor, problems);
    return;
  }
  if (found.deprecated !== null) reportDeprecated(keyword, found.name, found.deprecated, problems);
  if (isBlock(found.spec)) readInnerBlock(cursor, node, found.name, found.spec, words, reading);
  else readSetting(cursor, node, found.name, found.spec, words, reading);
}

interface Found {
  /** The keyword that an alias stands for. */
  readonly name: string;
  readonly spec: Setting | BlockKeyword;
  /** How bad it is to use this word for it; null: not at all. */
  readonly deprecated: DiagnosticSeverity | null;
}

const vocabularies = new WeakMap<SettingsBlock, ReadonlyMap<string, Found>>();

/** What the words of a block mean. A map, since a file may say `constructor` or `__proto__`. */
function vocabularyOf(block: SettingsBlock): ReadonlyMap<string, Found> {
  const known = vocabularies.get(block);
  if (known !== undefined) return known;
  const vocabulary = new Map<string, Found>();
  for (const [word, spec] of Object.entries(block.keywords)) {
    if (!isAlias(spec)) {
      vocabulary.set(word, { name: word, spec, deprecated: null });
      continue;
    }
    const target = block.keywords[spec.alias];
    if (target === undefined || isAlias(target)) continue;
    const deprecated = spec.deprecated ? spec.severity : null;
    vocabulary.set(word, { name: spec.alias, spec: target, deprecated });
  }
  vocabularies.set(block, vocabulary);
  return vocabulary;
}

function readSetting(
  cursor: Cursor,
  node: BlockNode,
  name: string,
  spec: Setting,
  words: Words,
  reading: Reading,
): void {
  const [keyword, ...rest] = words;
  const args = new Arguments(keyword, rest, spec.default.text, reading);
  const value = spec.kind.read(args);
  noteIgnored(args.peek(), keyword, reading.problems);
  node.addGiven(name, keyword, rest, value);
  // A line that is ignored asks for nothing.
  if (value !== null && !spec.harmless(value)) args.reportStanding(spec);
  skipUnexpectedBlock(cursor, reading.problems);
}

function readInnerBlock(
  cursor: Cursor,
  node: BlockNode,
  name: string,
  spec: BlockKeyword,
  words: Words,
  reading: Reading,
): void {
  const [keyword, ...rest] = words;
  const args = new Arguments(keyword, rest, '', reading);
  const label = spec.name === null ? null : spec.name.read(args);
  noteIgnored(args.peek(), keyword, reading.problems);
  args.reportStanding(spec);
  if ('skipped' in spec.block) {
    if (cursor.peek()?.kind === 'open') skipBlock(cursor, reading.problems);
    else expectOpen(cursor, keyword, reading.problems);
    return;
  }
  const inner = nodeFor(node, name, spec, keyword, rest, label);
  if (inner === null) return;
  if (expectOpen(cursor, keyword, reading.problems)) readBlock(cursor, inner, reading);
  if (spec.name !== null && label === null) inner.kept = false;
}

function nodeFor(
  node: BlockNode,
  name: string,
  spec: BlockKeyword,
  keyword: Word,
  nameWords: readonly Word[],
  label: unknown,
): AnyNode | null {
  if ('skipped' in spec.block) return null;
  // All global_defs count as one.
  if (name === 'global_defs' && node.globals !== null) return node.globals;
  const inner: AnyNode =
    'line' in spec.block
      ? new ListNode(spec.block, keyword, nameWords, label)
      : new BlockNode(spec.block, node, keyword, nameWords, label);
  node.addBlock(name, inner);
  if (name === 'global_defs' && inner instanceof BlockNode) node.globals = inner;
  return inner;
}

/** A line of a block that lists things. */
function readLine(cursor: Cursor, node: ListNode, words: Words, reading: Reading): void {
  const [word] = words;
  if (word.text === 'vrrp_instance') {
    reportSwallowed(word, reading.problems);
    skipBlock(cursor, reading.problems);
    return;
  }
  const args = new Arguments(word, words, '', reading);
  const value = node.spec.line.read(words, args);
  if (value !== null) node.lines.push({ value, words });
  skipUnexpectedBlock(cursor, reading.problems);
}

/** keepalived ignores words after the last argument without a word of its own. */
function noteIgnored(word: Word | null, keyword: Word, problems: Problems): void {
  if (word === null) return;
  const message = `${quoted(word)} is ignored: ${quoted(keyword)} takes no more words`;
  problems.add({ severity: 'note', code: 'extra-word', place: word, message });
}

function reportDeprecated(
  keyword: Word,
  name: string,
  severity: DiagnosticSeverity,
  problems: Problems,
): void {
  const message = `${quoted(keyword)} is deprecated: write '${name}'`;
  problems.add({ severity, code: 'deprecated-keyword', place: keyword, message });
}

function skipUnexpectedBlock(cursor: Cursor, problems: Problems): void {
  const item = cursor.peek();
  if (item?.kind !== 'open') return;
  const message = "no block can be opened here: everything up to the matching '}' is skipped";
  problems.add({ severity: 'warning', code: 'unexpected-open', place: item, message });
  skipBlock(cursor, problems);
}

/**
 * keepalived reports a missing brace and reads on as if it stood there. It does not miss one behind which nothing stands.
 * @returns whether there is a block to be read
 */
function expectOpen(cursor: Cursor, keyword: Word, problems: Problems): boolean {
  const next = cursor.peek();
  if (next?.kind === 'open') {
    cursor.take();
    return true;
  }
  const severity = next === null ? 'note' : 'warning';
  const message = `${quoted(keyword)} must be followed by '{'`;
  problems.add({ severity, code: 'missing-open', place: keyword, message });
  return next !== null;
}

/**
 * Skips a block that follows, if one does. keepalived would apply the lines of an unknown block to the block around it,
 * and let its '}' close that one (docs/adr/0009-unknown-blocks-are-skipped.md).
 */
function skipBlock(cursor: Cursor, problems: Problems): void {
  const item = cursor.peek();
  if (item?.kind !== 'open') return;
  cursor.take();
  skipToClose(cursor, item, problems);
}

function skipToClose(cursor: Cursor, opener: Place, problems: Problems): void {
  for (let depth = 1; depth > 0; ) {
    const item = cursor.take();
    if (item === null) {
      reportUnclosed(opener, problems);
      return;
    }
    if (item.kind === 'words') {
      if (item.words[0].text === 'vrrp_instance') reportSwallowed(item.words[0], problems);
    } else depth += item.kind === 'open' ? 1 : -1;
  }
}

function reportUnclosed(opener: Place, problems: Problems): void {
  const message = "the block that starts here is never closed: a '}' is missing, or the file is cut off";
  problems.add({ severity: 'warning', code: 'missing-close', place: opener, message });
}

/** Most often a brace is missing or too many. Starting without the instance would be the worst answer to that. */
function reportSwallowed(keyword: Word, problems: Problems): void {
  const message =
    "this instance stands inside another block: a '}' is missing before it, or a '{' is too many";
  problems.add({ severity: 'error', code: 'instance-inside-block', place: keyword, message });
}

function reportUnknown(block: SettingsBlock, keyword: Word, problems: Problems): void {
  // A word that does not belong here may be a password on a line of its own.
  const hideSource = block.path.endsWith('authentication') || block.path.endsWith('auth_hmac');
  const where = block.path === '' ? 'at the top level' : `in ${block.path}`;
  const name = hideSource ? '' : ` ${quoted(keyword)}`;
  problems.add({
    severity: 'warning',
    code: 'unknown-keyword',
    place: keyword,
    message: `unknown keyword${name} ${where}: its line is ignored`,
    suggestion: () => suggestionFor(block, keyword),
    hideSource,
  });
}

function suggestionFor(block: SettingsBlock, keyword: Word): string | null {
  const near = nearest(keyword.text, Object.keys(block.keywords));
  const elsewhere = blocksWithKeyword(keyword.text).map((path) => (path === '' ? 'the top level' : path));
  if (elsewhere.length > 0) return `'${keyword.text}' belongs in ${elsewhere.slice(0, 4).join(' or ')}`;
  if (/^include[rmwba]?$/.test(keyword.text))
    return 'an include begins its line, without quotes, and names a file';
  return near === null ? null : `did you mean '${near}'?`;
}
