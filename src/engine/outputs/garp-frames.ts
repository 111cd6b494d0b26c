/** Which frame tells a LAN where an address is. */
import type { VirtualAddress } from '../../machines/vrrp/vrrp.effects.ts';
import { gratuitousArpRequest } from '../../protocol/arp.ts';
import { unsolicitedAdvertisement } from '../../protocol/ndisc.ts';

export interface GarpFrame {
  readonly interface: string;
  readonly ifindex: number;
  readonly address: string;
  readonly family: 'arp' | 'advertisement';
  readonly bytes: Uint8Array;
}

/** What frames need to know of an interface. */
export interface Carrier {
  readonly ifindex: number;
  readonly mac: string;
  /** False without ARP (IFF_NOARP), and where there is no Ethernet. */
  readonly hasArp: boolean;
  /** keepalived: the router flag says whether the interface forwards. */
  readonly isRouter: () => boolean;
}

function frameFor(vip: VirtualAddress, { mac, ifindex, isRouter }: Carrier): GarpFrame | null {
  const isIpv6 = vip.address.includes(':');
  const bytes = isIpv6
    ? unsolicitedAdvertisement(vip.address, mac, isRouter())
    : gratuitousArpRequest(vip.address, mac);
  if (bytes === null) return null;
  const { address, interface: name } = vip;
  return { interface: name, ifindex, address, family: isIpv6 ? 'advertisement' : 'arp', bytes };
}

/**
 * One frame for each address that can have one, and what is wrong with the others. Interfaces without ARP (IFF_NOARP,
 * loopback) are passed over, as keepalived does. `carrierOf` is asked once for each interface; null: there is none.
 */
export function garpFrames(
  addresses: readonly VirtualAddress[],
  carrierOf: (name: string) => Carrier | null,
): { frames: GarpFrame[]; errors: string[] } {
  const frames: GarpFrame[] = [];
  const errors: string[] = [];
  const carriers = new Map<string, Carrier | null>();
  for (const vip of addresses) {
    let carrier = carriers.get(vip.interface);
    if (carrier === undefined) {
      carrier = carrierOf(vip.interface);
      carriers.set(vip.interface, carrier);
    }
    if (carrier === null) {
      errors.push(`interface ${vip.interface} does not exist`);
      continue;
    }
    if (!carrier.hasArp) continue;
    const frame = frameFor(vip, carrier);
    if (frame === null) errors.push(`${vip.address} is not an IP address`);
    else frames.push(frame);
  }
  return { frames, errors };
}
