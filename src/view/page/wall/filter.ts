/** What of the wall is asked for: by words, and by the chips of state, kind and node. */
import type { Cell, Kind } from './model.ts';
import { KIND_NAMES } from './model.ts';

export interface Filter {
  /** Words that all must be found. */
  readonly text: string;
  /** Empty: any. */
  readonly states: ReadonlySet<string>;
  readonly kinds: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
}

export const EVERYTHING: Filter = { text: '', states: new Set(), kinds: new Set(), nodes: new Set() };

export const isEverything = ({ text, states, kinds, nodes }: Filter): boolean =>
  text.trim() === '' && states.size + kinds.size + nodes.size === 0;

/** How well it fits: 0 is its name, 1 the beginning of its name or address, 2 somewhere in it; null: not at all. */
export type Match = 0 | 1 | 2 | null;

const haystacks = new WeakMap<Cell, string>();

function haystackOf(cell: Cell): string {
  const known = haystacks.get(cell);
  if (known !== undefined) return known;
  const { view, kind, name } = cell;
  const texts = [name, view.node, view.actor, ...view.addresses, KIND_NAMES[kind]];
  const made = `\n${texts.join('\n').toLowerCase()}\n`;
  haystacks.set(cell, made);
  return made;
}

export function matcher({ text, states, kinds, nodes }: Filter): (cell: Cell) => Match {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (cell) => {
    const { main, kind, view } = cell;
    if (states.size > 0 && !states.has(main)) return null;
    if (kinds.size > 0 && !kinds.has(kind)) return null;
    if (nodes.size > 0 && !nodes.has(view.node)) return null;
    let worst: 0 | 1 | 2 = 0;
    for (const word of words) {
      const found = matchOf(cell, word);
      if (found === null) return null;
      worst = found > worst ? found : worst;
    }
    return worst;
  };
}

function matchOf(cell: Cell, word: string): Match {
  const haystack = haystackOf(cell);
  if (haystack.includes(`\n${word}\n`) || cell.main === word) return 0;
  if (haystack.includes(`\n${word}`) || cell.main.startsWith(word)) return 1;
  return haystack.includes(word) ? 2 : null;
}

export interface Found {
  /** The best, at most as many as were asked for. */
  readonly first: readonly Cell[];
  readonly count: number;
}

/** The best matches: names before parts of names, trouble before what is well. */
export function search(cells: Iterable<Cell>, filter: Filter, most: number): Found {
  const match = matcher(filter);
  const buckets = new Map<number, Cell[]>();
  let count = 0;
  for (const cell of cells) {
    const found = match(cell);
    if (found === null) continue;
    count += 1;
    const place = found * 10 + cell.rank;
    const bucket = buckets.get(place);
    if (bucket === undefined) buckets.set(place, [cell]);
    else bucket.push(cell);
  }
  const first: Cell[] = [];
  for (const place of [...buckets.keys()].sort((a, b) => a - b)) {
    if (first.length >= most) break;
    const bucket = buckets.get(place) ?? [];
    first.push(...bucket.sort(byKindAndName).slice(0, most - first.length));
  }
  return { first, count };
}

const KINDS = Object.keys(KIND_NAMES) as readonly Kind[];
const names = new Intl.Collator('en', { numeric: true });

/** What matters to more of the network comes first. */
function byKindAndName(a: Cell, b: Cell): number {
  const order = IMPORTANCE.indexOf(a.kind) - IMPORTANCE.indexOf(b.kind);
  return order || names.compare(a.name, b.name) || names.compare(a.view.node, b.view.node);
}

const IMPORTANCE: readonly Kind[] = [
  'virtual',
  'group',
  ...KINDS.filter((kind) => kind !== 'virtual' && kind !== 'group'),
];
