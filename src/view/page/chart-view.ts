/** The statechart of the selected instance, with the states of one row lit. */
import { activeStates, summarizeState } from '../chart/active.ts';
import { FiredEdges, type FiringRow } from '../chart/fired.ts';
import type { ChartLayout } from '../chart/layout-types.ts';
import { type DrawnChart, drawChart, fitTexts } from './chart-draw.ts';
import { svg } from './dom.ts';
import { PanZoom } from './pan-zoom.ts';

/** How long a state that was just left stays visible in live mode. */
const FADE_MS = 2_500;

export class ChartView {
  readonly #svg: SVGSVGElement;
  readonly #content = svg('g');
  readonly #panZoom: PanZoom;
  #layout: ChartLayout | null = null;
  #drawn: DrawnChart | null = null;
  #fired: FiredEdges | null = null;
  #fading: ReturnType<typeof setTimeout> | null = null;

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
    this.#layout = layout;
    this.#drawn = layout === null ? null : drawChart(layout);
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

  /** Lights the states after a row, marks those it left and the transitions it took. */
  light(row: FiringRow, live: boolean): void {
    if (this.#drawn === null) return;
    const active = activeStates(row.state);
    const before = row.kind === 'start' ? new Set<string>() : activeStates(row.before);
    for (const [id, element] of this.#drawn.states) {
      element.classList.toggle('active', active.has(id));
      element.classList.toggle('left', before.has(id) && !active.has(id));
      element.classList.toggle('entered', active.has(id) && !before.has(id));
    }
    const fired = new Set(this.firedBy(row));
    for (const [id, elements] of this.#drawn.edges) {
      for (const element of elements) {
        element.classList.toggle('fired', fired.has(id));
        // A line that glows must lie above those that share its way.
        if (fired.has(id) && element.matches('.edge')) element.parentNode?.append(element);
      }
    }
    this.#fade(live);
    const { main, details } = summarizeState(row.state);
    this.#svg.setAttribute('aria-label', `Statechart, active: ${[main, ...details].join(', ')}`);
  }

  /** In history what was left stays marked; live it fades. */
  #fade(live: boolean): void {
    if (this.#fading !== null) clearTimeout(this.#fading);
    this.#fading = null;
    if (!live) return;
    this.#fading = setTimeout(() => {
      for (const element of this.#drawn?.states.values() ?? []) element.classList.remove('left', 'entered');
    }, FADE_MS);
  }
}
