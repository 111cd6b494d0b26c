import { expect, test } from 'vitest';
import { VirtualClock } from '../engine/virtual-clock.ts';
import type { GarpBurst } from '../machines/vrrp/vrrp.effects.ts';
import type { GarpsOutcome } from './garp.ts';
import { GarpRefreshes } from './garp-refresh.ts';

const SENT: GarpsOutcome = { type: 'garps.sent' };
const FAILED: GarpsOutcome = { type: 'garps.failed', error: 'ENETDOWN' };

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Refreshes over bursts that end as the test says. */
function refreshing(outcomes: (GarpsOutcome | Promise<GarpsOutcome>)[] = []) {
  const clock = new VirtualClock();
  const sent: [number, number, AbortSignal][] = [];
  const garp = {
    send: async ({ repeat }: GarpBurst, signal: AbortSignal): Promise<GarpsOutcome> => {
      sent.push([clock.monotonicUs(), repeat, signal]);
      return outcomes.shift() ?? SENT;
    },
  };
  const refreshes = new GarpRefreshes(garp, clock, clock);
  const told: GarpsOutcome[] = [];
  const start = (...plans: [repeat: number, firstUs: number, everyUs: number][]): void => {
    const all = plans.map(([repeat, firstUs, everyUs]) => ({ addresses: [], repeat, firstUs, everyUs }));
    refreshes.start('vrrp/A', all, (outcome) => told.push(outcome));
  };
  const advance = async (us: number, steps = 10): Promise<void> => {
    for (let step = 0; step < steps; step++) {
      clock.advanceBy(us / steps);
      await settle();
    }
  };
  return {
    refreshes,
    clock,
    sent,
    told,
    start,
    advance,
    times: () => sent.map(([at, repeat]) => [at, repeat]),
  };
}

test('each burst has its own first time and interval', async () => {
  const { start, advance, times } = refreshing();
  start([1, 60, 20], [2, 10, 40]);
  await advance(100);
  expect(times()).toEqual([
    [10, 2],
    [50, 2],
    [60, 1],
    [80, 1],
    [90, 2],
    [100, 1],
  ]);
});

test('only the first failure after a success is told', async () => {
  const { start, advance, told } = refreshing([FAILED, FAILED, SENT, FAILED]);
  start([1, 10, 10]);
  await advance(40, 4);
  expect(told).toEqual([FAILED, FAILED]);
});

test('stopping ends the schedule and the burst under way', async () => {
  const { refreshes, start, advance, sent } = refreshing([new Promise(() => {})]);
  start([1, 10, 10]);
  await advance(20, 2);
  refreshes.stop('vrrp/A');
  await advance(100);
  expect(sent.map(([at, , signal]) => [at, signal.aborted])).toEqual([[10, true]]);
});

test('a new schedule takes the place of the old one', async () => {
  const { start, advance, times } = refreshing();
  start([1, 10, 10]);
  start([2, 15, 100]);
  await advance(50);
  expect(times()).toEqual([[15, 2]]);
});

test('what a stall missed is not made up for', async () => {
  const clock = new VirtualClock();
  const appointments: [number, () => void][] = [];
  const scheduler = {
    at: (atUs: number, due: () => void) => {
      appointments.push([atUs, due]);
      return () => {};
    },
  };
  const refreshes = new GarpRefreshes({ send: async () => SENT }, clock, scheduler);
  refreshes.start('vrrp/A', [{ addresses: [], repeat: 1, firstUs: 10, everyUs: 10 }], () => {});
  clock.advanceBy(1_005);
  appointments[0]?.[1]();
  expect(appointments.map(([atUs]) => atUs)).toEqual([10, 1_015]);
});
