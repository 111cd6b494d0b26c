import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { ActorEvent } from '../declare.ts';
import { vrrpDefinition } from '../registry.ts';
import { vrrpInput } from './vrrp.fixture.ts';
import type { VrrpInput } from './vrrp.input.ts';
import type { FormerSelf } from './vrrp.resumption.ts';

/** Adverts every second. */
const LEASE_US = 3_000_000;
const former = (change: Partial<FormerSelf> = {}): FormerSelf => ({
  ...{ role: 'master', advertAgeUs: 400_000, told: true, digest: 'ab', ownDigest: 'ab' },
  ...change,
});
const started = (change: Partial<FormerSelf> = {}, linkUp = true): ActorEvent => ({
  ...{ type: 'instance.started', linkUp, sourceAddress: '10.0.0.1' },
  former: former(change),
});
const ADDED: ActorEvent = { type: 'vips.added' };
const LEASE_OVER: ActorEvent = { type: 'timer.expired', timer: 'vrrp.lease' };

function given(input: VrrpInput, ...events: readonly ActorEvent[]): Evaluation {
  let last = startActor(vrrpDefinition, input as never);
  for (const event of events) last = evaluate(vrrpDefinition, last.snapshot, event);
  return last;
}

const plain = vrrpInput({ advertIntervalUs: 1_000_000 });
const tracking = vrrpInput({
  advertIntervalUs: 1_000_000,
  trackers: [{ tracker: 'tracker/script/x', pending: true }] as unknown as VrrpInput['trackers'],
});
const asked = ({ effects }: Evaluation): string[] => effects.map(({ type }) => type);

describe('an instance whose former worker died as master', () => {
  it('announces at once, takes no address away, and tells nobody what was told', () => {
    const begun = given(plain, started());
    expect(begun.state).toMatchObject({ protocol: 'master', addresses: 'adding', startup: 'free' });
    expect(asked(begun)).toContain('announce');
    expect(asked(begun)).not.toContain('removeVips');
    expect(asked(begun)).not.toContain('watchMaster');
    const held = given(plain, started(), ADDED);
    expect(held.state).toMatchObject({ addresses: 'held', notices: 'master' });
    expect(asked(held)).not.toContain('notify');
    expect(asked(held)).toContain('sendGratuitousArps');
  });

  it('tells people if the former one had no time to', () => {
    expect(asked(given(plain, started({ told: false }), ADDED))).toContain('notify');
  });

  it('yields to a better master as always', () => {
    const better = {
      type: 'advert.received',
      source: '10.0.0.2',
      priority: 254,
      advertIntervalUs: 1_000_000,
      addresses: [],
    };
    expect(given(plain, started(), ADDED, better).state).toMatchObject({ addresses: 'removing' });
  });

  it.each([
    ['it was none', { role: 'backup' }],
    ['the watchdog has released what it held', { role: 'none' }],
    ['its configuration was another', { ownDigest: 'cd' }],
    ['others may have taken over', { advertAgeUs: LEASE_US }],
    ['there is no time left for an advert', { advertAgeUs: LEASE_US - 50_000 }],
    ['the time makes no sense', { advertAgeUs: -1 }],
  ] as const)('begins as any other where %s', (_why, change) => {
    const begun = given(plain, started(change));
    expect(begun.state).toMatchObject({ protocol: { backup: 'listening' }, addresses: 'removing' });
    expect(begun.context.refusal).toMatch(/^(notMaster|otherConfiguration|tooLate)$/);
    expect(asked(begun)).toEqual(expect.arrayContaining(['removeVips', 'watchMaster']));
  });

  it('waits for what it has to know, with the addresses where they are, but not longer than is safe', () => {
    const waiting = given(tracking, started());
    expect(waiting.state).toMatchObject({
      protocol: 'initialize',
      addresses: 'inherited',
      startup: 'resuming',
    });
    const timer = {
      type: 'armTimer',
      params: { timer: 'vrrp.lease', delayUs: LEASE_US - 150_000 - 400_000 },
    };
    expect(waiting.effects).toContainEqual(timer);
    const good: ActorEvent = {
      type: 'tracker.changed',
      tracker: 'tracker/script/x',
      weight: 0,
      fault: false,
    };
    expect(given(tracking, started(), good).state).toMatchObject({ protocol: 'master', addresses: 'adding' });
    const bad: ActorEvent = { ...good, fault: true };
    expect(given(tracking, started(), bad).state).toMatchObject({ protocol: 'fault', addresses: 'removing' });
    const late = given(tracking, started(), LEASE_OVER);
    expect(late.state).toMatchObject({ protocol: 'initialize', addresses: 'removing', startup: 'free' });
    expect(given(tracking, started(), LEASE_OVER, good).state).toMatchObject({
      protocol: { backup: 'listening' },
    });
  });

  it.each([
    ['as long as the watchdog announces it', { keptUs: 9_000_000 }, 9_000_000],
    ['the lease, if that is longer', { keptUs: 500_000 }, LEASE_US - 150_000 - 400_000],
  ])('waits for it %s', (_what, change, delayUs) => {
    const timer = { type: 'armTimer', params: { timer: 'vrrp.lease', delayUs } };
    expect(given(tracking, started(change)).effects).toContainEqual(timer);
  });

  it('does not trust the watchdog to announce that has not done so', () => {
    const begun = given(plain, started({ advertAgeUs: LEASE_US, keptUs: 9_000_000 }));
    expect(begun.context.refusal).toBe('tooLate');
  });

  it('gives its addresses away in a fault, and when it is told to end', () => {
    expect(given(plain, started({}, false)).state).toMatchObject({
      protocol: 'fault',
      addresses: 'removing',
    });
    const stop: ActorEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };
    expect(given(tracking, started(), stop).state).toMatchObject({ addresses: 'removing' });
  });

  it('claims in its sync group, and waits as any other if the group does not agree in time', () => {
    const grouped = vrrpInput({ advertIntervalUs: 1_000_000, group: 'group/G' });
    const decided = (state: string): ActorEvent => ({ type: 'group.decided', state, resigning: false });
    const wanting = given(grouped, started(), decided('backup'));
    expect(wanting.state).toMatchObject({
      protocol: { backup: 'wanting' },
      addresses: 'inherited',
      notices: 'none',
    });
    expect(given(grouped, started(), decided('backup'), decided('master')).state).toMatchObject({
      ...{ protocol: 'master', addresses: 'adding' },
    });
    const late = given(grouped, started(), decided('backup'), LEASE_OVER);
    expect(late.state).toMatchObject({ protocol: { backup: 'listening' }, addresses: 'removing' });
    expect(late.context.willing).toBe(false);
  });
});
