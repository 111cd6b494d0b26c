/** What operators have ordered of real servers, kept over restarts of the daemon. */
import type { Order } from '../machines/real-server/real-server.events.ts';
import type { Duty } from '../machines/signals.ts';
import { LARGEST_WEIGHT } from './server-orders.ts';
import { isObject, StateFile } from './state-file.ts';

/** What holds of one real server. */
export interface StandingOrder {
  readonly duty: Duty;
  /** null: the configured one. */
  readonly weight: number | null;
}

/** Real servers that orders are kept of: far more than anybody orders, and a file that is read in no time. */
export const MOST_ORDERS = 65_536;
const FORMAT = 'relived orders 1';
const DUTIES: ReadonlySet<unknown> = new Set<Duty>(['ready', 'drained', 'maintenance']);

export interface OrderBookOptions {
  /** null: nothing is read or kept. */
  readonly path: string | null;
  readonly log: (line: string) => void;
  /** In place of the one that `path` names. */
  readonly file?: Pick<StateFile, 'read' | 'save'>;
}

export class OrderBook {
  readonly #file: Pick<StateFile, 'read' | 'save'>;
  readonly #log: OrderBookOptions['log'];
  readonly #orders: Map<string, StandingOrder>;

  /** Reads what is there. */
  constructor({ path, log, file }: OrderBookOptions) {
    this.#log = log;
    this.#file = file ?? new StateFile({ path, what: 'orders', log });
    this.#orders = this.#file.read(readOrders) ?? new Map();
  }

  /** As events of a real server that begins, in this order. */
  ordersFor(id: string): readonly Order[] {
    const { duty = 'ready', weight = null } = this.#orders.get(id) ?? {};
    return [
      ...(weight === null ? [] : [{ type: 'operator.weight' as const, weight, kept: true as const }]),
      ...(duty === 'drained' ? [{ type: 'operator.drain' as const, kept: true as const }] : []),
      ...(duty === 'maintenance' ? [{ type: 'operator.maintenance' as const, kept: true as const }] : []),
    ];
  }

  /** What holds from now on. */
  set(id: string, order: StandingOrder): void {
    if (order.duty === 'ready' && order.weight === null) this.#orders.delete(id);
    else if (this.#orders.has(id) || this.#orders.size < MOST_ORDERS) this.#orders.set(id, order);
  }

  /** Orders of real servers that are no longer configured are dropped. */
  keepOnly(isConfigured: (id: string) => boolean): void {
    const gone = [...this.#orders.keys()].filter((id) => !isConfigured(id));
    if (gone.length === 0) return;
    for (const id of gone) {
      this.#orders.delete(id);
      this.#log(`the order for ${id.replace(/^real\//, '')} is dropped: it is not configured any more`);
    }
    void this.save();
  }

  /** As of a StateFile. */
  save(): Promise<string | null> {
    return this.#file.save(() => ({ format: FORMAT, orders: Object.fromEntries(this.#orders) }));
  }
}

/** null: not what this program writes. */
function readOrders(file: unknown): Map<string, StandingOrder> | null {
  if (!isObject(file) || file.format !== FORMAT || !isObject(file.orders)) return null;
  const orders = Object.entries(file.orders);
  if (
    orders.length > MOST_ORDERS ||
    !orders.every(([id, order]) => id.startsWith('real/') && isOrder(order))
  ) {
    return null;
  }
  return new Map(orders as [string, StandingOrder][]);
}

function isOrder(value: unknown): value is StandingOrder {
  if (!isObject(value) || !DUTIES.has(value.duty)) return false;
  const { weight } = value;
  return (
    weight === null || (Number.isInteger(weight) && Number(weight) >= 0 && Number(weight) <= LARGEST_WEIGHT)
  );
}
