/**
 * What crosses the border between the thread that owns the network and the one that writes: bytes, an item a line. A row's
 * line has the texts that its columns will hold, so that nobody reads them in between; JSON has no tab and no line feed.
 */
import type { JournalDefinition, JournalRow, JournalRun, RowKind } from '../engine/types.ts';
import type { Item, Items, WrittenRow } from './messages.ts';

/** First field of a line. */
const UNCHANGED = '0';
const CHANGED = '1';
const OTHER = '+';

/** Ends a line. */
export const LINE_FEED = 0x0a;

const CHANGED_CODE = CHANGED.charCodeAt(0);
const CHANGED_NEXT = `\n${CHANGED}`;

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
export function rowLine(row: JournalRow, state: string, changed: boolean): string {
  const { seq, monoUs, wallUs, kind, actor, machine, cause, event, effects, delta } = row;
  // Joined, it is one text; put together by operators it is a tree of them, which garbage collection walks while it waits.
  return [
    ...[changed ? CHANGED : UNCHANGED, seq, monoUs, wallUs, cause ?? '', kind, quote(actor)],
    ...[machine === null ? '' : quote(machine), text(event), effects.length === 0 ? '' : text(effects)],
    ...[state, isEmpty(delta) ? '' : text(delta)],
  ].join('\t');
}

/** @throws TypeError as `written` does */
export function itemLine(
  item: { readonly run: JournalRun } | { readonly define: JournalDefinition },
): string {
  return `${OTHER}\t${text(item)}`;
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
      haveChange: buffers.some((buffer) => buffer[0] === CHANGED_CODE || buffer.includes(CHANGED_NEXT)),
      [Symbol.iterator]: () => this.#read(buffers),
    };
  }

  /** @throws TypeError, SyntaxError: not such lines */
  *#read(buffers: readonly Buffer[]): Generator<Item, void, undefined> {
    for (const buffer of buffers) {
      for (let from = 0; from < buffer.length; ) {
        const end = buffer.indexOf(LINE_FEED, from);
        const to = end < 0 ? buffer.length : end;
        // A text of its own for each: one that was cut out of all of them would keep all of them.
        yield this.#item(buffer.toString('utf8', from, to));
        from = to + 1;
      }
    }
  }

  #item(line: string): Item {
    const fields = line.split('\t');
    const [what, seq, monoUs, wallUs, cause, kind, actor, machine, event, effects, state, delta] = fields;
    if (what === OTHER) return JSON.parse(seq ?? '');
    const row: WrittenRow = {
      ...{ seq: Number(seq), monoUs: Number(monoUs), wallUs: Number(wallUs), kind: kind as RowKind },
      ...{ actor: this.#name(actor ?? ''), machine: machine === '' ? null : this.#name(machine ?? '') },
      ...{ cause: cause === '' ? null : Number(cause), event: event ?? '', state: state ?? '' },
      ...{ effects: orNull(effects), delta: orNull(delta) },
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

function orNull(field: string | undefined): string | null {
  return field === undefined || field === '' ? null : field;
}
