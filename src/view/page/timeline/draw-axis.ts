/** Paints the axis of the timeline: marks at round local times, the date, and breaks where quiet time is folded. */
import { axisStepUs, formatDate, formatDuration, formatMark } from '../../text/time-format.ts';
import type { TimeWindow } from './axis.ts';
import { AXIS_PX, GUTTER_PX, type Palette, RIGHT_PX, type Scene } from './scene.ts';

const MARK_PX = 95;
const DAY_US = 864e8;

export interface Brush {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly scene: Scene;
  readonly palette: Palette;
  /** Pixel of a Unix time. */
  readonly x: (us: number) => number;
}

export function drawAxis(brush: Brush): void {
  const { context, width, scene, palette } = brush;
  const { axis, window } = scene;
  const step = axisStepUs(window.toUs - window.fromUs, (width - GUTTER_PX) / MARK_PX);
  const shown = { fromUs: axis.toTime(window.fromUs), toUs: axis.toTime(window.toUs) };
  const { plain, folds } = axis.stretches(shown);
  context.font = `11px ${palette.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  context.lineWidth = 1;
  const names = new Names(brush, step);
  for (const stretch of plain) marks(brush, stretch, step, names);
  for (const { fromUs, toUs } of folds) fold(brush, fromUs, toUs);
}

/** The words at marks; none over another. */
class Names {
  readonly #brush: Brush;
  readonly #step: number;
  #freeX = GUTTER_PX;
  #day = '';

  constructor(brush: Brush, step: number) {
    this.#brush = brush;
    this.#step = step;
  }

  add(us: number, x: number): void {
    const { context, width, palette } = this.#brush;
    const day = formatDate(us);
    const text = this.#step >= DAY_US ? day : formatMark(us, this.#step);
    // The first mark of a day says which one.
    const words = this.#step < DAY_US && day !== this.#day ? `${day.slice(5)} ${text}` : text;
    const half = context.measureText(words).width / 2;
    if (x - half < this.#freeX || x + half > width - 2) return;
    this.#freeX = x + half + 6;
    this.#day = day;
    context.fillStyle = words === text ? palette.muted : palette.text;
    context.fillText(words, x, AXIS_PX / 2);
  }
}

function marks(
  { context, height, palette, x }: Brush,
  stretch: TimeWindow,
  step: number,
  names: Names,
): void {
  // Marks stand at round local times, which Unix time is not everywhere.
  const zoneUs = new Date(stretch.fromUs / 1_000).getTimezoneOffset() * 60_000_000;
  const first = Math.ceil((stretch.fromUs - zoneUs) / step) * step + zoneUs;
  context.strokeStyle = palette.line;
  context.beginPath();
  for (let us = first; us <= stretch.toUs; us += step) {
    const at = Math.round(x(us)) + 0.5;
    if (at < GUTTER_PX) continue;
    context.moveTo(at, AXIS_PX - 4);
    context.lineTo(at, height);
    names.add(us, at);
  }
  context.stroke();
}

function fold({ context, width, height, palette, x }: Brush, fromUs: number, toUs: number): void {
  const from = Math.max(GUTTER_PX, x(fromUs));
  const to = Math.min(width - RIGHT_PX, x(toUs));
  const middle = (x(fromUs) + x(toUs)) / 2;
  context.fillStyle = palette.line;
  context.globalAlpha = 0.45;
  context.fillRect(from, AXIS_PX - 4, Math.max(1, to - from), height);
  context.globalAlpha = 1;
  context.strokeStyle = palette.muted;
  context.beginPath();
  for (let y = AXIS_PX - 4, left = true; y < height; y += 5, left = !left)
    context.lineTo(middle + (left ? -2 : 2), y);
  context.stroke();
}

/** How long what is folded was, over everything else. */
export function drawFoldWords({ context, width, height, scene, palette, x }: Brush): void {
  const { axis, window } = scene;
  const shown = { fromUs: axis.toTime(window.fromUs), toUs: axis.toTime(window.toUs) };
  context.font = `11px ${palette.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const { fromUs, toUs } of axis.stretches(shown).folds) {
    const [from, to] = [Math.max(GUTTER_PX, x(fromUs)), Math.min(width - RIGHT_PX, x(toUs))];
    const seconds = Math.round((toUs - fromUs) / 1e6);
    const words = formatDuration(seconds * 1e6).replace(/ 0 (s|min|h)$/, '');
    const half = context.measureText(words).width / 2 + 3;
    if (to - from < 2 * half) continue;
    context.fillStyle = palette.panel;
    context.fillRect((from + to) / 2 - half, height - 17, 2 * half, 14);
    context.fillStyle = palette.text;
    context.fillText(words, (from + to) / 2, height - 10);
  }
}
