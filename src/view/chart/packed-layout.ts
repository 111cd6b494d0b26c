/**
 * Charts as the page carries them: in columns, places relative to what stands before them, and without what follows from
 * the rest. A third of the page's size is saved; nothing is lost.
 */
import type { Box, ChartLayout, LayoutEdge, LayoutNode, Point } from './layout-types.ts';

/** Left, top, width, height. */
type PackedBox = readonly [x: number, y: number, w: number, h: number];

export interface PackedLayout {
  readonly machine: string;
  readonly width: number;
  readonly height: number;
  /** Columns, by the names of the fields. Boxes and corners are packed; ids of edges are their number, labels what they add. */
  readonly nodes: Readonly<Record<string, readonly unknown[]>>;
  readonly edges: Readonly<Record<string, readonly unknown[]>>;
}

type Fields = Readonly<Record<string, unknown>>;

function columns(list: readonly Fields[]): Record<string, unknown[]> {
  const names = Object.keys(list[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, list.map((fields) => fields[name])]));
}

function objects(packed: Readonly<Record<string, readonly unknown[]>>): Fields[] {
  const names = Object.keys(packed);
  const [first = []] = Object.values(packed);
  return first.map((_, at) => Object.fromEntries(names.map((name) => [name, packed[name]?.[at]])));
}

const packBox = ({ x, y, w, h }: Box, from: Point): PackedBox => [x - from.x, y - from.y, w, h];
const unpackBox = ([x, y, w, h]: PackedBox, from: Point): Box => ({ x: x + from.x, y: y + from.y, w, h });

const ORIGIN: Point = { x: 0, y: 0 };

function packPoints(points: readonly Point[]): number[] {
  return points.flatMap(({ x, y }, at) => {
    const before = points[at - 1] ?? ORIGIN;
    return [x - before.x, y - before.y];
  });
}

function unpackPoints(packed: readonly number[]): Point[] {
  let [x, y] = [0, 0];
  return packed.flatMap((step, at) => {
    if (at % 2 === 0) x += step;
    else y += step;
    return at % 2 === 0 ? [] : [{ x, y }];
  });
}

const idOf = ({ source, event }: Pick<LayoutEdge, 'source' | 'event'>): string => `${source}:${event}:`;
const labelOf = ({ event, guard }: Pick<LayoutEdge, 'event' | 'guard'>): string =>
  guard === null ? event : `${event} [${guard}]`;

/** What the lines of a label say, without their breaks. */
const textOf = (label: string, { actions }: Pick<LayoutEdge, 'actions'>): string =>
  actions.length === 0 ? label : `${label} / ${actions.join(', ')}`;

/** The number of letters of each line. */
function packLines({ label, actions, lines }: LayoutEdge): readonly (number | string)[] {
  const texts = [label, textOf(label, { actions })];
  return texts.includes(lines.join(' ')) ? lines.map(({ length }) => length) : lines;
}

function unpackLines(packed: readonly (number | string)[], label: string, edge: LayoutEdge): string[] {
  const text = textOf(label, edge);
  let at = 0;
  return packed.map((line) => {
    if (typeof line === 'string') return line;
    at += line + 1;
    return text.slice(at - line - 1, at - 1);
  });
}

function packEdge(edge: LayoutEdge): Fields {
  const { id, label, labelBox, points } = edge;
  const stem = idOf(edge);
  return {
    ...edge,
    id:
      id.startsWith(stem) && id === `${stem}${Number(id.slice(stem.length))}`
        ? Number(id.slice(stem.length))
        : id,
    label: label === labelOf(edge) ? 0 : label,
    labelBox: labelBox === null ? 0 : packBox(labelBox, points[0] ?? ORIGIN),
    points: packPoints(points),
    lines: packLines(edge),
  };
}

function unpackEdge(packed: Fields): LayoutEdge {
  const edge = packed as unknown as LayoutEdge;
  const points = unpackPoints(packed.points as readonly number[]);
  const label = packed.label === 0 ? labelOf(edge) : edge.label;
  return {
    ...edge,
    id: typeof packed.id === 'number' ? `${idOf(edge)}${packed.id}` : edge.id,
    label,
    lines: unpackLines(packed.lines as readonly (number | string)[], label, edge),
    labelBox: packed.labelBox === 0 ? null : unpackBox(packed.labelBox as PackedBox, points[0] ?? ORIGIN),
    points,
  };
}

export function packLayout({ machine, width, height, nodes, edges }: ChartLayout): PackedLayout {
  let from: Point = ORIGIN;
  const packed = nodes.map(({ x, y, w, h, notes, ...rest }) => {
    const box = packBox({ x, y, w, h }, from);
    from = { x, y };
    return { ...rest, box, notes: notes.map(({ text, ...own }) => [text, ...packBox(own, from)]) };
  });
  return { machine, width, height, nodes: columns(packed), edges: columns(edges.map(packEdge)) };
}

export function unpackLayout({ machine, width, height, nodes, edges }: PackedLayout): ChartLayout {
  let from: Point = ORIGIN;
  const unpacked = objects(nodes).map(({ box, notes, ...rest }) => {
    const place = unpackBox(box as PackedBox, from);
    from = place;
    const lines = (notes as readonly (readonly [string, ...PackedBox])[]).map(([text, ...own]) => ({
      ...{ text, ...unpackBox(own, from) },
    }));
    return { ...rest, ...place, notes: lines } as unknown as LayoutNode;
  });
  return { machine, width, height, nodes: unpacked, edges: objects(edges).map(unpackEdge) };
}
