import { expect, test } from 'vitest';
import { type EffectsHarness, effectsCompliance, type Outcome } from '../../test/compliance/effects.ts';
import { createHeartbeatRecorder } from '../../test/harness/heartbeat-recorder.ts';
import { createRecordingExecutor } from './recording-executor.ts';

async function startSimulated(): Promise<EffectsHarness> {
  const heartbeats = createHeartbeatRecorder();
  const executor = createRecordingExecutor({
    interfaces: [
      { name: 'eth0', arp: true },
      { name: 'tun0', arp: false },
      { name: 'lo', arp: false },
    ],
    heartbeats: heartbeats.port,
  });
  const outcomes: Outcome[] = [];
  return {
    withArp: 'eth0',
    withoutArp: 'tun0',
    async perform(steps) {
      const before = outcomes.length;
      heartbeats.calls.length = 0;
      for (const { actor, effect, cause } of steps) {
        executor.perform(actor, effect, cause, (to, event, from) =>
          outcomes.push({ actor: to, event, cause: from }),
        );
      }
      return { heartbeatCalls: [...heartbeats.calls], outcomes: outcomes.length - before };
    },
    async take(count) {
      await Promise.resolve();
      if (outcomes.length < count) throw new Error(`only ${outcomes.length} of ${count} outcomes`);
      return outcomes.splice(0, count);
    },
    held: async (name) => executor.held(name),
    heldRoutes: async () => Array.from(executor.routes, (text) => text.split(' ')[0] ?? ''),
    heldRules: async () => Array.from(executor.rules, (text) => Number.parseInt(text, 10)),
    holdForeign: async (address) => executor.holdForeign(address),
    close: async () => {},
  };
}

effectsCompliance('the recording executor', startSimulated);

test('it keeps what was asked for and what was sent, and can be broken', () => {
  const later: (() => void)[] = [];
  const executor = createRecordingExecutor({
    interfaces: [{ name: 'eth0', arp: true }],
    later: (task) => later.push(task),
  });
  const vip = { address: '10.0.0.1', prefixLength: 24, interface: 'eth0' };
  const posted: unknown[] = [];
  const perform = (effect: { type: string; params: object }): void => {
    executor.perform('vrrp/A', effect as Parameters<typeof executor.perform>[1], 1, (_actor, event) =>
      posted.push(event),
    );
    for (const task of later.splice(0)) task();
  };

  perform({ type: 'sendGratuitousArps', params: { addresses: [vip], repeat: 3 } });
  expect(executor.garps).toEqual(Array(3).fill({ interface: 'eth0', address: '10.0.0.1' }));

  executor.breakInterface('eth0', 'EPERM: operation not permitted');
  perform({ type: 'addVips', params: { addresses: [vip] } });
  expect(posted.at(-1)).toEqual({
    type: 'vips.addFailed',
    address: '10.0.0.1',
    error: 'EPERM: operation not permitted (adding 10.0.0.1/24 on eth0)',
  });

  executor.breakInterface('eth0', null);
  perform({ type: 'addVips', params: { addresses: [vip] } });
  expect(executor.held('eth0')).toEqual(['10.0.0.1/24']);
  executor.deleteForeign(vip);
  expect(executor.held('eth0')).toEqual([]);
  executor.removeInterface('eth0');
  perform({ type: 'addVips', params: { addresses: [vip] } });
  expect(posted.at(-1)).toMatchObject({ type: 'vips.addFailed', error: 'interface eth0 does not exist' });
  expect(executor.performed.map(({ effect }) => effect.type)).toEqual([
    'sendGratuitousArps',
    'addVips',
    'addVips',
    'addVips',
  ]);
});
