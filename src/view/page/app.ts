/**
 * Puts the parts of the page together: what is known (store), what is selected (selection), and the views of both.
 * Nothing else knows more than one of them.
 */
import type { ActorView, FleetTable, ViewRow } from '../api.ts';
import { unpackFleet } from '../fleet.ts';
import { api } from './api-client.ts';
import { Cards, shortName } from './cards.ts';
import { ChartStage } from './chart-stage.ts';
import { Clock } from './clock.ts';
import { byId } from './dom.ts';
import { Explaining } from './explaining.ts';
import { bindButtons, bindKeys } from './keys.ts';
import { type HowShown, readPlace } from './location.ts';
import { isMoving } from './moving.ts';
import { Panel } from './panel.ts';
import { momentOf } from './row-cache.ts';
import { Selection } from './selection.ts';
import { Shell } from './shell.ts';
import { Store } from './store.ts';
import { HistoryBar } from './timeline/history-bar.ts';
import { Soon } from './timeline/soon.ts';
import { keyOf } from './wall/model.ts';
import { WallView } from './wall/view.ts';

const FIRST_WINDOW_US = 120_000_000;
const LONGEST_FIRST_WINDOW_US = 900_000_000;
const CLOCK_MS = 250;
const MOVING_REST_MS = 200;

export class App {
  readonly #store = new Store({
    loaded: () => void this.#loaded(),
    row: (row, isNew) => this.#live(row, isNew),
    node: () => {
      this.#history.refresh();
      if (this.#pastOf === null) this.#showPresent();
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
  readonly #stage = new ChartStage();
  readonly #chart = this.#stage.view;
  readonly #explaining = new Explaining({
    chart: this.#chart,
    jump: (node, seq) => void this.#selection.jump(node, seq),
    nowUs: () => this.#store.nowUs(),
  });
  readonly #history = new HistoryBar({
    seek: (node, actor, timeUs) => this.#selection.seek(node, timeUs, actor),
    jump: (node, seq) => this.#selection.jump(node, seq),
    select: (row) => this.#selection.select(row),
    next: () => this.#selection.next(),
    nowUs: () => this.#store.nowUs(),
    nodes: () => this.#store.nodes,
    actors: () => this.#store.actors(),
  });
  readonly #timeline = this.#history.timeline;
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
  readonly #asks = new Soon();
  /** Row whose time the wall and the cards show; null: live. */
  #pastOf: ViewRow | null = null;
  #restored = 0;

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
    this.#restored += 1;
    const restored = this.#restored;
    const actors = this.#store.actors();
    const place = readPlace();
    this.#shell.restore(place, actors.length);
    if (this.#pastOf === null) this.#showPresent();
    await this.#history.compare();
    // The address is another one by now.
    if (restored !== this.#restored) return;
    const isNamed = (place.actor ?? place.view) !== null;
    // Whoever compares two lives and names nothing wants to see where they part.
    if (!isNamed && (await this.#history.difference())) return this.#shell.view('chart');
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
    this.#shell.open({ node, actor, timeUs: this.#atUs() });
    this.#selection.choose(node, actor);
  }

  /** Another row is selected: everything shows it. */
  #show(row: ViewRow, how: HowShown): void {
    const live = this.#selection.isLive;
    if (!live) this.#timeline.hold();
    else if (document.body.dataset.mode !== 'live') this.#timeline.follow();
    this.#stage.show(row, live);
    this.#explaining.show(row, live);
    const { node, actor } = this.#selection.actor ?? row;
    this.#history.show(row, { node, actor }, live);
    this.#shell.select({ node, actor, seq: live ? null : row.seq }, shortName(actor), how);
    this.#wall.select(keyOf({ node, actor }));
    document.body.dataset.mode = live ? 'live' : 'history';
    this.#showPanel(row);
    this.#showActors(row, live);
    this.#showClock();
  }

  #showPanel(row: ViewRow): void {
    if (isMoving()) {
      this.#panel.brief(row);
      return;
    }
    const layout = this.#stage.layoutFor(row);
    const transitions = this.#chart.firedBy(row).flatMap((id) => {
      const edge = layout?.edges.find((candidate) => candidate.id === id);
      if (edge === undefined || edge.event === 'initial') return [];
      const target = edge.target === null ? '' : ` → ${edge.target}`;
      return [`${edge.source}${target} on ${edge.label}`];
    });
    const consequences = this.#selection.consequences();
    const show = (cause: ViewRow | null): void =>
      this.#panel.show({ row, cause, consequences, transitions, explanation: this.#explaining });
    const known = momentOf(row);
    show(known?.cause ?? null);
    if (row.cause === null || known !== null) return;
    void api.rows(row.node, { seq: row.cause }).then(({ rows }) => {
      if (this.#selection.row === row) show(rows[0] ?? null);
    });
  }

  /** Everybody at the time of a row. */
  #showActors(row: ViewRow, live: boolean): void {
    if (live) {
      if (this.#pastOf !== null) this.#showPresent();
      this.#showCards();
      return;
    }
    this.#pastOf = row;
    const fleet = momentOf(row)?.fleet ?? null;
    if (fleet !== null) this.#showPast(row, fleet);
    // Scrubbing and playing select more rows than can be asked about.
    else this.#asks.want(() => this.#readActors(row));
  }

  async #readActors(row: ViewRow): Promise<void> {
    const { fleet } = await api.at(row.wallUs);
    if (this.#pastOf !== row) return;
    this.#showPast(row, fleet);
    // While the cursor moves everybody is shown a few times a second, and the cursor in every frame.
    if (isMoving()) await new Promise((resolve) => setTimeout(resolve, MOVING_REST_MS));
  }

  #showPast(row: ViewRow, fleet: readonly FleetTable[]): void {
    // Several rows may share an instant; for the selected instance the selected row decides.
    const { node, actor, state, wallUs } = row;
    const isSelected = (view: ActorView): boolean => view.node === node && view.actor === actor;
    const views = fleet.flatMap(unpackFleet);
    const shown = views.map((view) => (isSelected(view) ? { ...view, state, wallUs } : view));
    if (!isMoving() || !this.#wall.pass(shown)) this.#wall.load(shown);
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
    bindButtons({
      previous: step(-1),
      next: step(1),
      live,
      'chart-fit': fit,
      'chart-in': () => this.#chart.zoom(1.25),
      'chart-out': () => this.#chart.zoom(0.8),
      'to-help': () => this.#shell.toggleHelp(),
    });
    bindKeys(
      {
        ...{ j: step(1), k: step(-1), l: live, f: fit, a: () => this.#history.all() },
        ...{ c: () => void this.#history.cause(), '[': () => void this.#history.cause() },
        ']': () => void this.#history.effect(),
        ' ': () => this.#history.play(),
        '+': () => this.#timeline.zoom(0.5),
        '-': () => this.#timeline.zoom(2),
        Home: () => void this.#history.first(),
        End: live,
        d: () => void this.#history.difference(),
        z: () => this.#chart.focus(),
        Escape: () => this.#explaining.closeWhyNot(),
        '/': () => this.#shell.focusSearch(),
        w: () => this.#shell.view(this.#shell.place.view === 'wall' ? 'chart' : 'wall'),
        '?': () => this.#shell.toggleHelp(),
      },
      { ArrowRight: step(1), ArrowLeft: step(-1) },
    );
    // The chart is scaled to its window, and paper is another one.
    for (const event of ['beforeprint', 'afterprint']) addEventListener(event, fit);
    // Told of every change of the address that the page did not make itself, by hand too.
    addEventListener('popstate', () => void this.#restore());
  }
}
