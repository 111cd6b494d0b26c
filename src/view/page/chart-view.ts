/** The statechart of the selected instance, with the states of one row lit. */

import type { ViewRow } from '../api.ts';
import { activeStates, summarizeState } from '../chart/active.ts';
import { FiredEdges, type FiringRow } from '../chart/fired.ts';
import type { ChartLayout } from '../chart/layout-types.ts';
import { chartElements, type DrawnChart, fitTexts } from './chart-draw.ts';
import { svg } from './dom.ts';
import { PanZoom } from './pan-zoom.ts';

/** How long what a live row left and took stays marked. */
const FADE_MS = 2_500;

export class ChartView {
  readonly #svg: SVGSVGElement;
  readonly #content = svg('g');
  readonly #panZoom: PanZoom;
  #layout: ChartLayout | null = null;
  #drawn: DrawnChart | null = null;
  #fired: FiredEdges | null = null;
  #fading: ReturnType<typeof setTimeout> | null = null;
  /** `left ID`, `entered ID`, `fired ID`, each with the time at which it fades. */
  readonly #marks = new Map<string, number>();
  #lastFired: ReadonlySet<string> = new Set();
  /** Instance whose live rows are shown; null in history. */
  #liveKey: string | null = null;

  constructor(element: SVGSVGElement) {
    this.#svg = element;
    element.append(this.#content);
    this.#panZoom = new PanZoom(element, this.#content);
  }

  fit(): void {
    this.#panZoom.fit();
  }

  zoom(factor: number): void {
    this.#panZoom.zoom(factor);
  }

  /** Draws another chart; null clears it. */
  show(layout: ChartLayout | null): void {
    if (layout === this.#layout) return;
    this.#marks.clear();
    this.#liveKey = null;
    this.#layout = layout;
    this.#drawn = layout === null ? null : chartElements(layout);
    this.#fired = layout === null ? null : new FiredEdges(layout);
    this.#content.replaceChildren(...(this.#drawn === null ? [] : [this.#drawn.root]));
    if (this.#drawn === null || layout === null) return;
    fitTexts(this.#drawn.root);
    this.#panZoom.show(layout);
  }

  /** Transitions that a row stands for, by id. */
  firedBy(row: FiringRow): readonly string[] {
    return this.#fired?.of(row) ?? [];
  }

  /**
   * Lights the states after a row, marks those it left and the transitions it took. In history these are the row's own;
   * live, where rows follow each other within milliseconds, they stay long enough to be seen.
   */
  light(row: ViewRow, live: boolean): void {
    if (this.#drawn === null) return;
    const key = `${row.node} ${row.actor}`;
    const continues = live && this.#liveKey === key;
    this.#liveKey = live ? key : null;
    if (!continues) this.#marks.clear();
    const active = activeStates(row.state);
    const before = row.kind === 'start' ? new Set<string>() : activeStates(row.before);
    const untilMs = live ? performance.now() + FADE_MS : Number.POSITIVE_INFINITY;
    for (const id of before) if (!active.has(id)) this.#marks.set(`left ${id}`, untilMs);
    for (const id of active) {
      this.#marks.delete(`left ${id}`);
      if (!before.has(id)) this.#marks.set(`entered ${id}`, untilMs);
    }
    const fired = this.firedBy(row);
    for (const id of fired) this.#marks.set(`fired ${id}`, untilMs);
    if (fired.length > 0 || !continues) this.#lastFired = new Set(fired);
    for (const [id, element] of this.#drawn.states) element.classList.toggle('active', active.has(id));
    this.#applyMarks();
    this.#planFade(live);
    const { main, details } = summarizeState(row.state);
    this.#svg.setAttribute('aria-label', `Statechart, active: ${[main, ...details].join(', ')}`);
  }

  #applyMarks(): void {
    if (this.#drawn === null) return;
    for (const [id, element] of this.#drawn.states) {
      element.classList.toggle('left', this.#marks.has(`left ${id}`));
      element.classList.toggle('entered', this.#marks.has(`entered ${id}`) && element.matches('.active'));
    }
    for (const [id, elements] of this.#drawn.edges) {
      const glows = this.#marks.has(`fired ${id}`);
      for (const element of elements) {
        // A line that glows must lie above those that share its way.
        const rises = glows && element.matches('.edge:not(.fired)');
        element.classList.toggle('fired', glows);
        if (rises) element.parentNode?.append(element);
      }
    }
  }

  /** The transitions that fired last stay marked until others do. */
  #planFade(live: boolean): void {
    if (this.#fading !== null) clearTimeout(this.#fading);
    this.#fading = null;
    if (!live) return;
    this.#fading = setTimeout(() => {
      const now = performance.now();
      for (const [mark, untilMs] of this.#marks) {
        const isLast = mark.startsWith('fired ') && this.#lastFired.has(mark.slice('fired '.length));
        if (untilMs <= now && !isLast) this.#marks.delete(mark);
      }
      this.#applyMarks();
    }, FADE_MS + 20);
  }
}
