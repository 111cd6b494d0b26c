/** The line at the time that the page shows: an element of its own, so that nothing is painted anew where it moves. */
import { html } from '../dom.ts';
import { AXIS_PX, GUTTER_PX, RIGHT_PX } from './scene.ts';

/** Of the arrow on top of it. */
const ARROW_PX = 11;
const TOP_PX = AXIS_PX - 10;

export class Cursor {
  readonly #element = html('i', { id: 'cursor' });

  constructor(canvas: HTMLCanvasElement) {
    canvas.after(this.#element);
  }

  /** @param x where on a canvas of this size; out of sight beside the lanes */
  show(x: number, { width, height }: { readonly width: number; readonly height: number }): void {
    const { style } = this.#element;
    style.visibility = x >= GUTTER_PX && x <= width - RIGHT_PX + 1 ? '' : 'hidden';
    style.top = `${TOP_PX}px`;
    style.height = `${height - TOP_PX}px`;
    style.transform = `translateX(${Math.round(x) - (ARROW_PX - 1) / 2}px)`;
  }
}
