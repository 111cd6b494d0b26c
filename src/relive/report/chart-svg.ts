/** The statechart of an actor around one row: what was active, what was left, which transitions fired. */
import type { StoredRow } from '../../journal/model.ts';
import type { Json } from '../../protocol/json.ts';
import { activeStates } from '../../view/chart/active.ts';
import { drawChart } from '../../view/chart/draw.ts';
import { FiredEdges } from '../../view/chart/fired.ts';
import type { Box, ChartLayout, LayoutEdge } from '../../view/chart/layout-types.ts';
import { layoutOf } from '../../view/chart/layouts.ts';
import { type Shape, shape } from '../../view/chart/shape.ts';

/** What is drawn: the states after a row that changed something, or those that held at the end. */
export type Moment =
  | { readonly row: StoredRow; readonly before: Json | null }
  | { readonly machine: string | null; readonly state: Json };

export interface ChartPart {
  /** Name of the region; that of the machine where it has none. */
  readonly name: string;
  /** Transitions that fired in it, in words. */
  readonly fired: readonly string[];
  /** States that are active in it. */
  readonly active: readonly string[];
  readonly svg: Shape;
}

const MARGIN_PX = 6;
const ROOM_PX = 12;
/** The name of a region and its notes need as much. */
const LEAST_PX = 320;

/** The regions of a chart, those in which something happened first; null: this build does not have the chart. */
export function chartParts(moment: Moment): readonly ChartPart[] | null {
  const machine = 'row' in moment ? moment.row.machine : moment.machine;
  const layout = layoutOf(machine);
  if (layout === null) return null;
  const state = 'row' in moment ? moment.row.state : moment.state;
  const active = activeStates(state);
  const fired = 'row' in moment ? new FiredEdges(layout).of({ ...moment.row, before: moment.before }) : [];
  const marks = marksOf('row' in moment ? moment.before : null, active, fired);
  const regions = layout.nodes.filter(({ kind }) => kind === 'region');
  const parts = regions.length === 0 ? [part(layout, layout.machine, layout, marks, active, fired)] : [];
  for (const region of regions) {
    const isInside = (id: string): boolean => id === region.id || id.startsWith(`${region.id}.`);
    const edges = layout.edges.filter(({ source }) => isInside(source));
    const inside = fired.filter((id) => edges.some((edge) => edge.id === id));
    const others = layout.nodes.filter(({ id }) => isInside(id) && id !== region.id);
    const box = filled(region, others, edges);
    const nodes = [{ ...region, ...box }, ...others];
    parts.push(part({ ...layout, nodes, edges }, region.id, box, marks, active, inside));
  }
  const worth = ({ name, fired: edges }: ChartPart): number =>
    (name === 'protocol' ? 2 : 0) + (edges.length > 0 ? 1 : 0);
  return parts.sort((a, b) => worth(b) - worth(a));
}

/** Regions are packed with room to spare, which a picture of one of them does not need. */
function filled(region: Box, nodes: readonly Box[], edges: readonly LayoutEdge[]): Box {
  const boxes = [...nodes, ...edges.flatMap(({ labelBox }) => labelBox ?? [])];
  const corners = [
    ...boxes.map(({ x, y, w, h }) => ({ x: x + w, y: y + h })),
    ...edges.flatMap(({ points }) => points),
  ];
  const right = Math.max(...corners.map(({ x }) => x)) + ROOM_PX;
  const bottom = Math.max(...corners.map(({ y }) => y)) + ROOM_PX;
  const { x, y, w, h } = region;
  return { x, y, w: Math.min(w, Math.max(right - x, LEAST_PX)), h: Math.min(h, bottom - y) };
}

function marksOf(
  before: Json | null,
  active: ReadonlySet<string>,
  fired: readonly string[],
): ReadonlyMap<string, string> {
  const marks = new Map<string, string>();
  const old = activeStates(before);
  for (const id of active) marks.set(id, before === null || old.has(id) ? ' active' : ' active entered');
  for (const id of old) if (!active.has(id)) marks.set(id, ' left');
  for (const id of fired) marks.set(id, ' fired');
  return marks;
}

function part(
  layout: ChartLayout,
  name: string,
  box: Partial<Box> & { readonly width?: number; readonly height?: number },
  marks: ReadonlyMap<string, string>,
  active: ReadonlySet<string>,
  fired: readonly string[],
): ChartPart {
  const [x, y] = [(box.x ?? 0) - MARGIN_PX, (box.y ?? 0) - MARGIN_PX];
  const [w, h] = [(box.w ?? layout.width) + 2 * MARGIN_PX, (box.h ?? layout.height) + 2 * MARGIN_PX];
  const edges = fired.flatMap((id) => layout.edges.find((edge) => edge.id === id) ?? []);
  const states = layout.nodes
    .filter(({ id, kind }) => active.has(id) && kind === 'atomic')
    .map(({ id }) => id);
  const words = edges.map(({ source, target, label }) => `${source} \u2192 ${target ?? source}: ${label}`);
  const about = `${name}: active ${states.join(', ')}${words.length > 0 ? `; fired ${words.join('; ')}` : ''}`;
  const attributes = {
    viewBox: `${x} ${y} ${w} ${h}`,
    width: Math.round(w),
    role: 'img',
    'aria-label': about,
  };
  return { name, fired: words, active: states, svg: shape('svg', attributes, drawChart(layout, marks)) };
}
