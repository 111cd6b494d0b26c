/** Who was master of which virtual router and when, over several nodes: two at a time, and nobody. */

/** A time with its bounds. */
export interface Instant {
  readonly us: number;
  readonly leastUs: number;
  readonly mostUs: number;
}

/** Two masters of one virtual router at the same time, for longer than a handover takes. */
export interface SplitBrain {
  readonly router: string;
  readonly nodes: readonly [string, string];
  readonly from: Instant;
  readonly to: Instant;
}

/** No master among the nodes whose journals are at hand. */
export interface Vacancy {
  readonly router: string;
  /** Who was master before and after. */
  readonly nodes: readonly [string, string];
  readonly from: Instant;
  readonly to: Instant;
}

/** The former master yields when it hears the new one: what is shorter than this is a handover. */
const HANDOVER_US = 50_000;
/** Of each kind so many are kept; more are counted. */
const KEPT = 10_000;

interface RouterState {
  readonly masters: Map<string, Instant>;
  /** A router whose journal is not at hand takes part: when there was no master is not known. */
  hasForeign: boolean;
  /** When the last master ended; null: there is one, or what became of it is not known. */
  vacantSince: { readonly node: string; readonly at: Instant } | null;
}

/** How long it lasted at least, and at most. */
export function lengthOf({ from, to }: { from: Instant; to: Instant }): { leastUs: number; mostUs: number } {
  return { leastUs: to.leastUs - from.mostUs, mostUs: to.mostUs - from.leastUs };
}

export class Mastership {
  readonly splitBrains: SplitBrain[] = [];
  readonly vacancies: Vacancy[] = [];
  /** Those that were not kept. */
  more = 0;
  handovers = 0;
  readonly #routers = new Map<string, RouterState>();

  begins(router: string, node: string, at: Instant): void {
    const state = this.#state(router);
    const { vacantSince } = state;
    if (vacantSince !== null && !state.hasForeign) {
      const vacancy = { router, nodes: [vacantSince.node, node] as const, from: vacantSince.at, to: at };
      // Less may be how well the clocks are known.
      if (lengthOf(vacancy).leastUs > 0 || at.us - vacantSince.at.us > HANDOVER_US)
        this.#keep(this.vacancies, vacancy);
    }
    state.vacantSince = null;
    state.masters.set(node, at);
  }

  ends(router: string, node: string, at: Instant): void {
    const state = this.#state(router);
    const from = state.masters.get(node);
    if (from === undefined) return;
    state.masters.delete(node);
    for (const [other, since] of state.masters) {
      const overlap = { router, nodes: [other, node] as const, from: later(from, since), to: at };
      const { leastUs } = lengthOf(overlap);
      if (leastUs > HANDOVER_US) this.#keep(this.splitBrains, overlap);
      else this.handovers += 1;
    }
    if (state.masters.size === 0) state.vacantSince = state.hasForeign ? null : { node, at };
  }

  /** An advert of a router whose journal is not at hand: who is master is not known from these nodes alone. */
  foreign(router: string): void {
    const state = this.#state(router);
    state.vacantSince = null;
    if (state.hasForeign) return;
    state.hasForeign = true;
    const others = this.vacancies.filter((vacancy) => vacancy.router !== router);
    this.vacancies.splice(0, this.vacancies.length, ...others);
  }

  /** Virtual routers in which others take part, too. */
  foreignRouters(): string[] {
    return [...this.#routers].flatMap(([router, { hasForeign }]) => (hasForeign ? [router] : []));
  }

  /** Nothing more is known of a node: what it was master of it may have stayed. */
  lost(node: string, at: Instant): void {
    for (const [router, state] of this.#routers) {
      if (!state.masters.has(node)) continue;
      this.ends(router, node, { ...at, mostUs: Number.POSITIVE_INFINITY });
      state.vacantSince = null;
    }
  }

  /** Virtual routers without a master at the end, since when. */
  vacant(): { router: string; node: string; since: Instant }[] {
    return [...this.#routers].flatMap(([router, { vacantSince }]) =>
      vacantSince === null ? [] : [{ router, node: vacantSince.node, since: vacantSince.at }],
    );
  }

  /** The present masters of a virtual router. */
  mastersOf(router: string): readonly string[] {
    return [...(this.#routers.get(router)?.masters.keys() ?? [])];
  }

  #state(router: string): RouterState {
    const known = this.#routers.get(router);
    if (known !== undefined) return known;
    const made: RouterState = { masters: new Map(), vacantSince: null, hasForeign: false };
    this.#routers.set(router, made);
    return made;
  }

  #keep<T>(list: T[], item: T): void {
    if (list.length < KEPT) list.push(item);
    else this.more += 1;
  }
}

function later(a: Instant, b: Instant): Instant {
  return {
    us: Math.max(a.us, b.us),
    leastUs: Math.max(a.leastUs, b.leastUs),
    mostUs: Math.max(a.mostUs, b.mostUs),
  };
}
