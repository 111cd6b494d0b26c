/**
 * Which actors want an address, route or rule on this machine. Two may for a moment, when a reload moves it from one to the
 * other: it stays where it is then, without a moment in which nobody holds it.
 */
import type { ActorId } from '../engine/types.ts';
import type { KernelObjects, VirtualAddress } from '../machines/kernel-objects.ts';

export class Claims {
  readonly #holders = new Map<string, Set<ActorId>>();

  claim(actor: ActorId, objects: KernelObjects): void {
    for (const key of keysOf(objects)) {
      const holders = this.#holders.get(key);
      if (holders === undefined) this.#holders.set(key, new Set([actor]));
      else holders.add(actor);
    }
  }

  release(actor: ActorId, objects: KernelObjects): void {
    for (const key of keysOf(objects)) {
      const holders = this.#holders.get(key);
      holders?.delete(actor);
      if (holders?.size === 0) this.#holders.delete(key);
    }
  }

  /** Those that nobody wants. */
  unclaimed({ addresses, routes = [], rules = [] }: KernelObjects): KernelObjects {
    return {
      addresses: addresses.filter((vip) => !this.#holders.has(addressKey(vip))),
      routes: routes.filter((route) => !this.#holders.has(otherKey(route))),
      rules: rules.filter((rule) => !this.#holders.has(otherKey(rule))),
    };
  }
}

function keysOf({ addresses, routes = [], rules = [] }: KernelObjects): string[] {
  return [...addresses.map(addressKey), ...routes.map(otherKey), ...rules.map(otherKey)];
}

/** As the Linux kernel tells one entry from another. */
function addressKey({ address, prefixLength, interface: name }: VirtualAddress): string {
  return `${address}/${prefixLength} ${name}`;
}

/** The same line in two instances: all options count. */
function otherKey(object: object): string {
  return JSON.stringify(object);
}
