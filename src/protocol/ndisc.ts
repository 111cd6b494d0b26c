/** Neighbour discovery (RFC 4861) over Ethernet, as far as a VRRP router speaks it. */
import { parseMac } from './arp.ts';
import { addToSum, checksumOfSum } from './checksum.ts';
import { parseIpv6 } from './ipv6.ts';

/** Bytes of the Ethernet header, the IPv6 header and the advertisement with its one option. */
export const ADVERTISEMENT_FRAME_LENGTH = 86;

const ETHERTYPE_IPV6 = 0x86dd;
const NEXT_HEADER_ICMPV6 = 58;
/** RFC 4861 section 7.1.2: whatever came through a router is ignored. */
const HOP_LIMIT = 255;
const NEIGHBOUR_ADVERTISEMENT = 136;
const OPTION_TARGET_LINK_LAYER_ADDRESS = 2;
const FLAG_ROUTER = 0x80;
const FLAG_OVERRIDE = 0x20;

const IPV6 = 14;
const ICMPV6 = 54;
const MESSAGE_LENGTH = 32;

/** ff02::1, all nodes of the link. */
const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
/** Its Ethernet address (RFC 2464 section 7). */
const ALL_NODES_MAC = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

/**
 * The frame that tells all nodes of a link where `address` lives now: an unsolicited neighbour advertisement, sent from
 * the address itself, that overrides what they know (RFC 4861 section 7.2.6, RFC 9568 section 6.4.2).
 * Null if the address or the MAC is malformed.
 */
export function unsolicitedAdvertisement(
  address: string,
  senderMac: string,
  isRouter: boolean,
): Uint8Array | null {
  const groups = parseIpv6(address);
  const mac = parseMac(senderMac);
  if (groups === null || mac === null) return null;
  const frame = new Uint8Array(ADVERTISEMENT_FRAME_LENGTH);
  const view = new DataView(frame.buffer);
  const putAddress = (at: number): void => {
    groups.forEach((group, index) => {
      view.setUint16(at + 2 * index, group);
    });
  };
  frame.set(ALL_NODES_MAC, 0);
  frame.set(mac, 6);
  view.setUint16(12, ETHERTYPE_IPV6);
  view.setUint8(IPV6, 0x60);
  view.setUint16(IPV6 + 4, MESSAGE_LENGTH);
  view.setUint8(IPV6 + 6, NEXT_HEADER_ICMPV6);
  view.setUint8(IPV6 + 7, HOP_LIMIT);
  putAddress(IPV6 + 8);
  frame.set(ALL_NODES, IPV6 + 24);
  view.setUint8(ICMPV6, NEIGHBOUR_ADVERTISEMENT);
  view.setUint8(ICMPV6 + 4, FLAG_OVERRIDE | (isRouter ? FLAG_ROUTER : 0));
  putAddress(ICMPV6 + 8);
  view.setUint8(ICMPV6 + 24, OPTION_TARGET_LINK_LAYER_ADDRESS);
  view.setUint8(ICMPV6 + 25, 1);
  frame.set(mac, ICMPV6 + 26);
  // Pseudo-header (RFC 8200 section 8.1): both addresses, the length and the next header.
  const pseudo = addToSum(MESSAGE_LENGTH + NEXT_HEADER_ICMPV6, frame, IPV6 + 8, IPV6 + 40);
  view.setUint16(ICMPV6 + 2, checksumOfSum(addToSum(pseudo, frame, ICMPV6, frame.length)));
  return frame;
}
