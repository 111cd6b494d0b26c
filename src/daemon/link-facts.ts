/** The state of links for trackers, and for the instances on interfaces whose state a tracker settles. */
import type { ActorEvent, ActorId } from '../engine/types.ts';
import type { LinkChange } from './kernel-watch.ts';

export interface LinkFactsOptions {
  readonly post: (actor: ActorId, event: ActorEvent) => void;
  /** What instances hear of a link. */
  readonly settled: (change: LinkChange) => void;
}

/** What instances hear of an interface that is not there. */
const absent = (name: string): LinkChange => ({
  interface: name,
  index: 0,
  up: false,
  kind: null,
  baseIndex: null,
  gone: true,
});

export class LinkFacts {
  readonly #options: LinkFactsOptions;
  /** Of interfaces that exist: there may be ever new ones. */
  readonly #links = new Map<string, LinkChange>();
  readonly #observers = new Map<ActorId, string>();
  /** Interfaces that a tracker speaks for. */
  #delayed: ReadonlySet<string> = new Set();

  constructor(options: LinkFactsOptions) {
    this.#options = options;
  }

  /** Instances hear of these by `settle` only. */
  delay(names: ReadonlySet<string>): void {
    const freed = [...this.#delayed].filter((name) => !names.has(name));
    this.#delayed = names;
    for (const name of freed) this.#options.settled(this.#links.get(name) ?? absent(name));
  }

  /** The kernel's word. */
  changed(change: LinkChange): void {
    const { interface: name } = change;
    const isNew = !this.#links.has(name);
    if (change.gone === true) this.#links.delete(name);
    else this.#links.set(name, change);
    this.#tellObservers(name);
    if (!this.#delayed.has(name)) this.#options.settled(change);
    // That it exists, and where it sits, is known at once; whether it is up, the tracker says.
    else if (isNew) this.#options.settled({ ...change, up: false });
  }

  /** The word of whoever asks the driver. */
  asked(name: string, up: boolean): void {
    const known = this.#links.get(name);
    if (known !== undefined) this.changed({ ...known, up });
  }

  observe(actor: ActorId, name: string): void {
    this.#observers.set(actor, name);
    this.#tell(actor, name);
  }

  stop(actor: ActorId): void {
    this.#observers.delete(actor);
  }

  settle(name: string, up: boolean): void {
    if (!this.#delayed.has(name)) return;
    const known = this.#links.get(name);
    this.#options.settled(known === undefined ? absent(name) : { ...known, up });
  }

  #tellObservers(name: string): void {
    for (const [actor, observed] of this.#observers) if (observed === name) this.#tell(actor, name);
  }

  #tell(actor: ActorId, name: string): void {
    const what = this.#links.get(name)?.up === true ? 'link.up' : 'link.down';
    this.#options.post(actor, { type: 'result.observed', what });
  }
}
