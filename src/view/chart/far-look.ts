/**
 * How a chart looks from so far away that its small print cannot be read: states with their names alone, as large as there is
 * room for. What the small print leaves free is taken by boxes that grow around their names.
 */

import { overlaps } from './geometry.ts';
import { type Box, type ChartLayout, FONT_PX, type LayoutNode, NODE_PAD_PX } from './layout-types.ts';
import { textWidth } from './text-width.ts';

/** Name and box of one state. */
export interface FarLook {
  readonly box: Box;
  readonly fontPx: number;
  /** Baseline of the name. */
  readonly x: number;
  readonly y: number;
  /** The name stands in the middle of its box; else at `x`, where it begins. */
  readonly isCentred: boolean;
}

const LINE = 1.3;
const STEP = 0.92;
/** Room between boxes, and between a box and the frame that it is in. */
const GAP_PX = 4;

const nameWidth = ({ label }: LayoutNode, fontPx: number): number => textWidth(label, fontPx, 'bold');

/** A name in the corner of what holds other states. */
function inCorner(node: LayoutNode, fontPx: number): FarLook {
  const { x, y, w, h } = node;
  return { box: { x, y, w, h }, fontPx, x: x + NODE_PAD_PX, y: y + 4 + fontPx, isCentred: false };
}

/** A box around its middle, or as near to it as the frame lets it, wide and high enough for the name. */
function around(node: LayoutNode, fontPx: number, frame: Box | undefined): FarLook {
  const w = Math.max(node.w, nameWidth(node, fontPx) + NODE_PAD_PX);
  const h = Math.max(node.h, LINE * fontPx);
  const left = (frame?.x ?? Number.NEGATIVE_INFINITY) + GAP_PX;
  const [x, y] = [Math.max(node.x + node.w / 2, left + w / 2), node.y + node.h / 2];
  return { box: { x: x - w / 2, y: y - h / 2, w, h }, fontPx, x, y: y + fontPx * 0.36, isCentred: true };
}

function grown({ x, y, w, h }: Box, by: number): Box {
  return { x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by };
}

const isIn = (box: Box, { x, y, w, h }: Box): boolean =>
  box.x >= x && box.y >= y && box.x + box.w <= x + w && box.y + box.h <= y + h;

/** @param fontPx size that names should have, in pixels of the chart; those that have no room for it are smaller */
export function farLooks({ nodes }: ChartLayout, fontPx: number): ReadonlyMap<string, FarLook> {
  const looks = new Map<string, FarLook>();
  const states = nodes.filter(({ kind }) => kind !== 'initial');
  const isHolder = ({ id }: LayoutNode): boolean => states.some(({ parent }) => parent === id);
  const taken = new Map<string, Box>(states.filter((node) => !isHolder(node)).map((node) => [node.id, node]));
  for (const node of states) {
    const holds = isHolder(node);
    const parent = states.find(({ id }) => id === node.parent);
    const others = [...taken].filter(([id]) => id !== node.id).map(([, box]) => box);
    const fits = ({ box, fontPx: px, x, y }: FarLook): boolean => {
      const covered = holds ? { x, y: y - px, w: nameWidth(node, px), h: LINE * px } : grown(box, GAP_PX);
      return (
        !others.some((other) => overlaps(covered, other)) &&
        (holds || parent === undefined || isIn(covered, parent))
      );
    };
    const lookAt = (px: number): FarLook => (holds ? inCorner(node, px) : around(node, px, parent));
    let look = lookAt(fontPx);
    while (look.fontPx > FONT_PX.title && !fits(look))
      look = lookAt(Math.max(FONT_PX.title, look.fontPx * STEP));
    looks.set(node.id, look);
    const { x, y, fontPx: px } = look;
    taken.set(`${node.id} name`, { x, y: y - px, w: holds ? nameWidth(node, px) : 0, h: px });
    if (!holds) taken.set(node.id, look.box);
  }
  return looks;
}
