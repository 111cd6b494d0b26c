/** The statechart of the selected instance, with the states of one row lit. */

import type { ViewRow } from '../api.ts';
import { activeStates, summarizeState } from '../chart/active.ts';
import { FiredEdges, type FiringRow } from '../chart/fired.ts';
import { type ChartLayout, FONT_PX } from '../chart/layout-types.ts';
import type { TimerView, WayView } from '../explain-api.ts';
import { describeEvent } from '../text/words.ts';
import { chartElements, type DrawnChart, Looks } from './chart-draw.ts';
import { ChartKeys } from './chart-keys.ts';
import { byId, svg } from './dom.ts';
import { PanZoom } from './pan-zoom.ts';
import { TimerArcs } from './timer-arcs.ts';

/** How long what a live row left and took stays marked. */
const FADE_MS = 2_500;
/** Below this scale small print is under six pixels high, and not drawn. */
const FAR = 0.55;
/** Heights of names that are seen from afar, and of what fired there, in pixels of the screen. */
const NAME_PX = 11;
const SAID_PX = 9.5;
/** The far look is made anew where the scale changed by as much. */
const LEVEL = 1.25;

/** What an explanation marks on the chart. */
export interface Annotation {
  /** Transitions whose guard said no, and those that a chain of causes went through. */
  readonly refused: readonly string[];
  readonly why: readonly string[];
  readonly timers: readonly TimerView[];
}

export class ChartView {
  readonly #svg: SVGSVGElement;
  readonly #content = svg('g');
  /** What the chart shows, for who cannot see it. */
  readonly #text = byId('chart-text', HTMLElement);
  readonly #panZoom: PanZoom;
  readonly #keys: ChartKeys;
  readonly #arcs = new TimerArcs();
  #focused: string | null = null;
  #asked: (state: string) => void = () => {};
  #layout: ChartLayout | null = null;
  #drawn: DrawnChart | null = null;
  #looks: Looks | null = null;
  /** Of the scale, where the chart is seen from afar; null: from near. */
  #level: number | null = null;
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
    // Not an image: its states are for whoever walks through them.
    element.setAttribute('role', 'group');
    this.#panZoom = new PanZoom(element, this.#content, (scale) => this.#scaled(scale));
    this.#keys = new ChartKeys(element, {
      ask: (state) => this.#asked(state),
      focus: (region) => this.#focus(region),
    });
  }

  /** @param asked is told of a state that somebody wants to know more about */
  onAsk(asked: (state: string) => void): void {
    this.#asked = asked;
  }

  fit(): void {
    this.#focused = null;
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
    this.#content.replaceChildren(...(this.#drawn === null ? [] : [this.#drawn.root, this.#arcs.group]));
    this.#arcs.show(null, []);
    this.#keys.show(layout, this.#drawn?.states ?? new Map());
    this.#looks = null;
    if (this.#drawn === null || layout === null) return;
    this.#looks = new Looks(layout, this.#drawn);
    this.#level = Number.NaN;
    this.#focused = null;
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
    this.#keys.light(active);
    const { main, details } = summarizeState(row.state);
    const words = `active: ${[main, ...details].join(', ')}`;
    this.#svg.setAttribute('aria-label', `Statechart, ${words}`);
    this.#text.textContent = `${describeEvent(row.event)}: ${changes(before, active)}${words}`;
  }

  annotate({ refused, why, timers }: Annotation): void {
    this.#toggle('refused', refused);
    this.#toggle('why', why);
    this.#arcs.show(this.#layout, timers);
  }

  /** What is left of the timers some time after the row. */
  tick(sinceUs: number): void {
    this.#arcs.tick(sinceUs);
  }

  /** Marks a state that is asked about, and the ways that lead there; null: none is. */
  point(state: string | null, ways: readonly WayView[]): void {
    for (const [id, element] of this.#drawn?.states ?? []) element.classList.toggle('asked', id === state);
    this.#toggle(
      'way',
      ways.map(({ edge }) => edge),
    );
    this.#toggle(
      'shut',
      ways.filter(({ open }) => !open).map(({ edge }) => edge),
    );
  }

  /** The region that says what the instance is, or the one where something fired last; a second time the whole chart. */
  focus(): void {
    const regions = this.#layout?.nodes.filter(({ kind }) => kind === 'region') ?? [];
    const fired = [...this.#lastFired].map((id) => id.split('.')[0]);
    const wanted = ['protocol', 'table', ...fired].find((id) => regions.some((node) => node.id === id));
    if (this.#focused !== null || wanted === undefined) this.fit();
    else this.#focus(wanted);
  }

  /** A region fills the stage; asked for again, the whole chart does. */
  #focus(region: string): void {
    const box = this.#layout?.nodes.find(({ id }) => id === region);
    if (box === undefined || this.#focused === region) this.fit();
    else {
      this.#panZoom.focus(box);
      this.#focused = region;
    }
  }

  /** From afar small print is not drawn, and names are as large as there is room for. */
  #scaled(scale: number): void {
    const isFar = scale < FAR;
    const level = isFar ? Math.round(Math.log(scale) / Math.log(LEVEL)) : null;
    if (isFar) this.#svg.style.setProperty('--up', String(SAID_PX / FONT_PX.label / scale));
    if (level === this.#level) return;
    this.#level = level;
    this.#svg.classList.toggle('far', isFar);
    if (isFar) this.#looks?.far(NAME_PX / scale);
    else this.#looks?.near();
  }

  #toggle(name: string, ids: readonly string[]): void {
    for (const [id, elements] of this.#drawn?.edges ?? []) {
      for (const element of elements) element.classList.toggle(name, ids.includes(id));
    }
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

/** Innermost states that were left and entered. */
function changes(before: ReadonlySet<string>, after: ReadonlySet<string>): string {
  const only = (these: ReadonlySet<string>, others: ReadonlySet<string>): string[] =>
    [...these].filter((id) => !others.has(id) && ![...these].some((other) => other.startsWith(`${id}.`)));
  const told = (name: string, ids: readonly string[]): string =>
    ids.length === 0 || before.size === 0 ? '' : `${name} ${ids.join(', ')}; `;
  return told('left', only(before, after)) + told('entered', only(after, before));
}
