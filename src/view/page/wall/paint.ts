/** Draws the wall. A state is told by its colour and by its figure, so that it can be seen without colours, too. */
import type { Tone } from '../../text/tone.ts';
import {
  type Caption,
  NODE_CAPTION,
  type Placed,
  type PlacedUnit,
  pipsOf,
  SECTION_CAPTION,
  TITLE,
  type WallLayout,
} from './layout.ts';
import type { Cell } from './model.ts';

const TONES: readonly Tone[] = ['good', 'calm', 'bad', 'warn', 'idle', 'accent'];
const DIMMED = 0.13;
/** What works steps back, so that what does not stands out. */
const QUIET = 0.62;
/** Below it a figure would be a blot. */
const FIGURE_FROM_PX = 7;
/** Below it, nobody sees a round corner, and thousands of them take time. */
const ROUND_FROM_PX = 10;

export interface WallPalette {
  readonly tones: Readonly<Record<Tone, string>>;
  readonly ground: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly onTone: string;
  readonly cursor: string;
  readonly font: string;
}

export function readWallPalette(element: Element): WallPalette {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    tones: Object.fromEntries(TONES.map((tone) => [tone, color(tone)])) as Record<Tone, string>,
    ground: color('ground'),
    ...{ text: color('text'), muted: color('muted'), line: color('line') },
    ...{ onTone: color('on-tone'), cursor: color('cursor'), font: style.fontFamily },
  };
}

export class WallPainter {
  readonly #context: CanvasRenderingContext2D;
  readonly #palette: WallPalette;
  /** False: it is dimmed. */
  readonly #isWanted: (cell: Cell) => boolean;

  constructor(context: CanvasRenderingContext2D, palette: WallPalette, isWanted: (cell: Cell) => boolean) {
    this.#context = context;
    this.#palette = palette;
    this.#isWanted = isWanted;
  }

  /** Everything between two heights of the wall. */
  all({ units, captions }: WallLayout, from: number, to: number): void {
    for (const caption of captions)
      if (caption.y < to && caption.y + NODE_CAPTION > from) this.#caption(caption);
    for (const unit of units) if (unit.y < to && unit.y + unit.h > from) this.#unit(unit);
  }

  /** One cell anew, and nothing else. */
  again(placed: Placed): void {
    const { x, y, w, h } = placed;
    const context = this.#context;
    context.fillStyle = this.#palette.ground;
    context.fillRect(x - 0.5, y - 0.5, w + 1, h + 1);
    this.cell(placed);
  }

  #caption({ node, name, isGone, x, y, w }: Caption): void {
    const context = this.#context;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    if (name === '') {
      context.fillStyle = isGone ? this.#palette.tones.bad : this.#palette.text;
      context.font = `650 14px ${this.#palette.font}`;
      context.fillText(isGone ? `${node}: its process is gone` : node, x, y + NODE_CAPTION / 2, w);
      return;
    }
    const middle = y + SECTION_CAPTION / 2;
    context.fillStyle = this.#palette.muted;
    context.font = `11px ${this.#palette.font}`;
    context.fillText(name, x, middle, w);
    const end = x + context.measureText(name).width + 8;
    context.fillStyle = this.#palette.line;
    context.fillRect(end, Math.round(middle), Math.max(0, x + w - end), 1);
  }

  #unit({ unit, head, titled, cells, x, y, w }: PlacedUnit): void {
    if (head !== null) this.#head(head, titled);
    if (titled) {
      const context = this.#context;
      context.globalAlpha = unit.head === null || this.#isWanted(unit.head) ? 1 : 0.5;
      context.textBaseline = 'middle';
      context.textAlign = 'left';
      context.font = `11px ${this.#palette.font}`;
      context.fillStyle = this.#palette.text;
      context.fillText(fitted(context, unit.title, w - TITLE - 2), x + TITLE, y + TITLE / 2 + 0.5);
      context.globalAlpha = 1;
    }
    for (const placed of cells) this.cell(placed);
  }

  #head(placed: Placed, titled: boolean): void {
    const { x, y } = placed;
    if (titled) this.#figure({ ...placed, x, y: y + 2, w: TITLE - 4, h: TITLE - 4 });
    else this.#bar(placed);
  }

  #alphaOf(cell: Cell): number {
    return this.#isWanted(cell) ? (cell.tone === 'good' ? QUIET : 1) : DIMMED;
  }

  /** Too narrow for a figure: whole is well, broken is not. */
  #bar({ cell, x, y, w, h }: Placed): void {
    const context = this.#context;
    context.globalAlpha = this.#alphaOf(cell);
    context.fillStyle = this.#palette.tones[cell.tone];
    if (cell.tone === 'good') context.fillRect(x, y, w, h);
    else if (cell.tone === 'calm') context.fillRect(x + w - 1, y, 1, h);
    else for (let at = 0; at < h; at += 4) context.fillRect(x, y + at, w, 3);
    context.globalAlpha = 1;
  }

  cell(placed: Placed): void {
    const { cell, x, y, w } = placed;
    if (placed.h < placed.w && cell.kind === 'checker') {
      this.#pip(placed);
      return;
    }
    if (cell.kind === 'group' || cell.kind === 'virtual') {
      this.#head(placed, placed.w > placed.h);
      return;
    }
    this.#figure({ cell, x, y, w, h: w });
    for (const pip of pipsOf(placed)) this.#pip(pip);
  }

  /** One that works is lower. */
  #pip({ cell, x, y, w, h }: Placed): void {
    const context = this.#context;
    context.globalAlpha = this.#alphaOf(cell);
    context.fillStyle = this.#palette.tones[cell.tone];
    context.fillRect(x, y, w, cell.tone === 'good' ? Math.max(1, h - 1) : h);
    context.globalAlpha = 1;
  }

  #figure({ cell, x, y, w, h }: Placed): void {
    const { tone, main } = cell;
    const context = this.#context;
    const color = this.#palette.tones[tone];
    context.globalAlpha = this.#alphaOf(cell);
    context.fillStyle = color;
    context.strokeStyle = color;
    context.lineWidth = w >= 12 ? 1.6 : 1.2;
    if (main === 'gone') this.#gone(x, y, w, h);
    else if (tone === 'calm' || tone === 'idle') this.#hollow(tone, x, y, w, h);
    else if (tone === 'accent') this.#disc(x, y, w, h);
    else this.#full(tone, x, y, w, h);
    context.globalAlpha = 1;
  }

  #full(tone: Tone, x: number, y: number, w: number, h: number): void {
    const context = this.#context;
    if (tone !== 'good' && w < FIGURE_FROM_PX) {
      // Larger, where a figure would be a blot.
      context.fillRect(x - 0.5, y - 0.5, w + 1, h + 1);
      return;
    }
    if (w < ROUND_FROM_PX) context.fillRect(x, y, w, h);
    else {
      context.beginPath();
      context.roundRect(x, y, w, h, 2.5);
      context.fill();
    }
    if (tone === 'good') return;
    const inset = w * 0.27;
    context.strokeStyle = this.#palette.onTone;
    context.beginPath();
    if (tone === 'bad') {
      context.moveTo(x + inset, y + inset);
      context.lineTo(x + w - inset, y + h - inset);
      context.moveTo(x + w - inset, y + inset);
      context.lineTo(x + inset, y + h - inset);
    } else {
      context.moveTo(x + inset, y + h / 2);
      context.lineTo(x + w - inset, y + h / 2);
    }
    context.stroke();
  }

  #hollow(tone: Tone, x: number, y: number, w: number, h: number): void {
    const context = this.#context;
    const half = context.lineWidth / 2;
    if (w < ROUND_FROM_PX) context.strokeRect(x + half, y + half, w - 2 * half, h - 2 * half);
    else {
      context.beginPath();
      context.roundRect(x + half, y + half, w - 2 * half, h - 2 * half, 2.5);
      context.stroke();
    }
    if (tone === 'idle') context.fillRect(x + w / 2 - 1, y + h / 2 - 1, 2, 2);
  }

  #disc(x: number, y: number, w: number, h: number): void {
    this.#context.beginPath();
    this.#context.arc(x + w / 2, y + h / 2, Math.min(w, h) / 2, 0, 2 * Math.PI);
    this.#context.fill();
  }

  #gone(x: number, y: number, w: number, h: number): void {
    const context = this.#context;
    context.beginPath();
    context.rect(x + 0.6, y + 0.6, w - 1.2, h - 1.2);
    context.moveTo(x + 1, y + h - 1);
    context.lineTo(x + w - 1, y + 1);
    context.stroke();
  }
}

/** As much of a text as there is room for. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
