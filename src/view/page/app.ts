/** Puts the parts of the page together: one selected row, live or in history, that everything else shows. */
import type { ActorView, NodeChange, NodeView, ViewRow } from '../api.ts';
import { layoutOf } from '../chart/layouts.ts';
import { formatClock, formatDate, formatDuration } from '../text/time-format.ts';
import { api, follow } from './api-client.ts';
import { Cards, keyOf, shortName } from './cards.ts';
import { ChartView } from './chart-view.ts';
import { byId, html } from './dom.ts';
import { type Place, readPlace, writePlace } from './location.ts';
import { Panel } from './panel.ts';
import { RowCache } from './row-cache.ts';
import { TimelineView } from './timeline-view.ts';

const FIRST_WINDOW_US = 120_000_000;
const LONGEST_FIRST_WINDOW_US = 900_000_000;
const CLOCK_MS = 250;
const RETRY_MS = 1_000;

export class App {
  readonly #cards = new Cards(byId('cards', HTMLElement), (node, actor) => this.#choose(node, actor));
  readonly #panel = new Panel(byId('panel', HTMLElement), (node, seq) => void this.#jump(node, seq));
  readonly #chart = new ChartView(byId('chart', SVGSVGElement));
  readonly #timeline = new TimelineView(byId('timeline', HTMLCanvasElement), {
    seek: (node, timeUs) => void this.#seek(node, timeUs),
    nowUs: () => this.#nowUs(),
  });
  readonly #clock = byId('clock', HTMLElement);
  readonly #mode = byId('mode', HTMLElement);
  readonly #live = byId('live', HTMLButtonElement);
  readonly #instance = byId('instance', HTMLSelectElement);
  #nodes: readonly NodeView[] = [];
  /** Actors as they are now, and as they were at the cursor. */
  #present = new Map<string, ActorView>();
  #past: readonly ActorView[] | null = null;
  #cache: RowCache | null = null;
  #row: ViewRow | null = null;
  #isLive = true;
  #connected = false;
  #clockOffsetUs = 0;
  #stopFollowing: () => void = () => {};
  /** Answers that were overtaken by a later choice are dropped. */
  #choice = 0;

  async start(): Promise<void> {
    this.#bindControls();
    setInterval(() => this.#showClock(), CLOCK_MS);
    await this.#load();
  }

  #nowUs(): number {
    return Date.now() * 1_000 + this.#clockOffsetUs;
  }

  /** Reads everything anew and follows from there. */
  async #load(): Promise<void> {
    this.#stopFollowing();
    try {
      const answer = await api.nodes();
      this.#clockOffsetUs = answer.nowUs - Date.now() * 1_000;
      this.#nodes = answer.nodes;
      this.#present = new Map(answer.actors.map((actor) => [keyOf(actor), actor]));
    } catch {
      this.#setConnected(false);
      setTimeout(() => void this.#load(), RETRY_MS);
      return;
    }
    const oldest = Math.min(...this.#nodes.filter(({ fromUs }) => fromUs > 0).map(({ fromUs }) => fromUs));
    const age = Number.isFinite(oldest) ? this.#nowUs() - oldest : FIRST_WINDOW_US;
    const span = Math.min(LONGEST_FIRST_WINDOW_US, Math.max(FIRST_WINDOW_US / 4, age * 1.06));
    this.#timeline.show({ fromUs: this.#nowUs() - span, toUs: this.#nowUs() }, true);
    this.#listen();
    await this.#restore(readPlace());
  }

  #listen(): void {
    this.#stopFollowing = follow(new Map(this.#nodes.map(({ node, lastSeq }) => [node, lastSeq])), {
      row: (row) => this.#onRow(row),
      node: (change) => this.#onNode(change),
      reset: () => void this.#load(),
      connected: (connected) => this.#setConnected(connected),
    });
  }

  #onRow(row: ViewRow): void {
    if (!this.#nodes.some(({ node }) => node === row.node)) {
      // A node that had no history, and so no name, when the page was loaded.
      void this.#load();
      return;
    }
    this.#timeline.append(row);
    if (row.machine === null) return;
    const key = keyOf(row);
    const known = this.#present.get(key);
    const priority = row.delta.effectivePriority;
    this.#present.set(key, {
      node: row.node,
      actor: row.actor,
      machine: row.machine,
      seq: row.seq,
      wallUs: row.wallUs,
      state: row.state,
      priority: typeof priority === 'number' ? priority : (known?.priority ?? null),
      running: true,
    });
    this.#cache?.append(row);
    if (known === undefined) this.#showInstances();
    if (this.#cache === null) this.#choose(row.node, row.actor);
    else if (this.#isLive && this.#cache.isFor(row.node, row.actor)) this.#show(row, true);
    else this.#showCards();
  }

  #onNode({ node, running }: NodeChange): void {
    for (const [key, actor] of this.#present) {
      if (actor.node === node) this.#present.set(key, { ...actor, running });
    }
    this.#timeline.refresh();
    this.#showCards();
  }

  async #restore({ node, actor, seq }: Place): Promise<void> {
    const actors = [...this.#present.values()];
    const wanted = actors.find((view) => view.node === node && view.actor === actor) ?? actors[0];
    this.#showInstances();
    if (wanted === undefined) {
      this.#panel.clear('No history yet: waiting for the first row.');
      return;
    }
    this.#cache = new RowCache(wanted.node, wanted.actor);
    if (seq === null) return this.#goLive();
    const row = await this.#cache.get(seq);
    if (row === null) return this.#goLive();
    this.#show(row, false);
  }

  /** Another instance at the same time. */
  #choose(node: string, actor: string): void {
    const atUs = this.#isLive ? null : (this.#row?.wallUs ?? null);
    this.#cache = new RowCache(node, actor);
    if (atUs === null) void this.#goLive();
    else void this.#seek(node, atUs);
  }

  async #goLive(): Promise<void> {
    if (this.#cache === null) return;
    this.#choice += 1;
    const choice = this.#choice;
    const row = await this.#cache.newest();
    if (choice !== this.#choice) return;
    this.#timeline.follow();
    if (row !== null) this.#show(row, true);
  }

  async #seek(node: string, timeUs: number): Promise<void> {
    const actor = this.#cache?.actor ?? null;
    if (actor === null) return;
    if (this.#cache?.isFor(node, actor) !== true) this.#cache = new RowCache(node, actor);
    await this.#select((cache) => cache.at(timeUs));
  }

  #step(direction: 1 | -1): Promise<void> {
    const seq = this.#row?.seq ?? 0;
    return this.#select((cache) => (direction === 1 ? cache.after(seq) : cache.before(seq)));
  }

  async #select(find: (cache: RowCache) => Promise<ViewRow | null>): Promise<void> {
    const cache = this.#cache;
    if (cache === null) return;
    this.#choice += 1;
    const choice = this.#choice;
    const row = await find(cache);
    if (row !== null && choice === this.#choice) this.#show(row, false);
  }

  /** To a row by number: a cause may belong to another instance, or to the program itself. */
  async #jump(node: string, seq: number): Promise<void> {
    const { rows } = await api.rows(node, { seq });
    const [row] = rows;
    if (row === undefined) return;
    if (row.machine !== null && this.#cache?.isFor(node, row.actor) !== true) {
      this.#cache = new RowCache(node, row.actor);
    }
    this.#show(row, false, 'push');
  }

  #show(row: ViewRow, live: boolean, how: 'replace' | 'push' = 'replace'): void {
    this.#row = row;
    this.#isLive = live;
    if (!live) this.#timeline.hold();
    if (row.machine !== null) {
      this.#chart.show(layoutOf(row.machine));
      this.#chart.light(row, live);
    }
    this.#timeline.setLanes(
      this.#nodes.map(({ node }) => node),
      this.#cache?.actor ?? null,
    );
    this.#timeline.setCursor(live ? null : row.wallUs, { node: row.node, seq: row.seq });
    const { node, actor } = this.#cache ?? row;
    writePlace({ node, actor, seq: live ? null : row.seq }, how);
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
    const consequences = this.#cache?.consequences(row.seq) ?? [];
    const show = (cause: ViewRow | null): void => this.#panel.show({ row, cause, consequences, transitions });
    show(null);
    if (row.cause === null) return;
    void api.rows(row.node, { seq: row.cause }).then(({ rows }) => {
      if (this.#row === row) show(rows[0] ?? null);
    });
  }

  async #showActors(row: ViewRow, live: boolean): Promise<void> {
    if (live) {
      this.#past = null;
      this.#showCards();
      return;
    }
    const { actors } = await api.at(row.wallUs);
    if (this.#row !== row) return;
    // Several rows may share an instant; for the selected instance the selected row decides.
    this.#past = actors.map((actor) =>
      actor.node === row.node && actor.actor === row.actor
        ? { ...actor, state: row.state, wallUs: row.wallUs }
        : actor,
    );
    this.#showCards();
  }

  #showCards(): void {
    const timeUs = this.#isLive ? this.#nowUs() : (this.#row?.wallUs ?? this.#nowUs());
    const actors = this.#past ?? [...this.#present.values()];
    this.#cards.update(actors, this.#cache === null ? null : keyOf(this.#cache), timeUs);
  }

  #showInstances(): void {
    const actors = [...new Set([...this.#present.values()].map(({ actor }) => actor))].sort();
    this.#instance.replaceChildren(
      ...actors.map((actor) => html('option', { value: actor }, shortName(actor))),
    );
    this.#instance.value = this.#cache?.actor ?? actors[0] ?? '';
    this.#instance.disabled = actors.length < 2;
  }

  #showClock(): void {
    const row = this.#row;
    if (this.#isLive || row === null) {
      this.#mode.textContent = this.#connected ? 'Live' : 'Reconnecting';
      this.#clock.textContent = formatClock(this.#nowUs());
      this.#showCards();
      return;
    }
    this.#mode.textContent = 'History';
    const ago = formatDuration(this.#nowUs() - row.wallUs);
    this.#clock.textContent = `${formatDate(row.wallUs)} ${formatClock(row.wallUs, 3)} (${ago} ago)`;
  }

  #setConnected(connected: boolean): void {
    this.#connected = connected;
    document.body.dataset.connected = String(connected);
    this.#showClock();
  }

  #bindControls(): void {
    const on = (id: string, act: () => void): void =>
      byId(id, HTMLButtonElement).addEventListener('click', act);
    on('previous', () => void this.#step(-1));
    on('next', () => void this.#step(1));
    on('chart-fit', () => this.#chart.fit());
    on('chart-in', () => this.#chart.zoom(1.25));
    on('chart-out', () => this.#chart.zoom(0.8));
    on('time-in', () => this.#timeline.zoom(0.5));
    on('time-out', () => this.#timeline.zoom(2));
    this.#live.addEventListener('click', () => void this.#goLive());
    this.#instance.addEventListener('change', () => {
      const actor = this.#instance.value;
      const view = [...this.#present.values()].find((candidate) => candidate.actor === actor);
      if (view !== undefined) this.#choose(view.node, actor);
    });
    addEventListener('hashchange', () => void this.#restore(readPlace()));
    addEventListener('popstate', () => void this.#restore(readPlace()));
    addEventListener('keydown', (event) => this.#key(event));
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target instanceof HTMLSelectElement) return;
    const onTimeline = event.target instanceof HTMLCanvasElement;
    const cause = this.#row?.cause ?? null;
    const act: (() => void) | undefined = {
      j: () => void this.#step(1),
      k: () => void this.#step(-1),
      l: () => void this.#goLive(),
      c: () => cause !== null && this.#row !== null && void this.#jump(this.#row.node, cause),
      f: () => this.#chart.fit(),
      '+': () => this.#timeline.zoom(0.5),
      '-': () => this.#timeline.zoom(2),
      ...(onTimeline ? { ArrowRight: () => void this.#step(1), ArrowLeft: () => void this.#step(-1) } : {}),
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
}
