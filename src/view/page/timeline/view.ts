/** The timeline: lanes of states, a cursor, zoom from months to microseconds, quiet time folded. */
import type { Difference, RatesAnswer, ViewRow } from '../../api.ts';
import { api } from '../api-client.ts';
import { html } from '../dom.ts';
import { isMoving, setMoving } from '../moving.ts';
import { foldsOf, TimeAxis, type TimeWindow } from './axis.ts';
import { NodeClocks } from './clocks.ts';
import { Cursor } from './cursor.ts';
import { brushOf, paintMoving, paintStill } from './draw.ts';
import { bindGestures } from './gestures.ts';
import { LaneData } from './lane-data.ts';
import { Pace } from './pace.ts';
import { readPalette } from './palette.ts';
import {
  type Arrow,
  axisAt,
  cellOf,
  GUTTER_PX,
  type LaneView,
  laneAt,
  type Palette,
  RIGHT_PX,
  type Scene,
  sceneHeight,
} from './scene.ts';
import { Soon } from './soon.ts';

const FETCH_DELAY_MS = 60;
const SHORTEST_US = 20;
const LONGEST_US = 800 * 86_400_000_000;
/** Part of the window that stays free on the right of now. */
const AHEAD = 0.03;
/** Where the window is moved on while the cursor runs through it. */
const RUN_ON = 0.85;
/** The server is asked again where the picture became so much finer. */
const FINER = 2;
const COUNTING_MS = 700;

export interface LaneName {
  readonly node: string;
  readonly actor: string;
}

export interface TimelineHandlers {
  /** A time was chosen in a lane; it is that of the node's own clock. Resolves when it is shown. */
  readonly seek: (lane: LaneName, timeUs: number) => Promise<void>;
  /** Server's present time. */
  readonly nowUs: () => number;
  /** Node whose clock a node has. */
  readonly clockOf: (node: string) => string;
}

export class TimelineView {
  readonly clocks = new NodeClocks();
  readonly #canvas: HTMLCanvasElement;
  readonly #still = html('canvas');
  readonly #cursor: Cursor;
  #isStale = true;
  readonly #on: TimelineHandlers;
  readonly #data = new LaneData();
  readonly #fetches = new Soon();
  readonly #seeks = new Soon();
  readonly #pace = new Pace();
  #axis = new TimeAxis();
  #busy: TimeWindow[] = [];
  /** Least quiet time that is folded; null: none is. */
  #quietUs: number | null = null;
  /** In positions on the axis. */
  #window: TimeWindow = { fromUs: 0, toUs: 1 };
  #lanes: readonly LaneName[] = [];
  #main: LaneName | null = null;
  #rates: RatesAnswer | null = null;
  /** Null: live. */
  #cursorUs: number | null = null;
  /** Where the cursor is dragged or played to, before a row there is selected. */
  #headUs: number | null = null;
  #selected: Scene['selected'] = null;
  #links: readonly Arrow[] = [];
  #differences: readonly Difference[] = [];
  #following = true;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #frame = 0;
  #palette: Palette | null = null;
  #size = { width: 0, height: 0 };

  constructor(canvas: HTMLCanvasElement, on: TimelineHandlers) {
    this.#canvas = canvas;
    this.#cursor = new Cursor(canvas);
    this.#on = on;
    bindGestures(canvas, {
      zoomAt: (factor, x) => this.#zoomAt(factor, axisAt(x, this.#size.width, this.#window)),
      pan: (byPx) => this.#pan(byPx),
      scrub: (x) => this.#scrub(x),
      scrubbed: () => this.#scrubbed(),
      click: (x, y) => this.#click(x, y),
      cursorX: () => (this.#cursorUs === null && this.#headUs === null ? null : this.#cursorX()),
    });
    new ResizeObserver(() => {
      const { width, height } = canvas.getBoundingClientRect();
      const isWider = width > this.#size.width;
      this.#size = { width, height };
      if (isWider) this.refresh();
      this.draw();
    }).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#palette = null;
      this.draw();
    });
    setInterval(() => this.#tick(), 250);
  }

  /** What it shows, in Unix times. */
  get shown(): TimeWindow {
    return { fromUs: this.#axis.toTime(this.#window.fromUs), toUs: this.#axis.toTime(this.#window.toUs) };
  }

  get lanes(): readonly LaneName[] {
    return this.#lanes;
  }

  /** @param main the lane whose rows are stepped through */
  setLanes(lanes: readonly LaneName[], main: LaneName): void {
    this.#main = main;
    const text = JSON.stringify(lanes);
    if (text === JSON.stringify(this.#lanes)) return;
    this.#lanes = lanes;
    this.#canvas.style.height = `${sceneHeight(lanes.length, true)}px`;
    this.#canvas.dataset.lanes = text;
    if (this.#quietUs !== null) void this.fold(this.#quietUs);
    this.refresh();
  }

  setCursor(timeUs: number | null, selected: Scene['selected']): void {
    this.#cursorUs = timeUs;
    if (this.#selected?.seq !== selected?.seq || this.#selected?.node !== selected?.node) this.#links = [];
    this.#selected = selected;
    if (this.#headUs === null) this.#reveal(timeUs);
    // Rows that the cursor is dragged over are not marked: the lanes stay as they are.
    if (!isMoving()) this.#ask();
  }

  setLinks(links: readonly Arrow[]): void {
    if (isMoving() && links.length > 0) return;
    this.#links = links;
    this.#canvas.dataset.arrows = String(links.length);
    this.#canvas.dataset.across = String(links.filter(({ across }) => across).length);
    this.#ask();
  }

  setDifferences(differences: readonly Difference[]): void {
    this.#differences = differences;
    this.#canvas.dataset.differences = String(differences.length);
    this.draw();
  }

  /** The cursor while it is played; null: it is on the selected row. */
  setHead(timeUs: number | null): void {
    this.#headUs = timeUs;
    if (timeUs !== null) this.#runOn(timeUs);
    this.#moveCursor();
  }

  /** Shows this time and keeps up with now if `following`. */
  show({ fromUs, toUs }: TimeWindow, following: boolean): void {
    this.#window = { fromUs: this.#axis.toAxis(fromUs), toUs: this.#axis.toAxis(toUs) };
    this.#following = following;
    this.refresh();
  }

  /** Back to now, with the same width. */
  follow(): void {
    this.#following = true;
    this.#keepUp();
    this.refresh();
  }

  /** In history the window stands still. */
  hold(): void {
    this.#following = false;
  }

  /** Around the cursor where it is in view, else around the middle; below 1 shows less time. */
  zoom(factor: number): void {
    const { fromUs, toUs } = this.#window;
    const cursor = this.#axis.toAxis(this.#headUs ?? this.#cursorUs ?? this.#on.nowUs());
    this.#zoomAt(factor, cursor >= fromUs && cursor <= toUs ? cursor : (fromUs + toUs) / 2);
  }

  /** Folds times without anything on these lanes that are longer than this; null: none. */
  async fold(quietUs: number | null): Promise<void> {
    const { fromUs, toUs } = this.shown;
    this.#quietUs = quietUs;
    this.#busy = [];
    if (quietUs !== null) {
      const actors = [...new Set(this.#lanes.map(({ actor }) => actor))];
      const answer = await api.activity(quietUs, actors);
      this.#quietUs = answer.quietUs;
      this.#busy = [...answer.busy];
    }
    this.#refold();
    this.#window = { fromUs: this.#axis.toAxis(fromUs), toUs: this.#axis.toAxis(toUs) };
    if (this.#following) this.#keepUp();
    this.refresh();
  }

  #refold(): void {
    const quietUs = this.#quietUs;
    this.#axis = new TimeAxis(quietUs === null ? [] : foldsOf(this.#busy, quietUs));
    this.#canvas.dataset.folds = String(this.#axis.folds.length);
  }

  /** A live row: its lane changes without asking the server. */
  append(row: ViewRow): void {
    if (!this.#lanes.some(({ node, actor }) => node === row.node && actor === row.actor)) return;
    this.#data.append(row);
    const last = this.#busy.at(-1);
    if (this.#quietUs !== null) {
      const goesOn = last !== undefined && row.wallUs - last.toUs < this.#quietUs;
      if (goesOn) this.#busy[this.#busy.length - 1] = { ...last, toUs: Math.max(last.toUs, row.wallUs) };
      else this.#busy.push({ fromUs: row.wallUs, toUs: row.wallUs });
      this.#refold();
    }
    if (this.#data.isFull) this.refresh();
    this.draw();
  }

  /** Asks the server for what the window shows, and as much on either side. */
  refresh(): void {
    this.draw();
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#fetches.want(() => this.#fetch());
    }, FETCH_DELAY_MS);
  }

  async #fetch(): Promise<void> {
    if (this.#lanes.length === 0) return;
    const { fromUs, toUs } = this.#window;
    const margin = toUs - fromUs;
    const from = this.#axis.toTime(fromUs - margin);
    const to = this.#axis.toTime(toUs + margin);
    const actors = [...new Set(this.#lanes.map(({ actor }) => actor))];
    const cellUs = cellOf(this.#window, this.#size.width);
    this.#data.ask();
    if (this.clocks.corrected) await this.clocks.load(this.shown.fromUs, this.shown.toUs);
    this.#data.answer(await api.timeline(from, to, cellUs, actors), this.#on.nowUs());
    this.draw();
    this.#rates = await api.rates(from, to, Math.min(4_000, Math.ceil((to - from) / cellUs / 3)));
    if (this.#rates.counting) setTimeout(() => this.refresh(), COUNTING_MS);
    this.draw();
  }

  #keepUp(): void {
    const { fromUs, toUs } = this.#window;
    const span = toUs - fromUs;
    const end = this.#axis.toAxis(this.#on.nowUs()) + span * AHEAD;
    this.#window = { fromUs: end - span, toUs: end };
  }

  #tick(): void {
    if (!this.#following) return;
    this.#keepUp();
    if (this.#axis.toTime(this.#window.fromUs) < this.#data.fromUs) this.refresh();
    this.draw();
  }

  /** Moves the window so that the cursor is in it. */
  #reveal(timeUs: number | null): void {
    if (timeUs === null || this.#following) return;
    const { fromUs, toUs } = this.#window;
    const at = this.#axis.toAxis(timeUs);
    if (at >= fromUs && at <= toUs) return;
    const half = (toUs - fromUs) / 2;
    this.#window = { fromUs: at - half, toUs: at + half };
    this.#refreshIfNeeded();
  }

  #runOn(timeUs: number): void {
    const { fromUs, toUs } = this.#window;
    const at = this.#axis.toAxis(timeUs);
    if (at >= fromUs && at <= fromUs + RUN_ON * (toUs - fromUs)) return;
    const span = toUs - fromUs;
    const start = at - span * (1 - RUN_ON);
    this.#following = false;
    this.#window = { fromUs: start, toUs: start + span };
    this.#refreshIfNeeded();
  }

  #zoomAt(factor: number, around: number): void {
    const { fromUs, toUs } = this.#window;
    const span = Math.min(LONGEST_US, Math.max(SHORTEST_US, (toUs - fromUs) * factor));
    const share = (around - fromUs) / (toUs - fromUs);
    const start = around - share * span;
    this.#window = { fromUs: start, toUs: start + span };
    if (this.#following) this.#keepUp();
    this.#refreshIfNeeded();
  }

  #pan(byPx: number): void {
    const { fromUs, toUs } = this.#window;
    const by = (byPx / (this.#size.width - GUTTER_PX - RIGHT_PX)) * (toUs - fromUs);
    this.#following = false;
    this.#window = { fromUs: fromUs - by, toUs: toUs - by };
    this.#refreshIfNeeded();
  }

  /** What was read reaches further than the window, so most of panning and zooming asks nobody. */
  #refreshIfNeeded(): void {
    const { fromUs, toUs } = this.shown;
    const reach = (toUs - fromUs) / 4;
    const isMissing =
      fromUs - reach < this.#data.fromUs || Math.min(toUs + reach, this.#on.nowUs()) > this.#data.toUs;
    const isCoarse = this.#data.cellUs > FINER * cellOf(this.#window, this.#size.width);
    const isFine = this.#data.cellUs * FINER * FINER < cellOf(this.#window, this.#size.width);
    if (isMissing || isCoarse || isFine) this.refresh();
    else this.draw();
  }

  #scrub(x: number): void {
    const main = this.#main;
    if (main === null) return;
    this.#following = false;
    if (this.#headUs === null) this.setLinks([]);
    this.#headUs = this.#axis.toTime(axisAt(x, this.#size.width, this.#window));
    this.#moveCursor();
    setMoving(true);
    const timeUs = this.#headUs - this.#shiftUs(main.node);
    this.#seeks.want(async () => {
      await this.#on.seek(main, timeUs);
      await this.#pace.rest();
    });
  }

  #scrubbed(): void {
    const main = this.#main;
    const headUs = this.#headUs;
    this.#seeks.want(async () => {
      setMoving(false);
      if (main !== null && headUs !== null) await this.#on.seek(main, headUs - this.#shiftUs(main.node));
      setMoving(null);
      this.setHead(null);
    });
  }

  #click(x: number, y: number): void {
    const lane = this.#lanes[Math.min(this.#lanes.length - 1, Math.max(0, laneAt(y)))];
    if (lane === undefined) return;
    const timeUs = this.#axis.toTime(axisAt(x, this.#size.width, this.#window));
    void this.#on.seek(lane, timeUs - this.#shiftUs(lane.node));
  }

  #cursorX(): number {
    const { fromUs, toUs } = this.#window;
    const share = (this.#axis.toAxis(this.#shownCursorUs()) - fromUs) / (toUs - fromUs);
    return GUTTER_PX + share * (this.#size.width - GUTTER_PX - RIGHT_PX);
  }

  #moveCursor(): void {
    this.#cursor.show(this.#cursorX(), this.#size);
  }

  #shownCursorUs(): number {
    return this.#headUs ?? this.#selectedUs();
  }

  #selectedUs(): number {
    if (this.#cursorUs === null) return this.#on.nowUs();
    return this.#cursorUs + this.#shiftUs(this.#selected?.node ?? '');
  }

  #shiftUs(node: string): number {
    const { fromUs, toUs } = this.shown;
    return this.clocks.shiftUs(this.#on.clockOf(node), (fromUs + toUs) / 2);
  }

  draw(): void {
    this.#isStale = true;
    this.#ask();
  }

  /** Only what lies over the lanes changed. */
  #ask(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  /** Lanes are painted when they change, and copied while the cursor moves over them. */
  #paint(): void {
    const { width, height } = this.#size;
    const ratio = devicePixelRatio;
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    for (const canvas of [this.#canvas, this.#still]) {
      if (canvas.width === pixelWidth && canvas.height === pixelHeight) continue;
      [canvas.width, canvas.height] = [pixelWidth, pixelHeight];
      this.#isStale = true;
    }
    const [context, still] = [this.#canvas, this.#still].map((canvas) =>
      canvas.getContext('2d', { alpha: false }),
    );
    if (!context || !still || width === 0) return;
    this.#palette ??= readPalette(this.#canvas);
    const scene = this.#scene();
    if (this.#isStale) {
      still.setTransform(ratio, 0, 0, ratio, 0, 0);
      paintStill(brushOf(still, this.#size, scene, this.#palette));
    }
    this.#isStale = false;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.#still, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#moveCursor();
    paintMoving(brushOf(context, this.#size, scene, this.#palette));
  }

  #scene(): Scene {
    const lanes = this.#lanes.map(({ node, actor }): LaneView => {
      return { node, actor, data: this.#data.lane(node, actor), shiftUs: this.#shiftUs(node) };
    });
    this.#canvas.dataset.shifts = lanes.map(({ shiftUs }) => Math.round(shiftUs)).join(',');
    return {
      ...{ window: this.#window, axis: this.#axis, lanes, states: this.#data.states },
      ...{ gaps: this.#data.gaps, rates: this.#rates, openFromUs: this.#data.openFromUs },
      nowUs: this.#on.nowUs(),
      selectedUs: this.#selectedUs(),
      ...{ selected: this.#selected, links: this.#links, differences: this.#differences },
    };
  }
}
