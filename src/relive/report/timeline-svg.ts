/** The states of a few actors over time as a picture: bars, ticks for what came from outside, arrows from cause to effect. */
import type { Json } from '../../protocol/json.ts';
import { summarizeState } from '../../view/chart/active.ts';
import { type Shape, shape } from '../../view/chart/shape.ts';
import { textWidth } from '../../view/chart/text-width.ts';
import { Timelines } from '../../view/history/timeline.ts';
import { axisStepUs } from '../../view/text/time-format.ts';
import { toneOf } from '../../view/text/tone.ts';
import { formatClock } from '../time.ts';
import { actorName, stateInWords } from '../words.ts';
import { laneSource } from './lane-source.ts';
import type { Lane, Subject, TimeWindow } from './subject.ts';

const WIDTH = 1100;
const GUTTER = 170;
const RIGHT = 16;
/** Half of the width of a mark of the axis. */
const LAST_MARK = 34;
const AXIS = 26;
const LANE = 46;
const BAR = 22;
const FONT_PX = 12;
const MOST_TICKS = 400;
const MOST_ARROWS = 60;
/** Causes and consequences closer together than this on a lane are one point of the picture. */
const LEAST_ARROW_PX = 6;

interface DrawnSpan {
  readonly fromUs: number;
  readonly toUs: number;
  readonly seq: number;
  readonly state: Json;
}

interface DrawnLane {
  readonly lane: Lane;
  readonly y: number;
  readonly spans: readonly DrawnSpan[];
}

export function timelineSvg(subject: Subject, utc: boolean): Shape {
  const { lanes, window, explanation } = subject;
  const height = AXIS + lanes.length * LANE + 6;
  const drawn = lanes.map((lane, index) => ({ lane, y: AXIS + index * LANE, spans: spansOf(lane, window) }));
  const at = placing(window);
  const change = at(explanation.wallUs);
  const who = lanes.map(({ witness, actor }) => `${actorName(actor)} on ${witness.name}`).join(', ');
  return shape(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${height}`,
      class: 'timeline',
      role: 'img',
      'aria-labelledby': 'timeline-title timeline-about',
    },
    shape(
      'title',
      { id: 'timeline-title' },
      `States from ${formatClock(window.fromUs, utc)} to ${formatClock(window.toUs, utc)}`,
    ),
    shape(
      'desc',
      { id: 'timeline-about' },
      `One bar for each of ${who}. The table of rows says the same in words.`,
    ),
    ...axis(window, height, utc),
    ...drawn.flatMap((lane) => laneShapes(lane, window, utc)),
    ...drawn.flatMap((lane) => ticks(lane, window, utc)),
    ...arrows(drawn, window),
    ...acrossNodes(drawn, subject),
    shape('line', { class: 'change', x1: change, x2: change, y1: AXIS - 4, y2: height }),
  );
}

function placing({ fromUs, toUs }: TimeWindow): (us: number) => number {
  return (us) =>
    Math.round((GUTTER + ((us - fromUs) / (toUs - fromUs)) * (WIDTH - GUTTER - RIGHT)) * 10) / 10;
}

/** What several rows of one instant led to is there, too: a bar of no length for each state of that instant. */
function spansOf({ witness, actor }: Lane, { fromUs, toUs }: TimeWindow): readonly DrawnSpan[] {
  const window = { fromUs, toUs, cellUs: 1, actors: [actor] };
  const { lanes, states } = new Timelines().timeline([laneSource(witness)], window);
  const [lane] = lanes;
  if (lane === undefined) return [];
  const moments = lane.dense.flatMap((piece) =>
    piece.states.filter((state) => state >= 0).map((state) => ({ ...piece, state })),
  );
  return [...lane.spans, ...moments]
    .sort((a, b) => a.fromUs - b.fromUs)
    .map((span) => ({ ...span, state: states[span.state] ?? null }));
}

function axis(window: TimeWindow, height: number, utc: boolean): Shape[] {
  const { fromUs, toUs } = window;
  const at = placing(window);
  const step = axisStepUs(toUs - fromUs, (WIDTH - GUTTER) / 95);
  const shapes: Shape[] = [];
  for (let us = Math.ceil(fromUs / step) * step; us <= toUs; us += step) {
    const x = at(us);
    if (x > WIDTH - LAST_MARK) break;
    const clock = formatClock(us, utc).replace('Z', '');
    const text = step >= 1e6 ? clock.slice(0, 8) : clock;
    shapes.push(shape('line', { class: 'grid', x1: x, x2: x, y1: AXIS - 6, y2: height }));
    shapes.push(shape('text', { class: 'mark', x, y: 14, 'font-size': 11 }, text));
  }
  return shapes;
}

function laneShapes({ lane, y, spans }: DrawnLane, window: TimeWindow, utc: boolean): Shape[] {
  const at = placing(window);
  const { witness, actor } = lane;
  const name = [
    shape('text', { class: 'node', x: 0, y: y + 18, 'font-size': 13 }, witness.name),
    shape('text', { class: 'actor', x: 0, y: y + 33, 'font-size': 11 }, actorName(actor)),
  ];
  const bars = spans.map(({ fromUs, toUs, state, seq }) => {
    const [x, right] = [at(fromUs), at(toUs)];
    const { main } = summarizeState(state);
    const width = Math.max(1.5, right - x);
    const title = `${stateInWords(state)}, from ${formatClock(fromUs, utc)} (@${seq})`;
    const label = textWidth(main, FONT_PX) + 10 <= width;
    return shape(
      'g',
      { class: 'bar', 'data-tone': toneOf(toneState(state, main)) },
      shape('title', {}, title),
      shape('rect', { x, y: y + 6, width, height: BAR, rx: 3 }),
      ...(label ? [shape('text', { x: x + 6, y: y + 21, 'font-size': FONT_PX }, main)] : []),
    );
  });
  const absent =
    spans.length === 0
      ? [
          shape(
            'text',
            { class: 'actor', x: GUTTER, y: y + 21, 'font-size': FONT_PX },
            'not running, as far as its journal tells',
          ),
        ]
      : [];
  return [...name, ...bars, ...absent];
}

/** A state that has no name of a role is coloured by its whole path. */
function toneState(state: Json, main: string): string {
  return typeof state === 'string' ? state : main;
}

interface Happened {
  readonly seq: number;
  readonly cause: number | null;
  readonly wallUs: number;
  readonly type: string;
}

function happened({ witness, actor }: Lane, { fromUs, toUs }: TimeWindow): Happened[] {
  const { reader } = witness;
  const range = { fromSeq: reader.seqAt(fromUs - 1) + 1, toSeq: reader.seqAt(toUs), actor };
  const found: Happened[] = [];
  for (const { seq, cause, wallUs, event } of reader.rows(range)) {
    if (found.length === MOST_TICKS) break;
    found.push({ seq, cause, wallUs, type: event.type });
  }
  return found;
}

function ticks({ lane, y }: DrawnLane, window: TimeWindow, utc: boolean): Shape[] {
  const at = placing(window);
  return happened(lane, window).map(({ seq, cause, wallUs, type }) => {
    const x = at(wallUs);
    const title = shape('title', {}, `${formatClock(wallUs, utc)} @${seq} ${type}`);
    const line = shape('line', { x1: x, x2: x, y1: y + 6 + BAR, y2: y + BAR + (cause === null ? 16 : 11) });
    return shape('g', { class: cause === null ? 'tick input' : 'tick' }, title, line);
  });
}

/** From another lane, or from so long before that it shows. */
function arrows(lanes: readonly DrawnLane[], window: TimeWindow): Shape[] {
  const at = placing(window);
  const found: Shape[] = [];
  for (const { lane, y } of lanes) {
    for (const { cause, wallUs } of happened(lane, window)) {
      const row = cause === null ? null : lane.witness.reader.row(cause);
      if (row === null || row.wallUs < window.fromUs || found.length >= MOST_ARROWS) continue;
      const from = lanes.find(
        (other) => other.lane.witness === lane.witness && other.lane.actor === row.actor,
      );
      const [x1, x2] = [at(row.wallUs), at(wallUs)];
      if (from === undefined || (from.lane === lane && x2 - x1 < LEAST_ARROW_PX)) continue;
      found.push(arrow(x1, from.y + 17, x2, y + 17));
    }
  }
  return found;
}

/** From what came from outside on another node to the change. Dashed: no journal alone knows of it. */
function acrossNodes(lanes: readonly DrawnLane[], { explanation, window, change }: Subject): Shape[] {
  const at = placing(window);
  const own = lanes.find(({ lane }) => lane.witness === change.witness && lane.actor === change.actor);
  return explanation.chain.flatMap(({ node, wallUs, isRoot }) => {
    const from = lanes.find(({ lane }) => lane.witness.name === node);
    const isElsewhere = isRoot && wallUs !== null && node !== change.witness.name && wallUs >= window.fromUs;
    if (!isElsewhere || from === undefined || own === undefined) return [];
    return [arrow(at(wallUs), from.y + 17, at(explanation.wallUs), own.y + 17, 'cause across')];
  });
}

function arrow(x1: number, y1: number, x2: number, y2: number, kind = 'cause'): Shape {
  const bend = y1 === y2 ? -16 : 0;
  const d = `M${x1} ${y1}Q${(x1 + x2) / 2} ${(y1 + y2) / 2 + bend} ${x2} ${y2}`;
  const degrees = (Math.atan2(y2 - y1 - bend, x2 - x1) * 180) / Math.PI;
  const head = { d: 'M0 0L-7 -3L-7 3Z', transform: `translate(${x2} ${y2})rotate(${Math.round(degrees)})` };
  return shape(
    'g',
    { class: kind },
    shape('path', { class: 'way', d }),
    shape('path', { class: 'head', ...head }),
  );
}
