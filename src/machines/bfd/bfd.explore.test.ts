/** Every state that a session can reach through a dozen packets and all other facts: what must hold in each of them. */
import { describe, expect, it } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { BfdControl, BfdState } from '../../protocol/bfd.ts';
import type { ActorEvent, Effect } from '../declare.ts';
import { bfdDefinition } from '../registry.ts';
import type { BfdContext } from './bfd.context.ts';
import type { BfdEvent, ControlFact } from './bfd.events.ts';
import { bfdInput, controlFact } from './bfd.fixture.ts';
import type { BfdInput } from './bfd.input.ts';

/** What holds outside the machine, kept from its effects. */
interface World {
  readonly packet: BfdControl | null;
  readonly intervalUs: number | null;
  readonly awaited: ControlFact | null;
  readonly detectUs: number | null;
  /** The tracker was told that it is up. */
  readonly told: boolean;
}

interface Place {
  readonly snapshot: AnyMachineSnapshot;
  readonly world: World;
}

const NEIGHBOR: readonly Partial<ControlFact>[] = (['adminDown', 'down', 'init', 'up'] as const).flatMap(
  (state: BfdState) => [{ state }, { state, final: true }, { state, demand: true, poll: state === 'up' }],
);

const INPUT = bfdInput({ passive: true });
const OTHER: BfdInput = { ...INPUT, minTxUs: 90_000, minRxUs: 1_000 };

const EVENTS: readonly BfdEvent[] = [
  { type: 'session.started', discriminator: 11, spare: 12 },
  // Two numbers in turn keep the number of states finite.
  { type: 'discriminator.drawn', discriminator: 11 },
  { type: 'discriminator.drawn', discriminator: 12 },
  { type: 'socket.opened' },
  { type: 'socket.failed', error: 'EADDRNOTAVAIL' },
  { type: 'neighbor.silent', silentUs: 1, allowedUs: 1, lateUs: 0 },
  { type: 'session.reconfigured', input: INPUT },
  { type: 'session.reconfigured', input: OTHER },
  { type: 'state.asked' },
  { type: 'session.removed' },
  { type: 'timer.expired', timer: 'bfd.reopen' } as unknown as BfdEvent,
  ...NEIGHBOR.map((changes): BfdEvent => ({ type: 'control.received', ...controlFact(changes) })),
];

function after(world: World, effects: readonly Effect[]): World {
  let next = world;
  for (const { type, params } of effects) {
    if (type === 'transmitControl')
      next = { ...next, packet: params.packet as BfdControl, intervalUs: params.intervalUs as number | null };
    if (type === 'awaitControl')
      next = {
        ...next,
        awaited: params.awaited as ControlFact | null,
        detectUs: params.detectUs as number | null,
      };
    if (type === 'signalActor') next = { ...next, told: (params.event as ActorEvent).type === 'bfd.up' };
  }
  return next;
}

/** Whether the packet service would post this now: it tells neither the awaited packet nor a silence nobody waits for. */
function canHappen(event: BfdEvent, { world }: Place): boolean {
  if (event.type === 'neighbor.silent') return world.detectUs !== null;
  if (event.type !== 'control.received') return true;
  const { type: _, ...fact } = event;
  return JSON.stringify(fact) !== JSON.stringify(world.awaited);
}

function check(state: string, context: BfdContext, world: World): void {
  if (state === 'initialize' || state === 'stopped') return;
  expect(world.packet?.state).toBe(state);
  expect(world.packet?.myDiscriminator).toBe(context.discriminator);
  expect(world.packet?.yourDiscriminator).toBe(context.remote?.discriminator ?? 0);
  if (state === 'up' || state === 'init') {
    expect(context.remote).not.toBeNull();
    expect(world.detectUs).toBeGreaterThan(0);
    // Only a neighbour in demand mode, both up and nothing polled, does without packets.
    const demanded =
      state === 'up' && context.remote?.demand && context.remote.state === 'up' && !context.polling;
    expect(world.intervalUs === null).toBe(demanded === true);
  }
  if (state === 'up') expect(world.told).toBe(true);
  else expect(world.intervalUs ?? 1_000_000).toBeGreaterThanOrEqual(1_000_000);
  // A packet that would lead on must never count as "the same again".
  if (state === 'down') expect(['down', 'init']).not.toContain(world.awaited?.state);
  if (state === 'init') expect(['adminDown', 'init', 'up']).not.toContain(world.awaited?.state);
  if (state === 'up') expect(['adminDown', 'down']).not.toContain(world.awaited?.state);
  if (world.awaited !== null && state !== 'adminDown') expect(world.detectUs).not.toBeNull();
}

describe('the reachable states', () => {
  const first: Evaluation = startActor(bfdDefinition, INPUT);
  const start: Place = {
    snapshot: first.snapshot,
    world: { packet: null, intervalUs: null, awaited: null, detectUs: null, told: false },
  };
  const seen = new Set<string>();
  const states = new Set<string>();

  it('are finite, and keep what must hold', { timeout: 60_000 }, () => {
    const open: Place[] = [start];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      for (const event of EVENTS) {
        if (!canHappen(event, place)) continue;
        const step = evaluate(bfdDefinition, place.snapshot, { ...event });
        const world = after(place.world, step.effects);
        const key = JSON.stringify([step.state, step.context, world]);
        if (seen.has(key)) continue;
        seen.add(key);
        states.add(String(step.state));
        check(String(step.state), step.context as unknown as BfdContext, world);
        open.push({ snapshot: step.snapshot, world });
      }
      expect(seen.size).toBeLessThan(200_000);
    }
    console.log(`${seen.size} states`);
    expect([...states].sort()).toEqual(['adminDown', 'down', 'init', 'initialize', 'stopped', 'up']);
  });
});
