/** The configuration as a tree with its places: what was written, and on request the value in force. */
import type { Place, Word } from './problems.ts';
import {
  type AnyBlock,
  type BlockKeyword,
  type BlockNames,
  type DefaultScope,
  isBlock,
  isSetting,
  type KeywordTable,
  type ListBlock,
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
  /** Position among the statements of the block around it, from 0. */
  index = 0;
  readonly #given = new Map<string, Given[]>();
  readonly #values = new Map<string, unknown>();
  readonly #blocks = new Map<string, AnyNode[]>();
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
    const list = this.#given.get(name) ?? [];
    list.push({ keyword, words, value, index: this.#statements++ });
    this.#given.set(name, list);
    if (value === null) return;
    const spec = this.spec.keywords[name];
    const merge = spec !== undefined && isSetting(spec) ? spec.kind.merge : undefined;
    const before = this.#values.get(name);
    const merged = merge === undefined || before === undefined ? value : merge.call(spec, before, value);
    this.#values.set(name, merged);
  }

  addBlock(name: string, node: AnyNode): void {
    const list = this.#blocks.get(name) ?? [];
    list.push(node);
    this.#blocks.set(name, list);
    node.index = this.#statements++;
  }

  /** The value in force: the last usable line, else the default. */
  get<K extends SettingNames<T>>(name: K): ValueOf<T[K]> {
    return this.value(name) as ValueOf<T[K]>;
  }

  /** As `get`, by any keyword; null where there is none. */
  value(name: string): unknown {
    const value = this.#values.get(name);
    if (value !== undefined) return value;
    const spec = this.spec.keywords[name];
    if (spec === undefined || !isSetting(spec)) return null;
    return spec.default.value(this.#scope());
  }

  /** Whether a usable line of the file says so. */
  isSet(name: SettingNames<T>): boolean {
    return this.#given.get(name)?.some(({ value }) => value !== null) ?? false;
  }

  /** Every line of this keyword, in order, unusable ones included. */
  given(name: SettingNames<T>): readonly Given[] {
    return this.#given.get(name) ?? [];
  }

  /** The first argument of the last line that set it; else what opened the block. */
  place(name: SettingNames<T>): Place {
    const last = this.given(name).findLast(({ value }) => value !== null) ?? this.given(name).at(-1);
    return last === undefined ? this.origin : (last.words[0] ?? last.keyword);
  }

  /** Where the block begins: its name, else its keyword. */
  get origin(): Place {
    const place = this.nameWords[0] ?? this.keyword;
    return place ?? { line: { file: '', number: 1, text: '' }, column: 1, width: 1 };
  }

  /** Another value holds from now on. */
  correct<K extends SettingNames<T>>(name: K, value: ValueOf<T[K]>): void {
    this.#values.set(name, value);
  }

  /** Blocks of this keyword that are kept, in order. */
  blocks<K extends BlockNames<T>>(name: K): readonly NodeOf<T[K]>[] {
    const blocks = this.#blocks.get(name) ?? [];
    return blocks.filter((node) => node.kept) as unknown as readonly NodeOf<T[K]>[];
  }

  hasBlock(name: BlockNames<T>): boolean {
    return this.blocks(name).length > 0;
  }

  /** The lines of all blocks of a keyword that lists things. */
  lines<K extends BlockNames<T>>(
    name: K,
  ): readonly ListLine<NodeOf<T[K]> extends ListNode<infer E> ? E : never>[] {
    type E = NodeOf<T[K]> extends ListNode<infer One> ? One : never;
    const blocks = this.#blocks.get(name) ?? [];
    return blocks.flatMap((node) => (node instanceof ListNode ? (node.lines as ListLine<E>[]) : []));
  }

  #scope(): DefaultScope {
    return {
      own: (name) => this.value(name),
      parent: (name) => this.parent?.value(name) ?? null,
      outer: (path, name) => this.#outer(path)?.value(name) ?? null,
      global: (name) => this.root.globals?.value(name) ?? null,
    };
  }

  #outer(path: string): BlockNode | null {
    let node = this.parent;
    while (node !== null && node.spec.path !== path) node = node.parent;
    return node;
  }

  get root(): BlockNode {
    let node = untyped(this);
    while (node.parent !== null) node = node.parent;
    return node;
  }

  /** All global_defs blocks count as one. */
  globals: BlockNode | null = null;

  /** The block as plain data, every default applied. */
  toValues(): Record<string, unknown> {
    const values: Record<string, unknown> = this.name === null ? {} : { name: this.name };
    for (const [name, spec] of Object.entries(this.spec.keywords)) {
      if (isSetting(spec)) values[name] = this.value(name);
      else if (isBlock(spec)) values[name] = this.#blockValues(name, spec.block);
    }
    return values;
  }

  #blockValues(name: string, spec: AnyBlock): unknown[] {
    if ('skipped' in spec) return [];
    const kept = (this.#blocks.get(name) ?? []).filter((node) => node.kept);
    return kept.flatMap((node) => (node instanceof ListNode ? node.toValues() : [node.toValues()]));
  }
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
