/** Keeps traffic away from virtual addresses that must not be used, and the reports of virtual MACs where they belong. */
import { interfaceIndex } from '../../../native/index.ts';
import type { DeviceSpec } from '../../machines/vrrp/input/device.ts';
import type { VirtualAddress } from '../../machines/vrrp/vrrp.effects.ts';
import { type IpFamily, isLinkLocalIpv6 } from '../../protocol/ip.ts';
import type { BlockedAddress, ReportingDevice } from './nft-script.ts';

/** What does it: nftables or iptables. Each method returns null, or what is wrong. */
export interface FirewallBackend {
  change(verb: 'add' | 'delete', addresses: readonly BlockedAddress[]): Promise<string | null>;
  changeDevice(verb: 'add' | 'delete', device: ReportingDevice): Promise<string | null>;
  /** Nothing of it stays. */
  close(): Promise<string | null>;
}

export interface FirewallOptions {
  readonly backend: FirewallBackend;
  /** disable_local_igmp: the kernel reports nothing for 224.0.0.0/24, so that there is nothing to move. */
  readonly localIgmpDisabled: boolean;
  /** Hears what went wrong. The instance goes on, as keepalived does. */
  readonly failed: (error: string) => void;
}

export class Firewall {
  readonly #options: FirewallOptions;
  readonly #blocked = new Map<string, BlockedAddress>();
  readonly #devices = new Map<string, ReportingDevice>();
  #backend: FirewallBackend;
  /** Everything is done in the order in which it is asked for, so that nothing is lost between two backends. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: FirewallOptions) {
    this.#options = options;
    this.#backend = options.backend;
  }

  /** `byName`: the links of the instance come and go without it being in FAULT. */
  block(addresses: readonly VirtualAddress[], byName: boolean): Promise<void> {
    return this.#inTurn(() => this.#block(addresses, byName));
  }

  unblock(addresses: readonly VirtualAddress[]): Promise<void> {
    return this.#inTurn(() => this.#unblock(addresses));
  }

  /** `linkLocal` is the address that the device shares with its base. */
  addDevice(spec: DeviceSpec, linkLocal: string | null): Promise<void> {
    return this.#inTurn(() => this.#addDevice(spec, linkLocal));
  }

  removeDevice(name: string): Promise<void> {
    return this.#inTurn(() => this.#removeDevice(name));
  }

  /** From now on another one does it. What was blocked is blocked again, and of the former one nothing stays. */
  use(backend: FirewallBackend): Promise<void> {
    return this.#inTurn(async () => {
      await this.#tell(this.#backend.close());
      this.#backend = backend;
      await this.#change('add', [...this.#blocked.values()]);
      for (const device of this.#devices.values()) await this.#tell(backend.changeDevice('add', device));
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#tell(this.#backend.close()));
  }

  #inTurn(turn: () => Promise<void>): Promise<void> {
    const result = this.#last.then(turn);
    // Who asked hears of it; the next one is not to blame.
    this.#last = result.catch(() => {});
    return result;
  }

  async #block(addresses: readonly VirtualAddress[], byName: boolean): Promise<void> {
    await this.#unblock(addresses.filter((vip) => this.#blocked.get(keyOf(vip))?.byName === !byName));
    const added = addresses.flatMap((vip): [string, BlockedAddress][] => {
      const key = keyOf(vip);
      if (this.#blocked.has(key)) return [];
      const link = linkOf(vip);
      return link === undefined ? [] : [[key, { address: vip.address, link, byName }]];
    });
    for (const [key, blocked] of added) this.#blocked.set(key, blocked);
    await this.#change(
      'add',
      added.map(([, blocked]) => blocked),
    );
  }

  async #unblock(addresses: readonly VirtualAddress[]): Promise<void> {
    const removed = addresses.flatMap((vip) => {
      const blocked = this.#blocked.get(keyOf(vip));
      this.#blocked.delete(keyOf(vip));
      return blocked ?? [];
    });
    await this.#change('delete', removed);
  }

  async #addDevice(spec: DeviceSpec, linkLocal: string | null): Promise<void> {
    if (spec.device.kind !== 'macvlan') return;
    const index = interfaceIndex(spec.name);
    const baseIndex = interfaceIndex(spec.base);
    const families: IpFamily[] = [];
    if (spec.family === 'inet' && !this.#options.localIgmpDisabled) families.push('inet');
    if (spec.ipv6) families.push('inet6');
    if (index === null || baseIndex === null || families.length === 0) return;
    const device = { name: spec.name, index, baseIndex, families, linkLocal };
    // One that was made again has another index.
    await this.#removeDevice(spec.name);
    this.#devices.set(spec.name, device);
    await this.#tell(this.#backend.changeDevice('add', device));
  }

  async #removeDevice(name: string): Promise<void> {
    const device = this.#devices.get(name);
    if (device === undefined) return;
    this.#devices.delete(name);
    await this.#tell(this.#backend.changeDevice('delete', device));
  }

  async #change(verb: 'add' | 'delete', addresses: readonly BlockedAddress[]): Promise<void> {
    if (addresses.length > 0) await this.#tell(this.#backend.change(verb, addresses));
  }

  async #tell(asked: Promise<string | null>): Promise<void> {
    const error = await asked;
    if (error !== null) this.#options.failed(error);
  }
}

function keyOf({ address, interface: name }: VirtualAddress): string {
  return isLinkLocalIpv6(address) ? `${address} ${name}` : address;
}

/** Null: good everywhere. Undefined: it is on a link that does not exist, and so is nothing. */
function linkOf({ address, interface: name }: VirtualAddress): BlockedAddress['link'] | undefined {
  if (!isLinkLocalIpv6(address)) return null;
  const index = interfaceIndex(name);
  return index === null ? undefined : { name, index };
}
