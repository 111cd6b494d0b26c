/** Words and braces into blocks and statements, as the registry knows them. Nesting is bounded by the registry. */
import type { Item } from './lexer.ts';
import { type Place, type Problems, quoted, type Word } from './problems.ts';
import { BLOCKS, blocksWithKeyword, ROOT } from './registry/blocks.ts';
import type { BlockSpec, KeywordSpec, Value } from './registry/spec.ts';
import { nearest } from './suggest.ts';
import { missingParameter, readValue } from './values.ts';

export interface Statement {
  readonly spec: KeywordSpec;
  readonly keyword: Word;
  readonly args: readonly Word[];
  /** null: unusable (reported), or a block. */
  readonly value: Value | null;
  readonly block: Block | null;
}

/** A line of a block that lists things: what it lists, and the options after it. */
export interface Entry {
  readonly word: Word;
  readonly options: readonly Statement[];
}

export interface Block {
  readonly spec: BlockSpec;
  readonly statements: Statement[];
  readonly entries: Entry[];
}

class Cursor {
  readonly #items: Iterator<Item>;
  #next: IteratorResult<Item>;

  constructor(items: Iterator<Item>) {
    this.#items = items;
    this.#next = items.next();
  }

  peek(): Item | null {
    return this.#next.done === true ? null : this.#next.value;
  }

  take(): Item | null {
    const item = this.peek();
    if (item !== null) this.#next = this.#items.next();
    return item;
  }
}

/** The whole configuration as a tree. Every problem is reported, nothing throws. */
export function parse(items: Iterator<Item>, problems: Problems): Block {
  return readBlock(new Cursor(items), ROOT, null, problems);
}

function readBlock(cursor: Cursor, spec: BlockSpec, opener: Word | null, problems: Problems): Block {
  const block: Block = { spec, statements: [], entries: [] };
  for (;;) {
    const item = cursor.take();
    if (item === null) {
      if (opener !== null) reportUnclosed(opener, problems);
      return block;
    }
    if (item.kind === 'words') {
      if (spec.entry === null) readStatement(cursor, block, item.words, problems);
      else readEntry(cursor, block, item.words, problems);
    } else if (item.kind === 'open') {
      const message = "this '{' belongs to no keyword: everything up to its '}' is skipped";
      problems.add({ severity: 'warning', code: 'unexpected-open', place: item.place, message });
      skipToClose(cursor, item.place, problems);
    } else {
      if (opener !== null) return block;
      const message = "this '}' closes nothing and is ignored";
      problems.add({ severity: 'warning', code: 'unexpected-close', place: item.place, message });
    }
  }
}

function readStatement(
  cursor: Cursor,
  block: Block,
  words: readonly [Word, ...Word[]],
  problems: Problems,
): void {
  const [keyword, ...args] = words;
  const spec = block.spec.keywords.get(keyword.text);
  if (spec === undefined) {
    if (keyword.text === 'vrrp_instance') reportSwallowed(keyword, problems);
    else reportUnknown(block.spec, keyword, problems);
    skipBlock(cursor, problems);
    return;
  }
  const child =
    spec.value.type === 'block' && spec.value.opens !== null ? BLOCKS.get(spec.value.opens) : undefined;
  reportStatus(spec, keyword, args, problems);
  if (child !== undefined) {
    if (spec.value.type === 'block' && spec.value.named && args.length === 0) {
      missingParameter(spec, keyword, keyword, problems);
    }
    expectOpen(cursor, keyword, problems);
    const inner = readBlock(cursor, child, keyword, problems);
    block.statements.push({ spec, keyword, args, value: null, block: inner });
    return;
  }
  const value = readValue(spec, keyword, args, problems);
  block.statements.push({ spec, keyword, args, value, block: null });
  if (spec.value.type === 'block') {
    if (cursor.peek()?.kind === 'open') skipBlock(cursor, problems);
    else expectOpen(cursor, keyword, problems);
  } else {
    skipUnexpectedBlock(cursor, problems);
  }
}

/** `ADDRESS [option [argument]] ...` */
function readEntry(
  cursor: Cursor,
  block: Block,
  words: readonly [Word, ...Word[]],
  problems: Problems,
): void {
  const [word, ...rest] = words;
  if (word.text === 'vrrp_instance') {
    reportSwallowed(word, problems);
    skipBlock(cursor, problems);
    return;
  }
  const options: Statement[] = [];
  for (let index = 0; index < rest.length; index++) {
    const keyword = rest[index];
    if (keyword === undefined) break;
    const spec = block.spec.keywords.get(keyword.text);
    if (spec === undefined) {
      reportUnknownOption(block.spec, keyword, problems);
      continue;
    }
    const args = spec.arguments === '' ? [] : rest.slice(index + 1, index + 2);
    index += args.length;
    if (spec.arguments !== '' && args.length === 0) {
      missingParameter(spec, keyword, keyword, problems);
      continue;
    }
    reportStatus(spec, keyword, args, problems);
    options.push({ spec, keyword, args, value: readValue(spec, keyword, args, problems), block: null });
  }
  block.entries.push({ word, options });
  skipUnexpectedBlock(cursor, problems);
}

function skipUnexpectedBlock(cursor: Cursor, problems: Problems): void {
  const item = cursor.peek();
  if (item?.kind !== 'open') return;
  const message = "no block can be opened here: everything up to the matching '}' is skipped";
  problems.add({ severity: 'warning', code: 'unexpected-open', place: item.place, message });
  skipBlock(cursor, problems);
}

/** keepalived reports a missing brace and reads on as if it stood there. */
function expectOpen(cursor: Cursor, keyword: Word, problems: Problems): void {
  if (cursor.peek()?.kind === 'open') {
    cursor.take();
    return;
  }
  const message = `${quoted(keyword)} must be followed by '{'`;
  problems.add({ severity: 'warning', code: 'missing-open', place: keyword, message });
}

/**
 * Skips a block that follows, if one does. keepalived would apply the lines of an unknown block to the block around it,
 * and let its '}' close that one (docs/adr/0009-unknown-blocks-are-skipped.md).
 */
function skipBlock(cursor: Cursor, problems: Problems): void {
  const item = cursor.peek();
  if (item?.kind !== 'open') return;
  cursor.take();
  skipToClose(cursor, item.place, problems);
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

/** Says what becomes of a keyword that does not act. */
function reportStatus(spec: KeywordSpec, keyword: Word, args: readonly Word[], problems: Problems): void {
  if (spec.severity === null || spec.neutral.includes(args.map((word) => word.text).join(' '))) return;
  const [code, what] =
    spec.status === 'accepted'
      ? ['no-effect', 'has no effect']
      : ['unsupported-keyword', 'is not supported yet'];
  problems.add({
    severity: spec.severity,
    code,
    place: keyword,
    message: `${quoted(keyword)} ${what}: ${spec.why}`,
  });
}

function reportUnknown(block: BlockSpec, keyword: Word, problems: Problems): void {
  // A word that does not belong here may be a password on a line of its own.
  const hideSource = block.path.endsWith('authentication');
  const where = block.path === '' ? 'at the top level' : `in ${block.path}`;
  const name = hideSource ? '' : ` ${quoted(keyword)}`;
  problems.add({
    severity: 'warning',
    code: 'unknown-keyword',
    place: keyword,
    message: `unknown keyword${name} ${where}: its line is ignored`,
    suggestion: problems.accepting ? suggestionFor(block, keyword) : null,
    hideSource,
  });
}

function suggestionFor(block: BlockSpec, keyword: Word): string | null {
  const near = nearest(keyword.text, block.keywords.keys());
  const elsewhere = blocksWithKeyword(keyword.text).map((path) => (path === '' ? 'the top level' : path));
  if (elsewhere.length > 0) return `'${keyword.text}' belongs in ${elsewhere.join(' or ')}`;
  if (/^include[rmwba]?$/.test(keyword.text)) return 'an include must begin its line';
  return near === null ? null : `did you mean '${near}'?`;
}

function reportUnknownOption(block: BlockSpec, keyword: Word, problems: Problems): void {
  const near = problems.accepting ? nearest(keyword.text, block.keywords.keys()) : null;
  problems.add({
    severity: 'warning',
    code: 'unknown-option',
    place: keyword,
    message: `unknown option ${quoted(keyword)}: it is ignored`,
    suggestion: near === null ? null : `did you mean '${near}'?`,
  });
}
