/**
 * A plain drawing of any statechart: boxes in boxes, transitions as lines of text. For charts of other versions than
 * this build's, which ELK has not laid out; it needs no library and takes a moment.
 */
import {
  type Box,
  type ChartLayout,
  FONT_PX,
  type LayoutEdge,
  type LayoutNode,
  type LayoutNote,
  NODE_PAD_PX,
  NOTE_LINE_PX,
} from './layout-types.ts';
import type { ChartState, ChartTransition, Statechart } from './statechart.ts';
import { textWidth } from './text-width.ts';

const TITLE_PX = 25;
const GAP_PX = 22;
const DOT_PX = 10;
const MARGIN_PX = 10;
/** A chart should look like a screen. */
const SHAPE = 1.6;

interface Sized {
  readonly state: ChartState;
  readonly notes: readonly string[];
  readonly own: readonly ChartTransition[];
  readonly children: readonly { readonly at: Box; readonly of: Sized }[];
  readonly w: number;
  readonly h: number;
}

const lineOf = ({ label, target }: ChartTransition): string =>
  target === null ? label : `${label} \u2192 ${target}`;

/** Side by side, and on to the next row where the first grows longer than a screen would show. */
function flow(items: readonly Sized[], top: number, least: number): { at: Box; of: Sized }[] {
  const area = items.reduce((sum, { w, h }) => sum + (w + GAP_PX) * (h + GAP_PX), 0);
  const room = Math.max(least, Math.sqrt(area) * SHAPE, ...items.map(({ w }) => w));
  let [x, y, deepest] = [GAP_PX, top, 0];
  return items.map((of) => {
    if (x > GAP_PX && x + of.w > room + GAP_PX) {
      [x, y, deepest] = [GAP_PX, y + deepest + GAP_PX, 0];
    }
    const at = { x, y, w: of.w, h: of.h };
    x += of.w + GAP_PX;
    deepest = Math.max(deepest, of.h);
    return { at, of };
  });
}

function sized(chart: Statechart, state: ChartState): Sized {
  const own = chart.transitions.filter(({ source }) => source === state.id);
  const told = (name: string, actions: readonly string[]): string[] =>
    actions.length === 0 ? [] : [`${name} / ${actions.join(', ')}`];
  const notes = [...told('entry', state.entry), ...told('exit', state.exit)];
  const lines = [...notes, ...own.map(lineOf)];
  const widths = lines.map((line) => textWidth(line, FONT_PX.note));
  const textW = Math.max(64, textWidth(state.label, FONT_PX.title, 'bold'), ...widths) + 2 * NODE_PAD_PX;
  const textH = TITLE_PX + lines.length * NOTE_LINE_PX + (lines.length > 0 ? 6 : 3);
  const inner = chart.states.filter(({ parent }) => parent === state.id).map((one) => sized(chart, one));
  const children = flow(inner, textH + 6, textW);
  const right = Math.max(0, ...children.map(({ at }) => at.x + at.w + GAP_PX));
  const bottom = Math.max(0, ...children.map(({ at }) => at.y + at.h + MARGIN_PX));
  return { state, notes, own, children, w: Math.max(textW, right), h: Math.max(textH, bottom) };
}

function noted(lines: readonly string[], x: number, y: number, from: number): LayoutNote[] {
  return lines.map((text, index) => ({
    text,
    x: x + NODE_PAD_PX,
    y: y + TITLE_PX + (from + index) * NOTE_LINE_PX,
    w: textWidth(text, FONT_PX.note),
    h: NOTE_LINE_PX,
  }));
}

/** The dot beside the state that is entered first, with its arrow. */
function initial(parent: ChartState, at: Box): { node: LayoutNode; edge: LayoutEdge } {
  const id = `${parent.id}.(initial)`;
  const none = { entry: [], exit: [], entryEffects: [], exitEffects: [] };
  const [x, y] = [at.x - GAP_PX + 2, at.y + 7];
  const middle = y + DOT_PX / 2;
  return {
    node: {
      ...none,
      id,
      parent: parent.id,
      kind: 'initial',
      label: '',
      x,
      y,
      w: DOT_PX,
      h: DOT_PX,
      notes: [],
    },
    edge: {
      ...{
        id,
        source: id,
        target: parent.initial,
        event: 'initial',
        guard: null,
        timer: null,
        raised: false,
      },
      ...{ actions: [], effects: [], label: '', lines: [], labelBox: null },
      points: [
        { x: x + DOT_PX, y: middle },
        { x: at.x, y: middle },
      ],
    },
  };
}

function place({ state, notes, own, children, w, h }: Sized, x: number, y: number, into: ChartLayout): void {
  const { id, parent, kind, label, entry, exit, entryEffects, exitEffects } = state;
  const nodes = into.nodes as LayoutNode[];
  const edges = into.edges as LayoutEdge[];
  const shown = { id, parent, kind, label, entry, exit, entryEffects, exitEffects };
  nodes.push({ ...shown, x, y, w, h, notes: noted(notes, x, y, 0) });
  noted(own.map(lineOf), x, y, notes.length).forEach(({ text, ...labelBox }, index) => {
    const transition = own[index];
    if (transition !== undefined) edges.push({ ...transition, lines: [text], labelBox, points: [] });
  });
  for (const { at, of } of children) {
    const box = { ...at, x: at.x + x, y: at.y + y };
    place(of, box.x, box.y, into);
    if (of.state.id !== state.initial) continue;
    const { node, edge } = initial(state, box);
    nodes.push(node);
    edges.push(edge);
  }
}

/** Never without a box: the machine itself is one. */
export function plainLayout(chart: Statechart): ChartLayout {
  const root = chart.states.find(({ parent }) => parent === null);
  if (root === undefined) throw new Error(`${chart.machine}: no root state`);
  const all = sized(chart, root);
  const [width, height] = [all.w + 2 * MARGIN_PX, all.h + 2 * MARGIN_PX];
  const layout: ChartLayout = { machine: chart.machine, width, height, nodes: [], edges: [] };
  place(all, MARGIN_PX, MARGIN_PX, layout);
  return layout;
}
