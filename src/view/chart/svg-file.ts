/** A chart as a file of its own, light or dark as its reader's screen is: what docs/images/charts holds. */
import { drawChart } from './draw.ts';
import type { ChartLayout } from './layout-types.ts';
import { markup, shape } from './shape.ts';

/** @param style colours and chart rules of the page */
export function svgFile(layout: ChartLayout, style: string): string {
  const { machine, width, height } = layout;
  const squeezed = style
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};:,]) ?/g, '$1')
    .trim();
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'aria-label': `Statechart ${machine}`,
    'font-family': 'system-ui, "DejaVu Sans", sans-serif',
  };
  const ground = shape('rect', { width, height, fill: 'var(--ground)' });
  const styled = shape('style', {}, '@@');
  const text = markup(shape('svg', attributes, styled, ground, drawChart(layout)));
  return `${text.replace('@@', () => squeezed).replaceAll('<g class', '\n<g class')}\n`;
}
