/**
 * Adverts of every kind, built and judged a second time without any code under test: what the router counts is compared
 * with this.
 */
import { createHmac } from 'node:crypto';
import { referenceSum } from '../../harness/advert-packets.ts';

export interface Kind {
  readonly name: string;
  readonly vrid: number;
  readonly family: 4 | 6;
  readonly version: 2 | 3;
  readonly unicast: boolean;
  readonly proof: 'none' | 'PASS' | 'AH' | 'HMAC';
}

const multicast = { unicast: false, proof: 'none' } as const;

export const KINDS: readonly Kind[] = [
  { name: 'version 2', vrid: 51, family: 4, version: 2, ...multicast },
  { name: 'version 2, PASS', vrid: 52, family: 4, version: 2, unicast: false, proof: 'PASS' },
  { name: 'version 2, AH', vrid: 53, family: 4, version: 2, unicast: false, proof: 'AH' },
  { name: 'version 3', vrid: 54, family: 4, version: 3, ...multicast },
  { name: 'version 3, unicast', vrid: 55, family: 4, version: 3, unicast: true, proof: 'none' },
  { name: 'version 3, HMAC', vrid: 56, family: 4, version: 3, unicast: false, proof: 'HMAC' },
  { name: 'version 3, IPv6', vrid: 57, family: 6, version: 3, ...multicast },
  { name: 'version 3, IPv6, unicast', vrid: 58, family: 6, version: 3, unicast: true, proof: 'none' },
  { name: 'version 3, IPv6, HMAC', vrid: 59, family: 6, version: 3, unicast: false, proof: 'HMAC' },
  { name: 'version 2, IPv6', vrid: 60, family: 6, version: 2, ...multicast },
];

export const ROUTER = { 4: '10.77.0.1', 6: 'fe80::1' } as const;
export const PEER = { 4: '10.77.0.2', 6: 'fe80::2' } as const;
const PASSWORD = Buffer.from('s3cret\0\0', 'latin1');
const KEY = Buffer.from('0123456789abcdef0123456789ABCDEF');

/** keepalived.conf with one instance of each kind, all masters. */
export function configuration(): string {
  return KINDS.map(
    (kind) => `vrrp_instance V${kind.vrid} {
  state MASTER
  interface eth0
  version ${kind.version}
  virtual_router_id ${kind.vrid}
  priority 100
  advert_int 1
  ${
    kind.unicast
      ? `unicast_src_ip ${ROUTER[kind.family]}\n  unicast_peer {\n    ${PEER[kind.family]}\n  }`
      : `mcast_src_ip ${ROUTER[kind.family]}`
  }
  ${proofLines(kind)}
  virtual_ipaddress {
    ${virtualAddress(kind)}
  }
}
`,
  ).join('');
}

function proofLines({ proof }: Kind): string {
  if (proof === 'none') return '';
  if (proof === 'HMAC')
    return `auth_hmac {\n    key 1 ${KEY.toString()}\n    active_key 1\n    time_window 300\n  }`;
  return `authentication {\n    auth_type ${proof}\n    auth_pass s3cret\n  }`;
}

/** Each kind has one of its own. */
function virtualAddress({ family, vrid }: Kind): string {
  return family === 4 ? `10.77.1.${vrid}/32` : `fe80::${vrid}/128`;
}

function bytesOfAddress(family: 4 | 6, text: string): Buffer {
  if (family === 4) return Buffer.from(text.split('.').map(Number));
  const [head = '', tail = ''] = text.split('::');
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(Number.parseInt(head, 16), 0);
  bytes.writeUInt16BE(Number.parseInt(tail, 16), 14);
  return bytes;
}

export function headerBytes(family: 4 | 6): number {
  return family === 4 ? 20 : 40;
}

function startOf(packet: Buffer): number {
  return (packet[0] ?? 0) >>> 4 === 4 ? 20 + (packet[9] === 51 ? 24 : 0) : 40;
}

/** An advert with `sequence` where its kind has one; the parts that prove it are still zeros. */
export function build(kind: Kind, priority: number, source: string, sequence: bigint): Buffer {
  const { family, version, proof } = kind;
  const header = Buffer.alloc(headerBytes(family));
  const destination = bytesOfAddress(
    family,
    kind.unicast ? ROUTER[family] : family === 4 ? '224.0.0.18' : 'ff02::12',
  );
  const interval = version === 2 ? [proof === 'PASS' ? 1 : proof === 'AH' ? 2 : 0, 1] : [0, 100];
  const message = Buffer.concat([
    Buffer.from([(version << 4) | 1, kind.vrid, priority, 1, ...interval, 0, 0]),
    bytesOfAddress(family, virtualAddress(kind).split('/')[0] ?? ''),
    version === 2 && family === 4 ? (proof === 'PASS' ? PASSWORD : Buffer.alloc(8)) : Buffer.alloc(0),
  ]);
  const ah = Buffer.alloc(proof === 'AH' ? 24 : 0);
  const trailer = Buffer.alloc(proof === 'HMAC' ? 28 : 0);
  if (proof === 'AH') {
    ah.set([112, 4]);
    bytesOfAddress(4, source).copy(ah, 4);
    ah.writeUInt32BE(Number(sequence & 0xffff_ffffn), 8);
  }
  if (proof === 'HMAC') {
    trailer.set([1, 1]);
    trailer.writeBigUInt64BE(sequence, 4);
  }
  if (family === 4) {
    header.set([0x45, 0xc0, 0, 0, 0, 1, 0, 0, 255, proof === 'AH' ? 51 : 112]);
    bytesOfAddress(4, source).copy(header, 12);
    destination.copy(header, 16);
  } else {
    header.set([0x6c, 0, 0, 0, 0, 0, 112, 255]);
    bytesOfAddress(6, source).copy(header, 8);
    destination.copy(header, 24);
  }
  return Buffer.concat([header, ah, message, trailer]);
}

/** Computes what proves the packet, if it is long enough for it. */
export function prove(kind: Kind, packet: Buffer): void {
  const start = startOf(packet);
  if (kind.proof === 'AH' && packet.length >= 44) ahDigest(packet).copy(packet, 32, 0, 12);
  if (kind.proof === 'HMAC' && packet.length >= start + 36)
    trailerHmac(packet).copy(packet, packet.length - 16, 0, 16);
}

function ahDigest(packet: Buffer): Buffer {
  const input = Buffer.from(packet);
  input[1] = 0;
  input.fill(0, 6, 8);
  input.fill(0, 10, 12);
  input.fill(0, 32, 44);
  return createHmac('md5', PASSWORD).update(input).digest();
}

function trailerHmac(packet: Buffer): Buffer {
  const start = startOf(packet);
  const family = (packet[0] ?? 0) >>> 4;
  const pseudo = Buffer.alloc(20);
  pseudo.set([family, (packet[start] ?? 0) >>> 4, packet[start + 1] ?? 0]);
  packet.copy(pseudo, 4, family === 4 ? 12 : 8, family === 4 ? 16 : 24);
  const message = Buffer.from(packet.subarray(start, packet.length - 16));
  message.fill(0, 6, 8);
  return createHmac('sha256', KEY).update(pseudo).update(message).update(Buffer.alloc(16)).digest();
}

/** Writes the VRRP checksum of a packet whose message ends where its own count of addresses says, or at its end. */
export function sum(kind: Kind, packet: Buffer): void {
  const start = startOf(packet);
  if (packet.length < start + 8) return;
  packet.fill(0, start + 6, start + 8);
  const end = Math.min(packet.length, messageEnd(packet));
  packet.writeUInt16BE(
    ~checksumSum(packet, kind.family === 6 ? packet.length : end, true) & 0xffff,
    start + 6,
  );
}

function messageEnd(packet: Buffer): number {
  const start = startOf(packet);
  const family = (packet[0] ?? 0) >>> 4;
  const version = (packet[start] ?? 0) >>> 4;
  const count = packet[start + 3] ?? 0;
  return start + 8 + count * (family === 4 ? 4 : 16) + (version === 2 && family === 4 ? 8 : 0);
}

function checksumSum(packet: Buffer, end: number, pseudo: boolean): number {
  const start = startOf(packet);
  const family = (packet[0] ?? 0) >>> 4;
  const version = (packet[start] ?? 0) >>> 4;
  const message = [...packet.subarray(start, end)];
  if (family === 4 && (version === 2 || !pseudo)) return referenceSum(message);
  const addresses = family === 4 ? packet.subarray(12, 20) : packet.subarray(8, 40);
  const length = end - start;
  return referenceSum([
    ...addresses,
    0,
    112,
    length >>> 8,
    length & 255,
    ...(message.length % 2 ? [...message, 0] : message),
  ]);
}

/** Newest sequence numbers that were accepted, by virtual router and sender. */
export type Marks = Map<string, bigint>;

/**
 * Virtual router that must accept the packet, null if none may. `marks` learn from it: as with keepalived a sequence number
 * is used up once its proof is right, even if the packet is refused for what is looked at later.
 */
export function accepts(packet: Buffer, marks: Marks): number | null {
  const start = startOf(packet);
  const family = (packet[0] ?? 0) >>> 4;
  if (packet.length < start + 8) return null;
  const kind = KINDS.find((one) => one.vrid === packet[start + 1] && one.family === family);
  if (kind === undefined || !isForKind(kind, packet)) return null;
  const first = packet[start] ?? 0;
  if (first >>> 4 !== kind.version) return null;
  if (kind.proof === 'HMAC' && !isProven(kind, packet, marks)) return null;
  if (kind.version === 2 && packet[start + 4] !== (kind.proof === 'PASS' ? 1 : kind.proof === 'AH' ? 2 : 0))
    return null;
  if (kind.proof !== 'HMAC' && !isProven(kind, packet, marks)) return null;
  const timely =
    kind.version === 2 ? packet[start + 5] === 1 : (packet.readUInt16BE(start + 4) & 0xfff) !== 0;
  return timely && (first & 15) === 1 && isIntact(kind, packet) ? kind.vrid : null;
}

/** Protocol, length, TTL and destination. */
function isForKind(kind: Kind, packet: Buffer): boolean {
  const { family } = kind;
  const protocol = family === 4 ? packet[9] : packet[6];
  if ((protocol === 51) !== (kind.proof === 'AH')) return false;
  const end = messageEnd(packet);
  const excess = packet.length - end;
  const padded = excess > 0 && end < 46 && excess % 4 === 2;
  if (kind.proof === 'HMAC' ? excess !== 28 : excess !== 0 && !padded) return false;
  const unicast = family === 4 ? (packet[16] ?? 0) < 224 : packet[24] !== 0xff;
  return unicast === kind.unicast && (unicast || (family === 4 ? packet[8] : packet[7]) === 255);
}

function isIntact(kind: Kind, packet: Buffer): boolean {
  if (kind.family === 6) return checksumSum(packet, packet.length, true) === 0xffff;
  const end = messageEnd(packet);
  return checksumSum(packet, end, true) === 0xffff || checksumSum(packet, end, false) === 0xffff;
}

function isProven(kind: Kind, packet: Buffer, marks: Marks): boolean {
  const end = messageEnd(packet);
  if (kind.proof === 'PASS') return packet.subarray(end - 8, end).equals(PASSWORD);
  if (kind.proof === 'AH') {
    if (packet[20] !== 112 || !packet.subarray(24, 28).equals(packet.subarray(12, 16))) return false;
    if (!ahDigest(packet).subarray(0, 12).equals(packet.subarray(32, 44))) return false;
    return isNew(marks, 'AH', BigInt(packet.readUInt32BE(28)));
  }
  if (kind.proof !== 'HMAC') return true;
  if (packet[end] !== 1 || packet[end + 1] !== 1 || packet.readUInt16BE(end + 2) !== 0) return false;
  const sequence = packet.readBigUInt64BE(end + 4);
  if (Math.abs(Number(sequence >> 32n) - Date.now() / 1000) > 300) return false;
  if (
    !trailerHmac(packet)
      .subarray(0, 16)
      .equals(packet.subarray(end + 12, end + 28))
  )
    return false;
  const source = packet.subarray(kind.family === 4 ? 12 : 8, kind.family === 4 ? 16 : 24).toString('hex');
  return isNew(marks, `${kind.vrid} ${source}`, sequence);
}

function isNew(marks: Marks, key: string, sequence: bigint): boolean {
  if (sequence <= (marks.get(key) ?? -1n)) return false;
  marks.set(key, sequence);
  return true;
}
