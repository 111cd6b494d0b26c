import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT, type BuiltLane, LaneBuilder } from './lane-builder.ts';

const happenings = fc.array(
  fc.record({
    // Since the one before; state ABSENT: the process ends.
    afterUs: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5_000 })),
    state: fc.integer({ min: ABSENT, max: 4 }),
    input: fc.boolean(),
  }),
  { maxLength: 80 },
);

const scenes = fc.record({
  fromUs: fc.integer({ min: 1, max: 3_000 }),
  cellUs: fc.integer({ min: 1, max: 20_000 }),
  begins: fc.option(fc.integer({ min: 0, max: 4 })),
  story: happenings,
});
type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never;

/** State by state, without any cells. */
interface Stretch {
  readonly fromUs: number;
  readonly toUs: number;
  readonly state: number;
}

function bruteForce({ fromUs, begins, story }: Scene, toUs: number): Stretch[] {
  const found: Stretch[] = [];
  let state = begins ?? ABSENT;
  let sinceUs = fromUs;
  let atUs = fromUs;
  for (const next of story) {
    atUs += next.afterUs;
    if (next.state === state) continue;
    found.push({ fromUs: sinceUs, toUs: atUs, state });
    [state, sinceUs] = [next.state, atUs];
  }
  found.push({ fromUs: sinceUs, toUs, state });
  return found;
}

function built({ fromUs, cellUs, begins, story }: Scene): {
  readonly lane: BuiltLane;
  readonly toUs: number;
} {
  const toUs = fromUs + story.reduce((sum, { afterUs }) => sum + afterUs, 0) + 10;
  const builder = new LaneBuilder(fromUs, toUs, cellUs);
  if (begins !== null) builder.begin(0, begins);
  let atUs = fromUs;
  for (const [index, { afterUs, state, input }] of story.entries()) {
    atUs += afterUs;
    if (state === ABSENT) builder.end(atUs);
    else builder.row(atUs, index + 1, state, input);
  }
  return { lane: builder.finish(), toUs };
}

describe('a lane at any scale', () => {
  it('tells every state of every time, as a span or as one of a dense piece', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { lane, toUs } = built(scene);
        for (const { fromUs, toUs: endUs, state } of bruteForce(scene, toUs)) {
          const isAlone = lane.spans.some(
            (span) => span.state === state && span.fromUs <= fromUs && span.toUs >= endUs,
          );
          const isAmong = lane.dense.some(
            (piece) => piece.states.includes(state) && piece.fromUs <= fromUs && piece.toUs >= endUs,
          );
          // A process that was gone for longer than a cell is a hole; before the first row there is nothing.
          const isHole =
            state === ABSENT && !lane.spans.some((span) => span.fromUs < endUs && span.toUs > fromUs);
          expect(isAlone || isAmong || isHole, JSON.stringify({ state, fromUs, endUs, lane })).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('tells nothing that was not, and counts what it does not show one by one', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { lane, toUs } = built(scene);
        const truth = bruteForce(scene, toUs);
        const cellOf = (us: number): number => Math.floor(us / scene.cellUs);
        for (const { fromUs, toUs: endUs, state } of lane.spans)
          expect(truth).toContainEqual({ fromUs, toUs: endUs, state });
        for (const { fromUs, toUs: endUs, states, changes } of lane.dense) {
          expect(cellOf(fromUs)).toBe(cellOf(endUs));
          const within = truth.filter((one) => one.fromUs >= fromUs && one.toUs <= endUs && one !== truth[0]);
          expect(new Set(states)).toEqual(new Set(within.map((one) => one.state)));
          const begun = truth.slice(1).filter((one) => cellOf(one.fromUs) === cellOf(fromUs));
          expect(changes).toBe(begun.length);
        }
        const rows = scene.story.filter(({ state }) => state !== ABSENT);
        const sum = (of: (tick: { rows: number; inputs: number }) => number): number =>
          lane.ticks.reduce((total, tick) => total + of(tick), 0);
        expect(sum((tick) => tick.rows)).toBe(rows.length);
        expect(sum((tick) => tick.inputs)).toBe(rows.filter(({ input }) => input).length);
      }),
      { numRuns: 400 },
    );
  });

  it('has no more pieces than cells, whatever happened', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const { lane, toUs } = built(scene);
        const cells = Math.floor(toUs / scene.cellUs) - Math.floor(scene.fromUs / scene.cellUs) + 1;
        expect(lane.dense.length).toBeLessThanOrEqual(cells);
        expect(lane.ticks.length).toBeLessThanOrEqual(cells);
        expect(lane.spans.length).toBeLessThanOrEqual(cells + 1);
      }),
    );
  });

  it('shows a failover of three seconds in a month', () => {
    const [hour, month] = [3_600e6, 30 * 86_400e6];
    const builder = new LaneBuilder(1, month, month / 1_000);
    builder.begin(1, 0);
    builder.row(300 * hour, 2, 1, true);
    builder.row(300 * hour + 3e6, 3, 0, true);
    const { spans, dense, ticks } = builder.finish();
    expect(dense).toEqual([{ fromUs: 300 * hour, toUs: 300 * hour + 3e6, seq: 2, states: [1], changes: 2 }]);
    expect(spans.map(({ state }) => state)).toEqual([0, 0]);
    expect(ticks).toEqual([{ timeUs: 300 * hour, seq: 2, rows: 2, inputs: 2 }]);
  });

  it('goes on where the clock was set back', () => {
    const builder = new LaneBuilder(0, 1_000, 1);
    builder.row(500, 1, 0, true);
    builder.row(100, 2, 1, true);
    builder.row(700, 3, 2, true);
    const { spans, dense } = builder.finish();
    expect(spans.map(({ fromUs, toUs, state }) => [fromUs, toUs, state])).toEqual([
      [500, 700, 1],
      [700, 1_000, 2],
    ]);
    expect(dense.map(({ states }) => states)).toEqual([[0]]);
  });
});
