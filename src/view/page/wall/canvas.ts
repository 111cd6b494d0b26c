/**
 * The wall's canvas: as large as what is seen of it, so that thousands of actors cost what a screenful costs. A change
 * paints its own cell again; many at once are spread over frames. What is hovered or has just changed lies on top.
 */
import { cellAt, layoutWall, type Placed, placedCells, type WallLayout } from './layout.ts';
import type { Cell, WallModel } from './model.ts';
import { Overlay } from './overlay.ts';
import { readWallPalette, WallPainter, type WallPalette } from './paint.ts';

/** Cells painted again in one frame; beyond it the whole screenful is cheaper. */
const MOST_CELLS_A_FRAME = 1_500;
/** Half of what a line's height is worth, so that the next row is nearer than a far cell of the same row. */
const ROW_WEIGHT = 6;

export interface WallCanvasHandlers {
  readonly open: (cell: Cell) => void;
  /** The one under the pointer or the keyboard; null: none. */
  readonly pointed: (
    cell: Cell | null,
    at: { readonly x: number; readonly y: number },
    how: 'pointer' | 'keys',
  ) => void;
}

export class WallCanvas {
  readonly #scroller: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #overlay: Overlay;
  readonly #on: WallCanvasHandlers;
  #model: WallModel | null = null;
  #layout: WallLayout = { size: 0, height: 0, units: [], captions: [] };
  #places = new Map<string, Placed>();
  #palette: WallPalette | null = null;
  #isWanted: (cell: Cell) => boolean = () => true;
  #isShown = false;
  readonly #dirty = new Set<string>();
  #frame = 0;
  #all = true;
  #pointed: Cell | null = null;

  /** @param scroller holds a canvas for the wall, a second one on top of it, and a spacer as high as the wall */
  constructor(scroller: HTMLElement, on: WallCanvasHandlers) {
    const [canvas, top] = scroller.querySelectorAll('canvas');
    const spacer = scroller.querySelector<HTMLElement>('.spacer');
    if (canvas === undefined || top === undefined || spacer === null)
      throw new Error('the wall has no canvas');
    this.#scroller = scroller;
    scroller.tabIndex = 0;
    this.#canvas = canvas;
    this.#spacer = spacer;
    this.#on = on;
    this.#overlay = new Overlay(top);
    scroller.addEventListener('scroll', () => this.#paintAll(), { passive: true });
    new ResizeObserver(() => this.relayout()).observe(scroller);
    const colours = matchMedia('(prefers-color-scheme: dark)');
    colours.addEventListener('change', () => this.#recolour());
    scroller.addEventListener('pointermove', (event) => this.#move(event));
    scroller.addEventListener('pointerleave', () => this.#point(null, 'pointer'));
    scroller.addEventListener('click', (event) => {
      const placed = this.#at(event);
      if (placed !== null) this.#on.open(placed.cell);
    });
    scroller.addEventListener('keydown', (event) => this.#key(event));
  }

  /** The pointer is over it, or the keyboard in it: nothing should move away now. */
  get isInUse(): boolean {
    return this.#pointed !== null;
  }

  /** It comes to the front, or goes: what is not seen asks the page for no sizes. */
  set isShown(isShown: boolean) {
    this.#isShown = isShown;
    this.relayout();
  }

  show(model: WallModel): void {
    this.#model = model;
    this.relayout();
  }

  filter(isWanted: (cell: Cell) => boolean): void {
    this.#isWanted = isWanted;
    this.#paintAll();
  }

  select(cell: Cell | null): void {
    if (this.#overlay.selected === cell) return;
    this.#overlay.selected = cell;
    this.#ask();
  }

  /** It changed: it is painted again, and marked for a moment. */
  changed(cell: Cell): void {
    this.#overlay.flash(cell.key);
    this.again(cell);
  }

  /** It is painted again. */
  again(cell: Cell): void {
    this.#dirty.add(cell.key);
    this.#ask();
  }

  relayout(): void {
    if (!this.#isShown) return;
    const { clientWidth, clientHeight } = this.#scroller;
    if (this.#model === null || clientWidth === 0) return;
    this.#layout = layoutWall(this.#model.sections, clientWidth, clientHeight);
    this.#places = new Map();
    for (const placed of placedCells(this.#layout)) this.#places.set(placed.cell.key, placed);
    this.#spacer.style.height = `${Math.max(0, this.#layout.height - clientHeight)}px`;
    this.#paintAll();
  }

  #recolour(): void {
    this.#palette = null;
    this.#paintAll();
  }

  #paintAll(): void {
    this.#all = true;
    this.#ask();
  }

  #ask(): void {
    if (this.#frame !== 0 || !this.#isShown) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.#scroller;
    const context = this.#canvas.getContext('2d');
    if (context === null || width === 0) return;
    this.#palette ??= readWallPalette(this.#scroller);
    const ratio = devicePixelRatio;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    if (this.#canvas.width !== pixels[0] || this.#canvas.height !== pixels[1]) {
      [this.#canvas.width, this.#canvas.height] = pixels;
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
      this.#all = true;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, -scrollTop * ratio);
    const painter = new WallPainter(context, this.#palette, this.#isWanted);
    if (this.#all || this.#dirty.size > MOST_CELLS_A_FRAME) {
      context.fillStyle = this.#palette.ground;
      context.fillRect(0, scrollTop, width, height);
      painter.all(this.#layout, scrollTop, scrollTop + height);
    } else {
      for (const key of this.#dirty) {
        const placed = this.#places.get(key);
        if (placed === undefined || placed.y > scrollTop + height || placed.y + placed.h < scrollTop)
          continue;
        painter.again(placed);
      }
    }
    this.#all = false;
    this.#dirty.clear();
    const view = { width, height, scrollTop, ratio, palette: this.#palette, places: this.#places };
    if (this.#overlay.paint(view, this.#model, this.#pointed)) this.#ask();
  }

  #at({ clientX, clientY }: MouseEvent): Placed | null {
    const { left, top } = this.#scroller.getBoundingClientRect();
    return cellAt(this.#layout, clientX - left, clientY - top + this.#scroller.scrollTop);
  }

  #move(event: PointerEvent): void {
    const cell = this.#at(event)?.cell ?? null;
    this.#scroller.style.cursor = cell === null ? 'default' : 'pointer';
    if (cell !== this.#pointed) this.#point(cell, 'pointer');
  }

  #point(cell: Cell | null, how: 'pointer' | 'keys'): void {
    this.#pointed = cell;
    const placed = cell === null ? undefined : this.#places.get(cell.key);
    const { x = 0, y = 0, h = 0 } = placed ?? {};
    this.#on.pointed(cell, { x, y: y + h - this.#scroller.scrollTop }, how);
    this.#ask();
  }

  #key(event: KeyboardEvent): void {
    const direction = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[
      event.key
    ];
    if (event.key === 'Enter' && this.#pointed !== null) {
      event.preventDefault();
      this.#on.open(this.#pointed);
    }
    if (direction === undefined) return;
    event.preventDefault();
    const [dx = 0, dy = 0] = direction;
    const from = this.#pointed === null ? undefined : this.#places.get(this.#pointed.key);
    const next = this.#nearest(from, dx, dy);
    if (next === undefined) return;
    this.#scrollTo(next);
    this.#point(next.cell, 'keys');
  }

  /** The nearest one in a direction; the first one of all from nowhere. */
  #nearest(from: Placed | undefined, dx: number, dy: number): Placed | undefined {
    let best: Placed | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const placed of this.#places.values()) {
      if (!this.#isWanted(placed.cell)) continue;
      if (from === undefined) return placed;
      const [x, y] = [placed.x + placed.w / 2 - from.x - from.w / 2, placed.y - from.y];
      const along = x * dx + y * dy;
      if (along <= 0.5) continue;
      const distance = along + ROW_WEIGHT * Math.abs(x * dy + y * dx);
      if (distance < least) [best, least] = [placed, distance];
    }
    return best;
  }

  #scrollTo({ y, h }: Placed): void {
    const { scrollTop, clientHeight } = this.#scroller;
    if (y < scrollTop) this.#scroller.scrollTop = y - 30;
    else if (y + h > scrollTop + clientHeight) this.#scroller.scrollTop = y + h - clientHeight + 30;
  }
}
