/** Which virtual servers this machine holds an address of (ha_suspend). */
import type { ActorId } from '../engine/types.ts';
import type { AddressChange } from '../io/addresses.ts';
import type { VirtualServerInput } from '../machines/virtual-server/virtual-server.input.ts';
import { targetsOf } from '../protocol/ipvs/plan.ts';

export class HeldServices {
  /** By address: how many interfaces hold it. */
  readonly #held = new Map<string, number>();
  /** Of those that care alone. */
  readonly #addresses = new Map<ActorId, ReadonlySet<string>>();

  follow(id: ActorId, { service, suspends }: VirtualServerInput): void {
    this.#addresses.delete(id);
    if (suspends !== true) return;
    const targets = service.ranges.flatMap(targetsOf);
    const addresses = targets.flatMap((target) => ('address' in target ? [target.address] : []));
    this.#addresses.set(id, new Set(addresses));
  }

  forget(id: ActorId): void {
    this.#addresses.delete(id);
  }

  /** True also for those that do not care. */
  isHeld(id: ActorId): boolean {
    const addresses = this.#addresses.get(id);
    return addresses === undefined || [...addresses].some((address) => this.#held.has(address));
  }

  /** `tell` is called for each virtual server of which the first address came or the last one went. */
  changed({ change, address }: AddressChange, tell: (id: ActorId, isHeld: boolean) => void): void {
    const count = (this.#held.get(address) ?? 0) + (change === 'added' ? 1 : -1);
    const concerned = [...this.#addresses].filter(([, addresses]) => addresses.has(address));
    const before = concerned.map(([id]) => this.isHeld(id));
    if (count > 0) this.#held.set(address, count);
    else this.#held.delete(address);
    concerned.forEach(([id], at) => {
      if (this.isHeld(id) !== before[at]) tell(id, this.isHeld(id));
    });
  }
}
