import { expect, test } from 'vitest';
import { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { vrrpDefinition } from '../machines/registry.ts';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';
import { FaultTimes } from './fault-times.ts';
import { instanceStatus } from './status.ts';

const ACTOR = 'vrrp/VI_1';
const SECOND_US = 1_000_000;
const TRACKER = 'tracker/script/vital';

test('every open reason has the time of the fact that opened it', () => {
  const clock = new VirtualClock(SECOND_US, 1_000 * SECOND_US);
  const faults = new FaultTimes();
  const engine = new Engine({
    clock,
    scheduler: clock,
    journal: { row: () => {}, run: () => {}, define: () => {} },
    executor: { perform: () => {} },
    onRow: (row) => faults.see(row),
  });
  const shown = () => {
    const sources = { engine, heartbeats: { status: () => null }, faults };
    const told = instanceStatus(sources, ACTOR, clock.monotonicUs())?.faults ?? [];
    return told.map(({ reason, sinceUs, atWallUs }) => [reason, sinceUs / SECOND_US, atWallUs / SECOND_US]);
  };
  const tell = (event: ActorEvent): void => engine.post(ACTOR, event);
  engine.spawn(ACTOR, vrrpDefinition, vrrpInput({ trackers: [{ tracker: TRACKER, pending: false }] }));
  tell({ type: 'instance.started', linkUp: true, sourceAddress: '10.0.0.2', processUptimeUs: 0 });
  expect(shown()).toEqual([]);
  clock.advanceBy(9 * SECOND_US);
  tell({ type: 'link.down' });
  clock.advanceBy(5 * SECOND_US);
  tell({ type: 'tracker.changed', tracker: TRACKER, weight: 0, fault: true });
  clock.advanceBy(SECOND_US);
  // Said once more: it holds since the first time.
  tell({ type: 'link.down' });
  expect(shown()).toEqual([
    ['link', 6, 1_009],
    [TRACKER, 1, 1_014],
  ]);
  tell({ type: 'link.up' });
  expect(shown()).toEqual([[TRACKER, 1, 1_014]]);
  tell({ type: 'link.down' });
  expect(shown().map(([reason]) => reason)).toEqual([TRACKER, 'link']);
  expect(shown()[1]).toEqual(['link', 0, 1_015]);
  tell({ type: 'link.up' });
  tell({ type: 'tracker.changed', tracker: TRACKER, weight: 0, fault: false });
  expect(shown()).toEqual([]);
});
