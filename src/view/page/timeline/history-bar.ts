/** Everything about time on the page: the timeline with its lanes, arrows and clocks, and playing. */
import type { ActorView, Difference, LinksAnswer, NodeView, ViewRow } from '../../api.ts';
import { differenceWords } from '../../text/difference-words.ts';
import { api } from '../api-client.ts';
import { byId } from '../dom.ts';
import { momentOf } from '../row-cache.ts';
import { Controls } from './controls.ts';
import { Player } from './player.ts';
import type { Arrow } from './scene.ts';
import { Soon } from './soon.ts';
import { type LaneName, TimelineView } from './view.ts';

/** Lanes that are shown without being asked for. */
const MOST_LANES = 12;
/** What is shown on either side of where lives part. */
const AROUND_US = 10_000_000;

export interface HistoryHandlers {
  /** The row in force at a time, of an instance on a node. */
  readonly seek: (node: string, actor: string, timeUs: number) => Promise<void>;
  readonly jump: (node: string, seq: number) => Promise<void>;
  readonly select: (row: ViewRow) => void;
  /** The row after the selected one, unselected. */
  readonly next: () => Promise<ViewRow | null>;
  readonly nowUs: () => number;
  readonly nodes: () => readonly NodeView[];
  readonly actors: () => readonly ActorView[];
}

export class HistoryBar {
  readonly #on: HistoryHandlers;
  readonly timeline: TimelineView;
  readonly player: Player;
  readonly #controls: Controls;
  readonly #asks = new Soon();
  #main: LaneName | null = null;
  #row: ViewRow | null = null;
  #isLive = true;
  #related: readonly string[] = [];
  /** Lanes that a person chose, until another instance is selected; null: those that belong to it. */
  #chosen: Set<string> | null = null;
  #links: LinksAnswer = { causes: [], effects: [] };
  #differences: readonly Difference[] = [];

  constructor(on: HistoryHandlers) {
    this.#on = on;
    this.timeline = new TimelineView(byId('timeline', HTMLCanvasElement), {
      seek: ({ node, actor }, timeUs) => on.seek(node, actor, timeUs),
      nowUs: on.nowUs,
      clockOf: (node) => on.nodes().find((known) => known.node === node)?.against ?? node,
    });
    this.player = new Player({
      atUs: () => (this.#isLive ? null : (this.#row?.wallUs ?? null)),
      next: on.next,
      select: on.select,
      seek: async (timeUs) => {
        if (this.#main !== null) await on.seek(this.#main.node, this.#main.actor, timeUs);
      },
      head: (timeUs) => this.timeline.setHead(timeUs),
      changed: (playing) => this.#controls.playing(playing),
      nowUs: on.nowUs,
    });
    this.#controls = new Controls(byId('timeline-controls', HTMLElement), {
      play: () => this.play(),
      speed: (speed) => {
        this.player.speed = speed;
      },
      skipQuiet: (skip) => {
        this.player.skipQuiet = skip;
      },
      fold: (quietUs) => void this.timeline.fold(quietUs),
      corrected: (corrected) => {
        this.timeline.clocks.corrected = corrected;
        this.timeline.refresh();
        void this.#loadClocks();
      },
      lane: (actor, shown) => this.#choose(actor, shown),
      cause: () => void this.cause(),
      effect: () => void this.effect(),
      difference: () => void this.difference(),
      zoom: (factor) => this.timeline.zoom(factor),
      all: () => this.all(),
    });
  }

  /** Another row is selected. */
  show(row: ViewRow, main: LaneName, live: boolean): void {
    const known = momentOf(row)?.links;
    this.#row = row;
    this.#isLive = live;
    if (live) this.player.stop();
    if (this.#main?.node !== main.node || this.#main.actor !== main.actor) this.#setMain(main);
    const { node, actor, seq } = row;
    this.timeline.setCursor(live ? null : row.wallUs, { node, actor, seq });
    // How clocks stood is a matter of the time that is looked at.
    if (!live && !this.timeline.clocks.covers(row.wallUs)) void this.#loadClocks();
    this.#links = { causes: [], effects: [] };
    if (known !== undefined && known !== null) this.#showLinks(row, known);
    else if (!live) this.#asks.want(() => this.#readLinks(row));
  }

  /** Finds where lives part that are shown beside the recorded ones. */
  async compare(): Promise<void> {
    if (this.#on.nodes().some(({ against }) => against !== undefined))
      this.#differences = (await api.differences()).differences;
    this.#tellDifference();
  }

  /** To where the shown instance parts from its other life; if it does not, to the first that does. False: none does. */
  async difference(): Promise<boolean> {
    const found = this.#difference();
    if (found === undefined) return false;
    const { node, whatIfNode, timeUs, recorded, whatIf } = found;
    this.timeline.show({ fromUs: timeUs - AROUND_US, toUs: timeUs + AROUND_US }, false);
    const [at, seq] = recorded.seq === null ? [whatIfNode, whatIf.seq] : [node, recorded.seq];
    await this.#on.jump(at, seq ?? 0);
    return true;
  }

  #difference(): Difference | undefined {
    const actor = this.#main?.actor;
    return this.#differences.find((each) => each.actor === actor) ?? this.#differences[0];
  }

  #tellDifference(): void {
    const found = this.#difference();
    this.#controls.difference(found === undefined ? '' : differenceWords(found));
    this.timeline.setDifferences(this.#differences.filter(({ actor }) => actor === found?.actor));
  }

  /** A node came or went, or is there for the first time. */
  refresh(): void {
    this.#setLanes();
    this.timeline.refresh();
  }

  /** From the beginning if it is live. */
  play(): void {
    if (this.#isLive) void this.first().then(() => this.player.start());
    else this.player.toggle();
  }

  async first(): Promise<void> {
    const from = this.#on.nodes().find(({ node }) => node === this.#main?.node)?.fromUs ?? 0;
    // Before it nothing held, so that the very first row is found, and not the last one of its instant.
    if (this.#main !== null) await this.#on.seek(this.#main.node, this.#main.actor, Math.max(0, from - 1));
  }

  all(): void {
    const oldest = Math.min(...this.#on.nodes().map(({ fromUs }) => fromUs || Number.POSITIVE_INFINITY));
    const nowUs = this.#on.nowUs();
    if (Number.isFinite(oldest))
      this.timeline.show({ fromUs: oldest - (nowUs - oldest) * 0.01, toUs: nowUs }, false);
  }

  cause(): Promise<void> {
    return this.#follow(this.#links.causes, 'causes');
  }

  effect(): Promise<void> {
    return this.#follow(this.#links.effects, 'effects');
  }

  async #follow(known: LinksAnswer['causes'], which: 'causes' | 'effects'): Promise<void> {
    if (this.#row === null) return;
    const links = known.length > 0 ? known : (await api.links(this.#row.node, this.#row.seq))[which];
    const link = links[0];
    if (link !== undefined) await this.#on.jump(link.node, link.seq);
  }

  async #readLinks(row: ViewRow): Promise<void> {
    const links = await api.links(row.node, row.seq);
    if (this.#row === row) this.#showLinks(row, links);
  }

  #showLinks(row: ViewRow, links: LinksAnswer): void {
    this.#links = links;
    const own = { node: row.node, actor: row.actor, timeUs: row.wallUs };
    const arrows: Arrow[] = [
      ...links.causes.map((from) => ({ from, to: own, across: from.across })),
      ...links.effects.map((to) => ({ from: own, to, across: to.across })),
    ];
    this.timeline.setLinks(arrows);
  }

  #setMain(main: LaneName): void {
    const isOther = this.#main?.actor !== main.actor;
    this.#main = main;
    this.#tellDifference();
    if (!isOther) {
      this.#setLanes();
      return;
    }
    if (this.#chosen?.has(main.actor) !== true) this.#chosen = null;
    this.#related = [main.actor];
    this.#setLanes();
    void api
      .related(main.node, main.actor)
      .then(({ actors }) => {
        if (this.#main !== main) return;
        this.#related = actors;
        this.#setLanes();
      })
      .catch(() => {});
    void this.#loadClocks();
  }

  async #loadClocks(): Promise<void> {
    if (this.#on.nodes().filter(({ against }) => against === undefined).length < 2) return;
    const { fromUs, toUs } = this.timeline.shown;
    await this.timeline.clocks.load(Math.max(0, fromUs), toUs);
    this.#controls.clocks(this.timeline.clocks.words, this.timeline.clocks.corrected);
  }

  #choose(actor: string, shown: boolean): void {
    const chosen = new Set(this.#shownActors());
    if (shown) chosen.add(actor);
    else chosen.delete(actor);
    this.#chosen = chosen;
    this.#setLanes();
  }

  #shownActors(): readonly string[] {
    const main = this.#main?.actor;
    if (main === undefined) return [];
    return [...new Set([main, ...(this.#chosen ?? this.#related.slice(0, MOST_LANES))])];
  }

  #setLanes(): void {
    if (this.#main === null) return;
    const actors = this.#shownActors();
    const known = new Set(
      this.#on.actors().map(
        ({ node, actor }) => `${node}
${actor}`,
      ),
    );
    const main = this.#main.actor;
    // The selected instance has a lane on every node: that it is not there is to be seen, too.
    const lanes = actors.flatMap((actor) =>
      this.#on
        .nodes()
        .flatMap(({ node }) => (actor === main || known.has(`${node}\n${actor}`) ? [{ node, actor }] : [])),
    );
    this.timeline.setLanes(lanes, this.#main);
    const all = [...new Set(this.#on.actors().map(({ actor }) => actor))].sort();
    this.#controls.lanes(all, new Set(actors));
  }
}
