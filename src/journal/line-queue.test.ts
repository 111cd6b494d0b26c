import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog, type Weight } from './backlog.ts';
import { LineQueue, type Lost, type Parcel } from './line-queue.ts';
import { HEAD_BYTES, type Line } from './lines.ts';

const WEIGHTS: readonly Weight[] = ['run', 'unchanged', 'changed'];

function linesOf({ lines }: Parcel): string[] {
  const bytes = Buffer.from(lines);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const from = at + HEAD_BYTES;
    at = from + bytes.readUInt32LE(at);
    texts.push(bytes.toString('utf8', from, at));
  }
  return texts;
}
const lineOf = (text: string): Line => ({ what: 2, row: null, text });
const place = (order: number) => ({ order, seq: order * 2, wallUs: order * 3 });

describe('the queue of lines', () => {
  it('gives and drops what a queue of objects does, whatever the lines', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ weight: fc.constantFrom(...WEIGHTS), length: fc.nat(30_000) }) },
      { weight: 1, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 40 }) }) },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.array(step, { maxLength: 300 }), (capacity, steps) => {
        const dropped: Lost[] = [];
        const expected: Lost[] = [];
        const queue = new LineQueue(capacity, (lost) => dropped.push(lost));
        const model = new Backlog<{ line: string; lost: Lost }>(capacity, ({ lost }) => expected.push(lost));
        for (const [order, given] of steps.entries()) {
          if ('take' in given) {
            const parcel = queue.take(given.take);
            const items = model.take(given.take);
            expect(linesOf(parcel)).toEqual(items.map(({ line }) => line));
            expect(parcel.items).toBe(items.length);
            expect(parcel.toSeq).toBe(items.at(-1)?.lost.seq ?? 0);
            expect(parcel.upTo).toBe(parcel.toSeq / 2);
          } else {
            const actor = `a${order % 5}`;
            const line = `${order}é${'日x'.repeat(given.length)}`;
            const { seq, wallUs } = place(order);
            queue.push(lineOf(line), place(order), actor, given.weight);
            model.push({ line, lost: { seq, wallUs, actor } }, given.weight);
          }
          expect(queue.length).toBe(model.length);
        }
        expect(dropped).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('puts definitions ahead, and counts them', () => {
    const queue = new LineQueue(10, () => {});
    queue.push(lineOf('row'), place(1), 'a', 'changed');
    const parcel = queue.take(5, [{ line: lineOf('definition'), order: 2 }]);
    expect(linesOf(parcel)).toEqual(['definition', 'row']);
    expect(parcel).toMatchObject({ items: 2, upTo: 1, fromSeq: 2, toSeq: 2 });
    expect(queue.take(5, [{ line: lineOf('definition'), order: 2 }])).toMatchObject({
      items: 1,
      upTo: 2,
      toSeq: 0,
    });
  });

  it('holds as many more as it is widened by', () => {
    const dropped: Lost[] = [];
    const queue = new LineQueue(1, (lost) => dropped.push(lost));
    queue.widen(1);
    for (const order of [1, 2, 3]) queue.push(lineOf('x'), place(order), `a${order}`, 'changed');
    expect(dropped).toEqual([{ seq: 2, wallUs: 3, actor: 'a1' }]);
  });
});
