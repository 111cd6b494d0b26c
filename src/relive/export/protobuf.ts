/** The wire format of Protocol Buffers, as far as writing needs it (protobuf.dev, Encoding). */

/** Wire types: a varint, eight bytes, a length and so many bytes. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

const FIRST_CAPACITY = 256;

/** Collects the fields of one message, in the order in which they are added. */
export class ProtobufMessage {
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;

  /** A view that the next field ends. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @param value not negative; a number must be a safe integer. @throws RangeError */
  varint(field: number, value: number | bigint): this {
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  fixed64(field: number, value: bigint): this {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length);
    return this;
  }

  string(field: number, text: string): this {
    const length = Buffer.byteLength(text);
    this.#tag(field, BYTES);
    this.#varint(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(text, this.#length);
    return this;
  }

  message(field: number, { bytes }: ProtobufMessage): this {
    this.#tag(field, BYTES);
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number | bigint): void {
    if (value < 0 || (typeof value === 'number' && !Number.isSafeInteger(value)))
      throw new RangeError(`not a varint of ours: ${value}`);
    this.#reserve(10);
    if (typeof value === 'number') this.#number(value);
    else this.#bigint(value);
  }

  /** Beyond 32 bits, operators on bits are none. */
  #number(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#push(rest);
  }

  #bigint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#push(Number(rest));
  }

  #push(byte: number): void {
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
