/** The wall: every actor of every node at a glance, what is asked for among them, and the worst of them as a list. */
import type { ActorView } from '../../api.ts';
import { summarizeState } from '../../chart/active.ts';
import { formatDuration } from '../../text/time-format.ts';
import { byId, html } from '../dom.ts';
import { WallCanvas } from './canvas.ts';
import { Chips } from './chips.ts';
import { EVERYTHING, type Filter, isEverything, matcher, search } from './filter.ts';
import { MOST_LISTED, WallList } from './list.ts';
import { type Cell, FINE, KIND_NAMES, keyOf, WallModel } from './model.ts';

/** Counts and list follow this much later, so that a burst costs one count. */
const COUNT_MS = 500;
/** The wall is put in order again at most so often, and never under the hands of who uses it. */
const SORT_MS = 2_500;
/** As many as stand beside the chart. */
const MOST_KIN = 12;

export interface WallHandlers {
  readonly open: (node: string, actor: string) => void;
  readonly filtered: (filter: Filter) => void;
}

export class WallView {
  readonly #on: WallHandlers;
  readonly #tip = byId('wall-tip', HTMLElement);
  readonly #said = byId('said', HTMLElement);
  readonly #canvas: WallCanvas;
  readonly #chips: Chips;
  readonly #list: WallList;
  #model = new WallModel([]);
  #filter: Filter = EVERYTHING;
  #selected: string | null = null;
  #nowUs = 0;
  #isShown = false;
  #isCounted = false;
  #ranksMoved = false;
  #countedMs = Number.NEGATIVE_INFINITY;
  #sortedMs = 0;

  constructor(on: WallHandlers) {
    this.#on = on;
    const open = ({ view }: Cell): void => on.open(view.node, view.actor);
    this.#canvas = new WallCanvas(byId('wall', HTMLElement), {
      open,
      pointed: (cell, at, how) => this.#point(cell, at, how),
    });
    this.#chips = new Chips(byId('wall-chips', HTMLElement), (group, value) => {
      const chosen = new Set(this.#filter[group]);
      if (!chosen.delete(value)) chosen.add(value);
      this.#on.filtered({ ...this.#filter, [group]: chosen });
    });
    this.#list = new WallList(byId('found-title', HTMLElement), byId('found', HTMLElement), open);
  }

  /** All actors anew: those of now, or of a time. */
  load(actors: readonly ActorView[]): void {
    this.#model = new WallModel(actors);
    if (this.#isShown) this.#model.sort();
    this.#sortedMs = performance.now();
    this.#ranksMoved = false;
    this.#isCounted = false;
    this.#canvas.show(this.#model);
    this.select(this.#selected);
    this.filter(this.#filter);
  }

  /** The same actors at a time that is only passed: each in its place. False: they are others, to be loaded. */
  pass(actors: readonly ActorView[]): boolean {
    const { cells } = this.#model;
    if (actors.length !== cells.size || !actors.every((view) => cells.has(keyOf(view)))) return false;
    for (const view of actors) {
      const before = cells.get(keyOf(view));
      const [tone, main] = [before?.tone, before?.main];
      const cell = this.#model.update(view);
      if (cell !== null && (cell.tone !== tone || cell.main !== main)) this.#canvas.again(cell);
    }
    this.#isCounted = false;
    return true;
  }

  /** A live row. False: nobody knew of this actor, and all must be loaded anew. */
  update(view: ActorView): boolean {
    const before = this.#model.cells.get(keyOf(view));
    const [tone, main, rank] = [before?.tone, before?.main, before?.rank];
    const cell = this.#model.update(view);
    if (cell === null) return false;
    if (cell.tone === tone && cell.main === main) return true;
    if (cell.rank !== rank) this.#ranksMoved = true;
    this.#isCounted = false;
    this.#canvas.changed(cell);
    return true;
  }

  select(key: string | null): void {
    this.#selected = key;
    this.#canvas.select(key === null ? null : (this.#model.cells.get(key) ?? null));
  }

  filter(filter: Filter): void {
    if (filter !== this.#filter) this.#list.markFirst();
    this.#filter = filter;
    const match = matcher(filter);
    this.#canvas.filter(isEverything(filter) ? () => true : (cell) => match(cell) !== null);
    this.#count();
  }

  /** An actor on every node, and those it has to do with; all where there are few. */
  kinOf(named: { readonly node: string; readonly actor: string } | null): readonly ActorView[] {
    return this.#model.kinOf(named, MOST_KIN).map(({ view }) => view);
  }

  /** It comes to the front, or goes. */
  show(isShown: boolean): void {
    if (this.#isShown === isShown) return;
    this.#isShown = isShown;
    if (isShown) this.#model.sort();
    this.#canvas.isShown = isShown;
    this.#count();
  }

  /** To be called several times a second. */
  tick(nowUs: number): void {
    this.#nowUs = nowUs;
    if (!this.#isShown) return;
    const now = performance.now();
    if (this.#ranksMoved && !this.#canvas.isInUse && now - this.#sortedMs > SORT_MS) {
      this.#model.sort();
      this.#canvas.relayout();
      this.#ranksMoved = false;
      this.#sortedMs = now;
    }
    if (now - this.#countedMs > (this.#isCounted ? 1_000 : COUNT_MS)) this.#count();
  }

  /** Up and down in the list of what was found. */
  mark(by: number): void {
    this.#list.mark(by);
  }

  openMarked(): void {
    const cell = this.#list.marked;
    if (cell !== null) this.#on.open(cell.view.node, cell.view.actor);
  }

  #count(): void {
    this.#countedMs = performance.now();
    if (!this.#isShown) return;
    if (!this.#isCounted) this.#chips.show(this.#model.cells.values(), this.#filter);
    this.#isCounted = true;
    this.#chips.press(this.#filter);
    const all = isEverything(this.#filter);
    const cells = all
      ? [...this.#model.cells.values()].filter(({ rank }) => rank < FINE)
      : this.#model.cells.values();
    this.#list.show(
      search(cells, this.#filter, MOST_LISTED),
      all ? 'In trouble' : 'Found',
      this.#nowUs,
      !all,
    );
  }

  #point(
    cell: Cell | null,
    { x, y }: { readonly x: number; readonly y: number },
    how: 'pointer' | 'keys',
  ): void {
    this.#tip.hidden = cell === null;
    if (cell === null) return;
    const { view, kind, name, main, tone, pips } = cell;
    const { details } = summarizeState(view.state);
    const since = `for ${formatDuration(Math.max(0, this.#nowUs - view.wallUs))}`;
    const failing = pips.filter((pip) => pip.rank < FINE);
    const more = [
      view.addresses.slice(0, 4).join(', '),
      view.priority === null ? '' : `priority ${view.priority}`,
      failing.length > 0 ? `${failing.length} of ${pips.length} checks ${failing[0]?.main}` : '',
      ...details.slice(0, 4),
    ].filter(Boolean);
    this.#tip.dataset.tone = tone;
    this.#tip.replaceChildren(
      html('span', { class: 'badge' }, main),
      html('b', {}, name),
      html('span', { class: 'of' }, `${KIND_NAMES[kind].replace(/s$/, '')} on ${view.node}, ${since}`),
      ...(more.length > 0 ? [html('span', { class: 'of' }, more.join(' · '))] : []),
    );
    const { clientWidth, clientHeight } = this.#tip.parentElement ?? this.#tip;
    this.#tip.style.left = `${Math.max(4, Math.min(x, clientWidth - this.#tip.offsetWidth - 8))}px`;
    const below = y + 8;
    const fits = below + this.#tip.offsetHeight < clientHeight;
    this.#tip.style.top = `${fits ? below : Math.max(4, y - this.#tip.offsetHeight - 34)}px`;
    if (how === 'keys')
      this.#said.textContent = `${name}, ${KIND_NAMES[kind].replace(/s$/, '')} on ${view.node}: ${main}, ${since}`;
  }
}
