/** A drawn statechart in the page. What is active is a matter of classes, set later. */
import { drawChart } from '../chart/draw.ts';
import { farLooks } from '../chart/far-look.ts';
import type { ChartLayout } from '../chart/layout-types.ts';
import type { Shape } from '../chart/shape.ts';
import { svg } from './dom.ts';

export interface DrawnChart {
  readonly root: SVGElement;
  readonly states: ReadonlyMap<string, SVGElement>;
  /** Line and label of each transition. */
  readonly edges: ReadonlyMap<string, readonly SVGElement[]>;
}

export function chartElements(layout: ChartLayout): DrawnChart {
  const states = new Map<string, SVGElement>();
  const edges = new Map<string, SVGElement[]>();
  const build = ({ tag, attributes, children }: Shape): SVGElement => {
    const inner = children.map((child) => (typeof child === 'string' ? child : build(child)));
    const element = svg(tag as keyof SVGElementTagNameMap, attributes, ...inner);
    if (element.matches('.edge')) element.setAttribute('role', 'img');
    const id = element.dataset.id;
    if (id !== undefined && element.matches('.state')) states.set(id, element);
    else if (id !== undefined) edges.set(id, [...(edges.get(id) ?? []), element]);
    return element;
  };
  return { root: build(drawChart(layout)), states, edges };
}

/** Squeezes texts that a wider font would push out of their room. Needs the chart to be in the page. */
function fitTexts(root: SVGElement): void {
  const texts = [...root.querySelectorAll<SVGTextElement>('text[data-fit]')];
  const tooWide = texts.filter((text) => text.getComputedTextLength() > Number(text.dataset.fit));
  for (const text of tooWide) {
    text.setAttribute('textLength', text.dataset.fit ?? '');
    text.setAttribute('lengthAdjust', 'spacingAndGlyphs');
  }
}

type Look = readonly (readonly [Element, Readonly<Record<string, string | number | null>>])[];

function put(look: Look): void {
  for (const [element, attributes] of look) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, String(value));
    }
  }
}

/** The two looks of a drawn chart, by the distance that it is looked at from. */
export class Looks {
  readonly #layout: ChartLayout;
  readonly #drawn: DrawnChart;
  /** What the far look changed; null: as drawn. */
  #near: Look | null = null;
  #isFitted = false;

  constructor(layout: ChartLayout, drawn: DrawnChart) {
    this.#layout = layout;
    this.#drawn = drawn;
  }

  /** As drawn, with all its small print. */
  near(): void {
    if (this.#near !== null) put(this.#near);
    this.#near = null;
    if (!this.#isFitted) fitTexts(this.#drawn.root);
    this.#isFitted = true;
  }

  /** @param fontPx size of names, in pixels of the chart */
  far(fontPx: number): void {
    const look: Look = [...farLooks(this.#layout, fontPx)].flatMap(
      ([id, { box, x, y, fontPx: size, isCentred }]): Look => {
        const state = this.#drawn.states.get(id);
        const [rect, title] = [state?.querySelector(':scope>rect'), state?.querySelector(':scope>.title')];
        if (!rect || !title) return [];
        const anchor = isCentred ? 'middle' : null;
        return [
          [rect, { x: box.x, y: box.y, width: box.w, height: box.h }],
          [title, { x, y, 'font-size': size, 'text-anchor': anchor, textLength: null }],
        ];
      },
    );
    this.#near ??= look.map(([element, attributes]) => {
      const names = Object.keys(attributes);
      return [element, Object.fromEntries(names.map((name) => [name, element.getAttribute(name)]))];
    });
    put(look);
  }
}
