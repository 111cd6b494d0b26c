/** The Linux kernel of one router, as far as the daemon asks it: links and addresses. It survives the daemon's process. */

import type { LinkDescription } from '../../../src/daemon/kernel-watch.ts';
import type { OwnMark } from '../../../src/daemon/own-removals.ts';
import type { AddressChange } from '../../../src/io/addresses.ts';
import type { VirtualAddress } from '../../../src/machines/kernel-objects.ts';
import { interfaceOf, ownAddress } from '../story/config-text.ts';
import type { Lan } from '../story/model.ts';

/** Whoever listens to netlink. */
export interface NetlinkListener {
  linkTold(link: LinkDescription, up: boolean): void;
  addressTold(change: AddressChange & OwnMark): void;
}

interface Interface {
  readonly name: string;
  readonly index: number;
  /** Reasons for its carrier to be gone. */
  downs: number;
  /** Prefix lengths by address, in the order added. */
  readonly addresses: Map<string, number>;
}

const REFUSAL = 'No buffer space available';

export class HostKernel {
  readonly #interfaces: readonly Interface[];
  readonly #refusals = { add: 0, remove: 0 };
  listener: NetlinkListener | null = null;
  /** How long it takes for what it is asked. */
  lateUs: number;

  constructor(number: number, latencyUs: number) {
    this.lateUs = latencyUs;
    this.#interfaces = ([0, 1] as const).map((lan) => ({
      name: interfaceOf(lan),
      index: lan + 2,
      downs: 0,
      addresses: new Map([
        [ownAddress(lan, 'inet', number), 16],
        [ownAddress(lan, 'inet6', number), 64],
      ]),
    }));
  }

  linkUp(lan: Lan): boolean {
    return this.#interfaces[lan]?.downs === 0;
  }

  holds(lan: Lan, address: string): boolean {
    return this.#interfaces[lan]?.addresses.has(address) === true;
  }

  /** One reason more, or less, for a link to be down. */
  unplug(lan: Lan, by: 1 | -1): void {
    const wasUp = this.linkUp(lan);
    const link = this.#interfaces[lan];
    if (link === undefined) return;
    link.downs += by;
    if (wasUp !== this.linkUp(lan)) this.listener?.linkTold(describe(link), this.linkUp(lan));
  }

  /** One reason more, or less, to refuse. */
  refuse(what: 'add' | 'remove', by: 1 | -1): void {
    this.#refusals[what] += by;
  }

  isRefusing(what: 'add' | 'remove'): boolean {
    return this.#refusals[what] > 0;
  }

  /** Null, or what is wrong. An address that is there already is none of it. */
  add(vip: VirtualAddress): string | null {
    const link = this.#interfaces.find(({ name }) => name === vip.interface);
    if (link === undefined) return 'No such device';
    if (this.isRefusing('add')) return REFUSAL;
    if (!link.addresses.has(vip.address)) this.#put(link, vip.address, vip.prefixLength);
    return null;
  }

  /** The same; `own`: at the request of who listens. */
  remove(vip: VirtualAddress, own: boolean): string | null {
    const link = this.#interfaces.find(({ name }) => name === vip.interface);
    if (link === undefined || !link.addresses.has(vip.address)) return null;
    if (own && this.isRefusing('remove')) return REFUSAL;
    const prefixLength = link.addresses.get(vip.address) ?? 0;
    link.addresses.delete(vip.address);
    const change = { interface: link.name, address: vip.address, prefixLength, change: 'deleted' as const };
    this.listener?.addressTold(own ? { ...change, own: true } : change);
    return null;
  }

  /** Somebody gives the interface an address. */
  give(lan: Lan, address: string, prefixLength: number): void {
    const link = this.#interfaces[lan];
    if (link !== undefined && !link.addresses.has(address)) this.#put(link, address, prefixLength);
  }

  /** All there is, for who begins to listen. */
  tellAll(listener: NetlinkListener): void {
    for (const link of this.#interfaces) {
      listener.linkTold(describe(link), link.downs === 0);
      for (const [address, prefixLength] of link.addresses)
        listener.addressTold({ interface: link.name, address, prefixLength, change: 'added' });
    }
  }

  /** The machine lost its power: of what was set while it ran nothing is left. */
  forget(isOwn: (address: string) => boolean): void {
    for (const { addresses } of this.#interfaces)
      for (const address of [...addresses.keys()]) if (!isOwn(address)) addresses.delete(address);
  }

  #put(link: Interface, address: string, prefixLength: number): void {
    link.addresses.set(address, prefixLength);
    this.listener?.addressTold({ interface: link.name, address, prefixLength, change: 'added' });
  }
}

function describe({ name, index }: Interface): LinkDescription {
  return { interface: name, index, kind: null, baseIndex: null };
}
