/**
 * Which actors want an address, route or rule on this machine. Two may for a moment, when a reload moves it from one to the
 * other: it stays where it is then, without a moment in which nobody holds it.
 */

import type { KernelObjects, VirtualAddress } from '../../machines/kernel-objects.ts';
import type { ActorId } from '../types.ts';

export class Claims {
  /** By what the kernel knows a thing by: who wants it, and how. */
  readonly #holders = new Map<string, Map<ActorId, string>>();
  /** By the same, of addresses: how the kernel was told to hold it. */
  readonly #held = new Map<string, string>();

  claim(actor: ActorId, objects: KernelObjects): void {
    for (const [key, how] of claimsOf(objects)) {
      const holders = this.#holders.get(key);
      if (holders === undefined) this.#holders.set(key, new Map([[actor, how]]));
      else holders.set(actor, how);
    }
  }

  release(actor: ActorId, objects: KernelObjects): void {
    for (const [key] of claimsOf(objects)) {
      const holders = this.#holders.get(key);
      holders?.delete(actor);
      if (holders?.size === 0) this.#holders.delete(key);
    }
  }

  /**
   * What the kernel may let go of if this actor wants it no longer. It does let go of an address that the same actor wants
   * with other options: the kernel would keep the former ones.
   */
  unclaimed(actor: ActorId, { addresses, routes = [], rules = [] }: KernelObjects): KernelObjects {
    const isFree = ([key, how]: Claim): boolean => {
      const holders = this.#holders.get(key);
      if (holders === undefined) return true;
      return holders.size === 1 && holders.has(actor) && holders.get(actor) !== how;
    };
    return {
      addresses: addresses.filter((vip) => isFree(addressClaim(vip))),
      routes: routes.filter((route) => isFree(otherClaim(route))),
      rules: rules.filter((rule) => isFree(otherClaim(rule))),
    };
  }

  /** Those of these addresses that the kernel holds with other options, which it would keep. */
  otherwise({ addresses }: KernelObjects): readonly VirtualAddress[] {
    return addresses.filter((vip) => {
      const [key, how] = addressClaim(vip);
      const held = this.#held.get(key);
      return held !== undefined && held !== how;
    });
  }

  /** The kernel was told to hold these ... */
  added({ addresses }: KernelObjects): void {
    for (const [key, how] of addresses.map(addressClaim)) this.#held.set(key, how);
  }

  /** ... or to let go of them. */
  removed({ addresses }: KernelObjects): void {
    for (const [key] of addresses.map(addressClaim)) this.#held.delete(key);
  }
}

/** What the kernel tells an entry from others by, and the whole of it. */
type Claim = readonly [key: string, how: string];

function claimsOf({ addresses, routes = [], rules = [] }: KernelObjects): Claim[] {
  return [...addresses.map(addressClaim), ...routes.map(otherClaim), ...rules.map(otherClaim)];
}

function addressClaim(vip: VirtualAddress): Claim {
  const { address, prefixLength, interface: name } = vip;
  return [`${address}/${prefixLength} ${name}`, JSON.stringify(vip)];
}

/** The same line in two instances: all options count. */
function otherClaim(object: object): Claim {
  const whole = JSON.stringify(object);
  return [whole, whole];
}
