/** What keepalived adds to the RFC: delays, owners in conflict, trackers, sync groups, notices, reloads. */
import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluate, startActor } from '../../engine/evaluate.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import type { ActorEvent, Effect } from '../declare.ts';
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
const REMOVED: VrrpEvent = { type: 'vips.removed' };
const STOP: VrrpEvent = { type: 'shutdown.requested', reason: 'SIGTERM' };
const MASTER = [STARTED, REMOVED, SILENT, ADDED] as const;

const advert = (priority: number, source = '10.0.0.1', advertIntervalUs = 1_000_000): VrrpEvent => ({
  type: 'advert.received',
  source,
  priority,
  advertIntervalUs,
  addresses: ['10.0.0.100'],
});
const timer = (name: string): ActorEvent => ({ type: 'timer.expired', timer: `vrrp.${name}` });
const tracker = (weight: number, fault = false, name = 'tracker/script/chk'): VrrpEvent => ({
  type: 'tracker.changed',
  tracker: name,
  weight,
  fault,
});
const decided = (state: 'backup' | 'master' | 'fault', resigning = false): VrrpEvent => ({
  type: 'group.decided',
  state,
  resigning,
});
const CHK = { tracker: 'tracker/script/chk', pending: false };

interface Run {
  readonly last: Evaluation;
  readonly state: JsonObject;
  readonly protocol: Json;
  readonly context: JsonObject;
  /** Of the last event only. */
  names(): string[];
  effect(type: string): JsonObject | undefined;
  /** States told so far, and what was told to the sync group. */
  readonly told: readonly Json[];
  readonly signals: readonly Json[];
}

function given(changes: Partial<VrrpInput>, ...events: (VrrpEvent | ActorEvent)[]): Run {
  let last = startActor(vrrpDefinition, vrrpInput(changes));
  const all: Effect[] = [];
  for (const event of events) {
    last = evaluate(vrrpDefinition, last.snapshot, { ...event } as ActorEvent);
    all.push(...last.effects);
  }
  const state = last.state as JsonObject;
  return {
    last,
    state,
    protocol: state.protocol ?? null,
    context: last.context,
    names: () => last.effects.map(({ type }) => type),
    effect: (type) => last.effects.find((effect) => effect.type === type)?.params,
    told: all.flatMap(({ type, params }) => (type === 'notify' ? [params.state ?? null] : [])),
    signals: all.flatMap(({ type, params }) => (type === 'signalActor' ? [params.event ?? null] : [])),
  };
}

describe('down_timer_adverts', () => {
  it('says how many adverts may be missing', () => {
    expect(given({ downTimerAdverts: 5 }, STARTED).effect('watchMaster')?.allowedUs).toBe(5_609_375);
  });
});

describe('preempt_delay', () => {
  const input = { priority: 100, preemptDelayUs: 10_000_000 };

  it('starts at the first advert of a lower priority, which is followed meanwhile', () => {
    const run = given(input, STARTED, advert(50));
    expect(run.state.preemption).toBe('delaying');
    expect(run.effect('watchMaster')).toMatchObject({ awaited: { priority: 50 } });
    expect(run.effect('armTimer')).toEqual({ timer: 'vrrp.preemptDelay', delayUs: 10_000_000 });
  });

  it('lets the master of lower priority run out of time once it is over', () => {
    const due = given(input, STARTED, advert(50), timer('preemptDelay'));
    expect(due.effect('adjustWatch')).toEqual({ awaited: null, allowedUs: 3_609_375 });
    const after = given(input, STARTED, advert(50), timer('preemptDelay'), advert(50));
    expect(after.names()).toEqual([]);
    expect(given(input, STARTED, advert(50), timer('preemptDelay'), SILENT).protocol).toBe('master');
  });

  it('is given up when somebody of at least our priority speaks', () => {
    const run = given(input, STARTED, advert(50), advert(100, '10.0.0.3'));
    expect([run.state.preemption, run.names()]).toEqual(['idle', ['disarmTimer', 'watchMaster']]);
  });

  it('starts at the next advert after the own priority rose above that of the master that is followed', () => {
    const follows = { ...input, trackers: [CHK] };
    const lifted = given(follows, STARTED, advert(110), tracker(20));
    // Adverts that are awaited are not told: the next one has to be news.
    expect(lifted.effect('adjustWatch')).toMatchObject({ awaited: null });
    const next = given(follows, STARTED, advert(110), tracker(20), advert(110));
    expect(next.state.preemption).toBe('delaying');
    expect(next.effect('watchMaster')).toMatchObject({ awaited: { priority: 110 } });
  });

  it('begins anew after mastership', () => {
    const run = given(input, STARTED, advert(50), timer('preemptDelay'), SILENT, advert(200), advert(50));
    expect(run.state.preemption).toBe('delaying');
  });
});

describe('an address that could not be added', () => {
  const REFUSED: VrrpEvent = { type: 'vips.addFailed', address: '10.0.0.100', error: 'ENOBUFS' };
  const LACKING = [STARTED, REMOVED, SILENT, REFUSED] as const;

  it('is asked for again after a while, and the LAN is told of it once it is there', () => {
    const lacking = given({}, ...LACKING);
    expect([lacking.protocol, lacking.state.addresses]).toEqual(['master', 'incomplete']);
    const armed = { type: 'armTimer', params: { timer: 'vrrp.addRetry', delayUs: 30_000_000 } };
    expect(lacking.last.effects).toContainEqual(armed);
    const asked = given({}, ...LACKING, timer('addRetry'));
    expect([asked.state.addresses, asked.names()]).toEqual(['completing', ['addVips']]);
    const there = given({}, ...LACKING, timer('addRetry'), ADDED);
    expect([there.state.addresses, there.effect('sendGratuitousArps')?.repeat]).toEqual(['held', 5]);
    const still = given({}, ...LACKING, timer('addRetry'), REFUSED);
    expect([still.state.addresses, still.names()]).toEqual(['incomplete', ['armTimer']]);
  });

  it('is given back like the others if mastership ends while it is asked for', () => {
    const lost = given({}, ...LACKING, timer('addRetry'), advert(200));
    expect(lost.state.addresses).toBe('completing');
    expect(given({}, ...LACKING, timer('addRetry'), advert(200), ADDED).names()).toContain('removeVips');
  });
});

describe('higher_prio_send_advert and owner_ignore_adverts', () => {
  it('sends one more advert before it yields', () => {
    const run = given({ higherPrioritySendAdvert: true }, ...MASTER, advert(200));
    expect(run.names().slice(0, 2)).toEqual(['stopAnnouncing', 'sendAdvert']);
    expect(run.effect('sendAdvert')).toEqual({ priority: 100 });
  });

  it('makes an owner deaf', () => {
    const owner = { priority: 255, startAsMaster: true, ownerIgnoreAdverts: true };
    for (const heard of [advert(255, '10.0.0.9'), advert(100), advert(0)]) {
      expect(given(owner, STARTED, REMOVED, ADDED, heard).names()).toEqual([]);
    }
  });
});

describe('two owners of the addresses', () => {
  const owner = { priority: 255, startAsMaster: true };
  const start = [STARTED, REMOVED, ADDED] as const;
  const lesser = advert(255, '10.0.0.1', 2_000_000);

  it('gives way to the higher address', () => {
    expect(given(owner, ...start, advert(255, '10.0.0.3')).protocol).toEqual({ backup: 'listening' });
  });

  it('gives a lower address two adverts and 1.2 of the longer interval, and stays if it falls silent', () => {
    const first = given(owner, ...start, lesser);
    expect([first.protocol, first.state.ownership]).toEqual(['master', 'disputed']);
    expect(first.last.effects).toContainEqual({
      type: 'armTimer',
      params: { timer: 'vrrp.ownerPatience', delayUs: 2_000_000 },
    });
    const judging = given(owner, ...start, lesser, timer('ownerPatience'));
    expect(judging.effect('armTimer')).toEqual({ timer: 'vrrp.ownerVerdict', delayUs: 2_400_000 });
    const over = given(owner, ...start, lesser, timer('ownerPatience'), timer('ownerVerdict'));
    expect([over.protocol, over.state.ownership]).toEqual(['master', 'undisputed']);
  });

  it('gives way with priority 254 to one that goes on, and is an owner again when that one is gone', () => {
    const conceded = [...start, lesser, timer('ownerPatience'), lesser];
    const run = given(owner, ...conceded);
    expect([run.protocol, run.context.effectivePriority]).toEqual([{ backup: 'listening' }, 254]);
    expect(run.effect('watchMaster')?.allowedUs).toBe(6_007_812);
    expect(given(owner, ...conceded, lesser).context.effectivePriority).toBe(254);
    expect(given(owner, ...conceded, advert(200)).context.effectivePriority).toBe(255);
    const master = given(owner, ...conceded, REMOVED, SILENT);
    expect([master.protocol, master.effect('announce')]).toEqual(['master', { priority: 255 }]);
  });
});

describe('timer_expired_backup', () => {
  const late = (stalledUs: number) =>
    given({ expiredTimerPriority: 254 }, ...MASTER, { type: 'self.stalled', stalledUs });

  it('yields without a word when a backup may have taken over', () => {
    expect(late(2_007_811).protocol).toBe('master');
    const run = late(2_007_813);
    expect([run.protocol, run.names().includes('sendAdvert')]).toEqual([{ backup: 'listening' }, false]);
  });

  it('stays without it', () => {
    expect(given({}, ...MASTER, { type: 'self.stalled', stalledUs: 9e6 }).protocol).toBe('master');
  });
});

describe('a lease that ran out', () => {
  const lost = { type: 'self.leaseLost', leaseUs: 3_000_000, lateUs: 500_000, resigned: true } as const;

  it('ends mastership: the addresses go, and priority 0 has been sent already', () => {
    const run = given({}, ...MASTER, lost);
    expect(run.protocol).toEqual({ backup: 'listening' });
    expect(run.names()).toContain('removeVips');
    expect(run.names()).not.toContain('sendAdvert');
    expect(run.context.lastStallUs).toBe(3_500_000);
  });

  it('means nothing to a backup', () => {
    expect(given({}, lost).protocol).toBe('initialize');
  });
});

describe('vrrp_startup_delay and vrrp_delay_after_boot', () => {
  const held = { startupDelayUs: 10_000_000, delayAfterBootUs: 60_000_000 };
  const started = { ...STARTED, processUptimeUs: 1_000_000, machineUptimeUs: 55_000_000 } as VrrpEvent;

  it('holds for the longer of the two, deaf', () => {
    const run = given(held, started);
    expect(run.protocol).toEqual({ backup: 'holding' });
    expect(run.last.effects).toContainEqual({
      type: 'armTimer',
      params: { timer: 'vrrp.startupHold', delayUs: 9_000_000 },
    });
    expect(run.names()).not.toContain('watchMaster');
    expect(given(held, started, advert(200)).names()).toEqual([]);
  });

  it('then waits as at any start', () => {
    const run = given(held, started, timer('startupHold'));
    expect([run.protocol, run.effect('watchMaster')?.allowedUs]).toEqual([
      { backup: 'listening' },
      3_609_375,
    ]);
    const owner = given({ ...held, startAsMaster: true, priority: 255 }, started, timer('startupHold'));
    expect(owner.protocol).toBe('master');
  });

  it('holds again after a fault', () => {
    const run = given(held, started, { type: 'link.down' }, { type: 'link.up' });
    expect(run.protocol).toEqual({ backup: 'holding' });
  });
});

describe('trackers', () => {
  it('add up and count between 1 and 254', () => {
    const input = { priority: 100, trackers: [CHK, { tracker: 'tracker/file/f', pending: false }] };
    const both = given(input, STARTED, tracker(-20), tracker(5, false, 'tracker/file/f'));
    expect(both.context.effectivePriority).toBe(85);
    expect(given(input, STARTED, tracker(-200)).context.effectivePriority).toBe(1);
    expect(given(input, STARTED, tracker(253)).context.effectivePriority).toBe(254);
  });

  it('never change an owner, and count only if they are followed', () => {
    const owner = given({ priority: 255, trackers: [CHK] }, STARTED, tracker(-20));
    expect(owner.context.effectivePriority).toBe(255);
    expect(given({}, STARTED, tracker(-20, true)).context.faultReasons).toEqual([]);
  });

  it('change what a master announces from the next advert on', () => {
    const run = given({ trackers: [CHK], notifyPriorityChanges: true }, ...MASTER, tracker(-20));
    expect(run.last.effects).toEqual([
      { type: 'reviseAnnouncement', params: { priority: 80 } },
      {
        type: 'notify',
        params: { scope: 'INSTANCE', name: 'VI_1', state: 'MASTER_PRIORITY', priority: 80 },
      },
    ]);
  });

  it('shift what a backup waits for, and end what it need not follow any more', () => {
    const run = given({ trackers: [CHK] }, STARTED, advert(110), tracker(20));
    expect(run.effect('adjustWatch')).toEqual({ awaited: null, allowedUs: 3_531_250 });
    const still = given({ trackers: [CHK] }, STARTED, advert(110), tracker(5));
    expect(still.effect('adjustWatch')).toMatchObject({ awaited: { priority: 110 }, allowedUs: 3_589_843 });
  });

  it('of weight 0 are a reason for fault, which has its exit', () => {
    const run = given({ trackers: [CHK] }, ...MASTER, tracker(0, true));
    expect([run.protocol, run.context.faultReasons]).toEqual(['fault', ['tracker/script/chk']]);
    expect(run.effect('sendAdvert')).toEqual({ priority: 0 });
    const back = given({ trackers: [CHK] }, ...MASTER, tracker(0, true), tracker(0));
    expect(back.protocol).toEqual({ backup: 'listening' });
  });

  it('hold the instance until the first result, and nobody is told of that', () => {
    const input = { trackers: [{ ...CHK, pending: true }], priority: 255, startAsMaster: true };
    const waiting = given(input, STARTED, REMOVED);
    expect([waiting.protocol, waiting.told]).toEqual(['initialize', []]);
    expect(given(input, STARTED, REMOVED, tracker(0)).protocol).toBe('master');
    const failed = given(input, STARTED, REMOVED, tracker(0, true));
    expect([failed.protocol, failed.told]).toEqual(['fault', ['FAULT']]);
    const early = given(input, tracker(0), STARTED);
    expect(early.protocol).toBe('master');
  });

  it('let an owner that fails wait a full time afterwards', () => {
    const owner = { priority: 255, startAsMaster: true, trackers: [CHK] };
    const run = given(owner, STARTED, REMOVED, ADDED, tracker(0, true), tracker(0));
    expect(run.effect('watchMaster')?.allowedUs).toBe(3_003_906);
  });
});

describe('other reasons for fault', () => {
  it.each([
    ['device', { type: 'device.failed', error: 'ENODEV' }, { type: 'device.created' }],
    ['config', { type: 'fault.found', reason: 'config' }, { type: 'fault.cleared', reason: 'config' }],
    ['group', decided('fault'), decided('backup')],
  ] as [string, VrrpEvent, VrrpEvent][])('%s opens and closes', (reason, opens, closes) => {
    expect(given({}, ...MASTER, opens).context.faultReasons).toEqual([reason]);
    expect(given({}, ...MASTER, opens, closes).protocol).toEqual({ backup: 'listening' });
  });

  it('may hold from the beginning', () => {
    const run = given({ faultsAtStart: ['device'] }, STARTED, { type: 'device.created' });
    expect(run.protocol).toEqual({ backup: 'listening' });
  });
});

describe('a member of a sync group', () => {
  const member = { group: 'group/VG_1' };
  const joined = [STARTED, REMOVED, decided('backup')] as const;

  it('waits for the first decision, and says what it is', () => {
    const run = given(member, STARTED);
    expect(run.protocol).toBe('initialize');
    expect(run.signals).toEqual([{ type: 'member.reported', member: 'vrrp/VI_1', standing: 'backup' }]);
    expect(given(member, ...joined).protocol).toEqual({ backup: 'listening' });
  });

  it('claims on silence and becomes master only when told', () => {
    const run = given(member, ...joined, SILENT);
    expect(run.protocol).toEqual({ backup: 'wanting' });
    expect(run.effect('signalActor')?.event).toEqual({ type: 'member.claimed', member: 'vrrp/VI_1' });
    expect(given(member, ...joined, SILENT, decided('master')).protocol).toBe('master');
    expect(given(member, ...joined, decided('master')).protocol).toEqual({ backup: 'listening' });
  });

  it('takes its claim back when it hears a better one', () => {
    const run = given(member, ...joined, SILENT, advert(200));
    expect([run.protocol, run.signals.at(-1)]).toEqual([
      { backup: 'listening' },
      { type: 'member.reported', member: 'vrrp/VI_1', standing: 'backup' },
    ]);
  });

  it('makes no row of every advert of a master that it may not replace', () => {
    const run = given(member, ...joined, SILENT, advert(50));
    expect(run.effect('watchMaster')).toMatchObject({ awaited: { priority: 50 } });
    expect(given(member, ...joined, SILENT, advert(50), SILENT).protocol).toEqual({ backup: 'wanting' });
  });

  it('yields with the others without a word, and resigns with them', () => {
    const master = [...joined, SILENT, decided('master'), ADDED] as const;
    const yields = given(member, ...master, decided('backup'));
    expect([yields.protocol, yields.names().includes('sendAdvert')]).toEqual([
      { backup: 'listening' },
      false,
    ]);
    const resigns = given(member, ...master, decided('backup', true));
    expect([resigns.protocol, resigns.effect('sendAdvert')]).toEqual([
      { backup: 'skewing' },
      { priority: 0 },
    ]);
    const fails = given(member, ...master, decided('fault'));
    expect([fails.protocol, fails.effect('sendAdvert')]).toEqual(['fault', { priority: 0 }]);
  });
});

describe('notices', () => {
  it('tell a master when its addresses are there, others when they are gone', () => {
    const asked = given({}, STARTED, REMOVED, SILENT);
    expect(asked.told).toEqual(['BACKUP']);
    expect(given({}, ...MASTER).told).toEqual(['BACKUP', 'MASTER']);
    expect(given({}, ...MASTER, advert(200)).told).toEqual(['BACKUP', 'MASTER']);
    expect(given({}, ...MASTER, advert(200), REMOVED).told).toEqual(['BACKUP', 'MASTER', 'BACKUP']);
    expect(given({}, ...MASTER, { type: 'link.down' }, REMOVED).told).toEqual(['BACKUP', 'MASTER', 'FAULT']);
  });

  it('tell a role that ends before the kernel has answered when it ends, so that none is left out', () => {
    const yielded = [STARTED, REMOVED, SILENT, advert(200)] as const;
    expect(given({}, ...yielded).told).toEqual(['BACKUP', 'MASTER']);
    expect(given({}, ...yielded, ADDED, REMOVED).told).toEqual(['BACKUP', 'MASTER', 'BACKUP']);
    const regained = [...MASTER, advert(200), SILENT] as const;
    expect(given({}, ...regained).told).toEqual(['BACKUP', 'MASTER', 'BACKUP']);
    expect(given({}, ...regained, REMOVED, ADDED).told).toEqual(['BACKUP', 'MASTER', 'BACKUP', 'MASTER']);
    const mended = [...MASTER, { type: 'link.down' }, { type: 'link.up' }] as const;
    expect(given({}, ...mended).told).toEqual(['BACKUP', 'MASTER', 'FAULT']);
    expect(given({}, ...mended, REMOVED).told).toEqual(['BACKUP', 'MASTER', 'FAULT', 'BACKUP']);
    expect(given({}, STARTED, REMOVED, SILENT, STOP, ADDED, REMOVED).told).toEqual([
      'BACKUP',
      'MASTER',
      'STOP',
    ]);
  });

  it('tell of the end once nothing is left', () => {
    expect(given({}, ...MASTER, STOP).told).toEqual(['BACKUP', 'MASTER']);
    expect(given({}, ...MASTER, STOP, REMOVED).told).toEqual(['BACKUP', 'MASTER', 'STOP']);
    expect(given({}, STARTED, REMOVED, STOP).told).toEqual(['BACKUP', 'STOP']);
  });

  it('tell of a removed instance as keepalived does', () => {
    const removed: VrrpEvent = { type: 'instance.removed' };
    const down: VrrpEvent = { type: 'link.down' };
    expect(given({ notifyDeleted: true }, STARTED, REMOVED, removed).told.at(-1)).toBe('DELETED');
    expect(given({}, STARTED, REMOVED, removed).told).toEqual(['BACKUP', 'FAULT']);
    expect(given({}, STARTED, REMOVED, down, removed).told).toEqual(['BACKUP', 'FAULT']);
  });
});
