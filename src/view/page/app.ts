/**
 * Puts the parts of the page together: what is known (store), what is selected (selection), and the views of both.
 * Nothing else knows more than one of them.
 */
import type { ActorView, ViewRow } from '../api.ts';
import { layoutOf } from '../chart/layouts.ts';
import { unpackFleet } from '../fleet.ts';
import { api } from './api-client.ts';
import { Cards, shortName } from './cards.ts';
import { ChartView } from './chart-view.ts';
import { Clock } from './clock.ts';
import { byId } from './dom.ts';
import { bindButtons, bindKeys } from './keys.ts';
import { type HowShown, readPlace } from './location.ts';
import { Panel } from './panel.ts';
import { Selection } from './selection.ts';
import { Shell } from './shell.ts';
import { Store } from './store.ts';
import { TimelineView } from './timeline-view.ts';
import { keyOf } from './wall/model.ts';
import { WallView } from './wall/view.ts';

const FIRST_WINDOW_US = 120_000_000;
const LONGEST_FIRST_WINDOW_US = 900_000_000;
const CLOCK_MS = 250;

export class App {
  readonly #store = new Store({
    loaded: () => void this.#loaded(),
    row: (row, isNew) => this.#live(row, isNew),
    node: () => {
      this.#timeline.refresh();
      this.#showPresent();
    },
    connected: () => this.#showConnected(),
  });
  readonly #selection = new Selection((row, how) => this.#show(row, how));
  readonly #cards = new Cards(byId('cards', HTMLElement), (node, actor) =>
    this.#selection.choose(node, actor),
  );
  readonly #panel = new Panel(
    byId('panel', HTMLElement),
    (node, seq) => void this.#selection.jump(node, seq),
  );
  readonly #chart = new ChartView(byId('chart', SVGSVGElement));
  readonly #timeline = new TimelineView(byId('timeline', HTMLCanvasElement), {
    seek: (node, timeUs) => void this.#selection.seek(node, timeUs),
    nowUs: () => this.#store.nowUs(),
  });
  readonly #clock = new Clock();
  readonly #wall = new WallView({
    open: (node, actor) => this.#open(node, actor),
    filtered: (filter) => this.#shell.filter(filter),
  });
  readonly #shell = new Shell({
    view: (view) => this.#wall.show(view === 'wall'),
    filter: (filter) => this.#wall.filter(filter),
    mark: (by) => this.#wall.mark(by),
    openMarked: () => this.#wall.openMarked(),
  });
  /** Row whose time the wall and the cards show; null: live. */
  #pastOf: ViewRow | null = null;
  #isAsking = false;

  async start(): Promise<void> {
    this.#bind();
    setInterval(() => this.#showClock(), CLOCK_MS);
    await this.#store.load();
  }

  async #loaded(): Promise<void> {
    const now = this.#store.nowUs();
    const known = this.#store.nodes.filter(({ fromUs }) => fromUs > 0).map(({ fromUs }) => fromUs);
    const oldest = Math.min(...known);
    const age = Number.isFinite(oldest) ? now - oldest : FIRST_WINDOW_US;
    const span = Math.min(LONGEST_FIRST_WINDOW_US, Math.max(FIRST_WINDOW_US / 4, age * 1.06));
    this.#timeline.show({ fromUs: now - span, toUs: now }, true);
    await this.#restore();
  }

  async #restore(): Promise<void> {
    const actors = this.#store.actors();
    const place = readPlace();
    this.#shell.restore(place, actors.length);
    if (this.#pastOf === null) this.#showPresent();
    const found = await this.#selection.restore(place, actors);
    if (!found) this.#panel.clear('No history yet: waiting for the first row.');
  }

  #live(row: ViewRow, isNew: boolean): void {
    this.#timeline.append(row);
    this.#selection.append(row);
    const view = this.#store.actor(row);
    if (view === null || this.#pastOf !== null) return;
    if (isNew || !this.#wall.update(view)) this.#showPresent();
  }

  /** What was clicked or found, on its chart. */
  #open(node: string, actor: string): void {
    this.#shell.view('chart');
    this.#selection.choose(node, actor);
  }

  #jumpToCause(): void {
    const row = this.#selection.row;
    if (row !== null && row.cause !== null) void this.#selection.jump(row.node, row.cause);
  }

  /** Another row is selected: everything shows it. */
  #show(row: ViewRow, how: HowShown): void {
    const live = this.#selection.isLive;
    if (!live) this.#timeline.hold();
    else if (document.body.dataset.mode !== 'live') this.#timeline.follow();
    if (row.machine !== null) {
      this.#chart.show(layoutOf(row.machine));
      this.#chart.light(row, live);
    }
    const { node, actor } = this.#selection.actor ?? row;
    this.#timeline.setLanes(
      this.#store.nodes.map((view) => view.node),
      actor,
    );
    this.#timeline.setCursor(live ? null : row.wallUs, { node: row.node, seq: row.seq });
    this.#shell.select({ node, actor, seq: live ? null : row.seq }, shortName(actor), how);
    this.#wall.select(keyOf({ node, actor }));
    document.body.dataset.mode = live ? 'live' : 'history';
    this.#showPanel(row);
    void this.#showActors(row, live);
    this.#showClock();
  }

  #showPanel(row: ViewRow): void {
    const layout = layoutOf(row.machine);
    const transitions = this.#chart.firedBy(row).flatMap((id) => {
      const edge = layout?.edges.find((candidate) => candidate.id === id);
      if (edge === undefined || edge.event === 'initial') return [];
      const target = edge.target === null ? '' : ` → ${edge.target}`;
      return [`${edge.source}${target} on ${edge.label}`];
    });
    const consequences = this.#selection.consequences();
    const show = (cause: ViewRow | null): void => this.#panel.show({ row, cause, consequences, transitions });
    show(null);
    if (row.cause === null) return;
    void api.rows(row.node, { seq: row.cause }).then(({ rows }) => {
      if (this.#selection.row === row) show(rows[0] ?? null);
    });
  }

  /** Everybody at the time of a row. While one answer is awaited, only the newest question waits. */
  async #showActors(row: ViewRow, live: boolean): Promise<void> {
    if (live) {
      if (this.#pastOf !== null) this.#showPresent();
      this.#showCards();
      return;
    }
    this.#pastOf = row;
    if (this.#isAsking) return;
    this.#isAsking = true;
    const answer = await api.at(row.wallUs).catch(() => null);
    this.#isAsking = false;
    const wanted: ViewRow | null = this.#pastOf;
    if (wanted !== row && wanted !== null) return this.#showActors(wanted, false);
    if (answer === null || wanted === null) return;
    // Several rows may share an instant; for the selected instance the selected row decides.
    const { node, actor, state, wallUs } = row;
    const isSelected = (view: ActorView): boolean => view.node === node && view.actor === actor;
    const views = answer.fleet.flatMap(unpackFleet);
    this.#wall.load(views.map((view) => (isSelected(view) ? { ...view, state, wallUs } : view)));
    this.#showCards();
  }

  #showPresent(): void {
    this.#pastOf = null;
    this.#wall.load(this.#store.actors());
    this.#showCards();
  }

  /** Time of the selected row; null: live. */
  #atUs(): number | null {
    return this.#selection.isLive ? null : (this.#selection.row?.wallUs ?? null);
  }

  #showCards(): void {
    const { actor } = this.#selection;
    const nowUs = this.#atUs() ?? this.#store.nowUs();
    this.#cards.update(this.#wall.kinOf(actor), actor === null ? null : keyOf(actor), nowUs);
  }

  #showClock(): void {
    const atUs = this.#atUs();
    this.#clock.show({ atUs, nowUs: this.#store.nowUs(), connected: this.#store.connected });
    this.#wall.tick(atUs ?? this.#store.nowUs());
    if (atUs === null) this.#showCards();
  }

  #showConnected(): void {
    document.body.dataset.connected = String(this.#store.connected);
    this.#showClock();
  }

  #bind(): void {
    const step = (direction: 1 | -1) => (): void => void this.#selection.step(direction);
    const live = (): void => {
      this.#timeline.follow();
      void this.#selection.goLive();
    };
    const fit = (): void => this.#chart.fit();
    const timeIn = (): void => this.#timeline.zoom(0.5);
    const timeOut = (): void => this.#timeline.zoom(2);
    bindButtons({
      previous: step(-1),
      next: step(1),
      live,
      'chart-fit': fit,
      'chart-in': () => this.#chart.zoom(1.25),
      'chart-out': () => this.#chart.zoom(0.8),
      'time-in': timeIn,
      'time-out': timeOut,
      'to-help': () => this.#shell.toggleHelp(),
    });
    bindKeys(
      {
        ...{ j: step(1), k: step(-1), l: live, c: () => this.#jumpToCause(), f: fit },
        ...{ '+': timeIn, '-': timeOut, '/': () => this.#shell.focusSearch() },
        w: () => this.#shell.view(this.#shell.place.view === 'wall' ? 'chart' : 'wall'),
        '?': () => this.#shell.toggleHelp(),
      },
      { ArrowRight: step(1), ArrowLeft: step(-1) },
    );
    addEventListener('hashchange', () => void this.#restore());
    addEventListener('popstate', () => void this.#restore());
  }
}
