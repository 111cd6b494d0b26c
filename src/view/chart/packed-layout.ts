/**
 * Layouts without what follows from the rest: half of what a page would otherwise be. Packed when the page is built and
 * unpacked when a chart is first shown; the files in src/view/layout stay as they are, to be read as diffs.
 */
import {
  type Box,
  type ChartLayout,
  LABEL_LINE_PX,
  type LayoutEdge,
  type LayoutNode,
  NOTE_LINE_PX,
  type Point,
} from './layout-types.ts';

type PackedNote = readonly [text: string, x: number, y: number, w: number];
type PackedNode = readonly [
  id: string,
  kind: LayoutNode['kind'],
  box: readonly [x: number, y: number, w: number, h: number],
  entry: readonly string[],
  exit: readonly string[],
  notes: readonly PackedNote[],
];
/** Words a line; the empty list for what follows from the label. */
type PackedEdge = readonly [
  source: string,
  event: string,
  position: number,
  target: string | null,
  guard: string | null,
  actions: readonly string[],
  label: readonly [y: number, x?: number, w?: number],
  words: readonly number[],
  points: readonly number[],
];

export interface PackedLayout {
  readonly packed: readonly [machine: string, width: number, height: number];
  readonly nodes: readonly PackedNode[];
  readonly edges: readonly PackedEdge[];
  readonly initials: readonly (readonly [parent: string, target: string | null, points: readonly number[]])[];
  /** Actions that reach the outside world, and events that the machine raises itself. */
  readonly effects: readonly string[];
  readonly raised: readonly string[];
}

const INITIAL = '.(initial)';
const tenth = (value: number): number => Math.round(value * 10) / 10;

/** The first point, and how far it goes to the next ones: across and down by turns, as lines of charts do. */
function packPoints(points: readonly Point[]): number[] {
  const [first, ...rest] = points;
  if (first === undefined) return [];
  const packed = [first.x, first.y];
  let isAcross = true;
  let { x, y } = first;
  for (const to of rest) {
    if (to.x !== x && to.y !== y) throw new Error('a line that is neither across nor down cannot be packed');
    // A piece in the other direction than its turn follows one of no length.
    if ((isAcross && to.x === x) || (!isAcross && to.y === y)) {
      packed.push(0);
      isAcross = !isAcross;
    }
    packed.push(tenth(isAcross ? to.x - x : to.y - y));
    isAcross = !isAcross;
    ({ x, y } = to);
  }
  return packed;
}

function unpackPoints([x = 0, y = 0, ...steps]: readonly number[]): Point[] {
  const points = [{ x, y }];
  steps.forEach((step, index) => {
    if (index % 2 === 0) x = tenth(x + step);
    else y = tenth(y + step);
    if (step !== 0) points.push({ x, y });
  });
  return points;
}

const wayOf = ({ source, target }: Pick<LayoutEdge, 'source' | 'target'>): string => `${source}>${target}`;

/** What stands in a state of a transition that leaves it not, before it was broken into lines. */
function innerText(label: string, actions: readonly string[]): string {
  return actions.length === 0 ? label : `${label} / ${actions.join(', ')}`;
}

function labelOf(event: string, guard: string | null, position: number): string {
  return `${event}${guard !== null ? ` [${guard}]` : position > 0 ? ' [else]' : ''}`;
}

export function packLayout({ machine, width, height, nodes, edges }: ChartLayout): PackedLayout {
  const known = new Set<string>();
  const own = edges.filter(({ event }) => event !== 'initial');
  return {
    packed: [machine, width, height],
    nodes: nodes.map(({ id, kind, x, y, w, h, entry, exit, notes }) => {
      const small = notes.map(
        (note): PackedNote => [note.text, tenth(note.x - x), tenth(note.y - y), note.w],
      );
      return [id, kind, [x, y, w, h], entry, exit, small];
    }),
    edges: own.map((edge) => {
      const { id, source, event, target, guard, actions, labelBox, lines, points } = edge;
      const position = Number(id.slice(id.lastIndexOf(':') + 1));
      const isFirst = target === null || !known.has(wayOf(edge));
      known.add(wayOf(edge));
      const { x, y, w } = labelBox ?? { x: 0, y: 0, w: 0 };
      const label: PackedEdge[6] = isFirst ? [y, x, w] : [y];
      const words = target === null ? lines.map((line) => line.split(' ').length) : [];
      return [
        source,
        event,
        position,
        target,
        guard,
        actions,
        label,
        words,
        isFirst ? packPoints(points) : [],
      ];
    }),
    initials: edges
      .filter(({ event }) => event === 'initial')
      .map(({ source, target, points }) => [source.slice(0, -INITIAL.length), target, packPoints(points)]),
    effects: [
      ...new Set([
        ...nodes.flatMap(({ entryEffects, exitEffects }) => [...entryEffects, ...exitEffects]),
        ...edges.flatMap(({ effects }) => effects),
      ]),
    ],
    raised: [...new Set(own.filter(({ raised }) => raised).map(({ event }) => event))],
  };
}

function unpackNode(
  [id, kind, [x, y, w, h], entry, exit, notes]: PackedNode,
  root: string,
  effects: Set<string>,
): LayoutNode {
  const cut = id.endsWith(INITIAL) ? id.length - INITIAL.length : id.lastIndexOf('.');
  const parent = kind === 'machine' ? null : cut < 0 ? root : id.slice(0, cut);
  const isEffect = (name: string): boolean => effects.has(name);
  return {
    ...{ id, parent, kind, x, y, w, h, entry, exit },
    label: kind === 'initial' ? '' : id.slice(cut + 1),
    entryEffects: entry.filter(isEffect),
    exitEffects: exit.filter(isEffect),
    notes: notes.map(([text, dx, dy, width]) => {
      return { text, x: tenth(x + dx), y: tenth(y + dy), w: width, h: NOTE_LINE_PX };
    }),
  };
}

function unpackLines(
  label: string,
  actions: readonly string[],
  target: string | null,
  words: readonly number[],
): string[] {
  if (target !== null) return label.split(/ (?=\[)/);
  const rest = innerText(label, actions).split(' ');
  return words.map((count) => rest.splice(0, count).join(' '));
}

interface Shared {
  readonly points: readonly Point[];
  readonly x: number;
  readonly w: number;
}

function unpackEdges({ edges, raised }: PackedLayout, root: string, effects: Set<string>): LayoutEdge[] {
  const shared = new Map<string, Shared>();
  return edges.map(([source, event, position, target, guard, actions, [y, ...box], words, packed]) => {
    const way = wayOf({ source, target });
    const [x = 0, w = 0] = box;
    const line =
      box.length > 0 ? { points: packed.length === 0 ? [] : unpackPoints(packed), x, w } : shared.get(way);
    if (line === undefined) throw new Error(`${way}: a layout without its first line`);
    shared.set(way, line);
    const label = labelOf(event, guard, position);
    const lines = unpackLines(label, actions, target, words);
    const h = lines.length * (target === null ? NOTE_LINE_PX : LABEL_LINE_PX);
    const labelBox: Box = { x: line.x, y, w: line.w, h };
    return {
      ...{
        id: `${source}:${event}:${position}`,
        source,
        target,
        event,
        guard,
        actions,
        label,
        lines,
        labelBox,
      },
      timer: event.startsWith('after ') ? `${root}.${event.slice('after '.length)}` : null,
      raised: raised.includes(event),
      effects: actions.filter((name) => effects.has(name)),
      points: line.points,
    };
  });
}

/** @throws if it was not packed by `packLayout` */
export function unpackLayout(layout: PackedLayout): ChartLayout {
  const [machine, width, height] = layout.packed;
  const root = layout.nodes.find(([, kind]) => kind === 'machine')?.[0] ?? '';
  const effects = new Set(layout.effects);
  const initials = layout.initials.map(([parent, target, points]): LayoutEdge => {
    const id = `${parent}${INITIAL}`;
    return {
      ...{ id, source: id, target, event: 'initial', guard: null, timer: null, raised: false },
      ...{ actions: [], effects: [], label: '', lines: [], labelBox: null, points: unpackPoints(points) },
    };
  });
  const edges = [...unpackEdges(layout, root, effects), ...initials];
  return {
    ...{ machine, width, height },
    nodes: layout.nodes.map((node) => unpackNode(node, root, effects)),
    edges: edges.sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}
