/** Paints the lanes of the timeline on a canvas. */
import type { GapView, Lane, Span } from '../api.ts';
import { summarizeState } from '../chart/active.ts';
import { axisStepUs, formatMark } from '../text/time-format.ts';
import { type Tone, toneOf } from '../text/tone.ts';

export interface TimeWindow {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface TimelineScene {
  readonly window: TimeWindow;
  readonly lanes: readonly Lane[];
  readonly gaps: readonly GapView[];
  /** A last span that reaches this time goes on until now; null: none does. */
  readonly openFromUs: number | null;
  readonly nowUs: number;
  readonly cursorUs: number | null;
  readonly selected: { readonly node: string; readonly seq: number } | null;
}

export interface Palette {
  readonly tones: Readonly<Record<Tone, string>>;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly onTone: string;
  readonly cursor: string;
  readonly font: string;
}

export const GUTTER_PX = 92;
const AXIS_PX = 22;
const LANE_PX = 42;
const BAR_PX = 20;
const RIGHT_PX = 14;

/** Height that all lanes need. */
export function sceneHeight(lanes: number): number {
  return AXIS_PX + Math.max(1, lanes) * LANE_PX + 4;
}

export function timeAt(x: number, width: number, { fromUs, toUs }: TimeWindow): number {
  return fromUs + ((x - GUTTER_PX) / (width - GUTTER_PX - RIGHT_PX)) * (toUs - fromUs);
}

/** Which lane a point is in; -1 above the first. */
export function laneAt(y: number): number {
  return Math.floor((y - AXIS_PX) / LANE_PX);
}

export class TimelinePainter {
  readonly #context: CanvasRenderingContext2D;
  readonly #width: number;
  readonly #scene: TimelineScene;
  readonly #palette: Palette;

  constructor(context: CanvasRenderingContext2D, width: number, scene: TimelineScene, palette: Palette) {
    this.#context = context;
    this.#width = width;
    this.#scene = scene;
    this.#palette = palette;
  }

  paint(height: number): void {
    const { lanes } = this.#scene;
    this.#context.clearRect(0, 0, this.#width, height);
    this.#axis(height);
    this.#context.save();
    this.#context.beginPath();
    this.#context.rect(GUTTER_PX, 0, this.#width - GUTTER_PX - RIGHT_PX + 1, height);
    this.#context.clip();
    for (const [index, lane] of lanes.entries()) this.#lane(lane, AXIS_PX + index * LANE_PX);
    this.#cursor(height);
    this.#context.restore();
    for (const [index, { node }] of lanes.entries()) this.#name(node, AXIS_PX + index * LANE_PX);
  }

  #x(us: number): number {
    const { fromUs, toUs } = this.#scene.window;
    return GUTTER_PX + ((us - fromUs) / (toUs - fromUs)) * (this.#width - GUTTER_PX - RIGHT_PX);
  }

  #axis(height: number): void {
    const { fromUs, toUs } = this.#scene.window;
    const context = this.#context;
    const step = axisStepUs(toUs - fromUs, (this.#width - GUTTER_PX) / 95);
    // Marks stand at round local times, which Unix time is not everywhere.
    const zoneUs = new Date(fromUs / 1_000).getTimezoneOffset() * 60_000_000;
    context.font = `11px ${this.#palette.font}`;
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    context.lineWidth = 1;
    for (let us = Math.ceil((fromUs - zoneUs) / step) * step + zoneUs; us <= toUs; us += step) {
      const x = Math.round(this.#x(us)) + 0.5;
      context.strokeStyle = this.#palette.line;
      context.beginPath();
      context.moveTo(x, AXIS_PX - 4);
      context.lineTo(x, height);
      context.stroke();
      context.fillStyle = this.#palette.muted;
      if (x > GUTTER_PX + 24) context.fillText(formatMark(us, step), x, AXIS_PX / 2);
    }
  }

  #name(node: string, y: number): void {
    this.#context.textAlign = 'left';
    this.#context.textBaseline = 'middle';
    this.#context.fillStyle = this.#palette.text;
    this.#context.font = `600 12px ${this.#palette.font}`;
    this.#context.fillText(node, 14, y + 6 + BAR_PX / 2, GUTTER_PX - 20);
  }

  #lane(lane: Lane, y: number): void {
    const top = y + 6;
    for (const bar of merged(lane.spans, this.#scene)) this.#bar(bar, top);
    for (const gap of this.#scene.gaps) if (gap.node === lane.node) this.#gap(gap, top);
    this.#ticks(lane, top + BAR_PX + 2);
  }

  #bar({ fromUs, toUs, main }: Bar, y: number): void {
    const from = Math.max(GUTTER_PX - 10, this.#x(fromUs));
    const to = Math.min(this.#width, this.#x(toUs));
    if (to < GUTTER_PX || from > this.#width) return;
    const context = this.#context;
    context.fillStyle = this.#palette.tones[toneOf(main)];
    context.beginPath();
    context.roundRect(from, y, Math.max(1.5, to - from - 0.5), BAR_PX, Math.min(3, (to - from) / 2));
    context.fill();
    const left = Math.max(from, GUTTER_PX);
    context.font = `600 11px ${this.#palette.font}`;
    if (to - left < context.measureText(main).width + 12) return;
    context.fillStyle = this.#palette.onTone;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(main, left + 6, y + BAR_PX / 2 + 0.5);
  }

  /** Hatched: what happened then was not recorded. */
  #gap({ fromUs, toUs }: GapView, y: number): void {
    const from = this.#x(fromUs);
    const width = Math.max(4, this.#x(toUs) - from);
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(from, y - 3, width, BAR_PX + 6);
    context.clip();
    context.fillStyle = this.#palette.tones.warn;
    context.globalAlpha = 0.35;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = this.#palette.tones.warn;
    context.beginPath();
    for (let x = Math.max(from, 0) - 30; x < Math.min(from + width, this.#width); x += 7) {
      context.moveTo(x, y + BAR_PX + 4);
      context.lineTo(x + 28, y - 4);
    }
    context.stroke();
    context.restore();
  }

  /** Inputs are long, what followed from them is short. */
  #ticks({ node, ticks }: Lane, y: number): void {
    const { selected } = this.#scene;
    const context = this.#context;
    let lastX = Number.NEGATIVE_INFINITY;
    let lastInput = false;
    for (const { timeUs, seq, input } of ticks) {
      const x = Math.round(this.#x(timeUs)) + 0.5;
      const isSelected = selected?.node === node && selected.seq === seq;
      if (x === lastX && lastInput >= input && !isSelected) continue;
      if (x < GUTTER_PX || x > this.#width) continue;
      lastX = x;
      lastInput = input;
      context.strokeStyle = isSelected
        ? this.#palette.cursor
        : input
          ? this.#palette.text
          : this.#palette.muted;
      context.lineWidth = isSelected ? 3 : 1;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x, y + (input || isSelected ? 9 : 5));
      context.stroke();
    }
    context.lineWidth = 1;
  }

  #cursor(height: number): void {
    const { cursorUs } = this.#scene;
    if (cursorUs === null) return;
    const x = Math.round(this.#x(cursorUs)) + 0.5;
    const context = this.#context;
    context.strokeStyle = this.#palette.cursor;
    context.fillStyle = this.#palette.cursor;
    context.beginPath();
    context.moveTo(x, AXIS_PX - 6);
    context.lineTo(x, height);
    context.stroke();
    context.beginPath();
    context.moveTo(x - 5, AXIS_PX - 10);
    context.lineTo(x + 5, AXIS_PX - 10);
    context.lineTo(x, AXIS_PX - 3);
    context.fill();
  }
}

interface Bar {
  readonly fromUs: number;
  readonly toUs: number;
  readonly main: string;
}

/** Neighbouring spans with the same main state are one bar. */
function merged(spans: readonly Span[], { openFromUs, nowUs }: TimelineScene): Bar[] {
  const bars: Bar[] = [];
  for (const [index, { fromUs, toUs, state }] of spans.entries()) {
    const { main } = summarizeState(state);
    const isOpen = openFromUs !== null && index === spans.length - 1 && toUs >= openFromUs;
    const end = isOpen ? Math.max(fromUs, nowUs) : toUs;
    const last = bars.at(-1);
    if (last?.main === main && last.toUs >= fromUs) bars[bars.length - 1] = { ...last, toUs: end };
    else bars.push({ fromUs, toUs: end, main });
  }
  return bars;
}
