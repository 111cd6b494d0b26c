/** Captured outputs against derived ones. A capture is the streams of a derivation, shuffled together. */
import type { Output, OutputKind, OutputStream } from './model.ts';

export interface OutputDifference {
  readonly kind: OutputKind;
  /** Position in the capture, from 1; null: it is missing there. */
  readonly position: number | null;
  readonly text: string;
  /** Hexadecimal; null: there is none. */
  readonly derived: string | null;
  readonly captured: string | null;
}

export interface Comparison {
  readonly kind: OutputKind;
  readonly captured: number;
  readonly derived: number;
  readonly differences: readonly OutputDifference[];
}

const MAX_DIFFERENCES = 100;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The identification and the header checksum that covers it, zeroed. */
function withoutIdentification(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  for (const at of [4, 5, 10, 11]) copy[at] = 0;
  return copy;
}

function isSame(output: Output, captured: Uint8Array): boolean {
  if (output.hasIdentification === false && (captured[0] ?? 0) >>> 4 === 4)
    return Buffer.compare(withoutIdentification(output.bytes), withoutIdentification(captured)) === 0;
  return Buffer.compare(output.bytes, captured) === 0;
}

/** One stream as far as the capture has come. */
class Head {
  readonly stream: OutputStream;
  at = 0;

  constructor(stream: OutputStream) {
    this.stream = stream;
  }

  get next(): Output | undefined {
    return this.stream.outputs[this.at];
  }

  /** Takes an output, and those before it that a link without carrier dropped. False if it is not the next one. */
  take(captured: Uint8Array): boolean {
    for (let at = this.at; at < this.stream.outputs.length; at++) {
      const output = this.stream.outputs[at];
      if (output === undefined) return false;
      if (isSame(output, captured)) {
        this.at = at + 1;
        return true;
      }
      if (output.isDropped !== true) return false;
    }
    return false;
  }
}

export function compareOutputs(
  kind: OutputKind,
  captured: Iterable<Uint8Array>,
  streams: readonly OutputStream[],
): Comparison {
  let heads = streams.filter((stream) => stream.kind === kind).map((stream) => new Head(stream));
  const differences: OutputDifference[] = [];
  const tell = (difference: OutputDifference): void => {
    if (differences.length < MAX_DIFFERENCES) differences.push(difference);
  };
  const derived = heads.reduce((sum, { stream }) => sum + (stream.isPartial ? 0 : stream.outputs.length), 0);
  let position = 0;
  for (const bytes of captured) {
    position += 1;
    const head = heads.find((each) => each.take(bytes));
    if (head !== undefined) {
      if (head.next === undefined) heads = heads.filter((each) => each !== head);
      continue;
    }
    // What differs stands for what was expected there, so that one wrong byte is one difference.
    const nearest = nearestTo(heads, bytes);
    if (nearest !== undefined) nearest.at += 1;
    const wanted = nearest?.stream.outputs[nearest.at - 1];
    const text = wanted === undefined ? 'nothing asked for it' : `otherwise than derived: ${wanted.why}`;
    tell({
      kind,
      position,
      text,
      derived: wanted === undefined ? null : hex(wanted.bytes),
      captured: hex(bytes),
    });
  }
  for (const { stream, at } of heads) {
    if (stream.isPartial) continue;
    for (const { bytes, why, isDropped } of stream.outputs.slice(at))
      if (isDropped !== true)
        tell({ kind, position: null, text: `not captured: ${why}`, derived: hex(bytes), captured: null });
  }
  return { kind, captured: position, derived, differences };
}

/** A head of the same length, most of whose bytes are the same. */
function nearestTo(heads: readonly Head[], bytes: Uint8Array): Head | undefined {
  let [best, most]: [Head | undefined, number] = [undefined, bytes.length / 2];
  for (const head of heads) {
    const wanted = head.next?.bytes;
    if (wanted === undefined || wanted.length !== bytes.length) continue;
    const same = wanted.reduce((sum, byte, at) => sum + Number(byte === bytes[at]), 0);
    if (same > most) [best, most] = [head, same];
  }
  return best;
}
