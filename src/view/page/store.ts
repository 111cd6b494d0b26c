/** What the page knows: the nodes, their actors as they are now, and the server's clock. Kept up to date by live rows. */
import type { JsonObject } from '../../protocol/json.ts';
import type { ActorView, NodeChange, NodeView, ViewRow } from '../api.ts';
import { unpackFleet } from '../fleet.ts';
import { toldBy } from '../told.ts';
import { api, follow } from './api-client.ts';
import { keyOf } from './wall/model.ts';

const RETRY_MS = 1_000;
const NONE: readonly string[] = [];

export interface StoreListener {
  /** Everything was read anew. */
  readonly loaded: () => void;
  /** A live row; `isNew`: the first one of its actor, or the first with another configuration. */
  readonly row: (row: ViewRow, isNew: boolean) => void;
  /** A process came or went. */
  readonly node: () => void;
  readonly connected: () => void;
}

export class Store {
  readonly #on: StoreListener;
  readonly #present = new Map<string, ActorView>();
  #nodes: readonly NodeView[] = [];
  #connected = false;
  #clockOffsetUs = 0;
  #stopFollowing: () => void = () => {};

  constructor(on: StoreListener) {
    this.#on = on;
  }

  get nodes(): readonly NodeView[] {
    return this.#nodes;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** An actor as it is now; null: there is none of this name. */
  actor(named: { readonly node: string; readonly actor: string }): ActorView | null {
    return this.#present.get(keyOf(named)) ?? null;
  }

  /** Actors as they are now. */
  actors(): readonly ActorView[] {
    return [...this.#present.values()];
  }

  /** Server's present time. */
  nowUs(): number {
    return Date.now() * 1_000 + this.#clockOffsetUs;
  }

  /** Reads everything anew and follows from there; tries again until the server answers. */
  async load(): Promise<void> {
    this.#stopFollowing();
    try {
      const answer = await api.nodes();
      this.#clockOffsetUs = answer.nowUs - Date.now() * 1_000;
      this.#nodes = answer.nodes;
      this.#present.clear();
      for (const actor of answer.fleet.flatMap(unpackFleet)) this.#present.set(keyOf(actor), actor);
    } catch {
      this.#setConnected(false);
      setTimeout(() => void this.load(), RETRY_MS);
      return;
    }
    this.#listen();
    this.#on.loaded();
  }

  #listen(): void {
    this.#stopFollowing = follow(new Map(this.#nodes.map(({ node, lastSeq }) => [node, lastSeq])), {
      row: (row) => this.#row(row),
      node: (change) => this.#nodeChanged(change),
      reset: () => void this.load(),
      connected: (connected) => this.#setConnected(connected),
    });
  }

  #row(row: ViewRow): void {
    if (!this.#nodes.some(({ node }) => node === row.node)) {
      // A node that had no history, and so no name, when the page was loaded.
      void this.load();
      return;
    }
    const { node, actor, machine, seq, wallUs, state } = row;
    const key = keyOf(row);
    const known = this.#present.get(key);
    // It began, or a reload brought it another configuration: it may lead others now.
    const { input } = row.delta;
    const newTold = input === undefined ? null : toldBy((input ?? {}) as JsonObject);
    if (machine !== null) {
      const told = row.delta.effectivePriority;
      const priority = typeof told === 'number' ? told : (known?.priority ?? null);
      const { relations = NONE, addresses = NONE } = newTold ?? known ?? {};
      const now = { node, actor, machine, seq, wallUs, state, priority, running: true };
      this.#present.set(key, { ...now, relations, addresses });
    }
    this.#on.row(row, machine !== null && (known === undefined || newTold !== null));
  }

  #nodeChanged({ node, running }: NodeChange): void {
    let isNews = false;
    for (const [key, actor] of this.#present) {
      if (actor.node !== node || actor.running === running) continue;
      this.#present.set(key, { ...actor, running });
      isNews = true;
    }
    if (isNews) this.#on.node();
  }

  #setConnected(connected: boolean): void {
    this.#connected = connected;
    this.#on.connected();
  }
}
