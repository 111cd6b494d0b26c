/**
 * Brings the table of IPVS to what actors want of it. What is to be done is a set of entries, each looked at when its turn
 * comes: an entry that changes several times meanwhile is one request. Many requests go to the kernel at once, and
 * between two such batches the event loop has its turn.
 */
import type { ActorId } from '../../engine/types.ts';
import type { DestinationPlan, ServicePlan } from '../../protocol/ipvs/plan.ts';
import type { IpvsTable } from '../../protocol/ipvs/table.ts';
import { COMMAND_NAMES, entryText, type IpvsRequest } from './request.ts';
import {
  type Difference,
  type Entry,
  ServiceTable,
  type WeightChange,
  type Weights,
} from './service-table.ts';

/** Requests to the kernel between two turns of the event loop: about a millisecond. */
const BATCH = 64;
/**
 * The same of those for services: for a scheduler or an engine of persistence that it does not have the kernel runs modprobe and waits for
 * it. In a guest that was 90 ms each, and fifty of them at once 4.35 s, in which a worker counts as hung.
 */
const SERVICES = 4;
/** Entries looked at between two turns, of which most may need no request: some microseconds each. */
const MOST_LOOKED_AT = 128;
/** Actors told between two turns: each has a statechart to run. */
const MOST_TOLD = 16;
/** How often an entry is tried again that turned out to be otherwise than it was taken to be. */
const MOST_TRIES = 3;
/** What the kernel says of a service that it does not have. */
const NO_SERVICE = 'ESRCH';
/** Entries that an outcome names. */
const MOST_NAMED = 8;

export interface TableError {
  /** As keepalived's log names it. */
  readonly command: string;
  readonly error: string;
  /** `[10.0.0.1]:tcp:80 -> [10.0.0.2]:80` */
  readonly entry: string;
}

/** What became of all that an actor has asked for since it was told last. */
export interface TableOutcome {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** How many entries are not as they shall be. */
  readonly refused: number;
  /** The first of those, and of entries that somebody else had changed and that are as they shall be by now. */
  readonly errors: readonly TableError[];
}

/** What somebody else has done to an actor's entries. */
export interface TableDrift {
  readonly missing: number;
  readonly changed: number;
  readonly unwanted: number;
  /** The first of them. */
  readonly entries: readonly string[];
}

export interface TableExecutorOptions {
  /** Carries out in this order; the errno name of each that was refused, null for the others. */
  readonly perform: (requests: readonly IpvsRequest[]) => readonly (string | null)[];
  /** All that an actor has asked for is done, or has been refused. `unasked`: it was tried again, which nobody asked for. */
  readonly settled: (actor: ActorId, outcome: TableOutcome, unasked: boolean) => void;
  /** Whatever else the process has to do comes before the task; absent: setImmediate. */
  readonly later?: (task: () => void) => void;
}

interface Work {
  readonly entry: Entry;
  readonly actors: Set<ActorId>;
  tries: number;
}

interface Tally {
  readonly outcome: {
    added: number;
    changed: number;
    removed: number;
    refused: number;
    readonly errors: TableError[];
  };
  unasked: boolean;
}

const COUNTED = {
  add: 'added',
  addDestination: 'added',
  change: 'changed',
  changeDestination: 'changed',
  remove: 'removed',
  removeDestination: 'removed',
  flush: 'removed',
} as const;

export class TableExecutor {
  readonly #options: TableExecutorOptions;
  readonly #table = new ServiceTable();
  /** Services go first: destinations need them. */
  readonly #services = new Map<string, Work>();
  readonly #destinations = new Map<string, Work>();
  /** Entries that each actor waits for. */
  readonly #open = new Map<ActorId, number>();
  readonly #tallies = new Map<ActorId, Tally>();
  /** To be told, unless they have asked for more meanwhile. */
  readonly #waitless = new Set<ActorId>();
  #scheduled = false;
  #generation = 0;

  constructor(options: TableExecutorOptions) {
    this.#options = options;
  }

  /** Another number after the kernel was asked for anything. */
  get generation(): number {
    return this.#generation;
  }

  get isIdle(): boolean {
    return this.#services.size + this.#destinations.size + this.#waitless.size === 0;
  }

  hold(actor: ActorId, plan: ServicePlan, destinations: readonly DestinationPlan[], weights: Weights): void {
    this.#enqueue(actor, this.#table.hold(actor, plan, destinations, weights));
  }

  weigh(actor: ActorId, changes: readonly WeightChange[]): void {
    this.#enqueue(actor, this.#table.weigh(actor, changes));
  }

  release(actor: ActorId): void {
    this.#enqueue(actor, this.#table.release(actor));
  }

  /** Asks again for what is not as it shall be. */
  mend(actor: ActorId): void {
    this.#enqueue(actor, this.#differing(actor));
  }

  /** The same, without having been asked to. */
  retry(actor: ActorId): void {
    this.#enqueue(actor, this.#differing(actor), true);
  }

  #differing(actor: ActorId): readonly Entry[] {
    return this.#table.differences(actor).map(({ entry }) => entry);
  }

  /** Actors with entries that they let go of and that may still stand: the kernel refused to remove them. */
  leaving(): readonly ActorId[] {
    return this.#table.leaving();
  }

  /** At once: services of others, too. Gives the errno name if the kernel refuses. */
  flush(): string | null {
    const request: IpvsRequest = { does: 'flush' };
    const [error = null] = this.#options.perform([request]);
    if (error === null) this.#table.done(request);
    return error;
  }

  /** The kernel's table was read. */
  learn(table: IpvsTable): void {
    this.#table.learn(table);
  }

  /** What of an actor's entries is otherwise than it shall be; null: nothing. */
  drift(actor: ActorId): TableDrift | null {
    const differences = this.#table.differences(actor);
    if (differences.length === 0) return null;
    const count = (kind: Difference['kind']) => differences.filter((one) => one.kind === kind).length;
    return {
      missing: count('missing'),
      changed: count('changed'),
      unwanted: count('unwanted'),
      entries: differences.slice(0, MOST_NAMED).map(({ entry, kind }) => `${textOf(entry)} ${kind}`),
    };
  }

  counts(actor: ActorId): { readonly standing: number; readonly wanted: number } {
    return this.#table.counts(actor);
  }

  #enqueue(actor: ActorId, entries: readonly Entry[], unasked = false): void {
    const tally = this.#tallies.get(actor) ?? emptyTally();
    tally.unasked &&= unasked;
    this.#tallies.set(actor, tally);
    for (const entry of entries) this.#await(actor, entry);
    if (!this.#open.has(actor)) this.#waitless.add(actor);
    this.#schedule();
  }

  #await(actor: ActorId, entry: Entry): void {
    const queue = this.#queueOf(entry);
    const work = queue.get(entry.id);
    if (work?.actors.has(actor)) return;
    if (work !== undefined) work.actors.add(actor);
    else if (this.#table.requestFor(entry) === null) return;
    else queue.set(entry.id, { entry, actors: new Set([actor]), tries: 0 });
    this.#open.set(actor, (this.#open.get(actor) ?? 0) + 1);
  }

  #queueOf({ destination }: Entry): Map<string, Work> {
    return destination === null ? this.#services : this.#destinations;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const { later = setImmediate } = this.#options;
    later(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    const [queue, most] = this.#services.size > 0 ? [this.#services, SERVICES] : [this.#destinations, BATCH];
    const batch: { readonly work: Work; readonly request: IpvsRequest }[] = [];
    let lookedAt = 0;
    for (const work of queue.values()) {
      if (batch.length >= most || lookedAt >= MOST_LOOKED_AT) break;
      lookedAt += 1;
      const request = this.#table.requestFor(work.entry);
      if (request === null) this.#finish(work);
      else if (this.#table.lacksService(work.entry)) this.#refuse(work, request, NO_SERVICE);
      else batch.push({ work, request });
    }
    this.#generation += 1;
    const answers = this.#options.perform(batch.map(({ request }) => request));
    batch.forEach(({ work, request }, at) => {
      this.#answered(work, request, answers[at] ?? null);
    });
    this.#tell();
    if (!this.isIdle) this.#schedule();
  }

  #answered(work: Work, request: IpvsRequest, error: string | null): void {
    if (error === null) {
      this.#table.done(request);
      this.#count(work, request);
      this.#finish(work);
      return;
    }
    work.tries += 1;
    if (this.#table.surprise(request, error) && work.tries < MOST_TRIES) {
      for (const actor of work.actors) this.#note(actor, request, error);
      // The service went with all that was in it.
      if (error === NO_SERVICE) for (const actor of work.actors) this.retry(actor);
      return;
    }
    this.#refuse(work, request, error);
  }

  #count(work: Work, request: IpvsRequest): void {
    for (const actor of work.actors) {
      const outcome = this.#tallies.get(actor)?.outcome;
      if (outcome !== undefined) outcome[COUNTED[request.does]] += 1;
    }
  }

  #refuse(work: Work, request: IpvsRequest, error: string): void {
    for (const actor of work.actors) {
      this.#note(actor, request, error);
      const outcome = this.#tallies.get(actor)?.outcome;
      if (outcome !== undefined) outcome.refused += 1;
    }
    this.#finish(work);
  }

  #note(actor: ActorId, request: IpvsRequest, error: string): void {
    const errors = this.#tallies.get(actor)?.outcome.errors;
    if (errors === undefined || errors.length >= MOST_NAMED) return;
    errors.push({ command: COMMAND_NAMES[request.does], error, entry: entryText(request) });
  }

  #finish({ entry, actors }: Work): void {
    this.#queueOf(entry).delete(entry.id);
    for (const actor of actors) {
      const left = (this.#open.get(actor) ?? 1) - 1;
      if (left > 0) {
        this.#open.set(actor, left);
        continue;
      }
      this.#open.delete(actor);
      this.#waitless.add(actor);
    }
  }

  /** Those who wait for nothing any more. */
  #tell(): void {
    let told = 0;
    for (const actor of [...this.#waitless]) {
      if (told >= MOST_TOLD) return;
      this.#waitless.delete(actor);
      const tally = this.#tallies.get(actor);
      if (tally === undefined || this.#open.has(actor)) continue;
      told += 1;
      this.#tallies.delete(actor);
      this.#table.settled(actor);
      this.#options.settled(actor, tally.outcome, tally.unasked);
    }
  }
}

function emptyTally(): Tally {
  return { outcome: { added: 0, changed: 0, removed: 0, refused: 0, errors: [] }, unasked: true };
}

function textOf({ service, destination }: Entry): string {
  return entryText(
    destination === null ? { does: 'remove', service } : { does: 'removeDestination', service, destination },
  );
}
