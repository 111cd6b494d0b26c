/**
 * Which instances want an address on this machine. Two may for a moment, when a reload moves an address from one to the
 * other: it stays where it is then, without a moment in which nobody holds it.
 */
import type { ActorId } from '../engine/types.ts';
import type { VirtualAddress } from '../machines/vrrp/vrrp.effects.ts';

export class Claims {
  readonly #holders = new Map<string, Set<ActorId>>();

  claim(actor: ActorId, addresses: readonly VirtualAddress[]): void {
    for (const vip of addresses) {
      const holders = this.#holders.get(keyOf(vip));
      if (holders === undefined) this.#holders.set(keyOf(vip), new Set([actor]));
      else holders.add(actor);
    }
  }

  release(actor: ActorId, addresses: readonly VirtualAddress[]): void {
    for (const vip of addresses) {
      const holders = this.#holders.get(keyOf(vip));
      holders?.delete(actor);
      if (holders?.size === 0) this.#holders.delete(keyOf(vip));
    }
  }

  /** Those that nobody wants. */
  unclaimed(addresses: readonly VirtualAddress[]): readonly VirtualAddress[] {
    return addresses.filter((vip) => !this.#holders.has(keyOf(vip)));
  }
}

/** As the Linux kernel tells one entry from another. */
function keyOf({ address, prefixLength, interface: name }: VirtualAddress): string {
  return `${address}/${prefixLength} ${name}`;
}
