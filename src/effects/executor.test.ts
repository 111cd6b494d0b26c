import { expect, test } from 'vitest';
import { createHeartbeatRecorder } from '../../test/harness/heartbeat-recorder.ts';
import type { ActorEvent, Effect } from '../engine/types.ts';
import { createExecutor, MAX_BURSTS, MAX_WAITING_EFFECTS } from './executor.ts';
import type { ObjectsOutcome } from './kernel-objects.ts';
import { NO_NOTICES } from './notices.ts';

const vip = { address: '10.0.0.1', prefixLength: 32, interface: 'eth0' };
const add: Effect = { type: 'addVips', params: { addresses: [vip] } };
const remove: Effect = { type: 'removeVips', params: { addresses: [vip] } };
const garp: Effect = { type: 'sendGratuitousArps', params: { addresses: [vip], repeat: 1 } };
const BROKEN = 99;
const brokenGarp: Effect = { type: 'sendGratuitousArps', params: { addresses: [vip], repeat: BROKEN } };

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An executor whose kernel answers when the test says so. */
function withSlowKernel() {
  const answers: ((outcome: ObjectsOutcome) => void)[] = [];
  const begun: string[] = [];
  const slow = (what: string) => (): Promise<ObjectsOutcome> => {
    begun.push(what);
    return new Promise((resolve) => answers.push(resolve));
  };
  const executor = createExecutor({
    heartbeats: createHeartbeatRecorder().port,
    vips: { add: slow('add'), remove: slow('remove') },
    notices: NO_NOTICES,
    garp: {
      send: async ({ repeat }, signal) => {
        if (repeat === BROKEN) throw new Error('broken');
        begun.push('garp');
        while (!signal.aborted) await turn();
        return { type: 'garps.failed', error: 'given up' };
      },
    },
    devices: {
      create: async () => ({ type: 'device.created' }),
      remove: async () => ({ type: 'device.removed' }),
    },
    firewall: {
      block: async () => {},
      unblock: async () => {},
      addDevice: async () => {},
      removeDevice: async () => {},
    },
    refreshes: {
      start: (actor, refreshes) => begun.push(`refresh ${actor} ${refreshes.length}`),
      stop: (actor) => begun.push(`stop ${actor}`),
    },
  });
  const posted: [string, ActorEvent, number | null][] = [];
  const perform = (actor: string, effect: Effect, cause = 1): void => {
    executor.perform(actor, effect, cause, (...args) => posted.push(args));
  };
  return { perform, posted, begun, answer: (outcome: ObjectsOutcome) => answers.shift()?.(outcome) };
}

test('the next effect of an actor begins when the one before it has ended, and other actors do not wait', async () => {
  const { perform, posted, begun, answer } = withSlowKernel();
  perform('a', add);
  perform('a', remove);
  perform('b', remove);
  await turn();
  expect(begun).toEqual(['add', 'remove']);
  answer({ type: 'vips.added' });
  await turn();
  await turn();
  expect(begun).toEqual(['add', 'remove', 'remove']);
  expect(posted).toEqual([['a', { type: 'vips.added' }, 1]]);
});

test('more effects than may wait are refused, each with an outcome of its own', async () => {
  const { perform, posted } = withSlowKernel();
  perform('a', add);
  await turn();
  for (let waiting = 0; waiting < MAX_WAITING_EFFECTS; waiting++) perform('a', remove);
  perform('a', add, 2);
  perform('a', remove, 3);
  perform('a', garp, 4);
  perform('b', brokenGarp, 5);
  expect(posted).toEqual([]);
  await turn();
  await turn();
  const error = `${MAX_WAITING_EFFECTS} effects of this instance wait already`;
  expect(posted).toEqual([
    ['a', { type: 'vips.addFailed', address: '10.0.0.1', error }, 2],
    ['a', { type: 'vips.removeFailed', address: '10.0.0.1', error }, 3],
    ['a', { type: 'garps.failed', error }, 4],
    ['b', { type: 'garps.failed', error: 'Error: broken' }, 5],
  ]);
});

test('bursts that wait leave room for the addresses, however many an adversary provokes', async () => {
  const { perform, posted } = withSlowKernel();
  perform('a', add);
  for (let waiting = 0; waiting < MAX_WAITING_EFFECTS; waiting++) perform('a', garp, 2);
  perform('a', add, 3);
  await turn();
  await turn();
  expect(posted.length).toBe(MAX_WAITING_EFFECTS - MAX_BURSTS);
  expect(posted.every(([, { type }, cause]) => type === 'garps.failed' && cause === 2)).toBe(true);
});

test('bursts end when the addresses are to be removed: another router tells the LAN about them by then', async () => {
  const { perform, posted, begun, answer } = withSlowKernel();
  perform('a', add);
  perform('a', garp, 2);
  perform('a', garp, 3);
  await turn();
  answer({ type: 'vips.added' });
  await turn();
  expect(begun).toEqual(['add', 'garp', 'garp']);
  perform('a', remove, 4);
  perform('a', garp, 5);
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(begun).toEqual(['add', 'garp', 'garp', 'remove']);
  expect(posted.map(([, { type }, cause]) => [type, cause])).toEqual([
    ['vips.added', 1],
    ['garps.failed', 2],
    ['garps.failed', 3],
  ]);
});

test('a burst that has begun holds nothing up, however slow its pace', async () => {
  const { perform, begun } = withSlowKernel();
  perform('a', garp);
  perform('a', add, 2);
  await turn();
  expect(begun).toEqual(['garp', 'add']);
});

test('repeated bursts begin and end at once, whatever waits', () => {
  const { perform, begun } = withSlowKernel();
  perform('a', add);
  perform('a', { type: 'refreshGarps', params: { refreshes: [] } });
  perform('a', { type: 'stopRefreshingGarps', params: {} });
  expect(begun).toEqual(['refresh a 0', 'stop a']);
});

test('an effect that nobody performs is a bug and says so', () => {
  const { perform } = withSlowKernel();
  expect(() => perform('a', { type: 'paintItBlack', params: {} })).toThrow(/paintItBlack/);
});
