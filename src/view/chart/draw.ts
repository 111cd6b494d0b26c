/** Draws a laid-out statechart as SVG. What is active is a matter of classes, set later or asked for. */

import { toneOf } from '../text/tone.ts';
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
} from './layout-types.ts';
import { type Shape, shape } from './shape.ts';

const CORNER = 5;

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
function arrow(points: readonly Point[]): Shape {
  const tip = points.at(-1) ?? { x: 0, y: 0 };
  const from = points.at(-2) ?? tip;
  const degrees = (Math.atan2(tip.y - from.y, tip.x - from.x) * 180) / Math.PI;
  const transform = `translate(${tip.x} ${tip.y})rotate(${degrees})`;
  return shape('path', { class: 'arrow', d: 'M0 0L-8 -3.6L-8 3.6Z', transform });
}

type TextKind = 'title' | 'note' | 'event' | 'guard';

/** `fit` is the room that the text was laid out for. */
function words(text: string, x: number, y: number, kind: TextKind, fit: number): Shape {
  const size = kind === 'title' ? FONT_PX.title : kind === 'note' ? FONT_PX.note : FONT_PX.label;
  return shape('text', { x, y, class: kind, 'font-size': size, 'data-fit': fit }, text);
}

function drawNode(node: LayoutNode, inner: readonly Shape[], more: string): Shape {
  const { id, kind, label, x, y, w, h, notes } = node;
  const attributes = { class: `state ${kind}${more}`, 'data-id': id, 'data-tone': toneOf(id) };
  if (kind === 'initial')
    return shape('g', attributes, shape('circle', { cx: x + w / 2, cy: y + h / 2, r: w / 2 - 0.5 }));
  const box = shape('rect', { x, y, width: w, height: h, rx: kind === 'region' ? 9 : 7 });
  const isFinal = kind === 'final';
  const line = { x: x + 3, y: y + 3, width: w - 6, height: h - 6, rx: 5 };
  const title = words(label, x + NODE_PAD_PX, y + 4 + FONT_PX.title, 'title', w - 2 * NODE_PAD_PX);
  const prints = notes.map((note) => words(note.text, note.x, note.y + FONT_PX.note, 'note', note.w));
  return shape('g', attributes, box, ...(isFinal ? [shape('rect', line)] : []), title, ...prints, ...inner);
}

function drawLine({ id, source, target, points, label }: LayoutEdge, more: string): Shape {
  const d = pathOf(points);
  const title = shape('title', {}, `${source} \u2192 ${target}${label === '' ? '' : `: ${label}`}`);
  const attributes = { class: `edge${more}`, 'data-id': id };
  return shape('g', attributes, title, shape('path', { class: 'line', d }), arrow(points));
}

function drawLabel(edge: LayoutEdge, on: string, more: string): Shape | null {
  const { id, points, lines, labelBox, label, actions } = edge;
  if (labelBox === null) return null;
  const { x, y, w, h } = labelBox;
  const inner = points.length === 0;
  const title = shape('title', {}, actions.length === 0 ? label : `${label} / ${actions.join(', ')}`);
  const box = shape('rect', { x: x - (inner ? 3 : 0), y, width: w + (inner ? 6 : 0), height: h, rx: 3 });
  const texts = lines.map((line, index) => {
    if (inner) {
      const indent = index === 0 ? 0 : NOTE_INDENT_PX;
      return words(line, x + indent, y + index * NOTE_LINE_PX + FONT_PX.note, 'note', w - indent);
    }
    const kind = line.startsWith('[') ? 'guard' : 'event';
    return words(line, x + w / 2, y + index * LABEL_LINE_PX + FONT_PX.label - 1, kind, w - 4);
  });
  const attributes = { class: `label ${inner ? 'inner' : ''}${more}`, 'data-id': id, 'data-on': on };
  return shape('g', attributes, title, box, ...texts);
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

/** Classes that states and transitions have besides those of their kind, by id: ` active`. */
export type Marks = ReadonlyMap<string, string>;

export function drawChart(layout: ChartLayout, marks: Marks = new Map()): Shape {
  const more = (id: string): string => marks.get(id) ?? '';
  const lines = layout.edges
    .filter(({ points }) => points.length > 0)
    .map((edge) => drawLine(edge, more(edge.id)));
  const labels: Shape[] = [];
  // Inside a state the text takes part in its colours.
  const inside = new Map<string, Shape[]>();
  const isDrawn = (id: string): boolean => layout.nodes.some((node) => node.id === id);
  for (const edge of layout.edges) {
    const label = drawLabel(edge, ground(layout, edge), more(edge.id));
    if (label === null) continue;
    if (edge.points.length === 0 && isDrawn(edge.source))
      inside.set(edge.source, [...(inside.get(edge.source) ?? []), label]);
    else labels.push(label);
  }
  const [containers, boxes]: [Shape[], Shape[]] = [[], []];
  const outerFirst = [...layout.nodes].sort((a, b) => b.w * b.h - a.w * a.h);
  for (const node of outerFirst) {
    if (node.kind === 'machine' && layout.nodes.some(({ kind }) => kind === 'region')) continue;
    const isContainer = node.kind === 'machine' || node.kind === 'region' || node.kind === 'compound';
    (isContainer ? containers : boxes).push(drawNode(node, inside.get(node.id) ?? [], more(node.id)));
  }
  const groups = [containers, lines, boxes, labels].map((group) => shape('g', {}, ...group));
  return shape('g', { class: 'chart' }, ...groups);
}
