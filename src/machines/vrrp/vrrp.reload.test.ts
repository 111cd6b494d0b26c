import { describe, expect, it } from 'vitest';
import { evaluate, startActor } from '../../engine/evaluate.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { vrrpDefinition } from '../registry.ts';
import type { VrrpContext } from './vrrp.context.ts';
import type { VrrpEvent } from './vrrp.events.ts';
import { vrrpInput, wireDetails } from './vrrp.fixture.ts';
import type { VrrpInput } from './vrrp.input.ts';

const STARTED: VrrpEvent = { type: 'instance.started', linkUp: true, sourceAddress: '10.0.0.2' };
const SILENT: VrrpEvent = {
  type: 'master.silent',
  silentUs: 3_609_375,
  allowedUs: 3_609_375,
  missedAdverts: 3,
  lateUs: 0,
};
const ADDED: VrrpEvent = { type: 'vips.added' };
const REMOVED: VrrpEvent = { type: 'vips.removed' };
const HEARD: VrrpEvent = {
  type: 'advert.received',
  source: '10.0.0.1',
  priority: 150,
  advertIntervalUs: 1_000_000,
  addresses: ['10.0.0.100'],
};
const MASTER = [STARTED, REMOVED, SILENT, ADDED];
const BACKUP = [STARTED, REMOVED, HEARD];

const vip = (address: string) => ({ address, prefixLength: 24, interface: 'eth0' });
const NOTHING = { addresses: [] };
const [ONE, TWO] = [vip('10.0.0.100'), vip('10.0.0.101')];

/** The instance after these events, and what the last one made it ask for. */
function reloaded(events: readonly VrrpEvent[], changes: Partial<VrrpInput>, ...more: VrrpEvent[]) {
  const reload: VrrpEvent = { type: 'instance.reconfigured', input: vrrpInput(changes) };
  let last = startActor(vrrpDefinition, vrrpInput());
  for (const event of [...events, reload, ...more]) {
    last = evaluate(vrrpDefinition, last.snapshot, { ...event } as never);
  }
  const { protocol, addresses, garp } = last.state as JsonObject;
  const asked = Object.fromEntries(last.effects.map(({ type, params }) => [type, params]));
  return { protocol, addresses, garp, asked, context: last.context as unknown as VrrpContext };
}

describe('a master', () => {
  it('with another priority announces it at once and keeps its addresses', () => {
    const { protocol, addresses, asked, context } = reloaded(MASTER, { priority: 120 });
    expect([protocol, addresses]).toEqual(['master', 'held']);
    expect(asked).toEqual({ announce: { priority: 120 } });
    expect(context).toMatchObject({ effectivePriority: 120, input: { priority: 120 } });
  });

  it('with another interval opens its ear anew before it announces', () => {
    const { asked } = reloaded(MASTER, { advertIntervalUs: 500_000 });
    expect(Object.keys(asked)).toEqual(['openHeartbeat', 'setSourceAddress', 'announce']);
    expect(asked.openHeartbeat).toMatchObject({ identity: { advertIntervalUs: 500_000 } });
  });

  it('takes and gives only the addresses that differ, and tells the LAN again when they are held', () => {
    const exchanged = reloaded(MASTER, { addresses: [TWO] });
    expect(exchanged.asked).toMatchObject({
      removeVips: { addresses: [ONE] },
      addVips: { addresses: [TWO] },
    });
    expect(Object.keys(exchanged.asked)).not.toContain('sendGratuitousArps');
    expect(exchanged.addresses).toBe('exchanging');
    expect(reloaded(MASTER, { addresses: [TWO] }, REMOVED).addresses).toBe('extending');
    const held = reloaded(MASTER, { addresses: [TWO] }, REMOVED, ADDED);
    expect([held.addresses, held.garp]).toEqual(['held', 'announced']);
    expect(held.asked.sendGratuitousArps).toMatchObject({ addresses: [TWO] });
  });

  it('that only loses an address says nothing to the LAN about the others', () => {
    const run = reloaded([...MASTER], { addresses: [] }, REMOVED);
    expect([run.addresses, run.asked.sendGratuitousArps]).toEqual(['held', undefined]);
    expect(reloaded(MASTER, { addresses: [] }).asked.removeVips).toEqual({ addresses: [ONE] });
  });

  it('that loses its mastership meanwhile takes everything away', () => {
    const yielded = reloaded(MASTER, { addresses: [ONE, TWO] }, { ...HEARD, priority: 200 }, ADDED);
    expect(yielded.protocol).toEqual({ backup: 'listening' });
    expect(yielded.addresses).toBe('removing');
    expect(yielded.asked.removeVips).toEqual({ addresses: [ONE, TWO] });
  });
});

it.each([
  [null, 'index', { addresses: [ONE, TWO], blocked: 'index' }],
  ['name', null, { addresses: [ONE, TWO] }],
] as const)('addresses that are %s are %s afterwards, all of them', (before, after, addVips) => {
  const added: VrrpEvent = {
    type: 'instance.reconfigured',
    input: vrrpInput({ addresses: [ONE, TWO], blocked: before }),
  };
  const run = reloaded([...MASTER, added, ADDED], { addresses: [ONE, TWO], blocked: after });
  expect([run.addresses, run.asked.addVips, run.asked.removeVips]).toEqual(['extending', addVips, undefined]);
});

it('a second reload while the kernel works for the first one takes and gives what differs once it has answered', () => {
  const both: VrrpEvent = { type: 'instance.reconfigured', input: vrrpInput({ addresses: [ONE, TWO] }) };
  const asked = reloaded([...MASTER, both], { addresses: [ONE] });
  expect([asked.addresses, asked.asked.removeVips]).toEqual(['extending', undefined]);
  const answered = reloaded([...MASTER, both], { addresses: [ONE] }, ADDED);
  expect([answered.addresses, answered.asked.removeVips]).toEqual(['renewing', { addresses: [TWO] }]);
  const renewed = reloaded([...MASTER, both], { addresses: [ONE] }, ADDED, REMOVED);
  expect([renewed.addresses, renewed.asked.addVips]).toEqual(['adding', { addresses: [ONE] }]);
  const done = reloaded([...MASTER, both], { addresses: [ONE] }, ADDED, REMOVED, ADDED);
  expect([done.addresses, done.context.leftover, done.context.outdated]).toEqual(['held', NOTHING, false]);
});

describe('what a reload takes and the kernel does not let go of', () => {
  const FAILED: VrrpEvent = { type: 'vips.removeFailed', address: '10.0.0.100', error: 'EPERM' };
  const RETRY = { type: 'timer.expired', timer: 'vrrp.removeRetry' } as unknown as VrrpEvent;
  const TIDY = { type: 'timer.expired', timer: 'vrrp.tidyRetry' } as unknown as VrrpEvent;
  const LOST: VrrpEvent = { ...HEARD, priority: 200 };
  const tried = (run: ReturnType<typeof reloaded>) => [run.addresses, run.asked.removeVips];

  it('is tried again while it is master, and when it is none any more', () => {
    expect(reloaded(MASTER, { addresses: [] }, FAILED).addresses).toBe('untidy');
    expect(tried(reloaded(MASTER, { addresses: [] }, FAILED, TIDY))).toEqual([
      'renewing',
      { addresses: [ONE] },
    ]);
    const lost = reloaded(MASTER, { addresses: [TWO] }, FAILED, ADDED, LOST);
    expect(tried(lost)).toEqual(['removing', { addresses: [TWO, ONE] }]);
    expect(reloaded(MASTER, { addresses: [TWO] }, FAILED, ADDED, LOST, REMOVED).context.leftover).toEqual(
      NOTHING,
    );
  });

  it('is tried again if the reload came while it was being removed, or had stayed behind', () => {
    const removing = reloaded([...MASTER, LOST], { addresses: [TWO] }, FAILED, RETRY);
    expect(tried(removing)).toEqual(['removing', { addresses: [TWO, ONE] }]);
    const stuck = reloaded([...MASTER, LOST, FAILED], { addresses: [TWO] }, RETRY);
    expect(tried(stuck)).toEqual(['removing', { addresses: [TWO, ONE] }]);
  });

  it('is nothing that is left over if a later reload brings it back', () => {
    const back: VrrpEvent = { type: 'instance.reconfigured', input: vrrpInput() };
    const run = reloaded([...MASTER, LOST, FAILED], { addresses: [TWO] }, back, RETRY);
    expect(tried(run)).toEqual(['removing', { addresses: [ONE, TWO] }]);
  });
});

it('blocks the addresses that it brings where nobody may talk to them', () => {
  const blocked = { blocked: 'index' as const };
  const shut: VrrpEvent = { type: 'instance.reconfigured', input: vrrpInput(blocked) };
  const run = reloaded([...MASTER, shut, ADDED], { ...blocked, addresses: [ONE, TWO] });
  expect(run.asked.addVips).toEqual({ addresses: [TWO], blocked: 'index' });
});

describe('what somebody else deletes', () => {
  const DELETED: VrrpEvent = { type: 'object.deleted', object: 'address', name: '10.0.0.100' };

  it('counts while the kernel works for the instance, too', () => {
    const both = { addresses: [ONE, TWO] };
    for (const state of ['adding', 'extending'] as const) {
      const events = state === 'adding' ? MASTER.slice(0, -1) : MASTER;
      const run = reloaded(events, state === 'adding' ? {} : both, DELETED);
      expect([run.addresses, run.protocol, run.asked.sendAdvert]).toEqual([
        state,
        { backup: 'skewing' },
        { priority: 0 },
      ]);
    }
  });

  it('does not count if it was this program', () => {
    const run = reloaded(MASTER, { addresses: [{ ...ONE, label: 'eth0:1' }] }, { ...DELETED, own: true });
    expect([run.protocol, run.addresses]).toEqual(['master', 'exchanging']);
  });
});

it('a lack of peers begins and ends with the configuration that says so', () => {
  const lacking = vrrpInput({ wire: wireDetails({ lacksPeers: true }) });
  const begun = reloaded(BACKUP, lacking);
  expect([begun.protocol, begun.context.faultReasons]).toEqual(['fault', ['peers']]);
  const ended = reloaded(BACKUP, lacking, { type: 'instance.reconfigured', input: vrrpInput() });
  expect([ended.protocol, ended.context.faultReasons]).toEqual([{ backup: 'listening' }, []]);
});

describe('a backup', () => {
  it('with a higher priority no longer waits for the master of a lower one', () => {
    const { protocol, asked } = reloaded(BACKUP, { priority: 200 });
    expect(protocol).toEqual({ backup: 'listening' });
    expect(Object.keys(asked)).toEqual(['adjustWatch']);
    expect(asked.adjustWatch).toMatchObject({ awaited: null });
  });

  it('with other addresses asks the kernel for nothing', () => {
    const { addresses, asked } = reloaded(BACKUP, { addresses: [TWO] });
    expect(addresses).toBe('absent');
    expect(Object.keys(asked)).toEqual(['openHeartbeat', 'setSourceAddress', 'watchMaster']);
  });
});

it('what is no longer followed is no reason for fault any more', () => {
  const trackers = [{ tracker: 'tracker/script/chk', pending: false }];
  const input = vrrpInput({ trackers });
  let last = startActor(vrrpDefinition, input);
  const events: VrrpEvent[] = [
    STARTED,
    REMOVED,
    { type: 'tracker.changed', tracker: 'tracker/script/chk', weight: 0, fault: true },
    { type: 'instance.reconfigured', input: vrrpInput() },
  ];
  for (const event of events) last = evaluate(vrrpDefinition, last.snapshot, { ...event } as never);
  expect((last.state as JsonObject).protocol).toEqual({ backup: 'listening' });
  expect(last.context).toMatchObject({ faultReasons: [], trackers: {} });
});
