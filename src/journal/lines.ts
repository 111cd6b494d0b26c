/**
 * What crosses the border between the thread that owns the network and the one that writes: bytes, an item a line. A line has a head
 * of fixed length, with a row's numbers as they are in memory, and a text: of a row the texts that its columns will hold, so
 * that nobody reads them in between, with tabs between them, which JSON has not.
 */
import type { JournalDefinition, JournalRow, JournalRun, RowKind } from '../engine/types.ts';
import type { Item, Items, WrittenRow } from './messages.ts';

/** What a line is. */
const UNCHANGED = 0;
const CHANGED = 1;
const OTHER = 2;

/**
 * The head, little-endian: 4 bytes each for how many the text has and for what the line is, 8 each for the numbers of a row. Written
 * as digits those cost more than all that is JSON, and V8 keeps the texts that it makes of numbers until they are old.
 */
export const HEAD_BYTES = 40;
const WHAT_AT = 4;
const SEQ_AT = 8;
const MONO_AT = 16;
const WALL_AT = 24;
const CAUSE_AT = 32;
/** In place of a cause: none. */
const NO_CAUSE = Number.NaN;
/** At most so many bytes of UTF-8 for each UTF-16 unit. */
const UTF8_MOST = 3;

/** An item that is to become bytes. */
export interface Line {
  readonly what: number;
  /** Whose numbers the head has. */
  readonly row: JournalRow | null;
  readonly text: string;
}

/** A line needs no more bytes than this. */
export function mostBytes({ text }: Line): number {
  return HEAD_BYTES + text.length * UTF8_MOST;
}

/** Gives where the line ends. */
export function writeLine({ what, row, text }: Line, into: Buffer, view: DataView, at: number): number {
  const bytes = into.write(text, at + HEAD_BYTES);
  view.setUint32(at, bytes, true);
  view.setUint32(at + WHAT_AT, what, true);
  view.setFloat64(at + SEQ_AT, row?.seq ?? 0, true);
  view.setFloat64(at + MONO_AT, row?.monoUs ?? 0, true);
  view.setFloat64(at + WALL_AT, row?.wallUs ?? 0, true);
  view.setFloat64(at + CAUSE_AT, row?.cause ?? NO_CAUSE, true);
  return at + HEAD_BYTES + bytes;
}

/** Bytes of their own. */
export function lineBytes(line: Line): Uint8Array {
  const bytes = Buffer.alloc(mostBytes(line));
  return bytes.subarray(0, writeLine(line, bytes, viewOf(bytes), 0));
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** Items that are there already. */
export function given(items: readonly Item[]): Items {
  return {
    isEmpty: items.length === 0,
    haveChange: items.some((item) => 'row' in item && item.changed),
    [Symbol.iterator]: () => items.values(),
  };
}

function text(value: unknown): string {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`${String(value)} is not JSON`);
  return json;
}

const isEmpty = (value: object): boolean => {
  for (const _ in value) return false;
  return true;
};

/** Names go in quotes: they come from configurations. */
const quoted = new Map<string, string>();
const QUOTED_MOST = 100_000;

function quote(name: string): string {
  const known = quoted.get(name);
  if (known !== undefined) return known;
  if (quoted.size >= QUOTED_MOST) quoted.clear();
  const made = text(name);
  quoted.set(name, made);
  return made;
}

/** @throws TypeError if a part of it is not JSON, against its type */
export function written(row: JournalRow, state = text(row.state)): WrittenRow {
  const { seq, monoUs, wallUs, kind, actor, machine, cause, event, effects, delta } = row;
  return {
    ...{ seq, monoUs, wallUs, kind, actor, machine, cause, event: text(event), state },
    effects: effects.length === 0 ? null : text(effects),
    delta: isEmpty(delta) ? null : text(delta),
  };
}

/** @throws TypeError as `written` does */
export function rowLine(row: JournalRow, state: string, changed: boolean): Line {
  const { kind, actor, machine, event, effects, delta } = row;
  const names = `${kind}\t${quote(actor)}\t${machine === null ? '' : quote(machine)}`;
  const asked = effects.length === 0 ? '' : text(effects);
  const changes = isEmpty(delta) ? '' : text(delta);
  return {
    ...{ what: changed ? CHANGED : UNCHANGED, row },
    text: `${names}\t${text(event)}\t${asked}\t${state}\t${changes}`,
  };
}

/** @throws TypeError as `written` does */
export function itemLine(item: { readonly run: JournalRun } | { readonly define: JournalDefinition }): Line {
  return { what: OTHER, row: null, text: text(item) };
}

/** Reads lines; names are read once. */
export class LineReader {
  readonly #names = new Map<string, string>();

  /**
   * Those of several parcels. They are read when they are gone through, each time anew: kept as objects, what one transaction
   * stores outlives several collections.
   */
  items(...parcels: readonly Uint8Array[]): Items {
    const buffers = parcels.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return {
      isEmpty: buffers.every(({ length }) => length === 0),
      haveChange: buffers.some(hasChange),
      [Symbol.iterator]: () => this.#read(buffers),
    };
  }

  /** @throws TypeError, SyntaxError, RangeError: not such lines */
  *#read(buffers: readonly Buffer[]): Generator<Item, void, undefined> {
    for (const buffer of buffers) {
      const view = viewOf(buffer);
      for (let at = 0; at < buffer.length; ) {
        const from = at + HEAD_BYTES;
        const to = from + view.getUint32(at, true);
        // A text of its own for each: one that was cut out of all of them would keep all of them.
        yield this.#item(view, at, buffer.toString('utf8', from, to));
        at = to;
      }
    }
  }

  #item(view: DataView, at: number, line: string): Item {
    const what = view.getUint32(at + WHAT_AT, true);
    if (what === OTHER) return JSON.parse(line);
    const cause = view.getFloat64(at + CAUSE_AT, true);
    // Not split: an array of seven for each line costs twice as much as looking for the tabs.
    const kindEnd = line.indexOf('\t');
    const actorEnd = line.indexOf('\t', kindEnd + 1);
    const machineEnd = line.indexOf('\t', actorEnd + 1);
    const eventEnd = line.indexOf('\t', machineEnd + 1);
    const effectsEnd = line.indexOf('\t', eventEnd + 1);
    const stateEnd = line.indexOf('\t', effectsEnd + 1);
    const row: WrittenRow = {
      seq: view.getFloat64(at + SEQ_AT, true),
      monoUs: view.getFloat64(at + MONO_AT, true),
      wallUs: view.getFloat64(at + WALL_AT, true),
      kind: line.slice(0, kindEnd) as RowKind,
      actor: this.#name(line.slice(kindEnd + 1, actorEnd)),
      machine: machineEnd === actorEnd + 1 ? null : this.#name(line.slice(actorEnd + 1, machineEnd)),
      cause: Number.isNaN(cause) ? null : cause,
      event: line.slice(machineEnd + 1, eventEnd),
      effects: orNull(line.slice(eventEnd + 1, effectsEnd)),
      state: line.slice(effectsEnd + 1, stateEnd),
      delta: orNull(line.slice(stateEnd + 1)),
    };
    return { row, changed: what === CHANGED };
  }

  #name(field: string): string {
    const known = this.#names.get(field);
    if (known !== undefined) return known;
    if (this.#names.size >= QUOTED_MOST) this.#names.clear();
    const name: string = JSON.parse(field);
    // As a key, a part of a line would keep the line.
    this.#names.set(JSON.stringify(name), name);
    return name;
  }
}

function hasChange(lines: Buffer): boolean {
  const view = viewOf(lines);
  for (let at = 0; at < lines.length; at += HEAD_BYTES + view.getUint32(at, true))
    if (view.getUint32(at + WHAT_AT, true) === CHANGED) return true;
  return false;
}

function orNull(field: string): string | null {
  return field === '' ? null : field;
}
