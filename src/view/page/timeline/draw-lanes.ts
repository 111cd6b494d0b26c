/** Paints lanes: states as bars, inputs as ticks, what is missing from the journal hatched. */
import type { Json } from '../../../protocol/json.ts';
import type { Dense, GapView, Lane, Span } from '../../api.ts';
import { summarizeState } from '../../chart/active.ts';
import { toneOf, worstFirst } from '../../text/tone.ts';
import { shortName } from '../cards.ts';
import type { Brush } from './draw-axis.ts';
import { AXIS_PX, BAR_PX, GUTTER_PX, LANE_PX, type LaneView } from './scene.ts';

/** A moment is at least as wide as this, so that it is seen whatever the scale. */
const MOMENT_PX = 3;
const TOP_PX = 4;
const TICK_PX = 7;

interface Bar {
  readonly fromUs: number;
  readonly toUs: number;
  readonly main: string;
}

/** What an operator calls each state. */
const mains = new WeakMap<readonly Json[], readonly string[]>();

function mainsOf(states: readonly Json[]): readonly string[] {
  const known = mains.get(states) ?? states.map((state) => summarizeState(state).main);
  mains.set(states, known);
  return known;
}

/** Bars of a lane, by the spans that they were made of: a lane is painted many times. */
const barsOf = new WeakMap<readonly Span[], readonly Bar[]>();

/** Neighbouring spans with the same main state are one bar. */
function merged(spans: readonly Span[], names: readonly string[]): readonly Bar[] {
  const known = barsOf.get(spans);
  if (known !== undefined) return known;
  const bars: Bar[] = [];
  for (const { fromUs, toUs, state } of spans) {
    const main = names[state] ?? '';
    const last = bars.at(-1);
    if (last?.main === main && last.toUs >= fromUs) bars[bars.length - 1] = { ...last, toUs };
    else bars.push({ fromUs, toUs, main });
  }
  barsOf.set(spans, bars);
  return bars;
}

export function drawLane(brush: Brush, lane: LaneView, index: number): void {
  const top = AXIS_PX + index * LANE_PX + TOP_PX;
  const { scene } = brush;
  const names = mainsOf(scene.states);
  if (lane.data !== null) {
    bars(brush, lane, lane.data, names, top);
    for (const piece of lane.data.dense) dense(brush, lane, piece, names, top);
  }
  for (const gap of scene.gaps) if (gap.node === lane.node) hatch(brush, gap, lane.shiftUs, top);
  if (lane.data !== null) ticks(brush, lane, lane.data, top + BAR_PX + 1);
}

export function drawName(brush: Brush, { node, actor, shiftUs }: LaneView, index: number): void {
  const { context, palette } = brush;
  const y = AXIS_PX + index * LANE_PX + TOP_PX + BAR_PX / 2;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.font = `600 12px ${palette.font}`;
  context.fillStyle = palette.text;
  context.fillText(shiftUs === 0 ? node : `${node} ~`, 12, y - 2, GUTTER_PX - 20);
  context.font = `10px ${palette.font}`;
  context.fillStyle = palette.muted;
  context.fillText(shortName(actor), 12, y + 11, GUTTER_PX - 20);
}

function bars(
  brush: Brush,
  { shiftUs }: LaneView,
  { spans }: Lane,
  names: readonly string[],
  top: number,
): void {
  const { openFromUs, nowUs } = brush.scene;
  const list = merged(spans, names);
  for (const [index, { fromUs, toUs, main }] of list.entries()) {
    const isOpen = openFromUs !== null && index === list.length - 1 && toUs >= openFromUs;
    bar(brush, fromUs + shiftUs, (isOpen ? Math.max(fromUs, nowUs) : toUs) + shiftUs, main, top);
  }
}

function bar(
  { context, width, palette, x }: Brush,
  fromUs: number,
  toUs: number,
  main: string,
  y: number,
): void {
  const from = Math.max(GUTTER_PX - 10, x(fromUs));
  const to = Math.min(width, x(toUs));
  if (to < GUTTER_PX || from > width) return;
  context.fillStyle = palette.tones[toneOf(main)];
  const length = Math.max(1.5, to - from - 0.5);
  if (length < 6) {
    context.fillRect(from, y, length, BAR_PX);
    return;
  }
  context.beginPath();
  context.roundRect(from, y, length, BAR_PX, 3);
  context.fill();
  const left = Math.max(from, GUTTER_PX);
  if (to - left < 24) return;
  context.font = `600 11px ${palette.font}`;
  if (to - left < context.measureText(main).width + 12) return;
  context.fillStyle = palette.onTone;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(main, left + 6, y + BAR_PX / 2 + 0.5);
}

/** Every state of a moment has its part of the bar's height, the worst one on top. */
function dense(
  { context, width, palette, x }: Brush,
  { shiftUs }: LaneView,
  { fromUs, toUs, states }: Dense,
  names: readonly string[],
  top: number,
): void {
  const from = x(fromUs + shiftUs);
  const to = x(toUs + shiftUs);
  if (to < GUTTER_PX - MOMENT_PX || from > width) return;
  const tones = worstFirst(states.map((state) => (state < 0 ? 'idle' : toneOf(names[state] ?? ''))));
  const length = Math.max(MOMENT_PX, to - from);
  const left = to - from < MOMENT_PX ? (from + to - MOMENT_PX) / 2 : from;
  const part = (BAR_PX + 2) / tones.length;
  for (const [index, tone] of tones.entries()) {
    context.fillStyle = palette.tones[tone];
    context.fillRect(left, top - 1 + index * part, length, part);
  }
}

/** What happened then was not recorded. */
function hatch({ context, width, palette, x }: Brush, gap: GapView, shiftUs: number, y: number): void {
  const from = x(gap.fromUs + shiftUs);
  const length = Math.max(4, x(gap.toUs + shiftUs) - from);
  if (from + length < GUTTER_PX || from > width) return;
  context.save();
  context.beginPath();
  context.rect(from, y - 3, length, BAR_PX + 6);
  context.clip();
  context.fillStyle = palette.tones.warn;
  context.globalAlpha = 0.35;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = palette.tones.warn;
  context.beginPath();
  for (let at = Math.max(from, 0) - 30; at < Math.min(from + length, width); at += 7) {
    context.moveTo(at, y + BAR_PX + 4);
    context.lineTo(at + 28, y - 4);
  }
  context.stroke();
  context.restore();
}

/** Inputs are long, what followed from them is short. */
function ticks(
  { context, width, palette, x }: Brush,
  lane: LaneView,
  { ticks: list }: Lane,
  y: number,
): void {
  for (const isInput of [false, true]) {
    context.strokeStyle = isInput ? palette.text : palette.muted;
    context.beginPath();
    let lastX = Number.NEGATIVE_INFINITY;
    for (const { timeUs, inputs } of list) {
      if (inputs > 0 !== isInput) continue;
      const at = Math.round(x(timeUs + lane.shiftUs)) + 0.5;
      if (at === lastX || at < GUTTER_PX || at > width) continue;
      lastX = at;
      context.moveTo(at, y);
      context.lineTo(at, y + (isInput ? TICK_PX : TICK_PX - 3));
    }
    context.stroke();
  }
}

/** The selected row among the ticks of its lane. */
export function drawSelected({ context, scene, palette, x }: Brush, lane: LaneView, index: number): void {
  const { selected } = scene;
  if (selected?.node !== lane.node || selected.actor !== lane.actor) return;
  const at = Math.round(x(scene.selectedUs)) + 0.5;
  const y = AXIS_PX + index * LANE_PX + TOP_PX + BAR_PX + 1;
  context.strokeStyle = palette.cursor;
  context.lineWidth = 3;
  context.beginPath();
  context.moveTo(at, y);
  context.lineTo(at, y + TICK_PX);
  context.stroke();
  context.lineWidth = 1;
}
