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

it('a second reload while the kernel works for the first one takes and gives what differs then', () => {
  const both: VrrpEvent = { type: 'instance.reconfigured', input: vrrpInput({ addresses: [ONE, TWO] }) };
  const { addresses, asked } = reloaded([...MASTER, both], { addresses: [ONE] });
  expect([addresses, asked.removeVips]).toEqual(['extending', { addresses: [TWO] }]);
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
