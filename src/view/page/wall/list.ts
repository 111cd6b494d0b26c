/** What was found, as a list that is read and used without seeing the wall: the worst of everything if nothing is asked for. */
import { formatDuration } from '../../text/time-format.ts';
import { html } from '../dom.ts';
import type { Found } from './filter.ts';
import { type Cell, KIND_NAMES } from './model.ts';

export const MOST_LISTED = 150;
const MOST_PATCHED = 400;

export class WallList {
  readonly #list: HTMLElement;
  readonly #title: HTMLElement;
  readonly #open: (cell: Cell) => void;
  #cells: readonly Cell[] = [];
  #items: HTMLButtonElement[] = [];
  #texts: string[] = [];
  #marked = 0;

  constructor(title: HTMLElement, list: HTMLElement, open: (cell: Cell) => void) {
    this.#title = title;
    this.#list = list;
    this.#open = open;
  }

  /** @param nowUs the time that the page shows */
  show({ first, count }: Found, title: string, nowUs: number, marks: boolean): void {
    const more = count > first.length ? `, the first ${first.length} of them` : '';
    const words = `${title}: ${count.toLocaleString('en')}${more}`;
    if (this.#title.textContent !== words) this.#title.textContent = words;
    this.#cells = first;
    this.#marked = marks ? Math.min(this.#marked, Math.max(0, first.length - 1)) : -1;
    for (const [at, cell] of first.slice(0, MOST_PATCHED).entries()) this.#fill(at, cell, nowUs);
    for (const item of this.#items.splice(first.length)) item.parentElement?.remove();
    this.#texts.length = this.#items.length;
  }

  /** The one that Enter opens. */
  get marked(): Cell | null {
    return this.#cells[Math.max(0, this.#marked)] ?? null;
  }

  mark(by: number): void {
    this.#marked = Math.max(0, Math.min(this.#cells.length - 1, Math.max(0, this.#marked) + by));
    for (const [at, item] of this.#items.entries()) item.classList.toggle('marked', at === this.#marked);
    this.#items[this.#marked]?.scrollIntoView({ block: 'nearest' });
  }

  markFirst(): void {
    this.#marked = 0;
    this.mark(0);
  }

  #fill(at: number, cell: Cell, nowUs: number): void {
    const item = this.#items[at] ?? this.#create(at);
    const { view, kind, name, main, tone } = cell;
    const age = Math.max(0, nowUs - view.wallUs);
    const since = age < 1_000_000 ? 'just now' : formatDuration(Math.floor(age / 1e6) * 1e6);
    const text = [view.node, view.actor, main, since].join('\n');
    item.classList.toggle('marked', at === this.#marked);
    if (this.#texts[at] === text) return;
    this.#texts[at] = text;
    item.dataset.tone = tone;
    item.replaceChildren(
      html('span', { class: 'badge' }, main),
      html('b', {}, name),
      html('span', { class: 'since' }, since),
      html('span', { class: 'of' }, `${KIND_NAMES[kind].replace(/s$/, '')} on ${view.node}`),
    );
  }

  #create(at: number): HTMLButtonElement {
    const item = html('button', { type: 'button', class: 'found' });
    item.addEventListener('click', () => {
      const cell = this.#cells[at];
      if (cell !== undefined) this.#open(cell);
    });
    this.#items[at] = item;
    this.#list.append(html('li', {}, item));
    return item;
  }
}
