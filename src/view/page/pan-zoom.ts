/** Moves and scales what an SVG shows, with wheel, drag, double click and keys. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MAX_SCALE = 4;
const MARGIN = 6;
/** A click that trembles is no drag. */
const LEAST_DRAG_PX = 4;

export class PanZoom {
  readonly #svg: SVGSVGElement;
  readonly #content: SVGGElement;
  readonly #scaled: (scale: number) => void;
  #size: Size = { width: 1, height: 1 };
  #scale = 1;
  #x = 0;
  #y = 0;
  /** Nobody moved it: it keeps filling the window. */
  #fitted = true;

  /** @param scaled is told of every scale before it is seen */
  constructor(svg: SVGSVGElement, content: SVGGElement, scaled: (scale: number) => void) {
    this.#svg = svg;
    this.#content = content;
    this.#scaled = scaled;
    svg.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    svg.addEventListener('pointerdown', (event) => this.#drag(event));
    svg.addEventListener('dblclick', () => this.fit());
    new ResizeObserver(() => {
      if (this.#fitted) this.fit();
    }).observe(svg);
  }

  show(size: Size): void {
    this.#size = size;
    // While the window is not to be seen it cannot be filled; it is as soon as it is.
    this.#fitted = true;
    this.fit();
  }

  fit(): void {
    const { width, height } = this.#svg.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    const fitting = Math.min(
      (width - 2 * MARGIN) / this.#size.width,
      (height - 2 * MARGIN) / this.#size.height,
    );
    this.#scale = Math.min(1.25, fitting);
    this.#x = (width - this.#size.width * this.#scale) / 2;
    this.#y = (height - this.#size.height * this.#scale) / 2;
    this.#fitted = true;
    this.#apply();
  }

  /** A part of the whole, as large as it can be. */
  focus({
    x,
    y,
    w,
    h,
  }: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  }): void {
    const { width, height } = this.#svg.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    this.#scale = Math.min(1.25, (width - 2 * MARGIN) / w, (height - 2 * MARGIN) / h);
    this.#x = (width - w * this.#scale) / 2 - x * this.#scale;
    this.#y = (height - h * this.#scale) / 2 - y * this.#scale;
    this.#fitted = false;
    this.#apply();
  }

  /** Around the middle. */
  zoom(factor: number): void {
    const { width, height } = this.#svg.getBoundingClientRect();
    this.#zoomAt(factor, width / 2, height / 2);
  }

  #zoomAt(factor: number, x: number, y: number): void {
    const { width, height } = this.#svg.getBoundingClientRect();
    const least = Math.min(width / this.#size.width, height / this.#size.height) / 2;
    const scale = Math.min(MAX_SCALE, Math.max(least, this.#scale * factor));
    this.#x = x - ((x - this.#x) * scale) / this.#scale;
    this.#y = y - ((y - this.#y) * scale) / this.#scale;
    this.#scale = scale;
    this.#fitted = false;
    this.#apply();
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const { left, top } = this.#svg.getBoundingClientRect();
    this.#zoomAt(Math.exp(-event.deltaY / 500), event.clientX - left, event.clientY - top);
  }

  #drag(start: PointerEvent): void {
    if (start.button !== 0) return;
    const origin = { x: this.#x, y: this.#y };
    let isDrag = false;
    const move = (event: PointerEvent): void => {
      const far = Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY);
      if (!isDrag && far < LEAST_DRAG_PX) return;
      // From here on a click is no click on what lies below.
      if (!isDrag) this.#svg.setPointerCapture(start.pointerId);
      isDrag = true;
      this.#x = origin.x + event.clientX - start.clientX;
      this.#y = origin.y + event.clientY - start.clientY;
      this.#fitted = false;
      this.#apply();
    };
    const end = (): void => {
      this.#svg.removeEventListener('pointermove', move);
      this.#svg.removeEventListener('pointerup', end);
      this.#svg.removeEventListener('pointercancel', end);
    };
    this.#svg.addEventListener('pointermove', move);
    this.#svg.addEventListener('pointerup', end);
    this.#svg.addEventListener('pointercancel', end);
  }

  #apply(): void {
    this.#scaled(this.#scale);
    const transform = `translate(${this.#x.toFixed(2)} ${this.#y.toFixed(2)})scale(${this.#scale.toFixed(4)})`;
    this.#content.setAttribute('transform', transform);
  }
}
