/** The timeline: one lane a node, a cursor, zoom and pan. Clicking seeks. */
import type { Lane, TimelineAnswer, ViewRow } from '../api.ts';
import type { Tone } from '../text/tone.ts';
import { api } from './api-client.ts';
import {
  laneAt,
  type Palette,
  sceneHeight,
  TimelinePainter,
  type TimeWindow,
  timeAt,
} from './timeline-draw.ts';

const FETCH_DELAY_MS = 80;
const TONES: readonly Tone[] = ['good', 'calm', 'bad', 'warn', 'idle', 'accent'];
const SHORTEST_US = 200;
const LONGEST_US = 400 * 86_400_000_000;
/** Part of the window that stays free on the right of now. */
const AHEAD = 0.03;
const CLICK_PX = 4;
const NOW_TOLERANCE_US = 3_000_000;
/** Spans and ticks of a lane that a page keeps while it only listens. */
const MOST_LIVE = 4_000;

export interface TimelineHandlers {
  /** A point in time was chosen in the lane of this node. */
  readonly seek: (node: string, timeUs: number) => void;
  /** Server's present time. */
  readonly nowUs: () => number;
}

function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  return {
    tones: Object.fromEntries(TONES.map((tone) => [tone, color(`--${tone}`)])) as Record<Tone, string>,
    text: color('--text'),
    muted: color('--muted'),
    line: color('--line'),
    onTone: color('--on-tone'),
    cursor: color('--cursor'),
    font: style.fontFamily,
  };
}

export class TimelineView {
  readonly #canvas: HTMLCanvasElement;
  readonly #on: TimelineHandlers;
  #window: TimeWindow = { fromUs: 0, toUs: 1 };
  #data: TimelineAnswer = { fromUs: 0, toUs: 0, lanes: [], gaps: [] };
  /** The data ends at the present, so its last spans go on. */
  #reachesNow = false;
  #asking = false;
  /** Live rows that came while the server was asked, and may be missing from its answer. */
  #arrived: ViewRow[] = [];
  #actor: string | null = null;
  #nodes: readonly string[] = [];
  #cursorUs: number | null = null;
  #selected: { readonly node: string; readonly seq: number } | null = null;
  #following = true;
  #fetching: ReturnType<typeof setTimeout> | null = null;
  #request = 0;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, on: TimelineHandlers) {
    this.#canvas = canvas;
    this.#on = on;
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    canvas.addEventListener('pointerdown', (event) => this.#pointer(event));
    new ResizeObserver(() => this.#draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
    setInterval(() => this.#tick(), 250);
  }

  /** Which nodes get a lane, and whose states they show. */
  setLanes(nodes: readonly string[], actor: string | null): void {
    this.#nodes = nodes;
    this.#canvas.style.height = `${sceneHeight(nodes.length)}px`;
    if (actor === this.#actor) {
      this.#draw();
      return;
    }
    this.#actor = actor;
    this.refresh();
  }

  setCursor(timeUs: number | null, selected: { readonly node: string; readonly seq: number } | null): void {
    this.#cursorUs = timeUs;
    this.#selected = selected;
    this.#reveal();
    this.#draw();
  }

  /** Shows this time and keeps up with now if `following`. */
  show(window: TimeWindow, following: boolean): void {
    this.#window = window;
    this.#following = following;
    this.refresh();
  }

  /** Back to now, with the same width. */
  follow(): void {
    this.#following = true;
    this.#keepUp();
    this.refresh();
  }

  /** Around the middle; below 1 shows less time. */
  zoom(factor: number): void {
    const { fromUs, toUs } = this.#window;
    this.#zoomAt(factor, this.#following ? this.#on.nowUs() : (fromUs + toUs) / 2);
  }

  /** A live row: its lane changes without asking the server. */
  append(row: ViewRow): void {
    if (row.machine === null || row.actor !== this.#actor) return;
    if (this.#asking) this.#arrived.push(row);
    this.#add(row);
    this.#draw();
  }

  #add(row: ViewRow): void {
    if (!this.#reachesNow) return;
    const lanes = [...this.#data.lanes];
    const index = lanes.findIndex(({ node, actor }) => node === row.node && actor === row.actor);
    const lane: Lane = lanes[index] ?? {
      node: row.node,
      actor: row.actor,
      spans: [],
      ticks: [],
      sampled: false,
    };
    if ((lane.ticks.at(-1)?.seq ?? 0) >= row.seq) return;
    const { seq, wallUs, state } = row;
    const spans = [...lane.spans];
    const last = spans.at(-1);
    if (last !== undefined && last.toUs >= this.#data.toUs)
      spans[spans.length - 1] = { ...last, toUs: wallUs };
    spans.push({ fromUs: wallUs, toUs: Math.max(wallUs, this.#data.toUs), seq, state });
    const ticks = [...lane.ticks, { timeUs: wallUs, seq, input: row.cause === null }];
    const grown = { ...lane, spans: spans.slice(-MOST_LIVE), ticks: ticks.slice(-MOST_LIVE) };
    if (index < 0) lanes.push(grown);
    else lanes[index] = grown;
    this.#data = { ...this.#data, lanes };
  }

  /** Asks the server for what the window shows, and as much on either side. */
  refresh(): void {
    this.#draw();
    if (this.#fetching !== null) return;
    this.#fetching = setTimeout(() => {
      this.#fetching = null;
      void this.#fetch();
    }, FETCH_DELAY_MS);
  }

  async #fetch(): Promise<void> {
    const { fromUs, toUs } = this.#window;
    const margin = toUs - fromUs;
    this.#request += 1;
    const request = this.#request;
    this.#asking = true;
    this.#arrived = [];
    try {
      const answer = await api.timeline(fromUs - margin, toUs + margin, this.#actor);
      if (request !== this.#request) return;
      this.#data = answer;
      this.#reachesNow = answer.toUs > this.#on.nowUs() - NOW_TOLERANCE_US;
      for (const row of this.#arrived) this.#add(row);
    } catch {
      // The connection indicator tells; the next refresh asks again.
    }
    this.#asking = false;
    this.#draw();
  }

  #keepUp(): void {
    const { fromUs, toUs } = this.#window;
    const span = toUs - fromUs;
    const end = this.#on.nowUs() + span * AHEAD;
    this.#window = { fromUs: end - span, toUs: end };
  }

  #tick(): void {
    if (!this.#following) return;
    this.#keepUp();
    if (this.#window.fromUs < this.#data.fromUs) this.refresh();
    this.#draw();
  }

  /** Moves the window so that the cursor is in it. */
  #reveal(): void {
    if (this.#cursorUs === null || this.#following) return;
    const { fromUs, toUs } = this.#window;
    if (this.#cursorUs >= fromUs && this.#cursorUs <= toUs) return;
    const half = (toUs - fromUs) / 2;
    this.#window = { fromUs: this.#cursorUs - half, toUs: this.#cursorUs + half };
    this.refresh();
  }

  /** In history the window stands still. */
  hold(): void {
    this.#following = false;
  }

  #zoomAt(factor: number, aroundUs: number): void {
    const { fromUs, toUs } = this.#window;
    const span = Math.min(LONGEST_US, Math.max(SHORTEST_US, (toUs - fromUs) * factor));
    const share = (aroundUs - fromUs) / (toUs - fromUs);
    const start = aroundUs - share * span;
    this.#window = { fromUs: start, toUs: start + span };
    if (this.#following) this.#keepUp();
    this.refresh();
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const { left, width } = this.#canvas.getBoundingClientRect();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#pan(((this.#window.toUs - this.#window.fromUs) * event.deltaX) / width);
      return;
    }
    this.#zoomAt(Math.exp(event.deltaY / 400), timeAt(event.clientX - left, width, this.#window));
  }

  #pan(byUs: number): void {
    const { fromUs, toUs } = this.#window;
    this.#following = false;
    this.#window = { fromUs: fromUs + byUs, toUs: toUs + byUs };
    this.refresh();
  }

  #pointer(start: PointerEvent): void {
    if (start.button !== 0) return;
    const { left, top, width } = this.#canvas.getBoundingClientRect();
    let lastX = start.clientX;
    let moved = false;
    const move = (event: PointerEvent): void => {
      if (!moved && Math.abs(event.clientX - start.clientX) < CLICK_PX) return;
      moved = true;
      this.#pan(((lastX - event.clientX) / width) * (this.#window.toUs - this.#window.fromUs));
      lastX = event.clientX;
    };
    const end = (event: PointerEvent): void => {
      this.#canvas.removeEventListener('pointermove', move);
      this.#canvas.removeEventListener('pointerup', end);
      this.#canvas.removeEventListener('pointercancel', end);
      if (moved || event.type !== 'pointerup') return;
      const lane = Math.min(this.#nodes.length - 1, Math.max(0, laneAt(start.clientY - top)));
      const node = this.#nodes[lane];
      if (node !== undefined) this.#on.seek(node, timeAt(start.clientX - left, width, this.#window));
    };
    this.#canvas.setPointerCapture(start.pointerId);
    this.#canvas.addEventListener('pointermove', move);
    this.#canvas.addEventListener('pointerup', end);
    this.#canvas.addEventListener('pointercancel', end);
  }

  #draw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  #paint(): void {
    const { width, height } = this.#canvas.getBoundingClientRect();
    const ratio = devicePixelRatio;
    const [pixelWidth, pixelHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== pixelWidth) this.#canvas.width = pixelWidth;
    if (this.#canvas.height !== pixelHeight) this.#canvas.height = pixelHeight;
    const context = this.#canvas.getContext('2d');
    if (context === null || width === 0) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { lanes, gaps } = this.#data;
    const shown = this.#nodes.map((node) => {
      const lane = lanes.find((candidate) => candidate.node === node && candidate.actor === this.#actor);
      return lane ?? { node, actor: this.#actor ?? '', spans: [], ticks: [], sampled: false };
    });
    const scene = {
      window: this.#window,
      lanes: shown,
      gaps,
      openFromUs: this.#reachesNow ? this.#data.toUs : null,
      nowUs: this.#on.nowUs(),
      cursorUs: this.#cursorUs ?? this.#on.nowUs(),
      selected: this.#selected,
    };
    new TimelinePainter(context, width, scene, readPalette(this.#canvas)).paint(height);
  }
}
