import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import type { Effect } from '../declare.ts';
import { vrrpDefinition } from '../registry.ts';
import type { VrrpEvent } from './vrrp.events.ts';
import { vrrpInput } from './vrrp.fixture.ts';
import type { VrrpInput } from './vrrp.input.ts';

const OWN = '10.0.0.2';
const STARTED: VrrpEvent = { type: 'instance.started', linkUp: true, sourceAddress: OWN };
const SILENT: VrrpEvent = {
  type: 'master.silent',
  silentUs: 3_609_375,
  allowedUs: 3_609_375,
  missedAdverts: 3,
  lateUs: 0,
};

const ADDED: VrrpEvent = { type: 'vips.added' };
const ADD_FAILED: VrrpEvent = { type: 'vips.addFailed', address: '10.0.0.100', error: 'EPERM' };
const REMOVED: VrrpEvent = { type: 'vips.removed' };
const REMOVE_FAILED: VrrpEvent = { type: 'vips.removeFailed', address: '10.0.0.100', error: 'EPERM' };
const DELETED: VrrpEvent = { type: 'object.deleted', object: 'address', name: '10.0.0.100' };
const GROUP_BACKUP: VrrpEvent = { type: 'group.decided', state: 'backup', resigning: false };

function advert(priority: number, source = '10.0.0.1', advertIntervalUs = 1_000_000): VrrpEvent {
  return { type: 'advert.received', source, priority, advertIntervalUs, addresses: ['10.0.0.100'] };
}

interface Run {
  readonly last: Evaluation;
  readonly protocol: Json;
  readonly addresses: Json;
  readonly garp: Json;
  /** Effects of the last event only. */
  readonly effects: readonly Effect[];
  names(): string[];
  effect(type: string): JsonObject | undefined;
}

/** Feeds events to a fresh instance; the result speaks of the last one. */
function given(changes: Partial<VrrpInput>, ...events: VrrpEvent[]): Run {
  let last = startActor(vrrpDefinition, vrrpInput(changes));
  for (const event of events) last = evaluate(vrrpDefinition, last.snapshot, { ...event });
  const state = last.state as { protocol: Json; addresses: Json; garp: Json };
  return {
    last,
    ...state,
    effects: last.effects,
    names: () => last.effects.map((effect) => effect.type),
    effect: (type) => last.effects.find((effect) => effect.type === type)?.params,
  };
}

describe('start (RFC 9568 section 6.4.1)', () => {
  it('listens for a whole Master_Down_Interval', () => {
    const run = given({ priority: 100 }, STARTED);
    expect(run.protocol).toEqual({ backup: 'listening' });
    expect(run.effect('watchMaster')).toEqual({
      awaited: null,
      allowedUs: 3_609_375,
      expectedIntervalUs: 1_000_000,
    });
  });

  it('says with the watch what it announces after it, if nobody else has to be asked', () => {
    const thenAnnounce = { priority: 100 };
    const declaresFirstAdvert = true;
    const run = given({ declaresFirstAdvert }, STARTED);
    expect(run.effect('watchMaster')).toMatchObject({ allowedUs: 3_609_375, thenAnnounce });
    const skewing = given({ declaresFirstAdvert }, STARTED, advert(200), advert(0));
    expect(skewing.effect('watchMaster')).toMatchObject({ awaited: null, thenAnnounce });
    const member = given({ declaresFirstAdvert, group: 'group/VG' }, STARTED, GROUP_BACKUP);
    expect(member.effect('watchMaster')).not.toHaveProperty('thenAnnounce');
  });

  it('claims at once as address owner, with the advert before the addresses', () => {
    const run = given({ priority: 255, startAsMaster: true }, STARTED);
    expect(run.protocol).toBe('master');
    expect(run.names()).toContain('announce');
    expect(run.names()).not.toContain('addVips');
    expect(given({ priority: 255, startAsMaster: true }, STARTED, REMOVED).names()).toEqual(['addVips']);
  });

  it('listens first as owner with state BACKUP, as keepalived does', () => {
    const run = given({ priority: 255 }, STARTED);
    expect(run.effect('watchMaster')?.allowedUs).toBe(3_003_906);
  });

  it('waits for silence with state MASTER, too, unless it is the owner', () => {
    const run = given({ priority: 150, startAsMaster: true }, STARTED);
    expect(run.protocol).toEqual({ backup: 'listening' });
    expect(run.effect('watchMaster')?.allowedUs).toBe(3_414_062);
  });

  it('removes addresses that a killed predecessor left', () => {
    expect(given({}, STARTED).names()).toContain('removeVips');
  });

  it('starts in fault without link or without an address to send from', () => {
    const noLink = given({}, { ...STARTED, linkUp: false } as VrrpEvent);
    expect(noLink.protocol).toBe('fault');
    expect(noLink.last.context.faultReasons).toEqual(['link']);
    const nothing = given({}, { type: 'instance.started', linkUp: false, sourceAddress: null });
    expect(nothing.last.context.faultReasons).toEqual(['link', 'source']);
  });
});

describe('backup (RFC 9568 section 6.4.2)', () => {
  it('follows a master of higher or equal priority', () => {
    for (const priority of [100, 101, 255]) {
      const run = given({ priority: 100 }, STARTED, advert(priority));
      expect(run.effect('watchMaster')?.awaited).toMatchObject({ source: '10.0.0.1', priority });
    }
  });

  it('lets a lower priority run out the timer', () => {
    const run = given({ priority: 100 }, STARTED, advert(99));
    expect(run.names()).toEqual([]);
    expect(run.last.context.rival).toMatchObject({ source: '10.0.0.1', priority: 99 });
  });

  it('follows a lower priority with nopreempt', () => {
    const run = given({ priority: 100, nopreempt: true }, STARTED, advert(1));
    expect(run.names()).toEqual(['watchMaster']);
  });

  it('waits only the skew after priority 0, with the interval learned from the master', () => {
    const run = given({ priority: 100 }, STARTED, advert(200, '10.0.0.1', 2_000_000), advert(0));
    expect(run.protocol).toEqual({ backup: 'skewing' });
    expect(run.effect('watchMaster')).toMatchObject({ awaited: null, allowedUs: 1_218_750 });
  });

  it('learns the interval of the master in version 3', () => {
    const run = given({ priority: 100 }, STARTED, advert(200, '10.0.0.1', 100_000));
    expect(run.effect('watchMaster')).toMatchObject({ allowedUs: 360_937, expectedIntervalUs: 100_000 });
  });

  it('becomes master on silence and forgets the learned interval', () => {
    const run = given({ priority: 100 }, STARTED, REMOVED, advert(200, '10.0.0.1', 100_000), SILENT);
    expect(run.protocol).toBe('master');
    expect(run.names()).toEqual(['stopWatching', 'announce', 'addVips']);
    expect(run.last.context.master).toBeNull();
  });

  it('follows again when a master speaks up during the skew', () => {
    const run = given({ priority: 100 }, STARTED, advert(200), advert(0), advert(150));
    expect(run.protocol).toEqual({ backup: 'listening' });
  });
});

describe('master (RFC 9568 section 6.4.3)', () => {
  const master = [STARTED, REMOVED, SILENT, ADDED] as const;

  it('yields to a higher priority without resigning', () => {
    const run = given({ priority: 100 }, ...master, advert(101));
    expect(run.protocol).toEqual({ backup: 'listening' });
    expect(run.names()).toEqual(['stopAnnouncing', 'watchMaster', 'disarmTimer', 'removeVips']);
  });

  it('yields to an equal priority from a higher address only', () => {
    expect(given({ priority: 100 }, ...master, advert(100, '10.0.0.3')).protocol).toEqual({
      backup: 'listening',
    });
    expect(given({ priority: 100 }, ...master, advert(100, '10.0.0.1')).protocol).toBe('master');
    expect(given({ priority: 100 }, ...master, advert(100, OWN)).names()).toEqual([]);
  });

  it('answers a lower priority and tells the LAN again who holds the address', () => {
    const run = given({ priority: 100 }, ...master, advert(99));
    expect(run.names()).toEqual(['sendAdvert', 'sendGratuitousArps', 'notify', 'armTimer']);
  });

  it('does not answer a lower priority with lower_prio_no_advert', () => {
    const run = given({ priority: 100, lowerPriorityNoAdvert: true }, ...master, advert(99));
    expect(run.names()).toEqual(['sendGratuitousArps', 'notify', 'armTimer']);
  });

  it('answers priority 0 at once', () => {
    expect(given({ priority: 100 }, ...master, advert(0)).effect('sendAdvert')).toEqual({ priority: 100 });
  });

  it('resigns with priority 0 on shutdown and gives the addresses back', () => {
    const run = given({}, ...master, { type: 'shutdown.requested', reason: 'SIGTERM' });
    expect(run.protocol).toBe('initialize');
    expect(run.effect('sendAdvert')).toEqual({ priority: 0 });
    expect(run.names()).toContain('removeVips');
  });

  it('resigns and claims again after the skew when somebody deletes an address', () => {
    const run = given({ priority: 100 }, ...master, {
      type: 'object.deleted',
      object: 'address',
      name: '10.0.0.100',
    });
    expect(run.protocol).toEqual({ backup: 'skewing' });
    expect(run.names()).toEqual(['stopAnnouncing', 'sendAdvert', 'watchMaster', 'disarmTimer', 'removeVips']);
  });

  it('goes to fault when the link goes and back to backup when it returns', () => {
    const fault = given({}, ...master, { type: 'link.down' });
    expect(fault.protocol).toBe('fault');
    expect(fault.names()).toContain('removeVips');
    const back = given({}, ...master, { type: 'link.down' }, { type: 'link.up' });
    expect(back.protocol).toEqual({ backup: 'listening' });
  });

  it('leaves fault only when every reason is gone', () => {
    const one = given({}, STARTED, { type: 'link.down' }, { type: 'source.lost' }, { type: 'link.up' });
    expect(one.protocol).toBe('fault');
    expect(one.last.context.faultReasons).toEqual(['source']);
  });
});

describe('addresses and gratuitous ARP', () => {
  it('tells the LAN when the addresses are held, and a second time after garp_master_delay', () => {
    const held = given({}, STARTED, REMOVED, SILENT, ADDED);
    expect(held.names()).toEqual(['sendGratuitousArps', 'armTimer', 'notify']);
    expect(held.effect('armTimer')).toEqual({ timer: 'vrrp.garpDelay', delayUs: 5_000_000 });
    const again = evaluate(vrrpDefinition, held.last.snapshot, {
      type: 'timer.expired',
      timer: 'vrrp.garpDelay',
    });
    expect(again.effects.map((effect) => effect.type)).toEqual(['sendGratuitousArps']);
    expect((again.state as JsonObject).garp).toBe('settled');
  });

  it('sends one burst only with garp_master_delay 0', () => {
    const held = given({ garpMasterDelayUs: 0 }, STARTED, REMOVED, SILENT, ADDED);
    expect(held.names()).toEqual(['sendGratuitousArps', 'notify']);
    expect(held.garp).toBe('settled');
  });

  it('tries again to delete an address that would not go', () => {
    const stuck = given({}, STARTED, { type: 'vips.removeFailed', address: '10.0.0.100', error: 'EBUSY' });
    expect(stuck.addresses).toBe('stuck');
    expect(stuck.effect('armTimer')).toEqual({ timer: 'vrrp.removeRetry', delayUs: 1_000_000 });
  });

  it('deletes what was added for a mastership that is over, once it knows that it was added', () => {
    const lost = given({ priority: 100 }, STARTED, REMOVED, SILENT, advert(200));
    // A role that is over is told then, if the kernel was slower.
    expect([lost.addresses, lost.names()]).toEqual(['adding', ['stopAnnouncing', 'watchMaster', 'notify']]);
    for (const outcome of [ADDED, ADD_FAILED]) {
      const run = given({ priority: 100 }, STARTED, REMOVED, SILENT, advert(200), outcome);
      expect([run.addresses, run.names()]).toEqual(['removing', ['removeVips']]);
    }
  });

  it('adds only after what it was deleting is gone', () => {
    const asked = given({ priority: 255, startAsMaster: true }, STARTED);
    expect([asked.addresses, asked.names().includes('addVips')]).toEqual(['removing', false]);
    for (const outcome of [REMOVED, REMOVE_FAILED]) {
      const run = given({ priority: 255, startAsMaster: true }, STARTED, outcome);
      expect([run.addresses, run.names()]).toEqual(['adding', ['addVips']]);
    }
  });

  it('asks the kernel for nothing when it is master again before the kernel has answered', () => {
    const again = given({ priority: 100 }, STARTED, REMOVED, SILENT, advert(200), SILENT);
    expect([again.addresses, again.names()]).toEqual(['adding', ['stopWatching', 'announce', 'notify']]);
    const held = given({ priority: 100 }, STARTED, REMOVED, SILENT, advert(200), SILENT, ADDED);
    expect([held.addresses, held.effect('sendGratuitousArps')?.repeat]).toEqual(['held', 5]);
  });

  it('says that nothing is left only when the newest deletion was answered', () => {
    const stop: VrrpEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };
    const early = given({ priority: 255, startAsMaster: true }, STARTED, stop, REMOVED);
    expect(early.addresses).toBe('absent');
    const late = given({ priority: 255, startAsMaster: true }, STARTED, REMOVED, stop);
    expect(late.addresses).toBe('adding');
    const added = given({ priority: 255, startAsMaster: true }, STARTED, REMOVED, stop, ADDED);
    expect([added.addresses, added.names()]).toEqual(['removing', ['removeVips']]);
  });

  it('claims again when an address goes though another could not be added', () => {
    const run = given({ priority: 100 }, STARTED, REMOVED, SILENT, ADD_FAILED, DELETED);
    expect([run.protocol, run.addresses]).toEqual([{ backup: 'skewing' }, 'removing']);
  });
});

it('reports an event that changes nothing as no change', () => {
  const before = given({}, STARTED);
  const after = evaluate(vrrpDefinition, before.last.snapshot, { type: 'link.up' });
  expect([after.effects, after.delta, after.state]).toEqual([[], {}, before.last.state]);
});
