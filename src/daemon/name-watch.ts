/** Follows the names of real servers: asks for them in time, and tells when their addresses are others. */

import type { ConfigTree } from '../config/model.ts';
import {
  afterAnswer,
  type FollowedName,
  followedNames,
  type NameAddresses,
  type NameAnswer,
  type NameState,
  nameServers,
  UNKNOWN_NAME,
} from '../config/names.ts';
import type { ActorEvent, Clock, Scheduler } from '../engine/types.ts';
import { createResolve, type Resolve } from '../io/name-resolver.ts';

export interface NameWatchOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** Addresses are others from now on. */
  readonly changed: (event: ActorEvent) => void;
  /** Something else that people want to know. */
  readonly note: (event: ActorEvent) => void;
  /** Default: name servers. */
  readonly resolver?: (tree: ConfigTree) => Resolve;
}

interface Watched {
  readonly name: FollowedName;
  state: NameState;
  /** null while it is asked for. */
  dueUs: number | null;
  cancel: () => void;
  isOver: boolean;
}

/** Queries under way at once; more wait. */
const MOST_QUERIES = 64;
const BUSY_US = 100_000;

export class NameWatch {
  readonly #options: NameWatchOptions;
  #watched = new Map<string, Watched>();
  #resolve: Resolve | null = null;
  #asking = 0;
  #isOpen = false;

  constructor(options: NameWatchOptions) {
    this.#options = options;
  }

  /** What is known of the names of a configuration, whether it is in force already or not. */
  addressesFor(tree: ConfigTree): NameAddresses {
    return new Map(followedNames(tree).map((name) => [name.key, this.#known(name).addresses]));
  }

  /** From now on these names are followed; those that were keep what is known of them. */
  follow(tree: ConfigTree): void {
    const names = followedNames(tree);
    const wanted = new Set(names.map(({ key }) => key));
    for (const [key, watched] of this.#watched) if (!wanted.has(key)) end(watched);
    // Name servers of the machine may be others by now.
    this.#resolve = names.length === 0 ? null : (this.#options.resolver ?? resolverOf)(tree);
    const now = new Map<string, Watched>();
    for (const name of names) {
      const fresh = { name, state: this.#known(name), dueUs: null, cancel: () => {}, isOver: false };
      now.set(name.key, this.#watched.get(name.key) ?? fresh);
    }
    const added = [...now.values()].filter(({ name }) => !this.#watched.has(name.key));
    this.#watched = now;
    for (const watched of added) this.#ask(watched);
  }

  /** The start is over: from now on, and of what is known already, it tells. */
  open(): void {
    this.#isOpen = true;
    for (const { name, state } of this.#watched.values()) this.#tell(name, UNKNOWN_NAME, state);
  }

  close(): void {
    for (const watched of this.#watched.values()) end(watched);
  }

  /** For `relive status`. */
  status(nowUs: number) {
    return [...this.#watched.values()].map(({ name: { host, family }, state, dueUs }) => ({
      ...{ host, family, addresses: state.addresses, trouble: state.trouble },
      dueInUs: dueUs === null ? null : dueUs - nowUs,
    }));
  }

  /** A reload that changes how a name is followed does not forget its addresses. */
  #known({ key, host, family, most }: FollowedName): NameState {
    const same = [...this.#watched.values()].find(({ name }) => name.host === host && name.family === family);
    const state = (this.#watched.get(key) ?? same)?.state ?? UNKNOWN_NAME;
    return { ...state, addresses: state.addresses.slice(0, most) };
  }

  #askIn(watched: Watched, delayUs: number): void {
    const { clock, scheduler } = this.#options;
    watched.dueUs = clock.monotonicUs() + delayUs;
    watched.cancel = scheduler.at(watched.dueUs, () => this.#ask(watched));
  }

  #ask(watched: Watched): void {
    if (this.#resolve === null) return;
    if (this.#asking >= MOST_QUERIES) {
      this.#askIn(watched, BUSY_US);
      return;
    }
    this.#asking += 1;
    watched.dueUs = null;
    void this.#resolve(watched.name).then((answer) => {
      this.#asking -= 1;
      if (!watched.isOver) this.#answered(watched, answer);
    });
  }

  #answered(watched: Watched, answer: NameAnswer): void {
    const { name, state: before } = watched;
    const { state, delayUs } = afterAnswer(name, before, answer, this.#options.clock.monotonicUs());
    watched.state = state;
    this.#askIn(watched, delayUs);
    if (this.#isOpen) this.#tell(name, before, state);
  }

  #tell(name: FollowedName, before: NameState, state: NameState): void {
    const about = { host: name.host, family: name.family };
    const added = state.addresses.filter((address) => !before.addresses.includes(address));
    const removed = before.addresses.filter((address) => !state.addresses.includes(address));
    if (state.trouble !== null && state.trouble !== before.trouble) {
      this.#options.note({ type: 'name.failed', ...about, why: state.trouble, kept: [...state.addresses] });
    }
    if (added.length === 0 && removed.length === 0) return;
    this.#options.changed({
      type: 'name.changed',
      ...about,
      added,
      removed,
      addresses: [...state.addresses],
    });
  }
}

function end(watched: Watched): void {
  watched.isOver = true;
  watched.cancel();
}

function resolverOf(tree: ConfigTree): Resolve {
  return createResolve(nameServers(tree));
}
