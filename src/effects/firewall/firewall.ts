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

  constructor(options: FirewallOptions) {
    this.#options = options;
  }

  /** `byName`: the links of the instance come and go without it being in FAULT. */
  async block(addresses: readonly VirtualAddress[], byName: boolean): Promise<void> {
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

  async unblock(addresses: readonly VirtualAddress[]): Promise<void> {
    const removed = addresses.flatMap((vip) => {
      const blocked = this.#blocked.get(keyOf(vip));
      this.#blocked.delete(keyOf(vip));
      return blocked ?? [];
    });
    await this.#change('delete', removed);
  }

  /** `linkLocal` is the address that the device shares with its base. */
  async addDevice(spec: DeviceSpec, linkLocal: string | null): Promise<void> {
    if (spec.device.kind !== 'macvlan') return;
    const index = interfaceIndex(spec.name);
    const baseIndex = interfaceIndex(spec.base);
    const families: IpFamily[] = [];
    if (spec.family === 'inet' && !this.#options.localIgmpDisabled) families.push('inet');
    if (spec.ipv6) families.push('inet6');
    if (index === null || baseIndex === null || families.length === 0) return;
    const device = { name: spec.name, index, baseIndex, families, linkLocal };
    // One that was made again has another index.
    await this.removeDevice(spec.name);
    this.#devices.set(spec.name, device);
    await this.#tell(this.#options.backend.changeDevice('add', device));
  }

  async removeDevice(name: string): Promise<void> {
    const device = this.#devices.get(name);
    if (device === undefined) return;
    this.#devices.delete(name);
    await this.#tell(this.#options.backend.changeDevice('delete', device));
  }

  async close(): Promise<void> {
    await this.#tell(this.#options.backend.close());
  }

  async #change(verb: 'add' | 'delete', addresses: readonly BlockedAddress[]): Promise<void> {
    if (addresses.length > 0) await this.#tell(this.#options.backend.change(verb, addresses));
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
