/**
 * Follows the names of real servers: asks for them in time, tells when their addresses are others, and keeps these for the
 * next start.
 */
import type { ConfigTree } from '../config/model.ts';
import {
  afterAnswer,
  beforeAnswer,
  type FollowedName,
  followedNames,
  type KeptName,
  type NameAddresses,
  type NameAnswer,
  type NameState,
  nameServers,
  UNKNOWN_NAME,
} from '../config/names.ts';
import type { ActorEvent, Clock, Scheduler } from '../engine/types.ts';
import { createResolve, type Resolve } from '../io/name-resolver.ts';
import type { NameBook } from './name-book.ts';

export interface NameWatchOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly book: Pick<NameBook, 'keptOf' | 'save'>;
  /** Addresses are others from now on. */
  readonly changed: (event: ActorEvent) => void;
  /** Something else that people want to know. */
  readonly note: (event: ActorEvent) => void;
  /** Default: name servers. */
  readonly resolver?: (tree: ConfigTree) => Resolve;
}

/** What is known of a name, and until when that is good as far as the next start knows (Unix time). */
interface Known {
  readonly state: NameState;
  readonly goodUntilUs: number;
}

interface Watched {
  readonly name: FollowedName;
  known: Known;
  /** null while it is asked for. */
  dueUs: number | null;
  cancel: () => void;
  isOver: boolean;
}

/** Queries under way at once; more wait. */
const MOST_QUERIES = 64;
const BUSY_US = 100_000;
/** How much longer than until the next query addresses count as good, so that answers are written down once a minute and no more. */
const SLACK_US = 60_000_000;

export class NameWatch {
  readonly #options: NameWatchOptions;
  #watched = new Map<string, Watched>();
  #resolve: Resolve | null = null;
  #asking = 0;
  #isOpen = false;
  /** null: what the book has is good enough. */
  #cancelSave: (() => void) | null = null;

  constructor(options: NameWatchOptions) {
    this.#options = options;
  }

  /** What is known of the names of a configuration, whether it is in force already or not. */
  addressesFor(tree: ConfigTree): NameAddresses {
    return new Map(followedNames(tree).map((name) => [name.key, this.#known(name).state.addresses]));
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
      const fresh = { name, known: this.#known(name), dueUs: null, cancel: () => {}, isOver: false };
      now.set(name.key, this.#watched.get(name.key) ?? fresh);
    }
    const added = [...now.values()].filter(({ name }) => !this.#watched.has(name.key));
    this.#watched = now;
    for (const watched of added) this.#ask(watched);
  }

  /** The start is over: from now on, and of what is known already, it tells. */
  open(): void {
    this.#isOpen = true;
    for (const { name, known } of this.#watched.values()) this.#tell(name, UNKNOWN_NAME, known.state);
  }

  /** Resolves when everything is written down. */
  async close(): Promise<void> {
    for (const watched of this.#watched.values()) end(watched);
    if (this.#cancelSave !== null) await this.#save();
  }

  /** For `relive status`. */
  status(nowUs: number) {
    return [...this.#watched.values()].map(({ name: { host, family }, known: { state }, dueUs }) => ({
      ...{ host, family, addresses: state.addresses, trouble: state.trouble },
      dueInUs: dueUs === null ? null : dueUs - nowUs,
    }));
  }

  /** A reload that changes how a name is followed does not forget its addresses, nor does a start. */
  #known(name: FollowedName): Known {
    const { key, host, family, most } = name;
    const same = [...this.#watched.values()].find(
      (one) => one.name.host === host && one.name.family === family,
    );
    const known = (this.#watched.get(key) ?? same)?.known;
    if (known === undefined) {
      const kept = this.#options.book.keptOf(name);
      const state = beforeAnswer(name, kept, this.#options.clock.wallUs());
      return { state, goodUntilUs: kept?.goodUntilUs ?? 0 };
    }
    const { state } = known;
    return { ...known, state: { ...state, addresses: state.addresses.slice(0, most) } };
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
    const { name, known } = watched;
    const before = known.state;
    const { state, delayUs } = afterAnswer(name, before, answer, this.#options.clock.monotonicUs());
    watched.known = { ...known, state };
    this.#askIn(watched, delayUs);
    if (state.addresses.join() !== before.addresses.join()) void this.#save();
    else this.#confirm(watched, delayUs);
    if (this.#isOpen) this.#tell(name, before, state);
  }

  /** What the next start would not know to be good is written down soon, for all names at once. */
  #confirm({ known: { state, goodUntilUs } }: Watched, delayUs: number): void {
    const { clock, scheduler } = this.#options;
    const isGood = state.trouble === null;
    if (!isGood || this.#cancelSave !== null || goodUntilUs > clock.wallUs() + delayUs + SLACK_US / 2) return;
    this.#cancelSave = scheduler.at(clock.monotonicUs() + SLACK_US / 2, () => void this.#save());
  }

  async #save(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = null;
    await this.#options.book.save(() => this.#keep());
  }

  /** Each name once, with the most addresses that anybody wants of it. */
  #keep(): readonly KeptName[] {
    const { clock } = this.#options;
    const names = new Map<string, KeptName>();
    for (const watched of this.#watched.values()) {
      const { name, known, dueUs } = watched;
      const { addresses, trouble } = known.state;
      const nowUs = clock.monotonicUs();
      const goodUntilUs = clock.wallUs() + Math.max((dueUs ?? nowUs) - nowUs, 0) + SLACK_US;
      if (trouble === null) watched.known = { ...known, goodUntilUs };
      const key = `${name.family} ${name.host}`;
      if (addresses.length <= (names.get(key)?.addresses.length ?? 0)) continue;
      const { host, family } = name;
      names.set(key, { host, family, addresses, goodUntilUs: watched.known.goodUntilUs });
    }
    return [...names.values()];
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
