/** Draws a laid-out statechart as SVG. What is active is a matter of classes, set later. */
import {
  type Box,
  type ChartLayout,
  FONT_PX,
  LABEL_LINE_PX,
  type LayoutEdge,
  type LayoutNode,
  NODE_PAD_PX,
  NOTE_INDENT_PX,
  NOTE_LINE_PX,
  type Point,
} from '../chart/layout-types.ts';
import { toneOf } from '../text/tone.ts';
import { svg } from './dom.ts';

const CORNER = 5;

export interface DrawnChart {
  readonly root: SVGGElement;
  readonly states: ReadonlyMap<string, SVGGElement>;
  /** Line and label of each transition. */
  readonly edges: ReadonlyMap<string, readonly SVGGElement[]>;
}

/** A line with rounded corners. */
function pathOf(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (before === undefined) return `M${point.x} ${point.y}`;
      if (after === undefined) return `L${point.x} ${point.y}`;
      const from = towards(point, before);
      const to = towards(point, after);
      return `L${from.x} ${from.y}Q${point.x} ${point.y} ${to.x} ${to.y}`;
    })
    .join('');
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(CORNER, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/** The arrow is drawn, not a marker: markers cannot follow the colour of their line everywhere. */
function arrow(points: readonly Point[]): SVGPathElement {
  const tip = points.at(-1) ?? { x: 0, y: 0 };
  const from = points.at(-2) ?? tip;
  const degrees = (Math.atan2(tip.y - from.y, tip.x - from.x) * 180) / Math.PI;
  const transform = `translate(${tip.x} ${tip.y})rotate(${degrees})`;
  return svg('path', { class: 'arrow', d: 'M0 0L-8 -3.6L-8 3.6Z', transform });
}

type TextKind = 'title' | 'note' | 'event' | 'guard';

/** `fit` is the room that the text was laid out for. */
function words(text: string, x: number, y: number, kind: TextKind, fit: number): SVGTextElement {
  const size = kind === 'title' ? FONT_PX.title : kind === 'note' ? FONT_PX.note : FONT_PX.label;
  return svg('text', { x, y, class: kind, 'font-size': size, 'data-fit': fit }, text);
}

function drawNode(node: LayoutNode): SVGGElement {
  const { id, kind, label, x, y, w, h, notes } = node;
  const group = svg('g', { class: `state ${kind}`, 'data-id': id, 'data-tone': toneOf(id) });
  if (kind === 'initial') {
    group.append(svg('circle', { cx: x + w / 2, cy: y + h / 2, r: w / 2 - 0.5 }));
    return group;
  }
  group.append(svg('rect', { x, y, width: w, height: h, rx: kind === 'region' ? 9 : 7 }));
  if (kind === 'final') group.append(svg('rect', { x: x + 3, y: y + 3, width: w - 6, height: h - 6, rx: 5 }));
  group.append(words(label, x + NODE_PAD_PX, y + 4 + FONT_PX.title, 'title', w - 2 * NODE_PAD_PX));
  for (const note of notes) group.append(words(note.text, note.x, note.y + FONT_PX.note, 'note', note.w));
  return group;
}

function drawLine({ id, source, target, points, label }: LayoutEdge): SVGGElement {
  const d = pathOf(points);
  const title = svg('title', {}, `${source} → ${target}${label === '' ? '' : `: ${label}`}`);
  return svg('g', { class: 'edge', 'data-id': id }, title, svg('path', { class: 'line', d }), arrow(points));
}

function drawLabel(
  { id, target, lines, labelBox, label, actions }: LayoutEdge,
  on: string,
): SVGGElement | null {
  if (labelBox === null) return null;
  const { x, y, w, h } = labelBox;
  const inner = target === null;
  const group = svg('g', { class: `label ${inner ? 'inner' : ''}`, 'data-id': id, 'data-on': on });
  group.append(svg('title', {}, actions.length === 0 ? label : `${label} / ${actions.join(', ')}`));
  group.append(svg('rect', { x: x - (inner ? 3 : 0), y, width: w + (inner ? 6 : 0), height: h, rx: 3 }));
  lines.forEach((line, index) => {
    if (inner) {
      const indent = index === 0 ? 0 : NOTE_INDENT_PX;
      group.append(words(line, x + indent, y + index * NOTE_LINE_PX + FONT_PX.note, 'note', w - indent));
    } else {
      const kind = line.startsWith('[') ? 'guard' : 'event';
      group.append(words(line, x + w / 2, y + index * LABEL_LINE_PX + FONT_PX.label - 1, kind, w - 4));
    }
  });
  return group;
}

function contains(outer: Box, inner: Box): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.w >= inner.x + inner.w &&
    outer.y + outer.h >= inner.y + inner.h
  );
}

/** Kind of the innermost container under a label: the label hides its line with that container's colour. */
function ground(layout: ChartLayout, { labelBox }: LayoutEdge): string {
  const under = layout.nodes.filter(
    (node) =>
      labelBox !== null && node.kind !== 'atomic' && node.kind !== 'initial' && contains(node, labelBox),
  );
  return under.sort((a, b) => a.w * a.h - b.w * b.h)[0]?.kind ?? 'machine';
}

export function drawChart(layout: ChartLayout): DrawnChart {
  const states = new Map<string, SVGGElement>();
  const edges = new Map<string, SVGGElement[]>();
  const [containers, lines, boxes, labels] = [svg('g'), svg('g'), svg('g'), svg('g')];
  const outerFirst = [...layout.nodes].sort((a, b) => b.w * b.h - a.w * a.h);
  for (const node of outerFirst) {
    if (node.kind === 'machine' && layout.nodes.some(({ kind }) => kind === 'region')) continue;
    const drawn = drawNode(node);
    states.set(node.id, drawn);
    const isContainer = node.kind === 'machine' || node.kind === 'region' || node.kind === 'compound';
    (isContainer ? containers : boxes).append(drawn);
  }
  for (const edge of layout.edges) {
    const parts: SVGGElement[] = [];
    if (edge.target !== null) {
      const line = drawLine(edge);
      lines.append(line);
      parts.push(line);
    }
    const label = drawLabel(edge, ground(layout, edge));
    if (label !== null) {
      // Inside a state the text takes part in its colours.
      const inside = edge.target === null ? states.get(edge.source) : undefined;
      (inside ?? labels).append(label);
      parts.push(label);
    }
    edges.set(edge.id, parts);
  }
  return { root: svg('g', { class: 'chart' }, containers, lines, boxes, labels), states, edges };
}

/** Squeezes texts that a wider font would push out of their room. Needs the chart to be in the page. */
export function fitTexts(root: SVGGElement): void {
  const texts = [...root.querySelectorAll<SVGTextElement>('text[data-fit]')];
  const tooWide = texts.filter((text) => text.getComputedTextLength() > Number(text.dataset.fit));
  for (const text of tooWide) {
    text.setAttribute('textLength', text.dataset.fit ?? '');
    text.setAttribute('lengthAdjust', 'spacingAndGlyphs');
  }
}
