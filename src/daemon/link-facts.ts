/** The state of links for trackers, and for the instances on interfaces whose state a tracker settles. */
import type { ActorEvent, ActorId } from '../engine/types.ts';
import type { LinkChange } from './kernel-watch.ts';

export interface LinkFactsOptions {
  readonly post: (actor: ActorId, event: ActorEvent) => void;
  /** What instances hear of a link. */
  readonly settled: (change: LinkChange) => void;
}

export class LinkFacts {
  readonly #options: LinkFactsOptions;
  readonly #up = new Map<string, boolean>();
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
    for (const name of freed) this.#options.settled({ interface: name, up: this.#up.get(name) ?? false });
  }

  /** The kernel's word, or that of whoever asks the driver. */
  changed({ interface: name, up }: LinkChange): void {
    // Interfaces that are gone need not be remembered: there may be ever new ones.
    if (up) this.#up.set(name, true);
    else this.#up.delete(name);
    for (const [actor, observed] of this.#observers) if (observed === name) this.#tell(actor, name);
    if (!this.#delayed.has(name)) this.#options.settled({ interface: name, up });
  }

  observe(actor: ActorId, name: string): void {
    this.#observers.set(actor, name);
    this.#tell(actor, name);
  }

  stop(actor: ActorId): void {
    this.#observers.delete(actor);
  }

  settle(name: string, up: boolean): void {
    if (this.#delayed.has(name)) this.#options.settled({ interface: name, up });
  }

  #tell(actor: ActorId, name: string): void {
    const what = this.#up.has(name) ? 'link.up' : 'link.down';
    this.#options.post(actor, { type: 'result.observed', what });
  }
}
