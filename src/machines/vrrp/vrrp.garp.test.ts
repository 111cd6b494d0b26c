import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { ActorEvent } from '../declare.ts';
import { vrrpDefinition } from '../registry.ts';
import { vrrpInput } from './vrrp.fixture.ts';
import type { VrrpInput } from './vrrp.input.ts';

const SECOND_US = 1_000_000;
const MASTER: readonly ActorEvent[] = [
  { type: 'instance.started', linkUp: true, sourceAddress: '10.0.0.2' },
  { type: 'vips.removed' },
  {
    type: 'master.silent',
    silentUs: 3_609_375,
    allowedUs: 3_609_375,
    missedAdverts: 3,
    lateUs: 0,
  },
  { type: 'vips.added' },
];
const LOWER: ActorEvent = {
  type: 'advert.received',
  source: '10.0.0.1',
  priority: 99,
  advertIntervalUs: SECOND_US,
  addresses: [],
};
const HIGHER: ActorEvent = { ...LOWER, priority: 200 };
const expiry = (timer: string): ActorEvent => ({ type: 'timer.expired', timer });

/** What the last event asked for, without what has to do with adverts and addresses. */
function asked(changes: Partial<VrrpInput>, ...events: readonly ActorEvent[]) {
  let last = startActor(vrrpDefinition, vrrpInput(changes));
  for (const event of events) last = evaluate(vrrpDefinition, last.snapshot, event);
  const { garp, contest, refresh } = last.state as JsonObject;
  const effects = last.effects.filter(({ type }) => /Garp|Gratuitous|Timer/.test(type));
  return { garp, contest, refresh, effects, names: effects.map(({ type }) => type) };
}

describe('a rival that is not yielded to', () => {
  it('is answered with a burst, and with another one after garp_lower_prio_delay', () => {
    const input = { garpLowerPriorityRepeat: 3, garpLowerPriorityDelayUs: 2 * SECOND_US };
    const answered = asked(input, ...MASTER, LOWER);
    expect(answered.contest).toBe('contested');
    expect(answered.effects[0]?.params).toMatchObject({ repeat: 3 });
    expect(answered.effects[1]?.params).toEqual({ timer: 'vrrp.contestDelay', delayUs: 2 * SECOND_US });
    const again = asked(input, ...MASTER, LOWER, expiry('vrrp.contestDelay'));
    expect([again.contest, again.names]).toEqual(['quiet', ['sendGratuitousArps']]);
  });

  it('that goes on is answered each time, and has one last answer', () => {
    const answered = asked({}, ...MASTER, LOWER, LOWER);
    expect(answered.names).toEqual(['sendGratuitousArps', 'disarmTimer', 'armTimer']);
  });

  it('does not take the second burst of the new master away', () => {
    const both = asked({}, ...MASTER, LOWER, expiry('vrrp.garpDelay'));
    expect([both.garp, both.contest, both.names]).toEqual(['settled', 'contested', ['sendGratuitousArps']]);
  });

  it('is answered once with garp_lower_prio_delay 0, and not at all with garp_lower_prio_repeat 0', () => {
    const once = asked({ garpLowerPriorityDelayUs: 0 }, ...MASTER, LOWER);
    expect([once.contest, once.names]).toEqual(['quiet', ['sendGratuitousArps']]);
    const none = asked({ garpLowerPriorityRepeat: 0 }, ...MASTER, LOWER);
    expect([none.contest, none.effects[0]?.params]).toEqual([
      'quiet',
      expect.objectContaining({ repeat: 0 }),
    ]);
  });

  it('has no last answer after mastership is lost', () => {
    const lost = asked({ garpMasterDelayUs: 0 }, ...MASTER, LOWER, HIGHER);
    expect([lost.contest, lost.names]).toEqual(['quiet', ['disarmTimer']]);
  });
});

describe('bursts that are repeated', () => {
  const eth1 = { address: '10.1.0.100', prefixLength: 24, interface: 'eth1' };
  const refreshed = {
    garpRefreshUs: 60 * SECOND_US,
    garpRefreshRepeat: 2,
    garpExtra: { everyUs: 30 * SECOND_US, addresses: [eth1] },
  };

  it('are asked for once, begin after the second burst, and end with mastership', () => {
    const { addresses } = vrrpInput();
    const begun = asked(refreshed, ...MASTER);
    expect(begun.effects.find(({ type }) => type === 'refreshGarps')?.params).toEqual({
      refreshes: [
        { addresses, repeat: 2, firstUs: 65 * SECOND_US, everyUs: 60 * SECOND_US },
        { addresses: [eth1], repeat: 1, firstUs: 35 * SECOND_US, everyUs: 30 * SECOND_US },
      ],
    });
    expect(asked(refreshed, ...MASTER, expiry('vrrp.garpDelay')).names).toEqual(['sendGratuitousArps']);
    const lost = asked(refreshed, ...MASTER, HIGHER);
    expect([lost.refresh, lost.names.includes('stopRefreshingGarps')]).toEqual(['off', true]);
  });

  it('are none where nothing would be sent', () => {
    expect(asked({ garpRefreshUs: 0, garpExtra: null }, ...MASTER).refresh).toBe('off');
    expect(asked({ garpRefreshUs: SECOND_US, garpRefreshRepeat: 0 }, ...MASTER).refresh).toBe('off');
  });
});

describe('frames that keep a distance', () => {
  it('are asked for with the limits of the interfaces that carry addresses, and with no others', () => {
    const pace = (name: string) => ({
      interface: name,
      limiter: name,
      arpIntervalUs: 1_000,
      advertisementIntervalUs: 0,
    });
    const { effects } = asked({ garpPaces: [pace('eth0'), pace('eth7')] }, ...MASTER);
    expect(effects[0]?.params.paces).toEqual([pace('eth0')]);
  });
});

describe('a router that was away', () => {
  const AWAY: readonly ActorEvent[] = [...MASTER, { type: 'link.down' }, { type: 'vips.removed' }];
  const BACK: ActorEvent = { type: 'link.up' };

  it('reminds its unicast peers of its own address', () => {
    const { effects } = asked({ unicastPeers: ['10.0.0.1'] }, ...AWAY, BACK);
    expect(effects).toMatchObject([
      {
        type: 'sendGratuitousArps',
        params: { addresses: [{ address: '10.0.0.2', prefixLength: 32, interface: 'eth0' }], repeat: 1 },
      },
    ]);
  });

  it('has nothing to say with multicast, without an interface, or when it only starts', () => {
    expect(asked({}, ...AWAY, BACK).names).toEqual([]);
    expect(asked({ unicastPeers: ['10.0.0.1'], interface: '' }, ...AWAY, BACK).names).toEqual([]);
    expect(asked({ unicastPeers: ['10.0.0.1'] }, ...MASTER.slice(0, 1)).names).toEqual([]);
  });

  it('says it also when it starts late, after the first result of a script', () => {
    const script = 'tracker/script/chk';
    const input = { unicastPeers: ['10.0.0.1'], trackers: [{ tracker: script, pending: true }] };
    const result: ActorEvent = { type: 'tracker.changed', tracker: script, weight: 0, fault: false };
    expect(asked(input, ...MASTER.slice(0, 1)).names).toEqual([]);
    expect(asked(input, ...MASTER.slice(0, 1), result).names).toEqual(['sendGratuitousArps']);
  });
});
