/** On top of the wall: what is selected and pointed at, whom it belongs to, and what has just changed. */
import type { Placed } from './layout.ts';
import { type Cell, keyOf, type WallModel } from './model.ts';
import type { WallPalette } from './paint.ts';

const FLASH_MS = 1_400;
/** Marks at a time; of more, nobody sees any. */
const MOST_FLASHES = 300;
const MOST_LINKS = 200;

export interface OverlayView {
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
  readonly ratio: number;
  readonly palette: WallPalette;
  readonly places: ReadonlyMap<string, Placed>;
}

export class Overlay {
  selected: Cell | null = null;
  readonly #canvas: HTMLCanvasElement;
  readonly #flashes = new Map<string, number>();
  readonly #isCalm = matchMedia('(prefers-reduced-motion: reduce)');

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  flash(key: string): void {
    this.#flashes.delete(key);
    if (this.#flashes.size >= MOST_FLASHES) return;
    this.#flashes.set(key, performance.now());
  }

  /** True: something fades, so it must be painted again. */
  paint(view: OverlayView, model: WallModel | null, pointed: Cell | null): boolean {
    const context = this.#canvas.getContext('2d');
    if (context === null) return false;
    const { width, height, ratio, scrollTop, palette, places } = view;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    if (this.#canvas.width !== pixels[0] || this.#canvas.height !== pixels[1]) {
      [this.#canvas.width, this.#canvas.height] = pixels;
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, -scrollTop * ratio);
    context.clearRect(0, scrollTop, width, height);
    const fades = this.#paintFlashes(context, view);
    context.strokeStyle = palette.text;
    if (model !== null && pointed !== null) this.#links(context, model, pointed, places);
    context.lineWidth = 2;
    if (pointed !== null) outline(context, places.get(pointed.key), 2);
    context.strokeStyle = palette.cursor;
    if (this.selected !== null) outline(context, places.get(this.selected.key), 2.5);
    return fades;
  }

  #paintFlashes(
    context: CanvasRenderingContext2D,
    { palette, places, scrollTop, height }: OverlayView,
  ): boolean {
    const now = performance.now();
    context.strokeStyle = palette.cursor;
    for (const [key, sinceMs] of this.#flashes) {
      const age = (now - sinceMs) / FLASH_MS;
      const placed = places.get(key);
      if (age >= 1 || placed === undefined) {
        this.#flashes.delete(key);
        continue;
      }
      if (placed.y > scrollTop + height || placed.y + placed.h < scrollTop) continue;
      context.globalAlpha = 1 - age;
      context.lineWidth = 1.5;
      outline(context, placed, this.#isCalm.matches ? 2 : 2 + 5 * age);
    }
    context.globalAlpha = 1;
    return this.#flashes.size > 0;
  }

  /** To its members or followers, to those that it belongs to, and to the same one on other nodes. */
  #links(
    context: CanvasRenderingContext2D,
    model: WallModel,
    pointed: Cell,
    places: ReadonlyMap<string, Placed>,
  ): void {
    const from = places.get(pointed.key);
    if (from === undefined) return;
    const { node, actor, relations } = pointed.view;
    const related = relations.map((other) => keyOf({ node, actor: other }));
    const leaders = model.leadersOf(node, actor);
    context.lineWidth = 1;
    context.globalAlpha = 0.75;
    for (const key of [...related.slice(0, MOST_LINKS), ...leaders]) link(context, from, places.get(key));
    context.setLineDash([4, 3]);
    for (const other of model.nodes) {
      if (other !== node) link(context, from, places.get(keyOf({ node: other, actor })));
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }
}

function outline(context: CanvasRenderingContext2D, placed: Placed | undefined, by: number): void {
  if (placed === undefined) return;
  const { x, y, w, h } = placed;
  context.beginPath();
  context.roundRect(x - by, y - by, w + 2 * by, h + 2 * by, 3);
  context.stroke();
}

function link(context: CanvasRenderingContext2D, from: Placed, to: Placed | undefined): void {
  if (to === undefined) return;
  const [x1, y1] = [from.x + Math.min(from.w, 14) / 2, from.y + Math.min(from.h, 14) / 2];
  const [x2, y2] = [to.x + to.w / 2, to.y + Math.min(to.h, to.w) / 2];
  context.beginPath();
  context.moveTo(x1, y1);
  context.bezierCurveTo(x1, (y1 + y2) / 2, x2, (y1 + y2) / 2, x2, y2);
  context.stroke();
  outline(context, to, 1);
}
