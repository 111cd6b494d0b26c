/**
 * The kernel's table of virtual servers (IPVS) as a part of the process: whether there is one, what stands in it, and that
 * it stays as virtual servers want it. IPVS tells nobody of changes, so the table is looked at again and again.
 */
import type { IpvsActor } from '../config/actors/ipvs.ts';
import { createVirtualServerExecutor } from '../effects/checkers.ts';
import { createIpvsExecutor } from '../effects/ipvs/keeper.ts';
import { loadIpvs } from '../effects/ipvs/module.ts';
import { IpvsRequests } from '../effects/ipvs/requests.ts';
import { TableExecutor, type TableOutcome } from '../effects/ipvs/table-executor.ts';
import type { ServerNoticeExecutor } from '../effects/notices.ts';
import type { Engine } from '../engine/engine.ts';
import type {
  ActorEvent,
  ActorId,
  Clock,
  EffectExecutor,
  JournalRow,
  Post,
  Scheduler,
} from '../engine/types.ts';
import { readIpvsTable } from '../io/ipvs-table.ts';
import { ipvsDefinition } from '../machines/registry.ts';
import { afterLook, type ToldDrift } from '../machines/virtual-server/virtual-server.reminder.ts';
import type { IpvsTable } from '../protocol/ipvs/table.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { ActorKind } from './actor-set.ts';
import { realClock, realScheduler } from './clock.ts';
import { MOST_FIRST_READS, readFirst } from './ipvs-first-read.ts';

/** How often the table is looked at, at most. */
const LOOK_EVERY_US = 10_000_000;
/** Looking takes at most one part of so many of the time. */
const LOOK_SHARE = 100;

/** Who is to hear of what becomes of what it asked for, the row that asked, and what it was told last. */
interface Asking {
  readonly cause: number;
  readonly post: Post;
  told: { readonly text: string; readonly isRefused: boolean } | null;
}

const OBSERVED_ONLY = {
  absent:
    'Virtual servers are observed only: real servers are checked and notifications sent, but this kernel has no IPVS table that could be driven',
  unreadable: `Virtual servers are observed only until this program is started again: real servers are checked and notifications sent, but the IPVS table of this kernel could not be read in ${MOST_FIRST_READS} tries`,
} as const;

/** The kernel and the clock as this part of the process sees them. */
export interface IpvsMeans {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly requests: Pick<IpvsRequests, 'perform' | 'ask' | 'timeouts' | 'close'>;
  /** null: the kernel has no IPVS. */
  readonly read: () => Promise<IpvsTable | null>;
  readonly load: () => Promise<void>;
  /** The rest of the process has its turn. */
  readonly turn: () => Promise<void>;
  readonly later: (task: () => void) => void;
}

function realMeans(namespace: string | null): IpvsMeans {
  return {
    ...{ clock: realClock, scheduler: realScheduler, requests: new IpvsRequests(namespace) },
    ...{ read: () => readIpvsTable(namespace), load: loadIpvs, later: setImmediate },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

export interface IpvsOptions {
  readonly engine: Pick<Engine, 'post'>;
  readonly notices: ServerNoticeExecutor;
  readonly log: (line: string) => void;
  /** Whether the real servers of a virtual server are probed. */
  readonly suspend: (actor: ActorId, isSuspended: boolean) => void;
  /** File of the network namespace whose table it is; null: that of this process. */
  readonly namespace: string | null;
  /** Absent: the real ones. */
  readonly means?: IpvsMeans;
}

export class Ipvs {
  /** Of virtual servers, and of what IPVS has once. */
  readonly executors: { readonly virtual: EffectExecutor; readonly ipvs: EffectExecutor };
  readonly kind: ActorKind<IpvsActor>;
  readonly #options: IpvsOptions;
  readonly #means: IpvsMeans;
  readonly #table: TableExecutor;
  readonly #asking = new Map<ActorId, Asking>();
  readonly #followed = new Set<ActorId>();
  readonly #drifts = new Map<ActorId, ToldDrift>();
  readonly #names = new Map<ActorId, string>();
  /** Names of instances that are master. */
  readonly #masters = new Set<string>();
  /** Name of the one that decides about the synchronisation. */
  #deciding: string | null = null;
  #keeper: ActorId | null = null;
  #isDriven: boolean | null = null;
  #cancelLook: () => void = () => {};
  #closed = false;

  constructor(options: IpvsOptions) {
    this.#options = options;
    this.#means = options.means ?? realMeans(options.namespace);
    const { requests, later } = this.#means;
    this.#table = new TableExecutor({
      later,
      perform: (asked) => requests.perform(asked),
      settled: (actor, outcome, unasked) => this.#settled(actor, outcome, unasked),
    });
    this.executors = {
      virtual: createVirtualServerExecutor(
        options.notices,
        this.#table,
        (actor, cause, post) => {
          this.#asking.set(actor, { cause, post, told: null });
        },
        options.suspend,
      ),
      ipvs: createIpvsExecutor(requests, this.#table),
    };
    this.kind = this.#kindOfKeeper();
  }

  #kindOfKeeper(): ActorKind<IpvsActor> {
    const { engine } = this.#options;
    return {
      definition: ipvsDefinition,
      // Not for their number: at the end it is told after the virtual servers.
      inPieces: true,
      follow: (actors) => {
        for (const { id, input } of actors) {
          this.#deciding = input.sync?.instance ?? null;
          if (this.#keeper === id) continue;
          this.#keeper = id;
          const isMaster = this.#masters.has(this.#deciding ?? '');
          engine.post(id, { type: 'ipvs.started', driven: this.isDriven, isMaster });
        }
      },
      forget: () => {
        this.#keeper = null;
      },
      reconfigured: ({ input }): ActorEvent => ({ type: 'ipvs.reconfigured', input: { ...input } }),
      removed: () => ({ type: 'ipvs.removed' }),
      isSettled: ({ state }) => state === 'ended' || state === 'idle',
    };
  }

  /** Instances whose states may decide about the synchronisation of connections. */
  see(row: JournalRow): void {
    if (!row.actor.startsWith('vrrp/') || row.state === null) return;
    const name = this.#nameOf(row);
    const isMaster = 'master' === roleIn(row.state);
    if (isMaster === this.#masters.has(name)) return;
    if (isMaster) this.#masters.add(name);
    else this.#masters.delete(name);
    if (this.#keeper === null || name !== this.#deciding) return;
    this.#options.engine.post(this.#keeper, { type: 'instance.changed', isMaster }, row.seq);
  }

  /** Of an instance. Its actor keeps its id when a reload changes its name. */
  #nameOf({ actor, delta }: JournalRow): string {
    const input = delta.input as JsonObject | undefined;
    if (typeof input?.name === 'string') this.#names.set(actor, input.name);
    return this.#names.get(actor) ?? actor;
  }

  /** Whether there is a table; false until it has been read. */
  get isDriven(): boolean {
    return this.#isDriven === true;
  }

  /** Reads the table, before the first virtual server starts. Never rejects; once is enough. */
  async open(): Promise<void> {
    if (this.#isDriven !== null) return;
    const { clock, scheduler, read, load } = this.#means;
    const { log } = this.#options;
    const found = await readFirst({
      ...{ read, load, log, isClosed: () => this.#closed },
      pause: (us) => new Promise((resolve) => void scheduler.at(clock.monotonicUs() + us, resolve)),
    });
    this.#isDriven = typeof found !== 'string';
    if (typeof found === 'string') {
      if (!this.#closed) log(OBSERVED_ONLY[found]);
      return;
    }
    this.#table.learn(found);
    this.#lookAfter(LOOK_EVERY_US);
  }

  follow(id: ActorId): void {
    this.#followed.add(id);
  }

  forget(id: ActorId): void {
    this.#followed.delete(id);
    this.#drifts.delete(id);
    this.#asking.delete(id);
  }

  /** Entries of a virtual server that shall stand, and those of them that do; null: no table is driven. */
  counts(id: ActorId): { readonly wanted: number; readonly standing: number } | null {
    return this.isDriven ? this.#table.counts(id) : null;
  }

  close(): void {
    this.#closed = true;
    this.#cancelLook();
    this.#means.requests.close();
  }

  #lookAfter(delayUs: number): void {
    if (this.#closed) return;
    const { clock, scheduler } = this.#means;
    this.#cancelLook = scheduler.at(clock.monotonicUs() + delayUs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { clock, read, turn } = this.#means;
    const startUs = clock.monotonicUs();
    const { generation } = this.#table;
    try {
      const table = this.#table.isIdle ? await read() : null;
      // What was asked for meanwhile may be in it or not.
      if (table !== null && this.#table.isIdle && this.#table.generation === generation) {
        this.#table.learn(table);
        for (const id of [...this.#followed]) {
          this.#lookAt(id);
          await turn();
        }
        for (const id of this.#table.leaving()) if (!this.#followed.has(id)) this.#table.retry(id);
      }
    } catch (error) {
      this.#options.log(`IPVS: cannot read the table: ${error instanceof Error ? error.message : error}`);
    }
    this.#lookAfter(Math.max(LOOK_EVERY_US, (clock.monotonicUs() - startUs) * LOOK_SHARE));
  }

  #settled(actor: ActorId, outcome: TableOutcome, unasked: boolean): void {
    const asking = this.#asking.get(actor);
    if (asking === undefined) {
      if (outcome.removed > 0) this.#options.log(`IPVS: what was left of ${actor} is removed`);
      return;
    }
    const event = outcomeEvent(outcome);
    const text = JSON.stringify(event);
    if (unasked && text === asking.told?.text) return;
    asking.told = { text, isRefused: outcome.refused > 0 };
    asking.post(actor, event, asking.cause);
  }

  /** What is otherwise is told, or tried again without a word: whatever it was may be over. */
  #lookAt(id: ActorId): void {
    const drift = this.#table.drift(id);
    if (drift === null) {
      this.#drifts.delete(id);
      // Others may have done what the kernel refused.
      if (this.#asking.get(id)?.told?.isRefused === true) this.#table.retry(id);
      return;
    }
    const told = afterLook(this.#drifts.get(id) ?? null, JSON.stringify(drift));
    this.#drifts.set(id, told);
    if (told.looksAgo === 0) this.#options.engine.post(id, { type: 'table.drifted', ...drift });
    else this.#table.retry(id);
  }
}

/** `master` of `{protocol: {master: ...}}`. */
function roleIn(state: Json): string {
  const protocol = (state as JsonObject).protocol ?? null;
  return typeof protocol === 'string' ? protocol : (Object.keys(protocol ?? {})[0] ?? '');
}

function outcomeEvent({ refused, errors, ...counts }: TableOutcome): ActorEvent {
  const named = errors.map((error) => ({ ...error }));
  if (refused > 0) return { type: 'table.refused', ...counts, refused, errors: named };
  return { type: 'table.applied', ...counts, ...(named.length > 0 ? { errors: named } : {}) };
}
