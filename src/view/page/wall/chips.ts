/** How many are in which state, of which kind, on which node: each number is a switch of the filter. */
import { html } from '../dom.ts';
import type { Filter } from './filter.ts';
import { type Cell, KIND_NAMES } from './model.ts';

type Group = 'states' | 'kinds' | 'nodes';

interface Count {
  readonly group: Group;
  readonly value: string;
  readonly label: string;
  readonly tone: string | null;
  readonly rank: number;
  count: number;
}

export class Chips {
  readonly #container: HTMLElement;
  readonly #toggle: (group: Group, value: string) => void;
  readonly #chips = new Map<string, { readonly button: HTMLButtonElement; readonly count: HTMLElement }>();
  #order = '';

  constructor(container: HTMLElement, toggle: (group: Group, value: string) => void) {
    this.#container = container;
    this.#toggle = toggle;
  }

  show(cells: Iterable<Cell>, filter: Filter): void {
    const counts = countsOf(cells).toSorted(
      (a, b) =>
        GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) ||
        a.rank - b.rank ||
        a.label.localeCompare(b.label),
    );
    const order = counts.map(({ group, value }) => `${group} ${value}`).join('\n');
    if (order !== this.#order) this.#rebuild(counts);
    this.#order = order;
    for (const { group, value, count } of counts) {
      const chip = this.#chips.get(`${group} ${value}`);
      if (chip === undefined) continue;
      const text = count.toLocaleString('en');
      if (chip.count.textContent !== text) chip.count.textContent = text;
    }
    this.press(filter);
  }

  press(filter: Filter): void {
    for (const [key, { button }] of this.#chips) {
      const group = key.slice(0, key.indexOf(' ')) as Group;
      const value = key.slice(key.indexOf(' ') + 1);
      button.setAttribute('aria-pressed', String(filter[group].has(value)));
    }
  }

  #rebuild(counts: readonly Count[]): void {
    const known = new Map(this.#chips);
    this.#chips.clear();
    const groups = GROUPS.map((group) => {
      const own = counts.filter((count) => count.group === group);
      const chips = own.map((one) => this.#chip(one, known.get(`${group} ${one.value}`)));
      return html(
        'div',
        { class: 'chips', role: 'group', 'aria-label': `Filter by ${group.slice(0, -1)}` },
        ...chips,
      );
    });
    // One node needs no choice.
    this.#container.replaceChildren(
      ...groups.filter((group, at) => GROUPS[at] !== 'nodes' || group.childElementCount > 1),
    );
  }

  #chip(
    { group, value, label, tone }: Count,
    known: { readonly button: HTMLButtonElement; readonly count: HTMLElement } | undefined,
  ): HTMLButtonElement {
    const chip = known ?? this.#create(group, value, label, tone);
    this.#chips.set(`${group} ${value}`, chip);
    return chip.button;
  }

  #create(group: Group, value: string, label: string, tone: string | null) {
    const count = html('b');
    const button = html(
      'button',
      { type: 'button', class: 'chip-count', 'data-tone': tone },
      count,
      ` ${label}`,
    );
    button.addEventListener('click', () => this.#toggle(group, value));
    return { button, count };
  }
}

const GROUPS: readonly Group[] = ['states', 'kinds', 'nodes'];
const KINDS = Object.keys(KIND_NAMES);

function countsOf(cells: Iterable<Cell>): readonly Count[] {
  const counts = GROUPS.map(() => new Map<string, Count>()) as [Counts, Counts, Counts];
  const [states, kinds, nodes] = counts;
  for (const { main, tone, rank, kind, view } of cells) {
    add(states, main, () => ({ group: 'states', label: main, tone, rank }));
    add(kinds, kind, () => ({
      group: 'kinds',
      label: KIND_NAMES[kind],
      tone: null,
      rank: KINDS.indexOf(kind),
    }));
    add(nodes, view.node, () => ({ group: 'nodes', label: view.node, tone: null, rank: 0 }));
  }
  return counts.flatMap((of) => [...of.values()]);
}

type Counts = Map<string, Count>;

function add(counts: Counts, value: string, make: () => Omit<Count, 'value' | 'count'>): void {
  const known = counts.get(value);
  if (known !== undefined) known.count += 1;
  else counts.set(value, { ...make(), value, count: 1 });
}
