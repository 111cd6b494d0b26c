/** A drawn statechart in the page. What is active is a matter of classes, set later. */
import { drawChart } from '../chart/draw.ts';
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
export function fitTexts(root: SVGElement): void {
  const texts = [...root.querySelectorAll<SVGTextElement>('text[data-fit]')];
  const tooWide = texts.filter((text) => text.getComputedTextLength() > Number(text.dataset.fit));
  for (const text of tooWide) {
    text.setAttribute('textLength', text.dataset.fit ?? '');
    text.setAttribute('lengthAdjust', 'spacingAndGlyphs');
  }
}
