/** The configuration as a tree with its places: what was written, and on request the value in force. */
import type { Place, Word } from './problems.ts';
import {
  type BlockKeyword,
  type BlockNames,
  type DefaultScope,
  isAlias,
  isBlock,
  isSetting,
  type KeywordSpec,
  type KeywordTable,
  type ListBlock,
  type Setting,
  type SettingNames,
  type SettingsBlock,
  type ValueOf,
} from './registry/spec.ts';

/** A line that set a keyword. */
export interface Given {
  /** As written: an alias is not its keyword. */
  readonly keyword: Word;
  readonly words: readonly Word[];
  /** null: unusable (reported). */
  readonly value: unknown;
  /** Position among the statements of the block, from 0. */
  readonly index: number;
}

export interface ListLine<E> {
  value: E;
  readonly words: readonly [Word, ...Word[]];
}

/** The node of a block keyword. */
export type NodeOf<K> =
  K extends BlockKeyword<infer B, infer N>
    ? B extends SettingsBlock<infer T>
      ? BlockNode<T, N>
      : B extends ListBlock<infer E>
        ? ListNode<E, N>
        : never
    : never;

export type AnyNode = BlockNode | ListNode;

/** What is known of one keyword of a block. */
interface Entry {
  readonly name: string;
  /** In force; undefined: the default. */
  value: unknown;
  /** The lines that set it; nearly always one. */
  lines: Given | Given[] | null;
}

const NO_LINES: readonly never[] = [];
const NOWHERE: Place = { line: { file: '', number: 1, text: '' }, column: 1, width: 1 };

/** A block of settings. Defaults are worked out when a value is asked for; checks may correct values or drop blocks. */
export class BlockNode<T extends KeywordTable = KeywordTable, N = unknown> {
  readonly spec: SettingsBlock<T>;
  readonly parent: BlockNode | null;
  /** The word that opened the block; null at the top level. */
  readonly keyword: Word | null;
  /** The words between the keyword and the brace. */
  readonly nameWords: readonly Word[];
  /** What the words between the keyword and the brace say; checks may correct it. */
  name: N;
  /** false: left out of the configuration (reported). */
  kept = true;
  /** Position among the statements of the surrounding block, from 0. */
  index = 0;
  /** All global_defs blocks count as one. */
  globals: BlockNode | null = null;
  // There are tens of thousands of blocks in a large file, most of them small: nothing is made before it is needed.
  #entries: Entry[] | null = null;
  #blocks: Map<string, AnyNode[]> | null = null;
  #statements = 0;

  constructor(
    spec: SettingsBlock<T>,
    parent: BlockNode | null,
    keyword: Word | null,
    nameWords: readonly Word[],
    name: N,
  ) {
    this.spec = spec;
    this.parent = parent;
    this.keyword = keyword;
    this.nameWords = nameWords;
    this.name = name;
  }

  addGiven(name: string, keyword: Word, words: readonly Word[], value: unknown): void {
    const entry = this.#entry(name);
    const line = { keyword, words, value, index: this.#statements++ };
    if (entry.lines === null) entry.lines = line;
    else if (Array.isArray(entry.lines)) entry.lines.push(line);
    else entry.lines = [entry.lines, line];
    if (value === null) return;
    const spec = this.spec.keywords[name];
    const merge = spec !== undefined && isSetting(spec) ? spec.kind.merge : undefined;
    const before = entry.value;
    entry.value = merge === undefined || before === undefined ? value : merge.call(spec, before, value);
  }

  #entry(name: string): Entry {
    const known = this.#find(name);
    if (known !== undefined) return known;
    const entry: Entry = { name, value: undefined, lines: null };
    if (this.#entries === null) this.#entries = [entry];
    else this.#entries.push(entry);
    return entry;
  }

  /** Blocks have few lines, and never more different ones than the registry has keywords for them. */
  #find(name: string): Entry | undefined {
    const entries = this.#entries;
    if (entries === null) return undefined;
    for (let index = 0; index < entries.length; index++) {
      if (entries[index]?.name === name) return entries[index];
    }
    return undefined;
  }

  /** Keywords that the file or a check has given a value. */
  #valued(): readonly (readonly [keyword: string, value: unknown])[] {
    if (this.#entries === null) return NO_LINES;
    return this.#entries.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  }

  addBlock(name: string, node: AnyNode): void {
    this.#blocks ??= new Map();
    const list = this.#blocks.get(name);
    if (list === undefined) this.#blocks.set(name, [node]);
    else list.push(node);
    node.index = this.#statements++;
  }

  /** The value in force: the last usable line, else the default. */
  get<K extends SettingNames<T>>(name: K): ValueOf<T[K]> {
    return this.value(name) as ValueOf<T[K]>;
  }

  /** As `get`, by any keyword; null where there is none. */
  value(name: string): unknown {
    const value = this.#find(name)?.value;
    if (value !== undefined) return value;
    const spec = this.spec.keywords[name];
    return spec === undefined || !isSetting(spec) ? null : defaultOf(spec, untyped(this));
  }

  /** Whether a usable line of the file says so. */
  isSet(name: SettingNames<T>): boolean {
    return this.given(name).some(({ value }) => value !== null);
  }

  /** Every line of this keyword, in order, unusable ones included. */
  given(name: SettingNames<T>): readonly Given[] {
    const lines = this.#find(name)?.lines ?? NO_LINES;
    return Array.isArray(lines) ? lines : [lines as Given];
  }

  /** The first argument of the last line that set it; else what opened the block. */
  place(name: SettingNames<T>): Place {
    const last = this.given(name).findLast(({ value }) => value !== null) ?? this.given(name).at(-1);
    return last === undefined ? this.origin : (last.words[0] ?? last.keyword);
  }

  /** Where the block begins: its name, else its keyword. */
  get origin(): Place {
    return this.nameWords[0] ?? this.keyword ?? NOWHERE;
  }

  /** Another value holds from now on. */
  correct<K extends SettingNames<T>>(name: K, value: ValueOf<T[K]>): void {
    this.#entry(name).value = value;
  }

  /** Blocks of this keyword that are kept, in order. */
  blocks<K extends BlockNames<T>>(name: K): readonly NodeOf<T[K]>[] {
    return this.#kept(name) as unknown as readonly NodeOf<T[K]>[];
  }

  #kept(name: string): readonly AnyNode[] {
    const blocks = this.#blocks?.get(name);
    if (blocks === undefined) return NO_LINES;
    for (let index = 0; index < blocks.length; index++) {
      if (blocks[index]?.kept === false) return blocks.filter((node) => node.kept);
    }
    return blocks;
  }

  /** Keywords of the blocks within, each once, in the order in which they were met. */
  blockNames(): readonly BlockNames<T>[] {
    return this.#blocks === null ? NO_LINES : ([...this.#blocks.keys()] as BlockNames<T>[]);
  }

  hasBlock(name: BlockNames<T>): boolean {
    return this.#kept(name).length > 0;
  }

  /** The lines of all blocks of a keyword that lists things. */
  lines<K extends BlockNames<T>>(
    name: K,
  ): readonly ListLine<NodeOf<T[K]> extends ListNode<infer E> ? E : never>[] {
    type E = NodeOf<T[K]> extends ListNode<infer One> ? One : never;
    const blocks = this.#blocks?.get(name) ?? NO_LINES;
    return blocks.flatMap((node) => (node instanceof ListNode ? (node.lines as ListLine<E>[]) : []));
  }

  /** The nearest block around this one with this path. */
  outer(path: string): BlockNode | null {
    let node = this.parent;
    while (node !== null && node.spec.path !== path) node = node.parent;
    return node;
  }

  get root(): BlockNode {
    let node = untyped(this);
    while (node.parent !== null) node = node.parent;
    return node;
  }

  /** The block as plain data, every default applied. */
  toValues(): Record<string, unknown> {
    const { template, named, derived } = shapeOf(this.spec);
    const values: Record<string, unknown> = { ...template };
    if (named) values.name = this.name;
    for (const [name, spec] of derived) {
      if (this.#find(name)?.value === undefined) values[name] = defaultOf(spec, untyped(this));
    }
    for (const [name, value] of this.#valued()) values[name] = value;
    if (this.#blocks !== null) {
      for (const name of this.#blocks.keys()) values[name] = this.#blockValues(name);
      if (this.spec.ordered === true) values.blockOrder = this.#blockOrder();
    }
    return values;
  }

  /** Blocks know their position among all statements. */
  #blockOrder(): readonly string[] {
    const all = this.blockNames().flatMap((name) => this.#kept(name).map(({ index }) => ({ name, index })));
    return all.sort((a, b) => a.index - b.index).map(({ name }) => name);
  }

  #blockValues(name: string): unknown[] {
    return this.#kept(name).flatMap((node) => node.toValues());
  }
}

/** The node whose default is being worked out. */
let asking: BlockNode | null = null;

/** One scope for all: a large file asks for hundreds of thousands of defaults. */
const SCOPE: DefaultScope = {
  own: (name) => asking?.value(name) ?? null,
  parent: (name) => asking?.parent?.value(name) ?? null,
  outer: (path, name) => asking?.outer(path)?.value(name) ?? null,
  global: (name) => asking?.root.globals?.value(name) ?? null,
};

function defaultOf(spec: Setting, node: BlockNode): unknown {
  if (spec.default.constant === true) return spec.default.value(SCOPE);
  const before = asking;
  asking = node;
  try {
    return spec.default.value(SCOPE);
  } finally {
    asking = before;
  }
}

/** What the values of a block have in common. */
interface Shape {
  /** The name, and every keyword with the default that is always the same; blocks are empty. */
  readonly template: Readonly<Record<string, unknown>>;
  /** A block whose keywords say `name` themselves has no other. */
  readonly named: boolean;
  /** Settings whose default depends on others. */
  readonly derived: readonly (readonly [string, Setting])[];
}

/**
 * An object with these keywords, all null. Parsed as a whole it gets a layout that engines copy ten times as fast as that
 * of an object to which many properties were added.
 */
function emptyTemplate(before: readonly string[], { keywords }: SettingsBlock): Record<string, unknown> {
  const names = Object.keys(keywords).filter((name) => !isAlias(keywords[name] as KeywordSpec));
  return JSON.parse(`{${[...before, ...names].map((name) => `${JSON.stringify(name)}:null`).join(',')}}`);
}

const shapes = new WeakMap<SettingsBlock, Shape>();

function shapeOf(spec: SettingsBlock): Shape {
  const known = shapes.get(spec);
  if (known !== undefined) return known;
  // A copy of the whole template and nothing else is what engines do fastest.
  const named = spec.path !== '' && !Object.hasOwn(spec.keywords, 'name');
  const template = emptyTemplate([...(named ? ['name'] : []), ...(spec.ordered ? ['blockOrder'] : [])], spec);
  if (spec.ordered === true) template.blockOrder = NO_LINES;
  const derived: [string, Setting][] = [];
  for (const [name, keyword] of Object.entries(spec.keywords)) {
    if (isBlock(keyword)) template[name] = NO_LINES;
    else if (isSetting(keyword)) {
      if (keyword.default.constant === true) template[name] = keyword.default.value(SCOPE);
      else derived.push([name, keyword]);
    }
  }
  const shape = { template, named, derived };
  shapes.set(spec, shape);
  return shape;
}

/** A block whose lines list things. */
export class ListNode<E = unknown, N = unknown> {
  readonly spec: ListBlock<E>;
  readonly keyword: Word;
  readonly nameWords: readonly Word[];
  /** What the words between the keyword and the brace say; null if none belong there. */
  readonly name: N;
  /** false: left out of the configuration (reported). */
  kept = true;
  /** Position among the statements of the block around it, from 0. */
  index = 0;
  lines: ListLine<E>[] = [];

  constructor(spec: ListBlock<E>, keyword: Word, nameWords: readonly Word[], name: N) {
    this.spec = spec;
    this.keyword = keyword;
    this.nameWords = nameWords;
    this.name = name;
  }

  /** Where the block begins: its name, else its keyword. */
  get origin(): Place {
    return this.nameWords[0] ?? this.keyword;
  }

  /** The things listed; as one object with the name where blocks of this keyword have names. */
  toValues(): unknown[] {
    const lines = this.lines.map(({ value }) => value);
    return this.name === null ? lines : [{ name: this.name, lines }];
  }
}

/** A node without the types of its table: for what treats all blocks alike. */
export function untyped<T extends KeywordTable, N>(node: BlockNode<T, N>): BlockNode {
  return node as unknown as BlockNode;
}
