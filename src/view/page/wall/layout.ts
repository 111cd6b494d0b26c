/** Where everything on the wall stands: sizes as large as let all of it be seen at once. Pixels of the page. */
import type { Cell, Section, Unit } from './model.ts';

export interface Placed {
  readonly cell: Cell;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface PlacedUnit {
  readonly unit: Unit;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** Where its head is drawn: a strip above its cells if there is room for its name, else to their left. */
  readonly head: Placed | null;
  readonly titled: boolean;
  readonly cells: readonly Placed[];
}

export interface Caption {
  readonly node: string;
  /** Empty: the node itself. */
  readonly name: string;
  /** The process of the node is gone. */
  readonly isGone: boolean;
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

export interface WallLayout {
  /** Side of a cell. */
  readonly size: number;
  readonly height: number;
  readonly units: readonly PlacedUnit[];
  readonly captions: readonly Caption[];
}

/** Largest first; the last one is too small to be read, so from there on the wall is scrolled. */
const SIZES = [22, 20, 18, 16, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5] as const;
const SCROLLED_SIZE = 10;
const TITLED_FROM = 12;
const MARGIN = 14;
const NODE_GAP = 22;
const LEAST_NODE_PX = 360;
export const NODE_CAPTION = 24;
export const SECTION_CAPTION = 20;
export const TITLE = 15;
const LEAST_TITLE = 116;
const BAR = 5;

interface Measures {
  readonly size: number;
  readonly gap: number;
  readonly pip: number;
  readonly unitGap: number;
  readonly titled: boolean;
}

function measuresFor(size: number): Measures {
  const titled = size >= TITLED_FROM;
  return {
    size,
    gap: size >= 10 ? 2 : 1,
    pip: Math.max(2, Math.round(size / 4)),
    unitGap: titled ? 10 : size >= 10 ? 6 : size >= 8 ? 4 : 3,
    titled,
  };
}

/** As large as fits into a height, or at a size that can be read. */
export function layoutWall(sections: readonly Section[], width: number, height: number): WallLayout {
  const size = SIZES.find((one) => arrange(sections, width, measuresFor(one), null) <= height);
  const measures = measuresFor(size ?? SCROLLED_SIZE);
  const into = { units: [] as PlacedUnit[], captions: [] as Caption[] };
  return { size: measures.size, height: arrange(sections, width, measures, into), ...into };
}

interface Arranged {
  readonly units: PlacedUnit[];
  readonly captions: Caption[];
}

/** Gives the height of all. Places are made only if they are wanted: sizes are tried without them. */
function arrange(
  sections: readonly Section[],
  width: number,
  measures: Measures,
  into: Arranged | null,
): number {
  const nodes = [...new Set(sections.map(({ node }) => node))];
  const inner = width - 2 * MARGIN;
  const most = Math.max(1, Math.floor((inner + NODE_GAP) / (LEAST_NODE_PX + NODE_GAP)));
  const columns = Math.min(nodes.length, most);
  const w = (inner - (columns - 1) * NODE_GAP) / columns;
  let top = MARGIN - 4;
  for (let first = 0; first < nodes.length; first += columns) {
    let bottom = top;
    for (const [at, node] of nodes.slice(first, first + columns).entries()) {
      const x = MARGIN + at * (w + NODE_GAP);
      const own = sections.filter((one) => one.node === node);
      const isGone = own[0]?.units.every(({ cells }) => cells.every(({ view }) => !view.running)) ?? false;
      into?.captions.push({ node, name: '', isGone, x, y: top, w });
      let y = top + NODE_CAPTION;
      for (const section of own) {
        into?.captions.push({ node, name: section.name, isGone, x, y, w });
        y = flow(section.units, x, y + SECTION_CAPTION, w, measures, into) + 8;
      }
      bottom = Math.max(bottom, y);
    }
    top = bottom + 8;
  }
  return top;
}

/** Units in rows, as words in lines. Gives where the last row ends. */
function flow(
  units: readonly Unit[],
  left: number,
  top: number,
  width: number,
  measures: Measures,
  into: Arranged | null,
): number {
  let [x, y, rowHeight] = [left, top, 0];
  for (const unit of units) {
    const { w, h, columns } = extent(unit, width, measures);
    if (x > left && x + w > left + width) {
      x = left;
      y += rowHeight + measures.unitGap;
      rowHeight = 0;
    }
    into?.units.push(place(unit, x, y, w, h, columns, measures));
    x += w + measures.unitGap;
    rowHeight = Math.max(rowHeight, h);
  }
  return y + rowHeight;
}

const hasPips = ({ cells }: Unit): boolean => cells.some(({ pips }) => pips.length > 0);

function extent(unit: Unit, width: number, { size, gap, pip, titled }: Measures) {
  const { head, cells } = unit;
  const bar = head !== null && !titled ? BAR : 0;
  const rowHeight = size + (hasPips(unit) ? pip + 1 : 0) + gap;
  const most = Math.max(1, Math.floor((width - bar) / (size + gap)));
  const wish = head === null ? most : Math.max(6, Math.ceil(Math.sqrt(cells.length * 2.5)));
  // As wide as its rows need to be of one length.
  const lines = Math.max(1, Math.ceil(cells.length / Math.min(most, wish)));
  const columns = Math.max(1, Math.ceil(cells.length / lines));
  const rows = Math.ceil(cells.length / columns);
  const title = titled && head !== null ? LEAST_TITLE : 0;
  const w = Math.min(width, Math.max(title, bar + columns * (size + gap) - gap));
  return {
    columns,
    w,
    h: (titled && head !== null ? TITLE + 2 : 0) + Math.max(rowHeight, rows * rowHeight) - gap,
  };
}

function place(
  unit: Unit,
  x: number,
  y: number,
  w: number,
  h: number,
  columns: number,
  { size, gap, pip, titled }: Measures,
): PlacedUnit {
  const { head, cells } = unit;
  const withHead = head !== null;
  const left = x + (withHead && !titled ? BAR : 0);
  const top = y + (withHead && titled ? TITLE + 2 : 0);
  const cellHeight = size + (hasPips(unit) ? pip + 1 : 0);
  const strip = titled ? { x, y, w, h: TITLE } : { x, y, w: BAR - 2, h };
  return {
    ...{ unit, x, y, w, h, titled: withHead && titled },
    head: head === null ? null : { cell: head, ...strip },
    cells: cells.map((cell, at) => ({
      cell,
      x: left + (at % columns) * (size + gap),
      y: top + Math.floor(at / columns) * (cellHeight + gap),
      w: size,
      h: cellHeight,
    })),
  };
}

/** The pips of a real server in the strip below it; a checker of theirs, or the cell itself. */
export function pipsOf({ cell, x, y, w, h }: Placed): readonly Placed[] {
  const { pips } = cell;
  const size = w;
  const height = h - size - 1;
  if (height <= 0 || pips.length === 0) return [];
  const width = size / pips.length;
  const gap = width > 4 ? 1 : 0;
  return pips.map((pip, at) => ({
    ...{ cell: pip, x: x + at * width, y: y + size + 1, w: width - gap, h: height },
  }));
}

const isIn = (
  { x, y, w, h }: { x: number; y: number; w: number; h: number },
  px: number,
  py: number,
): boolean => px >= x - 1 && px < x + w + 1 && py >= y - 1 && py < y + h + 1;

/** What stands at a point. */
export function cellAt({ units }: WallLayout, x: number, y: number): Placed | null {
  for (const unit of units) {
    if (!isIn(unit, x, y)) continue;
    if (unit.head !== null && isIn(unit.head, x, y)) return unit.head;
    const placed = unit.cells.find((one) => isIn(one, x, y));
    if (placed === undefined) return null;
    return pipsOf(placed).find((pip) => isIn(pip, x, y)) ?? placed;
  }
  return null;
}

/** Every cell with its place, in the order in which the wall is read. */
export function* placedCells({ units }: WallLayout): Generator<Placed> {
  for (const { head, cells } of units) {
    if (head !== null) yield head;
    for (const placed of cells) {
      yield placed;
      yield* pipsOf(placed);
    }
  }
}
