/** Of captured frames and datagrams those that a router of ours may have sent, as they are derived. */
import { formatIpBytes } from '../../protocol/ip.ts';
import { parseIpPacket } from '../../protocol/ip-packet.ts';
import { decodeMessages, encodeMessage, NLM_F_REQUEST } from '../../protocol/netlink/message.ts';
import { RTM_DELADDR, RTM_NEWADDR } from '../../protocol/rtnetlink/address.ts';
import { RTM_DELROUTE, RTM_NEWROUTE } from '../../protocol/rtnetlink/route.ts';
import { RTM_DELRULE, RTM_NEWRULE } from '../../protocol/rtnetlink/rule.ts';

const ETHERNET_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV6 = 0x86dd;
const ARP_BYTES = 28;
const VRRP = 112;
const AH = 51;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
const COOKED_NETLINK_BYTES = 16;
const REQUESTS: readonly number[] = [
  RTM_NEWADDR,
  RTM_DELADDR,
  RTM_NEWROUTE,
  RTM_DELROUTE,
  RTM_NEWRULE,
  RTM_DELRULE,
];

export interface WireOutput {
  readonly kind: 'packet' | 'frame';
  readonly bytes: Uint8Array;
}

const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** `aa:bb:cc:dd:ee:ff` */
function macAt(frame: Uint8Array, at: number): string {
  return [...frame.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** An advert or a word of where an address is, from one of these MAC addresses; null: something else. */
export function wireOutput(frame: Uint8Array, macs: readonly string[]): WireOutput | null {
  if (frame.length < ETHERNET_BYTES || !macs.includes(macAt(frame, 6))) return null;
  const etherType = uint16(frame, 12);
  if (etherType === ETHERTYPE_ARP) return gratuitous(frame);
  if (etherType !== ETHERTYPE_IPV4 && etherType !== ETHERTYPE_IPV6) return null;
  const packet = frame.subarray(ETHERNET_BYTES);
  const parsed = parseIpPacket(packet);
  if (!parsed.ok) return null;
  const { protocol, totalLength, headerLength, destination } = parsed.ip;
  if (protocol === VRRP || protocol === AH) return { kind: 'packet', bytes: packet.subarray(0, totalLength) };
  const isAdvertisement = protocol === ICMPV6 && packet[headerLength] === NEIGHBOUR_ADVERTISEMENT;
  // Answers to a question go to who asked.
  if (!isAdvertisement || destination !== 'ff02::1') return null;
  return { kind: 'frame', bytes: frame.subarray(0, ETHERNET_BYTES + totalLength) };
}

/** Sender and target are the same address. */
function gratuitous(frame: Uint8Array): WireOutput | null {
  const arp = frame.subarray(ETHERNET_BYTES, ETHERNET_BYTES + ARP_BYTES);
  if (arp.length < ARP_BYTES) return null;
  if (formatIpBytes(arp, 14, 'inet') !== formatIpBytes(arp, 24, 'inet')) return null;
  return { kind: 'frame', bytes: frame.subarray(0, ETHERNET_BYTES + ARP_BYTES) };
}

/**
 * Requests about addresses, routes and rules in a datagram as nlmon shows it. Their sequence and port are zeroed: the
 * first counts all requests of a socket, the second is chosen by the kernel.
 */
export function netlinkRequests(cooked: Uint8Array): Uint8Array[] {
  return decodeMessages(cooked.slice(COOKED_NETLINK_BYTES))
    .filter(({ type, flags }) => REQUESTS.includes(type) && (flags & NLM_F_REQUEST) !== 0)
    .map(({ type, flags, payload }) => encodeMessage({ type, flags, sequence: 0, payload }));
}
