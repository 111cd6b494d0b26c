/** Which frame tells a LAN where an address is. */
import { HARDWARE_ETHERNET, INTERFACE_NOARP, type InterfaceInfo, interfaceInfo } from '../../native/index.ts';
import type { VirtualAddress } from '../machines/vrrp/vrrp.effects.ts';
import { gratuitousArpRequest } from '../protocol/arp.ts';
import { unsolicitedAdvertisement } from '../protocol/ndisc.ts';
import { readSysctl } from './sysctl.ts';

export interface GarpFrame {
  readonly interface: string;
  readonly ifindex: number;
  readonly address: string;
  readonly family: 'arp' | 'advertisement';
  readonly bytes: Uint8Array;
}

/** What an interface says about itself now: its MAC changes with a bond's member, forwarding with an operator's mind. */
interface Carrier {
  readonly info: InterfaceInfo;
  isRouter: boolean | null;
}

/** keepalived: the router flag says whether the interface forwards. */
function forwards(carrier: Carrier, name: string): boolean {
  carrier.isRouter ??= Number(readSysctl(`net/ipv6/conf/${name}/forwarding`) ?? 0) > 0;
  return carrier.isRouter;
}

function frameFor(vip: VirtualAddress, carrier: Carrier): GarpFrame | null {
  const { mac, index } = carrier.info;
  const isIpv6 = vip.address.includes(':');
  const bytes = isIpv6
    ? unsolicitedAdvertisement(vip.address, mac, forwards(carrier, vip.interface))
    : gratuitousArpRequest(vip.address, mac);
  if (bytes === null) return null;
  const { address, interface: name } = vip;
  return { interface: name, ifindex: index, address, family: isIpv6 ? 'advertisement' : 'arp', bytes };
}

/**
 * One frame for each address that can have one, and what is wrong with the others. Interfaces without ARP (IFF_NOARP,
 * loopback) are passed over, as keepalived does.
 */
export function garpFrames(addresses: readonly VirtualAddress[]): { frames: GarpFrame[]; errors: string[] } {
  const frames: GarpFrame[] = [];
  const errors: string[] = [];
  const carriers = new Map<string, Carrier | null>();
  for (const vip of addresses) {
    let carrier = carriers.get(vip.interface);
    if (carrier === undefined) {
      const info = interfaceInfo(vip.interface);
      carrier = info === null ? null : { info, isRouter: null };
      carriers.set(vip.interface, carrier);
    }
    if (carrier === null) {
      errors.push(`interface ${vip.interface} does not exist`);
      continue;
    }
    const { flags, hardwareType } = carrier.info;
    if ((flags & INTERFACE_NOARP) !== 0 || hardwareType !== HARDWARE_ETHERNET) continue;
    const frame = frameFor(vip, carrier);
    if (frame === null) errors.push(`${vip.address} is not an IP address`);
    else frames.push(frame);
  }
  return { frames, errors };
}
