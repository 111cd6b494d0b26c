/** The one row that everything on the page shows: the newest of an instance (live), or one of its history. */
import type { ActorView, ViewRow } from '../api.ts';
import { api } from './api-client.ts';
import type { HowShown, Place } from './location.ts';
import { isMoving } from './moving.ts';
import { RowCache } from './row-cache.ts';

export class Selection {
  readonly #shown: (row: ViewRow, how: HowShown) => void;
  #cache: RowCache | null = null;
  #row: ViewRow | null = null;
  #isLive = true;
  /** Answers that were overtaken by a later choice are dropped. */
  #choice = 0;

  /** @param shown is told of every row that becomes the selected one */
  constructor(shown: (row: ViewRow, how: HowShown) => void) {
    this.#shown = shown;
  }

  get row(): ViewRow | null {
    return this.#row;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /** The instance whose rows are stepped through; a selected row may be of another one. */
  get actor(): { readonly node: string; readonly actor: string } | null {
    return this.#cache;
  }

  /** Rows of the instance that the selected row led to, as far as they are known. */
  consequences(): readonly ViewRow[] {
    return this.#row === null ? [] : (this.#cache?.consequences(this.#row.seq) ?? []);
  }

  /** A live row came. */
  append(row: ViewRow): void {
    if (row.machine === null) return;
    this.#cache?.append(row);
    if (this.#cache === null) this.choose(row.node, row.actor);
    else if (this.#isLive && this.#cache.isFor(row.node, row.actor)) this.#show(row, true);
  }

  /** What an address names, or the first actor if it names none that is known. False: there is none. */
  async restore({ node, actor, seq, timeUs }: Place, actors: readonly ActorView[]): Promise<boolean> {
    const wanted =
      actors.find((view) => view.node === node && view.actor === actor) ??
      actors.find((view) => view.actor.startsWith('vrrp/')) ??
      actors[0];
    if (wanted === undefined) return false;
    this.#cache = new RowCache(wanted.node, wanted.actor);
    const find = (cache: RowCache): Promise<ViewRow | null> =>
      seq !== null ? cache.get(seq) : timeUs !== null ? cache.at(timeUs, true) : Promise.resolve(null);
    const isThere = (seq ?? timeUs) !== null && (await this.#select(find, false));
    if (!isThere) await this.goLive();
    return true;
  }

  /** Another actor at the same time. */
  choose(node: string, actor: string): void {
    const atUs = this.#isLive ? null : (this.#row?.wallUs ?? null);
    this.#cache = new RowCache(node, actor);
    if (atUs === null) void this.goLive();
    else void this.seek(node, atUs);
  }

  async goLive(): Promise<void> {
    await this.#select((cache) => cache.newest(), true);
  }

  /** The row that held at a time, of an instance on a node; of the same one if none is named. */
  async seek(node: string, timeUs: number, actor: string | null = this.#cache?.actor ?? null): Promise<void> {
    if (actor === null) return;
    if (this.#cache?.isFor(node, actor) !== true) this.#cache = new RowCache(node, actor);
    await this.#select((cache) => cache.at(timeUs, !isMoving()), false);
  }

  /** The row after the selected one, which stays selected. */
  async next(): Promise<ViewRow | null> {
    return (await this.#cache?.after(this.#row?.seq ?? 0)) ?? null;
  }

  /** A row of the instance that is stepped through. */
  select(row: ViewRow): void {
    this.#choice += 1;
    this.#show(row, false);
  }

  async step(direction: 1 | -1): Promise<void> {
    const seq = this.#row?.seq ?? 0;
    await this.#select((cache) => (direction === 1 ? cache.after(seq) : cache.before(seq)), false);
  }

  /** To a row by number: a cause may belong to another instance, or to the program itself. */
  async jump(node: string, seq: number): Promise<void> {
    const { rows } = await api.rows(node, { seq });
    const [row] = rows;
    if (row === undefined) return;
    if (row.machine !== null && this.#cache?.isFor(node, row.actor) !== true) {
      this.#cache = new RowCache(node, row.actor);
    }
    this.#show(row, false, 'push');
  }

  /** False: there is no such row. An answer that was overtaken counts as found: another choice is shown. */
  async #select(find: (cache: RowCache) => Promise<ViewRow | null>, live: boolean): Promise<boolean> {
    const cache = this.#cache;
    if (cache === null) return false;
    this.#choice += 1;
    const choice = this.#choice;
    const row = await find(cache);
    if (choice !== this.#choice) return true;
    if (row !== null) this.#show(row, live);
    return row !== null;
  }

  #show(row: ViewRow, live: boolean, how: HowShown = 'replace'): void {
    this.#row = row;
    this.#isLive = live;
    this.#shown(row, how);
  }
}
