/**
 * Layouts without what follows from the rest: a third of what a page would otherwise be. Packed when the page is built and
 * unpacked when a chart is first shown; the files in src/view/layout stay as they are, to be read as diffs.
 *
 * Transitions are packed column by column, and lengths as differences from where a layout usually has things: lines begin
 * and end at the sides of states, and texts are as wide as their letters. A difference of nothing costs next to nothing.
 */
import {
  type Box,
  type ChartLayout,
  FONT_PX,
  LABEL_LINE_PX,
  LABEL_PAD_PX,
  type LayoutEdge,
  type LayoutNode,
  type LayoutNote,
  NODE_PAD_PX,
  NOTE_INDENT_PX,
  NOTE_LINE_PX,
  type Point,
  TITLE_PX,
} from './layout-types.ts';
import { textWidth } from './text-width.ts';

/** A line of small print, and how far it stands from where it usually would. */
type PackedNote = string | readonly [text: string, dx: number, dy: number];
type PackedNode = readonly [
  id: string,
  kind: LayoutNode['kind'],
  box: readonly [x: number, y: number, w: number, h: number],
  entry: readonly string[],
  exit: readonly string[],
  notes: readonly PackedNote[],
];
/** Across and down from where the line leaves its source; then steps across and down by turns; 0 at the end: to its target. */
type PackedLine = readonly number[];

export interface PackedLayout {
  readonly packed: readonly [machine: string, width: number, height: number];
  readonly nodes: readonly PackedNode[];
  /** Places among the nodes: of each source how far behind that of the transition before, of each target; -1: none. */
  readonly sources: readonly number[];
  readonly targets: readonly number[];
  /** Names with commas between them, those of actions of one transition with spaces; empty: none. */
  readonly events: string;
  readonly guards: string;
  readonly actions: string;
  /** Which line of a text it is: of all small print in its state, or of the labels of its line. */
  readonly places: readonly number[];
  /** Words in each line of small print. */
  readonly words: readonly (readonly number[])[];
  /** How far the small print of each transition without target stands to the right. */
  readonly shifts: readonly number[];
  /** Lines in the order of their first transitions, and how far the middle of their labels' top is from one of their corners. */
  readonly lines: readonly PackedLine[];
  readonly labels: readonly (readonly [corner: number, dx: number, dy: number])[];
  readonly initials: readonly (readonly [parent: string, target: string | null, line: PackedLine])[];
  /** Actions that reach the outside world, and events that the machine raises itself. */
  readonly effects: readonly string[];
  readonly raised: readonly string[];
}

const INITIAL = '.(initial)';
const tenth = (value: number): number => Math.round(value * 10) / 10;

/** Where a line leaves a box that begins in a direction: the corner before its side. */
function side({ x, y, w, h }: Box, across: number, down: number): Point {
  return { x: x + (across > 0 ? w : 0), y: y + (down > 0 ? h : 0) };
}

/** The rest of the way to a box, straight on; 0: there is none. */
function rest(at: Point, target: Box, isAcross: boolean): number {
  const [from, near, far] = isAcross
    ? [at.x, target.x, target.x + target.w]
    : [at.y, target.y, target.y + target.h];
  return tenth(from < near ? near - from : from > far ? far - from : 0);
}

/** Steps across and down by turns, as lines of charts go. */
function stepsOf(points: readonly Point[]): number[] {
  const steps: number[] = [];
  points.forEach((to, index) => {
    const from = points[index - 1];
    if (from === undefined) return;
    const isAcross = to.y === from.y;
    if (!isAcross && to.x !== from.x)
      throw new Error('a line that is neither across nor down cannot be packed');
    // A piece in the other direction than its turn follows one of no length.
    if (isAcross !== (steps.length % 2 === 0)) steps.push(0);
    steps.push(tenth(isAcross ? to.x - from.x : to.y - from.y));
  });
  return steps;
}

const leaving = (steps: readonly number[]): readonly [across: number, down: number] =>
  steps[0] === 0 ? [0, steps[1] ?? 0] : [steps[0] ?? 0, 0];

function packLine(points: readonly Point[], source: Box, target: Box): PackedLine {
  const [first] = points;
  const before = points.at(-2);
  if (first === undefined || before === undefined) return [];
  const steps = stepsOf(points);
  const start = side(source, ...leaving(steps));
  const last = steps.length - 1;
  // Its first step says which side a line leaves by, and is kept.
  const isBent = points.length > 2;
  if (isBent && rest(before, target, last % 2 === 0) === steps[last]) steps[last] = 0;
  return [tenth(first.x - start.x), tenth(first.y - start.y), ...steps];
}

function unpackLine([dx = 0, dy = 0, ...steps]: PackedLine, source: Box, target: Box): Point[] {
  if (steps.length === 0) return [];
  const start = side(source, ...leaving(steps));
  const points = [{ x: tenth(start.x + dx), y: tenth(start.y + dy) }];
  steps.forEach((step, index) => {
    const at = points.at(-1) ?? start;
    const isAcross = index % 2 === 0;
    const by = step === 0 && index > 0 && index === steps.length - 1 ? rest(at, target, isAcross) : step;
    if (by !== 0) points.push(isAcross ? { ...at, x: tenth(at.x + by) } : { ...at, y: tenth(at.y + by) });
  });
  return points;
}

/** Small print is indented from its second line on. */
function notePlace({ x, y }: Box, text: string, row: number): Point {
  const indent = /^(?:entry|exit) /.test(text) ? 0 : NOTE_INDENT_PX;
  return { x: x + NODE_PAD_PX + indent, y: y + TITLE_PX + row * NOTE_LINE_PX };
}

function packNode({ id, kind, x, y, w, h, entry, exit, notes }: LayoutNode): PackedNode {
  const small = notes.map((note, row): PackedNote => {
    const usual = notePlace({ x, y, w, h }, note.text, row);
    const [dx, dy] = [tenth(note.x - usual.x), tenth(note.y - usual.y)];
    return dx === 0 && dy === 0 ? note.text : [note.text, dx, dy];
  });
  return [id, kind, [x, y, w, h], entry, exit, small];
}

const wayOf = ({ source, target }: Pick<LayoutEdge, 'source' | 'target'>): string => `${source}>${target}`;

/** What stands in a state of a transition that leaves it not, before it was broken into lines. */
function innerText(label: string, actions: readonly string[]): string {
  return actions.length === 0 ? label : `${label} / ${actions.join(', ')}`;
}

function labelOf(event: string, guard: string | null, position: number): string {
  return `${event}${guard !== null ? ` [${guard}]` : position > 0 ? ' [else]' : ''}`;
}

const innerWidth = (lines: readonly string[]): number =>
  Math.max(...lines.map((line, index) => textWidth(line, FONT_PX.note) + (index > 0 ? NOTE_INDENT_PX : 0)));

const labelWidth = (lines: readonly string[]): number =>
  Math.max(...lines.map((line) => textWidth(line, FONT_PX.label))) + 2 * LABEL_PAD_PX;

const NOWHERE: Box = { x: 0, y: 0, w: 0, h: 0 };
const NAMES = ',';

export function packLayout({ machine, width, height, nodes, edges }: ChartLayout): PackedLayout {
  const boxOf = (id: string | null): Box => nodes.find((node) => node.id === id) ?? NOWHERE;
  const own = edges.filter(({ event }) => event !== 'initial');
  const joined = (nameOf: (edge: LayoutEdge) => string | null): string =>
    own.map((edge) => nameOf(edge) ?? '').join(NAMES);
  const placeOf = (id: string | null): number => nodes.findIndex((node) => node.id === id);
  const topOf = (edge: LayoutEdge): number =>
    Math.min(...own.filter((other) => wayOf(other) === wayOf(edge)).map(({ labelBox }) => labelBox?.y ?? 0));
  const inner = own.filter(({ target }) => target === null);
  const firsts = own.filter(
    (edge) => edge.target !== null && edge === own.find((other) => wayOf(other) === wayOf(edge)),
  );
  return {
    packed: [machine, width, height],
    nodes: nodes.map(packNode),
    sources: own.map(({ source }, index) => placeOf(source) - placeOf(own[index - 1]?.source ?? null)),
    targets: own.map(({ target }) => placeOf(target)),
    events: joined(({ event }) => event),
    guards: joined(({ guard }) => guard),
    actions: joined(({ actions }) => actions.join(' ')),
    places: own.map((edge) => {
      const { source, target, labelBox } = edge;
      const y = labelBox?.y ?? 0;
      if (target === null) return (y - boxOf(source).y - TITLE_PX) / NOTE_LINE_PX;
      return Math.round((y - topOf(edge)) / LABEL_LINE_PX);
    }),
    words: inner.map(({ lines }) => lines.map((line) => line.split(' ').length)),
    shifts: inner.map(({ source, labelBox }) => tenth((labelBox?.x ?? 0) - boxOf(source).x - NODE_PAD_PX)),
    lines: firsts.map(({ points, source, target }) => packLine(points, boxOf(source), boxOf(target))),
    labels: firsts.map((edge) => {
      const { x, w } = edge.labelBox ?? NOWHERE;
      const far = (point: Point): number => Math.abs(x + w / 2 - point.x);
      const corner = edge.points.reduce((best, point) => (far(point) < far(best) ? point : best));
      return [edge.points.indexOf(corner), tenth(x + w / 2 - corner.x), tenth(topOf(edge) - corner.y)];
    }),
    initials: edges
      .filter(({ event }) => event === 'initial')
      .map(({ source, target, points }) => [
        source.slice(0, -INITIAL.length),
        target,
        packLine(points, boxOf(source), boxOf(target)),
      ]),
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
  effects: ReadonlySet<string>,
): LayoutNode {
  const cut = id.endsWith(INITIAL) ? id.length - INITIAL.length : id.lastIndexOf('.');
  const parent = kind === 'machine' ? null : cut < 0 ? root : id.slice(0, cut);
  const isEffect = (name: string): boolean => effects.has(name);
  return {
    ...{ id, parent, kind, x, y, w, h, entry, exit },
    label: kind === 'initial' ? '' : id.slice(cut + 1),
    entryEffects: entry.filter(isEffect),
    exitEffects: exit.filter(isEffect),
    notes: notes.map((note, row): LayoutNote => {
      const [text, dx, dy] = typeof note === 'string' ? [note, 0, 0] : note;
      const usual = notePlace({ x, y, w, h }, text, row);
      const room = { w: textWidth(text, FONT_PX.note), h: NOTE_LINE_PX };
      return { text, x: tenth(usual.x + dx), y: tenth(usual.y + dy), ...room };
    }),
  };
}

type Named = Omit<LayoutEdge, 'lines' | 'labelBox' | 'points'>;

/** All of the transitions that is names. */
function unpackNames(layout: PackedLayout, root: string, effects: ReadonlySet<string>): Named[] {
  const { sources, events, targets, guards, actions, raised } = layout;
  const [event, guard, action] = [events, guards, actions].map((names) => names.split(NAMES));
  let place = -1;
  let last = '';
  let position = 0;
  return sources.map((step, index): Named => {
    place += step;
    const source = layout.nodes[place]?.[0] ?? '';
    const type = event?.[index] ?? '';
    // The alternatives of a state for one event follow each other in their order.
    position = last === `${source}:${type}` ? position + 1 : 0;
    last = `${source}:${type}`;
    const own = (action?.[index] ?? '').split(' ').filter(Boolean);
    const condition = guard?.[index] || null;
    return {
      ...{
        id: `${last}:${position}`,
        source,
        target: layout.nodes[targets[index] ?? -1]?.[0] ?? null,
        event: type,
      },
      ...{ guard: condition, actions: own, label: labelOf(type, condition, position) },
      timer: type.startsWith('after ') ? `${root}.${type.slice('after '.length)}` : null,
      raised: raised.includes(type),
      effects: own.filter((name) => effects.has(name)),
    };
  });
}

interface Line {
  readonly points: readonly Point[];
  readonly x: number;
  readonly w: number;
  readonly y: number;
}

function unpackEdges(
  layout: PackedLayout,
  named: readonly Named[],
  boxOf: (id: string | null) => Box,
): LayoutEdge[] {
  const { places, words, shifts, lines, labels } = layout;
  const known = new Map<string, Line>();
  let inner = 0;
  return named.map((edge, index) => {
    const { source, target, label, actions } = edge;
    const place = places[index] ?? 0;
    if (target === null) {
      const said = innerText(label, actions).split(' ');
      const own = (words[inner] ?? []).map((count) => said.splice(0, count).join(' '));
      const { x, y } = boxOf(source);
      const box = {
        ...{
          x: tenth(x + NODE_PAD_PX + (shifts[inner] ?? 0)),
          y: tenth(y + TITLE_PX + place * NOTE_LINE_PX),
        },
        ...{ w: innerWidth(own), h: own.length * NOTE_LINE_PX },
      };
      inner += 1;
      return { ...edge, lines: own, labelBox: box, points: [] };
    }
    const way = wayOf(edge);
    let line = known.get(way);
    if (line === undefined) {
      const points = unpackLine(lines[known.size] ?? [], boxOf(source), boxOf(target));
      const [corner, dx, dy] = labels[known.size] ?? [0, 0, 0];
      const w = labelWidth(named.filter((other) => wayOf(other) === way).flatMap((other) => linesOf(other)));
      const at = points[corner] ?? NOWHERE;
      line = { points, w, x: tenth(at.x + dx - w / 2), y: tenth(at.y + dy) };
      known.set(way, line);
    }
    const own = linesOf(edge);
    const { points, x, w, y } = line;
    const h = own.length * LABEL_LINE_PX;
    return { ...edge, lines: own, labelBox: { x, y: tenth(y + place * LABEL_LINE_PX), w, h }, points };
  });
}

const linesOf = ({ label }: Named): string[] => label.split(/ (?=\[)/);

/** @throws if it was not packed by `packLayout` */
export function unpackLayout(layout: PackedLayout): ChartLayout {
  const [machine, width, height] = layout.packed;
  const root = layout.nodes.find(([, kind]) => kind === 'machine')?.[0] ?? '';
  const effects = new Set(layout.effects);
  const nodes = layout.nodes.map((node) => unpackNode(node, root, effects));
  const boxOf = (id: string | null): Box => nodes.find((node) => node.id === id) ?? NOWHERE;
  const initials = layout.initials.map(([parent, target, line]): LayoutEdge => {
    const id = `${parent}${INITIAL}`;
    return {
      ...{ id, source: id, target, event: 'initial', guard: null, timer: null, raised: false },
      ...{ actions: [], effects: [], label: '', lines: [], labelBox: null },
      points: unpackLine(line, boxOf(id), boxOf(target)),
    };
  });
  const edges = [...unpackEdges(layout, unpackNames(layout, root, effects), boxOf), ...initials];
  return { machine, width, height, nodes, edges: edges.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}
