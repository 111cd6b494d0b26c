/**
 * Virtual servers of one life: the daemon's own checkers, schedule, table and look-outs (src/daemon/checkers.ts, ipvs.ts) on
 * simulated servers and a simulated table.
 */
import { Checkers, type CheckPlan } from '../../../src/daemon/checkers.ts';
import { Ipvs } from '../../../src/daemon/ipvs.ts';
import { OrderBook, type OrderBookOptions } from '../../../src/daemon/order-book.ts';
import type { IpvsRequests } from '../../../src/effects/ipvs/requests.ts';
import type { ServerNoticeExecutor } from '../../../src/effects/notices.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { ActorId, Clock, Scheduler } from '../../../src/engine/types.ts';
import { NO_TLS_FILES } from '../../../src/io/probes/tls-identity.ts';
import type { ServerNotice } from '../../../src/machines/signals.ts';
import type { IpvsTable } from '../../../src/protocol/ipvs/table.ts';
import { SeededRandom } from '../seeded-random.ts';
import type { ConfigSpec } from '../story/model.ts';
import type { OrderWord } from '../story/service-model.ts';
import { serverAddress, serverPort, serviceAddress } from '../story/service-text.ts';
import { type ServerTruths, simulatedProber } from './simulated-probes.ts';
import { SimulatedRepeater, type Skipped } from './simulated-repeater.ts';
import { TableKernel } from './table-kernel.ts';

/** What outlives the process: the table, and the file of orders. */
export class ServicePremises {
  readonly table = new TableKernel();
  readonly servers: ServerTruths;
  /** The file of orders; null: there is none. */
  orders: string | null = null;
  /** What operators were told that holds, by service and server. */
  readonly standing = new Map<string, { duty: 'ready' | 'drain' | 'maint'; weight: number | null }>();

  constructor(servers: ServerTruths) {
    this.servers = servers;
  }
}

export type Told = ServerNotice & { readonly actor: ActorId };

export interface ServiceParts {
  readonly premises: ServicePremises;
  readonly engine: Pick<Engine, 'post' | 'view'>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** How long it takes to read the table. */
  readonly readUs: () => number;
  /** Otherwise it is read once. */
  readonly looksAtTable: boolean;
  /** Promises want their turn. */
  readonly wantTurn: () => void;
  readonly seed: number;
  readonly skippedProbes: Skipped;
}

export class LifeServices {
  readonly checkers: Checkers;
  readonly ipvs: Ipvs;
  /** Of real and virtual servers, in order. */
  readonly told: Told[] = [];
  readonly notices: ServerNoticeExecutor;
  readonly #parts: ServiceParts;
  readonly #repeater: SimulatedRepeater;
  #hasRead = false;

  constructor(parts: ServiceParts, config: ConfigSpec) {
    this.#parts = parts;
    const { premises, engine, clock, scheduler } = parts;
    this.notices = {
      notifyServer: (actor, notice) => this.told.push({ ...notice, actor }),
      mailServer: () => {},
    };
    const random = new SeededRandom(parts.seed);
    this.ipvs = new Ipvs({
      ...{ engine, notices: this.notices, log: () => {}, namespace: null },
      suspend: (id, isSuspended) => this.checkers.suspend(id, isSuspended),
      means: {
        ...{ clock, scheduler, requests: requestsTo(premises.table) },
        read: () => this.#read(),
        load: () => Promise.resolve(),
        turn: () => Promise.resolve(),
        later: (task) => void scheduler.at(clock.monotonicUs(), task),
      },
    });
    const servers = { servers: premises.servers, clock, scheduler };
    this.#repeater = new SimulatedRepeater(servers, parts.skippedProbes);
    this.checkers = new Checkers({
      ...{ plan: planOf(config), engine, ipvs: this.ipvs },
      runScript: () => null,
      orders: new OrderBook({ path: null, log: () => {}, file: orderFile(premises) }),
      means: {
        ...{ clock, scheduler, probe: simulatedProber(servers) },
        ...{ repeater: this.#repeater, chance: () => random.next() },
      },
    });
  }

  /** An operator's order. What was answered that it holds is known from then on. */
  order(service: number, server: number, word: OrderWord, { services, instances }: ConfigSpec): void {
    const spec = services?.find(({ number }) => number === service);
    if (spec === undefined) return;
    const [order, weight] = typeof word === 'string' ? [word, null] : ['weight', word.weight];
    const virtual = `[${serviceAddress(spec, instances)}]:tcp:${serverPort}`;
    const asked = this.checkers.order({ order, weight, server: serverAddress(server), virtual });
    this.#parts.wantTurn();
    const { standing } = this.#parts.premises;
    const key = `${service} ${server}`;
    void asked.then((answer) => {
      if ('error' in answer) return;
      const before = standing.get(key) ?? { duty: 'ready', weight: null };
      standing.set(key, typeof word === 'string' ? { ...before, duty: word } : { ...before, weight });
    });
  }

  /** The process is about not to run for a while. */
  pause(): void {
    this.#repeater.pause();
  }

  stop(): void {
    this.checkers.stop();
    this.ipvs.close();
  }

  /** At first at once: nothing runs yet. Later what is read may be out of date when it is there. */
  #read(): Promise<IpvsTable | null> {
    const { premises, clock, scheduler, readUs, wantTurn, looksAtTable } = this.#parts;
    const snapshot = premises.table.snapshot();
    if (!this.#hasRead) {
      this.#hasRead = true;
      return Promise.resolve(snapshot);
    }
    if (!looksAtTable) return Promise.resolve(null);
    return new Promise((resolve) => {
      scheduler.at(clock.monotonicUs() + readUs(), () => {
        wantTurn();
        resolve(snapshot);
      });
    });
  }
}

export function planOf({ sharesProbes }: ConfigSpec): CheckPlan {
  return { tls: NO_TLS_FILES, sharesProbes: sharesProbes === true, mayCome: [] };
}

function requestsTo(table: TableKernel): Pick<IpvsRequests, 'perform' | 'ask' | 'timeouts' | 'close'> {
  return {
    perform: table.perform,
    ask: (payloads) => payloads.map(() => null),
    timeouts: () => null,
    close: () => {},
  };
}

function orderFile(premises: ServicePremises): NonNullable<OrderBookOptions['file']> {
  return {
    read: (parse) => (premises.orders === null ? null : parse(JSON.parse(premises.orders))),
    save: (content) => {
      premises.orders = JSON.stringify(content());
      return Promise.resolve(null);
    },
  };
}
