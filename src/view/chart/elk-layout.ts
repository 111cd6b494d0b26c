/** Lays one region of a statechart out with ELK. Used when charts are built, never in the page. */
import elk, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import { type Box, FONT_PX, LABEL_LINE_PX, LABEL_PAD_PX, type Point } from './layout-types.ts';
import { type NodeText, nodeText } from './node-size.ts';
import type { ChartState, ChartTransition, Statechart } from './statechart.ts';
import { textWidth } from './text-width.ts';

/** One way to lay a region out; several are tried. */
export interface Attempt {
  readonly direction: 'DOWN' | 'RIGHT';
  readonly seed: number;
}

const DOT = 10;
const PAD = 12;

/** Transitions between the same two states: one line with several labels. */
export interface Bundle {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly transitions: readonly ChartTransition[];
}

export interface RegionLine {
  readonly points: readonly Point[];
  /** Room for the labels of all transitions on this line. */
  readonly label: Box | null;
}

/** A region with coordinates that begin at 0, 0. */
export interface RegionLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Box>;
  readonly texts: ReadonlyMap<string, NodeText>;
  readonly lines: ReadonlyMap<string, RegionLine>;
  readonly bundles: readonly Bundle[];
}

export function initialDotId(parent: string): string {
  return `${parent}.(initial)`;
}

function bundle(transitions: readonly ChartTransition[]): Bundle[] {
  const bundles = new Map<string, ChartTransition[]>();
  for (const transition of transitions) {
    if (transition.target === null) continue;
    const key = `${transition.source}>${transition.target}`;
    bundles.set(key, [...(bundles.get(key) ?? []), transition]);
  }
  return [...bundles].map(([id, members]) => ({
    id,
    source: members[0]?.source ?? '',
    target: members[0]?.target ?? '',
    transitions: members,
  }));
}

/** The guard stands below its event: charts grow too wide otherwise. */
export function labelLines(label: string): string[] {
  return label.split(/ (?=\[)/);
}

function labelSize(members: readonly ChartTransition[]): { width: number; height: number } {
  const lines = members.flatMap(({ label }) => labelLines(label));
  const width = Math.max(...lines.map((line) => textWidth(line, FONT_PX.label)));
  return { width: width + 2 * LABEL_PAD_PX, height: lines.length * LABEL_LINE_PX };
}

function elkNode(
  state: ChartState,
  chart: Statechart,
  texts: Map<string, NodeText>,
  edges: ElkExtendedEdge[],
): ElkNode {
  const inner = chart.transitions.filter(({ source, target }) => source === state.id && target === null);
  const text = nodeText(state, inner);
  texts.set(state.id, text);
  const children = chart.states.filter(({ parent }) => parent === state.id);
  if (children.length === 0) return { id: state.id, width: text.width, height: text.height };
  const nodes = children.map((child) => elkNode(child, chart, texts, edges));
  if (state.initial !== null) {
    const dot = initialDotId(state.id);
    nodes.unshift({
      id: dot,
      width: DOT,
      height: DOT,
      layoutOptions: { 'elk.layered.layering.layerConstraint': 'FIRST' },
    });
    edges.push({
      id: dot,
      sources: [dot],
      targets: [state.initial],
      layoutOptions: { 'elk.layered.priority.direction': '10' },
    });
  }
  return {
    id: state.id,
    children: nodes,
    layoutOptions: {
      'elk.padding': `[top=${text.height + 8},left=${PAD},bottom=${PAD},right=${PAD}]`,
      'elk.nodeSize.constraints': '[MINIMUM_SIZE]',
      'elk.nodeSize.minimum': `(${text.width},${text.height})`,
    },
  };
}

/** Set for the whole call: options on the root alone are not inherited. */
function options({ direction, seed }: Attempt): Record<string, string> {
  return {
    'elk.algorithm': 'layered',
    'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
    'elk.direction': direction,
    'elk.edgeRouting': 'ORTHOGONAL',
    'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
    'elk.edgeLabels.inline': 'true',
    'elk.edgeLabels.placement': 'CENTER',
    'elk.json.shapeCoords': 'ROOT',
    'elk.json.edgeCoords': 'ROOT',
    'elk.spacing.nodeNode': '12',
    'elk.spacing.edgeNode': '8',
    'elk.spacing.edgeEdge': '7',
    'elk.spacing.edgeLabel': '4',
    'elk.layered.spacing.nodeNodeBetweenLayers': '12',
    'elk.layered.spacing.edgeNodeBetweenLayers': '8',
    'elk.layered.spacing.edgeEdgeBetweenLayers': '6',
    'elk.layered.thoroughness': '20',
    'elk.randomSeed': String(seed),
    'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  };
}

/** To whole pixels: nobody sees what is finer, and the page would carry it. */
const round = (value: number | undefined): number => Math.round(value ?? 0);

function boxOf({ x, y, width, height }: { x?: number; y?: number; width?: number; height?: number }): Box {
  return { x: round(x), y: round(y), w: round(width), h: round(height) };
}

function lineOf({ sections, labels }: ElkExtendedEdge): RegionLine {
  const points = (sections ?? []).flatMap(({ startPoint, bendPoints, endPoint }) => [
    startPoint,
    ...(bendPoints ?? []),
    endPoint,
  ]);
  const label = labels?.[0];
  return {
    points: points.map(({ x, y }) => ({ x: round(x), y: round(y) })),
    label: label === undefined ? null : boxOf(label),
  };
}

/** @param region a state with children. Deterministic: the same chart gives the same coordinates. */
export async function layoutRegion(
  chart: Statechart,
  region: ChartState,
  attempt: Attempt,
): Promise<RegionLayout> {
  const texts = new Map<string, NodeText>();
  const edges: ElkExtendedEdge[] = [];
  const root = elkNode(region, chart, texts, edges);
  const bundles = bundle(chart.transitions.filter(({ source }) => texts.has(source)));
  for (const { id, source, target, transitions } of bundles) {
    if (!texts.has(target)) throw new Error(`${id}: a transition between regions cannot be drawn`);
    const label = { text: id, ...labelSize(transitions) };
    edges.push({ id, sources: [source], targets: [target], labels: [label] });
  }
  const laidOut = await new elk.default().layout(
    {
      id: '(graph)',
      children: [root],
      edges,
      layoutOptions: { 'elk.padding': '[top=0,left=0,bottom=0,right=0]' },
    },
    { layoutOptions: options(attempt) },
  );
  const boxes = new Map<string, Box>();
  const collect = (node: ElkNode): void => {
    boxes.set(node.id, boxOf(node));
    for (const child of node.children ?? []) collect(child);
  };
  for (const child of laidOut.children ?? []) collect(child);
  const lines = new Map((laidOut.edges ?? []).map((edge) => [edge.id, lineOf(edge)] as const));
  const { w: width, h: height } = boxes.get(region.id) ?? { w: 0, h: 0 };
  return { width, height, boxes, texts, lines, bundles };
}
