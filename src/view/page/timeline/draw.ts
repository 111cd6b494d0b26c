/** Paints the timeline on a canvas. */
import type { Difference } from '../../api.ts';
import { type Brush, drawAxis, drawFoldWords } from './draw-axis.ts';
import { drawLane, drawName, drawSelected } from './draw-lanes.ts';
import { drawRates, drawRateWords } from './draw-rates.ts';
import {
  type Arrow,
  AXIS_PX,
  BAR_PX,
  GUTTER_PX,
  LANE_PX,
  type Palette,
  RIGHT_PX,
  type Scene,
} from './scene.ts';

/** What is painted on, and how times of the axis lie on it. */
export function brushOf(
  context: CanvasRenderingContext2D,
  { width, height }: { readonly width: number; readonly height: number },
  scene: Scene,
  palette: Palette,
): Brush {
  const { axis, window } = scene;
  const perUs = (width - GUTTER_PX - RIGHT_PX) / (window.toUs - window.fromUs);
  const x = (us: number): number => GUTTER_PX + (axis.toAxis(us) - window.fromUs) * perUs;
  return { context, width, height, scene, palette, x };
}

/** Nothing is painted over the names of lanes. */
function inLanes({ context, width, height }: Brush, act: () => void): void {
  context.save();
  context.beginPath();
  context.rect(GUTTER_PX, 0, width - GUTTER_PX - RIGHT_PX + 1, height);
  context.clip();
  act();
  context.restore();
}

/** All that stays as it is while the cursor moves. */
export function paintStill(brush: Brush): void {
  const { context, width, height, scene, palette } = brush;
  const { lanes, rates } = scene;
  context.fillStyle = palette.panel;
  context.fillRect(0, 0, width, height);
  drawAxis(brush);
  const ratesTop = AXIS_PX + lanes.length * LANE_PX;
  inLanes(brush, () => {
    for (const [index, lane] of lanes.entries()) drawLane(brush, lane, index);
    if (rates !== null) drawRates(brush, rates, ratesTop);
    drawFoldWords(brush);
  });
  for (const [index, lane] of lanes.entries()) drawName(brush, lane, index);
  if (rates !== null) drawRateWords(brush, rates, ratesTop);
}

/** On top of that: the selected row, arrows, and where lives part. */
export function paintMoving(brush: Brush): void {
  const { scene } = brush;
  inLanes(brush, () => {
    for (const [index, lane] of scene.lanes.entries()) drawSelected(brush, lane, index);
    for (const link of scene.links) arrow(brush, link);
    for (const difference of scene.differences) parting(brush, difference);
  });
}

/** Dashed if no single journal knows of it. Ends on lanes that are not shown have no arrow. */
function arrow({ context, palette, scene, x }: Brush, { from, to, across }: Arrow): void {
  const place = ({
    node,
    actor,
    timeUs,
  }: Arrow['from']): { readonly x: number; readonly y: number } | null => {
    const index = scene.lanes.findIndex((lane) => lane.node === node && lane.actor === actor);
    const lane = scene.lanes[index];
    if (lane === undefined) return null;
    return { x: x(timeUs + lane.shiftUs), y: AXIS_PX + index * LANE_PX + 4 + BAR_PX / 2 };
  };
  const [begin, end] = [place(from), place(to)];
  if (begin === null || end === null) return;
  const bend = begin.y === end.y ? -BAR_PX : 0;
  const middle = { x: (begin.x + end.x) / 2, y: (begin.y + end.y) / 2 + bend };
  context.strokeStyle = palette.cursor;
  context.fillStyle = palette.cursor;
  context.lineWidth = 1.6;
  context.setLineDash(across ? [5, 3] : []);
  context.beginPath();
  context.moveTo(begin.x, begin.y);
  context.quadraticCurveTo(middle.x, middle.y, end.x, end.y);
  context.stroke();
  context.setLineDash([]);
  context.lineWidth = 1;
  const angle = Math.atan2(end.y - middle.y, end.x - middle.x);
  context.beginPath();
  context.moveTo(end.x, end.y);
  for (const turn of [0.4, -0.4])
    context.lineTo(end.x - 8 * Math.cos(angle + turn), end.y - 8 * Math.sin(angle + turn));
  context.fill();
}

/** A line through the lanes of both lives, with a sign on it. */
function parting({ context, palette, scene, x }: Brush, difference: Difference): void {
  const { node, whatIfNode, actor, timeUs } = difference;
  const of = (name: string): number =>
    scene.lanes.findIndex((lane) => lane.node === name && lane.actor === actor);
  const [above, below] = [of(node), of(whatIfNode)];
  if (above < 0 || below < 0) return;
  const at = Math.round(x(timeUs + (scene.lanes[above]?.shiftUs ?? 0))) + 0.5;
  const [top, bottom] = [AXIS_PX + above * LANE_PX, AXIS_PX + (below + 1) * LANE_PX];
  context.strokeStyle = palette.text;
  context.setLineDash([3, 2]);
  context.beginPath();
  context.moveTo(at, top);
  context.lineTo(at, bottom);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = palette.text;
  context.beginPath();
  context.arc(at, (top + bottom) / 2 - 2, 8, 0, 7);
  context.fill();
  context.fillStyle = palette.panel;
  context.font = `700 13px ${palette.font}`;
  context.textAlign = 'center';
  context.fillText('\u2260', at, (top + bottom) / 2 + 2.5);
}
