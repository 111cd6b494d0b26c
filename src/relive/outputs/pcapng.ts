/** Writing pcapng (draft-ietf-opsawg-pcapng): one section, one interface, each packet with a comment. Little-endian. */

/** Raw IP packets of both families, without a link layer. */
export const LINK_RAW = 101;

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const OPTION_COMMENT = 1;
const OPTION_NAME = 2;
const OPTION_USER_APPLICATION = 4;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_FLAGS = 2;
const SNAPLEN = 65_535;
/** Of a comment: an option has 65,535 at most. */
const COMMENT_BYTES = 4_000;

export interface CapturedPacket {
  /** Unix time in microseconds. */
  readonly wallUs: number;
  readonly bytes: Uint8Array;
  readonly direction: 'in' | 'out';
  readonly comment: string;
}

const padded = (length: number): number => (length + 3) & ~3;

function option(code: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function block(type: number, body: readonly Uint8Array[], options: readonly Buffer[]): Buffer {
  const content = Buffer.concat([...body, ...options, ...(options.length > 0 ? [Buffer.alloc(4)] : [])]);
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  content.copy(bytes, 8);
  bytes.writeUInt32LE(bytes.length, bytes.length - 4);
  return bytes;
}

/** What a file begins with. `name` is that of the interface. */
export function pcapngHeader(application: string, name: string, linkType: number): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(BYTE_ORDER, 0);
  section.writeUInt16LE(1, 4);
  section.writeBigInt64LE(-1n, 8);
  const description = Buffer.alloc(8);
  description.writeUInt16LE(linkType, 0);
  description.writeUInt32LE(SNAPLEN, 4);
  return Buffer.concat([
    block(SECTION, [section], [option(OPTION_USER_APPLICATION, Buffer.from(application))]),
    block(
      INTERFACE,
      [description],
      [option(OPTION_NAME, Buffer.from(name)), option(OPTION_TIME_RESOLUTION, Uint8Array.of(6))],
    ),
  ]);
}

export function pcapngPacket({ wallUs, bytes, direction, comment }: CapturedPacket): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32LE(Math.floor(wallUs / 2 ** 32), 4);
  head.writeUInt32LE(wallUs % 2 ** 32, 8);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(bytes.length, 16);
  const data = Buffer.alloc(padded(bytes.length));
  data.set(bytes);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(direction === 'in' ? 1 : 2);
  const text = Buffer.from(comment).subarray(0, COMMENT_BYTES);
  return block(ENHANCED_PACKET, [head, data], [option(OPTION_COMMENT, text), option(OPTION_FLAGS, flags)]);
}
