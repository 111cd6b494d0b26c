/** Reading pcap files (draft-ietf-opsawg-pcap) of one link type. */

export const LINK_ETHERNET = 1;
export const LINK_NETLINK = 253;

export interface Capture {
  readonly linkType: number;
  readonly packets: readonly { readonly wallUs: number; readonly bytes: Uint8Array }[];
}

/** A file that is no pcap; the message says what is wrong. */
export class PcapError extends Error {}

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const HEADER_BYTES = 24;
const RECORD_BYTES = 16;

/** The last packet of a file that was cut off is passed over. @throws PcapError */
export function readPcap(file: Uint8Array): Capture {
  if (file.length < HEADER_BYTES) throw new PcapError('too short for a pcap file');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const isLittle = [MICROSECONDS, NANOSECONDS].includes(view.getUint32(0, true));
  const magic = view.getUint32(0, isLittle);
  if (magic === 0x0a0d0d0a)
    throw new PcapError('a pcapng file; a pcap file is needed (tcpdump -w, tshark -F pcap)');
  if (magic !== MICROSECONDS && magic !== NANOSECONDS) throw new PcapError('no pcap file');
  const packets: { wallUs: number; bytes: Uint8Array }[] = [];
  for (let at = HEADER_BYTES; at + RECORD_BYTES <= file.length; ) {
    const length = view.getUint32(at + 8, isLittle);
    const from = at + RECORD_BYTES;
    if (from + length > file.length) break;
    if (length !== view.getUint32(at + 12, isLittle))
      throw new PcapError(`packet ${packets.length + 1} was cut: capture whole packets (tcpdump -s 0)`);
    const fraction = view.getUint32(at + 4, isLittle);
    const us = magic === MICROSECONDS ? fraction : Math.floor(fraction / 1000);
    packets.push({
      wallUs: view.getUint32(at, isLittle) * 1_000_000 + us,
      bytes: file.subarray(from, from + length),
    });
    at = from + length;
  }
  return { linkType: view.getUint32(20, isLittle) & 0xffff, packets };
}
