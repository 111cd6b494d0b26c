/** Frames of HTTP/2, made by hand, for servers that do what no library would (RFC 9113 section 4.1). */

export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  more: 9,
} as const;
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const NOTHING = new Uint8Array(0);
export const SETTINGS = frame(FRAME.settings, 0, 0, NOTHING);
export const SETTINGS_ACK = frame(FRAME.settings, ACK, 0, NOTHING);
export const PING = frame(FRAME.ping, 0, 0, new Uint8Array(8));

/** Of the table that both sides have (RFC 7541 appendix A). */
export const STATUS_200 = Uint8Array.of(0x88);

/** A field as it is, in no table (RFC 7541 section 6.2.2). Name and value have less than 127 bytes each. */
export function field(name: string, value: string): Buffer {
  const text = (words: string): Buffer => Buffer.concat([Uint8Array.of(words.length), Buffer.from(words)]);
  return Buffer.concat([Uint8Array.of(0), text(name), text(value)]);
}

/** RST_STREAM of the first stream. */
export function reset(code: number): Buffer {
  return frame(FRAME.reset, 0, 1, word(code));
}

/** `last`: the last stream that it says it has served. */
export function goAway(code: number, last = 1, debug = ''): Buffer {
  return frame(FRAME.goAway, 0, 0, Buffer.concat([word(last), word(code), Buffer.from(debug)]));
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
