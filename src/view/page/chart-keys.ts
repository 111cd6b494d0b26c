/**
 * States of a chart by pointer and by key: one stop of the tab key, arrows lead to the nearest state in their direction,
 * Enter asks why it is not active.
 */
import type { ChartLayout, LayoutNode } from '../chart/layout-types.ts';

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};
/** Sideways is worth less than straight on. */
const ASIDE = 2.5;

type Box = Pick<LayoutNode, 'id' | 'x' | 'y' | 'w' | 'h'>;

/** The nearest state in a direction; null: there is none. */
export function nearest(
  from: Box,
  others: readonly Box[],
  [dx, dy]: readonly [number, number],
): string | null {
  let best: { readonly id: string; readonly cost: number } | null = null;
  for (const other of others) {
    const [x, y] = [other.x + other.w / 2 - from.x - from.w / 2, other.y + other.h / 2 - from.y - from.h / 2];
    const along = x * dx + y * dy;
    if (other.id === from.id || along <= 0) continue;
    const cost = along + ASIDE * Math.abs(x * dy + y * dx);
    if (best === null || cost < best.cost) best = { id: other.id, cost };
  }
  return best?.id ?? null;
}

/** What is set is looked at anew by the browser, also if it is the same. */
function put(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export interface ChartActions {
  /** Somebody wants to know more about a state, or to see a region from near. */
  readonly ask: (state: string) => void;
  readonly focus: (region: string) => void;
}

export class ChartKeys {
  #layout: ChartLayout | null = null;
  #states: ReadonlyMap<string, SVGElement> = new Map();

  constructor(root: SVGElement, { ask, focus }: ChartActions) {
    const idOf = ({ target }: Event, selector: string): string | null =>
      target instanceof Element ? (target.closest<SVGElement>(selector)?.dataset.id ?? null) : null;
    const stateOf = (event: Event): string | null => idOf(event, '.state[tabindex]');
    root.addEventListener('click', (event) => {
      const state = stateOf(event);
      const region = idOf(event, '.state.region');
      if (state !== null) {
        this.#stop(state);
        ask(state);
      } else if (region !== null) focus(region);
    });
    root.addEventListener('keydown', (event) => {
      const state = stateOf(event);
      if (state === null) return;
      const way = WAYS[event.key];
      if (way !== undefined) this.#move(state, way);
      else if (event.key === 'Enter' || event.key === ' ') ask(state);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** Every state can be asked about; regions and the chart itself are always active. */
  show(layout: ChartLayout | null, states: ReadonlyMap<string, SVGElement>): void {
    this.#layout = layout;
    this.#states = states;
    for (const [id, element] of states) {
      const kind = layout?.nodes.find((node) => node.id === id)?.kind ?? 'initial';
      if (!['atomic', 'compound', 'final'].includes(kind)) continue;
      element.setAttribute('tabindex', '-1');
      element.setAttribute('role', 'button');
      element.setAttribute('aria-description', id);
      // Its name is what is large in it; the small print would be read out with every step.
      for (const part of element.children) {
        if (!part.matches('.title')) part.setAttribute('aria-hidden', 'true');
      }
    }
    this.light(new Set());
  }

  /** @param active what screen readers are told to be active, and where the tab key stops */
  light(active: ReadonlySet<string>): void {
    let first: string | null = null;
    let stop: string | null = null;
    for (const [id, element] of this.#states) {
      if (!element.hasAttribute('tabindex')) continue;
      first ??= id;
      if (element.matches('.atomic') && active.has(id)) stop ??= id;
      put(element, 'aria-pressed', String(active.has(id)));
    }
    const focused = [...this.#states].find(([, element]) => element === document.activeElement)?.[0];
    const wanted = focused ?? stop ?? first;
    if (wanted !== null) this.#stop(wanted);
  }

  #stop(wanted: string): void {
    for (const [id, element] of this.#states) {
      if (element.hasAttribute('tabindex')) put(element, 'tabindex', id === wanted ? '0' : '-1');
    }
  }

  #move(from: string, way: readonly [number, number]): void {
    const nodes = (this.#layout?.nodes ?? []).filter(({ id }) =>
      this.#states.get(id)?.hasAttribute('tabindex'),
    );
    const here = nodes.find(({ id }) => id === from);
    // Regions tell one story each: the arrows stay in it as long as it goes on.
    const own = nodes.filter(({ id }) => id.split('.')[0] === from.split('.')[0]);
    const next = here === undefined ? null : (nearest(here, own, way) ?? nearest(here, nodes, way));
    if (next === null) return;
    this.#stop(next);
    this.#states.get(next)?.focus();
  }
}
