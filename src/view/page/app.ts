/**
 * Puts the parts of the page together: what is known (store), what is selected (selection), and the views of both.
 * Nothing else knows more than one of them.
 */
import type { ActorView, ViewRow } from '../api.ts';
import { unpackFleet } from '../fleet.ts';
import { api } from './api-client.ts';
import { Cards, shortName } from './cards.ts';
import { ChartStage } from './chart-stage.ts';
import { Clock } from './clock.ts';
import { byId, html } from './dom.ts';
import { Explaining } from './explaining.ts';
import { bindButtons, bindKeys } from './keys.ts';
import { readPlace, writePlace } from './location.ts';
import { Panel } from './panel.ts';
import { type HowShown, Selection } from './selection.ts';
import { keyOf, Store } from './store.ts';
import { HistoryBar } from './timeline/history-bar.ts';
import { Soon } from './timeline/soon.ts';

const FIRST_WINDOW_US = 120_000_000;
const LONGEST_FIRST_WINDOW_US = 900_000_000;
const CLOCK_MS = 250;

export class App {
  readonly #store = new Store({
    loaded: () => void this.#loaded(),
    row: (row, isNew) => this.#live(row, isNew),
    node: () => {
      this.#history.refresh();
      this.#showCards();
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
  readonly #asks = new Soon();
  readonly #instance = byId('instance', HTMLSelectElement);
  /** Actors as they were at the selected row; null: live. */
  #past: readonly ActorView[] | null = null;

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
    const found = await this.#selection.restore(readPlace(), this.#store.actors());
    this.#showInstances();
    if (!found) this.#panel.clear('No history yet: waiting for the first row.');
  }

  #live(row: ViewRow, isNew: boolean): void {
    this.#timeline.append(row);
    const shown = this.#selection.row;
    this.#selection.append(row);
    if (isNew) this.#showInstances();
    if (this.#selection.row === shown) this.#showCards();
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
    writePlace({ node, actor, seq: live ? null : row.seq }, how);
    document.body.dataset.mode = live ? 'live' : 'history';
    this.#showPanel(row);
    this.#showActors(row, live);
    this.#showClock();
  }

  #showPanel(row: ViewRow): void {
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
    show(null);
    if (row.cause === null) return;
    void api.rows(row.node, { seq: row.cause }).then(({ rows }) => {
      if (this.#selection.row === row) show(rows[0] ?? null);
    });
  }

  #showActors(row: ViewRow, live: boolean): void {
    if (live) {
      this.#past = null;
      this.#showCards();
      return;
    }
    // Scrubbing and playing select more rows than can be asked about.
    this.#asks.want(() => this.#readActors(row));
  }

  async #readActors(row: ViewRow): Promise<void> {
    const { fleet } = await api.at(row.wallUs);
    if (this.#selection.isLive || this.#selection.row !== row) return;
    // Several rows may share an instant; for the selected instance the selected row decides.
    this.#past = fleet
      .flatMap(unpackFleet)
      .map((actor) =>
        actor.node === row.node && actor.actor === row.actor
          ? { ...actor, state: row.state, wallUs: row.wallUs }
          : actor,
      );
    this.#showCards();
  }

  /** Time of the selected row; null: live. */
  #atUs(): number | null {
    return this.#selection.isLive ? null : (this.#selection.row?.wallUs ?? null);
  }

  #showCards(): void {
    const { actor } = this.#selection;
    const actors = this.#past ?? this.#store.actors();
    this.#cards.update(actors, actor === null ? null : keyOf(actor), this.#atUs() ?? this.#store.nowUs());
  }

  #showInstances(): void {
    const actors = [...new Set(this.#store.actors().map(({ actor }) => actor))].sort();
    this.#instance.replaceChildren(
      ...actors.map((actor) => html('option', { value: actor }, shortName(actor))),
    );
    this.#instance.value = this.#selection.actor?.actor ?? actors[0] ?? '';
    this.#instance.disabled = actors.length < 2;
  }

  #showClock(): void {
    const atUs = this.#atUs();
    this.#clock.show({ atUs, nowUs: this.#store.nowUs(), connected: this.#store.connected });
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
        z: () => this.#chart.focus(),
        Escape: () => this.#explaining.closeWhyNot(),
      },
      { ArrowRight: step(1), ArrowLeft: step(-1) },
    );
    this.#instance.addEventListener('change', () => {
      const actor = this.#instance.value;
      const view = this.#store.actors().find((candidate) => candidate.actor === actor);
      if (view !== undefined) this.#selection.choose(view.node, actor);
    });
    // The chart is scaled to its window, and paper is another one.
    for (const event of ['beforeprint', 'afterprint']) addEventListener(event, fit);
    addEventListener('hashchange', () => void this.#restore());
    addEventListener('popstate', () => void this.#restore());
  }
}
