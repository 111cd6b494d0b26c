/**
 * What operators have ordered of real servers, kept over restarts of the daemon in a small file beside the journal. The
 * journal is history: it may be removed, full or unwritable, and must not be needed to know what holds now.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Order } from '../machines/real-server/real-server.events.ts';
import type { Duty } from '../machines/signals.ts';
import { LARGEST_WEIGHT } from './server-orders.ts';

/** What holds of one real server. */
export interface StandingOrder {
  readonly duty: Duty;
  /** null: the configured one. */
  readonly weight: number | null;
}

/** Real servers that orders are kept of: far more than anybody orders, and a file that is read in no time. */
export const MOST_ORDERS = 65_536;
const LARGEST_FILE_BYTES = 32 * 1024 * 1024;
const FORMAT = 'relived orders 1';
const DUTIES: ReadonlySet<unknown> = new Set<Duty>(['ready', 'drained', 'maintenance']);

export interface OrderBookOptions {
  /** null: nothing is read or kept. */
  readonly path: string | null;
  readonly log: (line: string) => void;
}

export class OrderBook {
  readonly #options: OrderBookOptions;
  #orders: Map<string, StandingOrder>;
  #writing: Promise<string | null> | null = null;
  #next: Promise<string | null> | null = null;

  /** Reads what is there. What cannot be understood is told of and left out: no order is worth a router that does not start. */
  constructor(options: OrderBookOptions) {
    this.#options = options;
    this.#orders = options.path === null ? new Map() : readOrders(options.path, options.log);
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
      this.#options.log(
        `the order for ${id.replace(/^real\//, '')} is dropped: it is not configured any more`,
      );
    }
    void this.save();
  }

  /**
   * Resolves when all that holds now is on the disk: with null, or with what prevents it, which is in the log, too. However
   * many ask meanwhile, one more writing follows the one under way.
   */
  save(): Promise<string | null> {
    if (this.#writing === null) return this.#write();
    this.#next ??= this.#writing.then(() => {
      this.#next = null;
      return this.#write();
    });
    return this.#next;
  }

  #write(): Promise<string | null> {
    const { path, log } = this.#options;
    if (path === null) return Promise.resolve(null);
    const text = `${JSON.stringify({ format: FORMAT, orders: Object.fromEntries(this.#orders) })}\n`;
    this.#writing = replaceFile(path, text)
      .then(() => null)
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        log(`orders cannot be kept in ${path}: ${why}`);
        return why;
      })
      .finally(() => {
        this.#writing = null;
      });
    return this.#writing;
  }
}

/** A reader, also one after a crash of the machine, sees the former file or this one. @throws Error */
async function replaceFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.new`;
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}

function readOrders(path: string, log: (line: string) => void): Map<string, StandingOrder> {
  const ignored = (why: string): Map<string, StandingOrder> => {
    log(`the orders in ${path} are ignored: ${why}`);
    return new Map();
  };
  try {
    return parseOrders(readRegularFile(path)) ?? ignored('that is no file of orders');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? new Map() : ignored(message);
  }
}

/** A FIFO in its place must not hold up the start, nor a symbolic link lead elsewhere. @throws Error */
function readRegularFile(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const about = fstatSync(fd);
    if (!about.isFile()) throw new Error('it is not a regular file');
    if (about.size > LARGEST_FILE_BYTES) throw new Error('it is too large');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** null: not what this program writes. */
export function parseOrders(text: string): Map<string, StandingOrder> | null {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return null;
  }
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOrder(value: unknown): value is StandingOrder {
  if (!isObject(value) || !DUTIES.has(value.duty)) return false;
  const { weight } = value;
  return (
    weight === null || (Number.isInteger(weight) && Number(weight) >= 0 && Number(weight) <= LARGEST_WEIGHT)
  );
}
