import { describe, expect, it } from 'vitest';
import type { JournalRow, JournalRun } from '../engine/types.ts';
import { given, itemLine, type Line, LineReader, lineBytes, rowLine, written } from './lines.ts';
import type { Item } from './messages.ts';

const AWKWARD = 'tab\t, line\nfeed, "quotes", \\, \u2028, héllo, 日本, \u0000, \ud800';

function row(seq: number, change: Partial<JournalRow> = {}): JournalRow {
  return {
    ...{ seq, monoUs: seq * 10, wallUs: 1_700_000_000_000_000 + seq, kind: 'step', actor: 'vrrp/VI_1' },
    ...{
      machine: 'vrrp@1',
      cause: null,
      event: { type: 'link.down' },
      effects: [],
      state: 'fault',
      delta: {},
    },
    ...change,
  };
}

const RUN: JournalRun = {
  ...{ actor: `vrrp/${AWKWARD}`, direction: 'sent', source: '10.0.0.1', priority: 100, count: 60 },
  ...{ firstUs: 1, lastUs: 2, largestGapUs: 1, firstWallUs: 3, afterSeq: 4 },
};

const bytesOf = (...lines: readonly Line[]): Uint8Array => Buffer.concat(lines.map(lineBytes));
const lineOf = (given: JournalRow, changed: boolean): Line =>
  rowLine(given, JSON.stringify(given.state), changed);

describe('the lines between the threads', () => {
  it('say of a row what its columns will hold', () => {
    const rows = [
      row(1),
      row(2, { kind: 'note', machine: null, state: null, event: { type: 'process.started' } }),
      row(3, {
        cause: 1,
        actor: `vrrp/${AWKWARD}`,
        machine: `${AWKWARD}@1`,
        event: { type: 'said', text: AWKWARD },
        effects: [{ type: 'say', params: { text: AWKWARD } }],
        state: { protocol: { backup: AWKWARD } },
        delta: { text: AWKWARD },
      }),
    ];
    const lines = rows.map((each, index) => lineOf(each, index % 2 === 0));
    const expected: Item[] = rows.map((each, index) => ({ row: written(each), changed: index % 2 === 0 }));
    const reader = new LineReader();
    const items = reader.items(bytesOf(...lines));
    expect([...items]).toEqual(expected);
    expect([...items], 'again, with names that it knows').toEqual(expected);
    const [, , third] = expected;
    if (third === undefined || !('row' in third)) throw new Error('no third row');
    expect(JSON.parse(third.row.event)).toEqual({ type: 'said', text: AWKWARD });
  });

  it('carry everything else, in order', () => {
    const define = { kind: 'config', name: 'config@1', body: { text: AWKWARD } } as const;
    const run = RUN;
    const bytes = bytesOf(itemLine({ define }), lineOf(row(1), true), itemLine({ run }));
    expect([...new LineReader().items(bytes)]).toEqual([
      { define },
      { row: written(row(1)), changed: true },
      { run },
    ]);
  });

  it('say whether there are any, and a change among them', () => {
    const run = itemLine({ run: RUN });
    const of = (...parcels: readonly (readonly Line[])[]) => {
      const items = new LineReader().items(...parcels.map((lines) => bytesOf(...lines)));
      const [isEmpty, haveChange] = [items.isEmpty, items.haveChange];
      expect(given([...items])).toMatchObject({ isEmpty, haveChange });
      return { isEmpty, haveChange };
    };
    expect(of()).toEqual({ isEmpty: true, haveChange: false });
    expect(of([], [])).toEqual({ isEmpty: true, haveChange: false });
    const unchanged = [lineOf(row(1), false), run, lineOf(row(11), false)];
    expect(of(unchanged, unchanged)).toEqual({ isEmpty: false, haveChange: false });
    expect(of([lineOf(row(1), true)])).toEqual({ isEmpty: false, haveChange: true });
    expect(of([], [...unchanged, lineOf(row(2), true)])).toEqual({ isEmpty: false, haveChange: true });
  });

  it('are not made of what is not JSON', () => {
    const event = { type: 'said', count: 1n } as unknown as JournalRow['event'];
    expect(() => lineOf(row(1, { event }), true)).toThrow(TypeError);
    const nothing = undefined as unknown as JournalRow['event'];
    expect(() => lineOf(row(1, { event: nothing }), true)).toThrow('undefined is not JSON');
  });
});
