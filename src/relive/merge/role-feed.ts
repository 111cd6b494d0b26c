/** The rows of one node as beginnings and ends of masterships. */
import type { StoredRow } from '../../journal/model.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { actorName, roleOf } from '../words.ts';
import type { Instant, Mastership } from './mastership.ts';

/** Which virtual router an instance belongs to: the same id and the same first address on every node. */
export function routerOf(input: unknown): string | null {
  const { virtualRouterId, addresses, name } = (input ?? {}) as JsonObject;
  if (typeof virtualRouterId !== 'number') return null;
  const texts = Array.isArray(addresses)
    ? addresses.map((entry: Json) => String((entry as JsonObject | null)?.address ?? ''))
    : [];
  return `${String(name ?? '')} vrid ${virtualRouterId} ${texts.sort()[0] ?? ''}`.trim();
}

export interface Actor {
  /** Of all nodes' instances of it. */
  router: string;
  role: string;
}

/** Nodes may call an instance by other names: what counts is the id and the address. */
const keyOf = (router: string): string => router.replace(/^\S+ (?=vrid )/, '');

/** Routers by key, under the name that was met first. */
export class RouterNames {
  readonly #names = new Map<string, string>();
  /** Advertisement intervals in microseconds. */
  readonly intervals = new Map<string, number>();
  /** Addresses from which the nodes at hand send. */
  readonly sources = new Set<string>();

  nameOf(input: unknown): string | null {
    const router = routerOf(input);
    if (router === null) return null;
    const key = keyOf(router);
    const name = this.#names.get(key) ?? router;
    this.#names.set(key, name);
    const everyUs = Number((input as JsonObject).advertIntervalUs ?? 0);
    this.intervals.set(name, Math.max(everyUs, this.intervals.get(name) ?? 0));
    return name;
  }
}

export class RoleFeed {
  readonly #node: string;
  readonly #names: RouterNames;
  readonly #mastership: Mastership;
  readonly #actors = new Map<string, Actor>();

  constructor(node: string, names: RouterNames, mastership: Mastership) {
    this.#node = node;
    this.#names = names;
    this.#mastership = mastership;
  }

  /** An actor as it was when the reading began. */
  resume(actor: string, state: Json, context: JsonObject, at: Instant): void {
    if (!actor.startsWith('vrrp/')) return;
    const router = this.#names.nameOf(context.input) ?? actorName(actor);
    const role = roleOf(state);
    this.#actors.set(actor, { router, role });
    if (typeof context.sourceAddress === 'string') this.#names.sources.add(context.sourceAddress);
    if (role === 'master')
      this.#mastership.begins(router, this.#node, { ...at, leastUs: Number.NEGATIVE_INFINITY });
  }

  /** A row of this node. */
  row(row: StoredRow, at: Instant): void {
    const { actor, event } = row;
    if (row.kind === 'note' || !actor.startsWith('vrrp/')) return;
    const known = this.#actor(actor, event.input);
    for (const { type, params } of row.effects)
      if (type === 'setSourceAddress') this.#names.sources.add(String(params.address));
    const role = row.kind === 'crash' ? 'crashed' : roleOf(row.state);
    const before = known.role;
    known.role = role;
    const isForeign = event.type === 'advert.received' && !this.#names.sources.has(String(event.source));
    if (role === 'master' && before !== 'master') this.#mastership.begins(known.router, this.#node, at);
    if (role !== 'master' && before === 'master') this.#mastership.ends(known.router, this.#node, at);
    if (isForeign) this.#mastership.foreign(known.router);
  }

  /** The process ended without a word. */
  ended(at: Instant): void {
    for (const known of this.#actors.values()) {
      if (known.role === 'master') this.#mastership.ends(known.router, this.#node, at);
      known.role = 'ended';
    }
  }

  #actor(actor: string, input: unknown): Actor {
    const router = this.#names.nameOf(input);
    const known = this.#actors.get(actor);
    if (known === undefined) {
      const made: Actor = { router: router ?? actorName(actor), role: '' };
      this.#actors.set(actor, made);
      return made;
    }
    if (router !== null) known.router = router;
    return known;
  }
}
