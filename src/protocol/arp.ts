/** ARP over Ethernet (RFC 826), as far as a VRRP router speaks it. */
import { parseIpv4 } from './ipv4.ts';

/** Bytes of an Ethernet header and an ARP packet for IPv4, without padding. */
export const ARP_FRAME_LENGTH = 42;

const ETHERTYPE_ARP = 0x0806;
const HARDWARE_ETHERNET = 1;
const ETHERTYPE_IPV4 = 0x0800;
const OPERATION_REQUEST = 1;
const BROADCAST = 0xff;

/** The six bytes of `02:00:5e:00:00:01`; null if the text is not a MAC address. */
export function parseMac(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return null;
  return Uint8Array.from(text.split(':'), (octet) => Number.parseInt(octet, 16));
}

/**
 * The Ethernet frame that tells a LAN where `address` lives now: an ARP request for the address by its holder, to
 * everybody. Sender and target address are equal (RFC 9568 section 6.4.1); the target hardware address is the
 * broadcast address, as keepalived sends it, although receivers must ignore it.
 * Null if the address or the MAC is malformed.
 */
export function gratuitousArpRequest(address: string, senderMac: string): Uint8Array | null {
  const ip = parseIpv4(address);
  const mac = parseMac(senderMac);
  if (ip === null || mac === null) return null;
  const frame = new Uint8Array(ARP_FRAME_LENGTH);
  const view = new DataView(frame.buffer);
  frame.fill(BROADCAST, 0, 6);
  frame.set(mac, 6);
  view.setUint16(12, ETHERTYPE_ARP);
  view.setUint16(14, HARDWARE_ETHERNET);
  view.setUint16(16, ETHERTYPE_IPV4);
  view.setUint8(18, mac.length);
  view.setUint8(19, 4);
  view.setUint16(20, OPERATION_REQUEST);
  frame.set(mac, 22);
  view.setUint32(28, ip);
  frame.fill(BROADCAST, 32, 38);
  view.setUint32(38, ip);
  return frame;
}
