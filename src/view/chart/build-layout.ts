/** From a machine's definition to coordinates. Runs when charts are built; the page gets the result. */
import type { MachineDefinition } from '../../machines/registry.ts';
import { type Attempt, initialDotId, labelLines, layoutRegion, type RegionLayout } from './elk-layout.ts';
import { crosses, overlaps, shifted } from './geometry.ts';
import {
  type Box,
  type ChartLayout,
  LABEL_LINE_PX,
  type LayoutEdge,
  type LayoutNode,
  type Point,
} from './layout-types.ts';
import { type Placed, pack, type Size } from './pack.ts';
import { type ChartState, type ChartTransition, readStatechart, type Statechart } from './statechart.ts';

/** Room for the chart in a window of 1440 x 900; only its shape matters. */
const TARGET: Size = { width: 1130, height: 720 };

/** ELK breaks ties at random: a few seeds give layouts of quite different sizes. */
const ATTEMPTS: readonly Attempt[] = [1, 2, 3, 4].flatMap((seed) => [
  { direction: 'RIGHT' as const, seed },
  { direction: 'DOWN' as const, seed },
]);

/** Margin of a chart whose regions stand in a frame. */
const MARGIN = 10;

function textBoxes({ boxes, texts }: RegionLayout): Box[] {
  return [...texts].flatMap(([id, text]) => {
    const box = boxes.get(id);
    if (box === undefined) return [];
    const inside = [text.title, ...text.notes, ...text.inner.flatMap(({ lines }) => lines)];
    return inside.map((relative) => shifted(relative, box.x, box.y));
  });
}

/** Lines through text and text on text: the smaller, the better to read. */
export function countCollisions(layout: RegionLayout): number {
  const texts = textBoxes(layout);
  const lines = [...layout.lines];
  const labels = lines.flatMap(([id, { label }]) => (label === null ? [] : [{ id, label }]));
  let count = 0;
  for (const [id, { points }] of lines) {
    count += texts.filter((text) => crosses(points, text)).length;
    count += labels.filter((other) => other.id !== id && crosses(points, other.label)).length;
  }
  labels.forEach(({ label }, index) => {
    count += texts.filter((text) => overlaps(text, label)).length;
    count += labels.slice(index + 1).filter((other) => overlaps(other.label, label)).length;
  });
  return count;
}

/** The layouts of a region worth packing: the most readable ones that no other beats in width and height. */
async function variantsOf(chart: Statechart, region: ChartState): Promise<RegionLayout[]> {
  const tried: { readonly layout: RegionLayout; readonly collisions: number }[] = [];
  for (const attempt of ATTEMPTS) {
    const layout = await layoutRegion(chart, region, attempt);
    tried.push({ layout, collisions: countCollisions(layout) });
  }
  const fewest = Math.min(...tried.map(({ collisions }) => collisions));
  const readable = tried.filter(({ collisions }) => collisions === fewest).map(({ layout }) => layout);
  return readable.filter(
    (layout, index) =>
      !readable.some(
        (other, rival) =>
          other !== layout &&
          other.width <= layout.width &&
          other.height <= layout.height &&
          (other.width < layout.width || other.height < layout.height || rival < index),
      ),
  );
}

function nodesOf(chart: Statechart, layout: RegionLayout, placed: Placed, region: string): LayoutNode[] {
  const nodes: LayoutNode[] = [];
  for (const state of chart.states) {
    const box = layout.boxes.get(state.id);
    const text = layout.texts.get(state.id);
    if (box === undefined || text === undefined) continue;
    const { x, y } = shifted(box, placed.x, placed.y);
    const { id, parent, kind, label, entry, exit, entryEffects, exitEffects } = state;
    const size = id === region ? { w: placed.w, h: placed.h } : { w: box.w, h: box.h };
    const notes = text.notes.map((note) => shifted(note, x, y));
    nodes.push({ id, parent, kind, label, x, y, ...size, entry, exit, entryEffects, exitEffects, notes });
    const dot = layout.boxes.get(initialDotId(id));
    if (dot === undefined) continue;
    nodes.push({
      ...shifted(dot, placed.x, placed.y),
      id: initialDotId(id),
      parent: id,
      kind: 'initial',
      label: '',
      entry: [],
      exit: [],
      entryEffects: [],
      exitEffects: [],
      notes: [],
    });
  }
  return nodes;
}

function edge(
  transition: ChartTransition,
  lines: readonly string[],
  labelBox: Box,
  points: readonly Point[],
): LayoutEdge {
  const { id, source, target, event, guard, timer, raised, actions, effects, label } = transition;
  return {
    id,
    source,
    target,
    event,
    guard,
    timer,
    raised,
    actions,
    effects,
    label,
    lines,
    labelBox,
    points,
  };
}

function initialEdge(state: ChartState, points: readonly Point[]): LayoutEdge {
  return {
    id: initialDotId(state.id),
    source: initialDotId(state.id),
    target: state.initial,
    event: 'initial',
    guard: null,
    timer: null,
    raised: false,
    actions: [],
    effects: [],
    label: '',
    lines: [],
    labelBox: null,
    points,
  };
}

function edgesOf(chart: Statechart, layout: RegionLayout, placed: Placed): LayoutEdge[] {
  const edges: LayoutEdge[] = [];
  const line = (id: string): { points: Point[]; label: Box } => {
    const found = layout.lines.get(id);
    const points = (found?.points ?? []).map((point) => shifted(point, placed.x, placed.y));
    return { points, label: shifted(found?.label ?? { x: 0, y: 0, w: 0, h: 0 }, placed.x, placed.y) };
  };
  for (const state of chart.states) {
    if (state.initial !== null && layout.texts.has(state.id)) {
      edges.push(initialEdge(state, line(initialDotId(state.id)).points));
    }
    const box = layout.boxes.get(state.id);
    for (const { transition, lines } of layout.texts.get(state.id)?.inner ?? []) {
      const [first] = lines;
      if (box === undefined || first === undefined) continue;
      const w = Math.max(...lines.map((note) => note.x + note.w - first.x));
      const h = lines.reduce((sum, note) => sum + note.h, 0);
      const origin = shifted({ x: first.x, y: first.y, w, h }, placed.x + box.x, placed.y + box.y);
      edges.push(
        edge(
          transition,
          lines.map(({ text }) => text),
          origin,
          [],
        ),
      );
    }
  }
  for (const { id, transitions } of layout.bundles) {
    const { points, label } = line(id);
    let y = label.y;
    for (const transition of transitions) {
      const lines = labelLines(transition.label);
      const h = lines.length * LABEL_LINE_PX;
      edges.push(edge(transition, lines, { x: label.x, y, w: label.w, h }, points));
      y = Math.round((y + h) * 10) / 10;
    }
  }
  return edges;
}

function frame(root: ChartState, width: number, height: number): LayoutNode {
  const { id, entry, exit, entryEffects, exitEffects } = root;
  const box = { x: 0, y: 0, w: width, h: height };
  return {
    ...box,
    id,
    parent: null,
    kind: 'machine',
    label: id,
    entry,
    exit,
    entryEffects,
    exitEffects,
    notes: [],
  };
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

/**
 * Lays a machine out. Its regions are laid out on their own and packed; a machine without regions is one region.
 * @throws if a transition leads from one region into another, or the root itself has transitions beside regions.
 */
export async function buildLayout(definition: MachineDefinition): Promise<ChartLayout> {
  const chart = readStatechart(definition);
  const root = chart.states.find(({ kind }) => kind === 'machine');
  if (root === undefined) throw new Error(`${definition.name}: no root state`);
  const regions = chart.states.filter(({ kind, parent }) => kind === 'region' && parent === root.id);
  const tops = regions.length > 0 ? regions : [root];
  if (regions.length > 0 && chart.transitions.some(({ source }) => source === root.id)) {
    throw new Error(`${definition.name}: transitions of the whole machine cannot be drawn beside regions`);
  }
  const variants: RegionLayout[][] = [];
  for (const top of tops) variants.push(await variantsOf(chart, top));
  const packing = pack(variants, TARGET);
  const width = packing.width + 2 * MARGIN;
  const height = packing.height + 2 * MARGIN;
  const nodes: LayoutNode[] = regions.length > 0 ? [frame(root, width, height)] : [];
  const edges: LayoutEdge[] = [];
  packing.placed.forEach((place, index) => {
    const layout = variants[index]?.[place.variant];
    const top = tops[index];
    if (layout === undefined || top === undefined) return;
    const placed = shifted(place, MARGIN, MARGIN);
    nodes.push(...nodesOf(chart, layout, placed, top.id));
    edges.push(...edgesOf(chart, layout, placed));
  });
  return { machine: chart.machine, width, height, nodes: nodes.sort(byId), edges: edges.sort(byId) };
}

/** JSON with sorted keys, one line a node or edge, so that a change of a chart reads well as a diff. */
export function layoutText({ machine, width, height, nodes, edges }: ChartLayout): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, sorted(v)]),
    );
  };
  const list = (items: readonly unknown[]) =>
    items.map((item) => `    ${JSON.stringify(sorted(item))}`).join(',\n');
  return `{
  "edges": [\n${list(edges)}\n  ],
  "height": ${height},
  "machine": ${JSON.stringify(machine)},
  "nodes": [\n${list(nodes)}\n  ],
  "width": ${width}
}
`;
}
