/** Orders of an operator to real servers, as they come over the control socket. An extension: keepalived takes none. */
import type { Order } from '../machines/real-server/real-server.events.ts';

/** A real server as it can be named. */
export interface OrderedServer {
  readonly id: string;
  /** `[10.0.0.2]:tcp:80` */
  readonly name: string;
  /** `[10.0.0.1]:tcp:80`, `FWM 5`, `[group]:0` */
  readonly virtualServer: string;
}

export type Ordered =
  | { readonly order: Order; readonly servers: readonly OrderedServer[] }
  | { readonly error: string };

/** What IPVS takes. */
export const LARGEST_WEIGHT = 2_147_483_647;

const DUTIES: Readonly<Record<string, Order>> = {
  ready: { type: 'operator.ready' },
  drain: { type: 'operator.drain' },
  maint: { type: 'operator.maintenance' },
};

/**
 * `order`: `ready`, `drain`, `maint`, or `weight` with `weight` (null: the configured one). `server`: an address, which
 * stands for all its ports, `ADDRESS:PORT`, `[ADDRESS]:PORT` or a whole name. `virtual`: only of this virtual server.
 */
export function readOrder(
  request: Readonly<Record<string, unknown>>,
  known: readonly OrderedServer[],
): Ordered {
  const { order: word, server, virtual } = request;
  const order = orderOf(word, request.weight);
  if (typeof order === 'string') return { error: order };
  if (typeof server !== 'string' || server === '') return { error: 'no real server is named' };
  const servers = known.filter(({ name }) => namesOf(name).includes(server.toLowerCase()));
  if (servers.length === 0) return { error: `there is no real server ${server}` };
  if (virtual === undefined || virtual === null) return { order, servers };
  const own = servers.filter(({ virtualServer }) => virtualServer === virtual);
  if (own.length > 0) return { order, servers: own };
  const others = servers.map(({ virtualServer }) => virtualServer).join(', ');
  return { error: `real server ${server} is not of virtual server ${String(virtual)} but of ${others}` };
}

/** Or what is wrong with it. */
function orderOf(word: unknown, weight: unknown): Order | string {
  if (word !== 'weight') {
    const order = typeof word === 'string' && Object.hasOwn(DUTIES, word) ? DUTIES[word] : undefined;
    return order ?? `unknown order, one of: ${[...Object.keys(DUTIES), 'weight'].join(', ')}`;
  }
  if (weight === null) return { type: 'operator.weight', weight };
  const isWeight = Number.isInteger(weight) && Number(weight) >= 0 && Number(weight) <= LARGEST_WEIGHT;
  if (!isWeight) return `a weight is a whole number from 0 to ${LARGEST_WEIGHT}`;
  return { type: 'operator.weight', weight: Number(weight) };
}

/** Everything that a real server can be called. */
function namesOf(name: string): readonly string[] {
  const [, address = '', port = ''] = /^\[(.*)\]:[a-z]+:(\d+)$/.exec(name) ?? [];
  return [name, address, `${address}:${port}`, `[${address}]:${port}`];
}
