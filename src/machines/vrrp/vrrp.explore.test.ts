/** Every state that an instance can reach: no fault without a way out, no state without a future, no master with a fault. */
import { describe, expect, it } from 'vitest';
import { assign } from 'xstate';
import { vrrpDefinition } from '../registry.ts';
import {
  addressesOf,
  contextOf,
  kindOf,
  type Place,
  roleOf,
  type Scenario,
  type Step,
  VrrpExploration,
  wrongsIn,
} from './exploration.fixture.ts';
import type { DeviceSpec } from './input/device.ts';
import type { VrrpEvent } from './vrrp.events.ts';
import { vrrpInput, wireDetails } from './vrrp.fixture.ts';
import type { VrrpInput } from './vrrp.input.ts';
import { vrrpMachine } from './vrrp.machine.ts';
import { FAULT_KINDS, type FaultKind, PEERS_FAULT, STANDING_EVENTS } from './vrrp.standing.ts';
import { vrrpUpdates } from './vrrp.updates.ts';

const OWN = '10.0.0.2';
const SCRIPT = 'tracker/script/vital';
const FILE = 'tracker/file/level';

const heard = (priority: number, source: string): VrrpEvent => ({
  type: 'advert.received',
  source,
  priority,
  advertIntervalUs: 1_000_000,
  addresses: ['10.0.0.100'],
});
const started = (linkUp: boolean, sourceAddress: string | null): VrrpEvent => ({
  type: 'instance.started',
  linkUp,
  sourceAddress,
  processUptimeUs: 0,
});
/** Of a worker that takes the place of one that died, so lately that it may go on as master. */
const resumed = (linkUp: boolean): VrrpEvent => ({
  ...{ type: 'instance.started', linkUp, sourceAddress: OWN, processUptimeUs: 0 },
  former: { role: 'master', advertAgeUs: 300_000, told: true, digest: 'ab', ownDigest: 'ab' },
});
const tracked = (tracker: string, weight: number, fault: boolean): VrrpEvent => ({
  type: 'tracker.changed',
  tracker,
  weight,
  fault,
});
const decided = (state: 'backup' | 'master' | 'fault', resigning = false): VrrpEvent => ({
  type: 'group.decided',
  state,
  resigning,
});
const SILENT: VrrpEvent = {
  type: 'master.silent',
  silentUs: 3_609_375,
  allowedUs: 3_609_375,
  missedAdverts: 3,
  lateUs: 0,
};

const LINK: readonly VrrpEvent[] = [{ type: 'link.down' }, { type: 'link.up' }];
const SOURCE: readonly VrrpEvent[] = [{ type: 'source.lost' }, { type: 'source.found', address: OWN }];
const NAMED: readonly VrrpEvent[] = [
  { type: 'fault.found', reason: 'somebody' },
  { type: 'fault.cleared', reason: 'somebody' },
];
const ADVERTS = [0, 50, 100, 200].map((priority) => heard(priority, '10.0.0.9'));
const DELETED = ['10.0.0.100', '10.0.0.101'].map(
  (name): VrrpEvent => ({ type: 'object.deleted', object: 'address', name }),
);
const COMMON: readonly VrrpEvent[] = [
  started(true, OWN),
  started(false, null),
  SILENT,
  ...ADVERTS,
  ...LINK,
  ...SOURCE,
  ...DELETED,
  { type: 'shutdown.requested', reason: 'SIGTERM' },
  { type: 'instance.removed' },
];
const DEVICE: DeviceSpec = {
  name: 'vrrp.51',
  named: false,
  prefix: 'vrrp',
  base: 'eth0',
  device: { kind: 'macvlan', mac: '00:00:5e:00:01:33' },
  group: null,
  family: 'inet',
  ipv6: false,
  linkLocal: null,
  address: null,
  notifiesBase: false,
};

/** Without the second bursts of gratuitous ARP: they have no consequence. */
const input = (changes: Partial<VrrpInput> = {}): VrrpInput =>
  vrrpInput({ garpMasterDelayUs: 0, garpLowerPriorityDelayUs: 0, declaresFirstAdvert: true, ...changes });
const vip = (address: string) => ({ address, prefixLength: 24, interface: 'eth0' });
const [ONE, TWO] = [vip('10.0.0.100'), vip('10.0.0.101')];
const follow = (tracker: string, pending: boolean) => ({ tracker, pending });

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'version 3',
    inputs: [input()],
    outside: [
      ...COMMON,
      ...NAMED,
      heard(100, '10.0.0.1'),
      { type: 'self.leaseLost', leaseUs: 3_000_000, lateUs: 0, resigned: true },
    ],
    failing: true,
  },
  {
    name: 'version 2, nopreempt, a late master yields',
    inputs: [input({ version: 2, nopreempt: true, expiredTimerPriority: 150 })],
    outside: [...COMMON, { type: 'self.stalled', stalledUs: 5_000_000 }],
  },
  {
    name: 'an owner',
    inputs: [input({ priority: 255, startAsMaster: true })],
    outside: [...COMMON, heard(255, '10.0.0.1'), heard(255, '10.0.0.9')],
  },
  {
    name: 'preempt_delay, a priority that trackers change',
    inputs: [input({ preemptDelayUs: 7_000_000, trackers: [follow(FILE, false)] }), input()],
    outside: [
      ...COMMON,
      ...SOURCE,
      tracked(FILE, -60, false),
      tracked(FILE, 0, false),
      tracked(FILE, 0, true),
    ],
  },
  {
    name: 'vrrp_startup_delay, state MASTER',
    inputs: [input({ startupDelayUs: 10_000_000, startAsMaster: true })],
    outside: COMMON,
  },
  {
    name: 'a sync group',
    inputs: [input({ group: 'group/VG' }), input()],
    outside: [
      ...COMMON,
      decided('backup'),
      decided('backup', true),
      decided('master'),
      decided('fault'),
      { type: 'group.contested' },
    ],
  },
  {
    name: 'a device of its own, a script that must run first',
    inputs: [input({ devices: [DEVICE], advertInterface: 'vrrp.51', trackers: [follow(SCRIPT, true)] })],
    outside: [
      ...COMMON,
      tracked(SCRIPT, 0, true),
      tracked(SCRIPT, 0, false),
      { type: 'device.deleted', device: 'vrrp.51' },
    ],
    failing: true,
  },
  {
    name: 'peers that only a reload brings',
    inputs: [
      input({ wire: wireDetails({ lacksPeers: true }), faultsAtStart: ['config'] }),
      input({ unicastPeers: ['10.0.0.9'] }),
    ],
    outside: [...COMMON, { type: 'fault.cleared', reason: 'config' }],
  },
  {
    name: 'addresses that reloads bring and take',
    inputs: [
      input({ addresses: [ONE] }),
      input({ addresses: [ONE, TWO] }),
      input({ addresses: [TWO], priority: 120 }),
    ],
    outside: COMMON,
    failing: true,
  },
  {
    name: 'a worker that died as master, a script that must run first',
    inputs: [input({ trackers: [follow(SCRIPT, true)] }), input()],
    outside: [...COMMON, resumed(true), resumed(false), tracked(SCRIPT, 0, true), tracked(SCRIPT, 0, false)],
    failing: true,
  },
  {
    name: 'a worker that died as master, in a sync group',
    inputs: [input({ group: 'group/VG' })],
    outside: [...COMMON, resumed(true), decided('backup'), decided('master'), decided('fault')],
  },
];

const opens = (kind: FaultKind, place: Place): boolean =>
  contextOf(place).faultReasons.some((reason) => kindOf(reason) === kind);
const hasEnded = (place: Place): boolean => contextOf(place).farewell !== null;
const isEnd = (event: Step['event']): boolean =>
  event === 'shutdown.requested' || event === 'instance.removed';

/** States with a reason of this kind that cannot be mended: by what opens no reason, and does not end the instance. */
function withoutExit(exploration: VrrpExploration, kind: FaultKind): string[] {
  const open = [...exploration.places.values()].filter((place) => opens(kind, place) && !hasEnded(place));
  if (open.length === 0) return [];
  const mends = ({ from, to, event }: Step): boolean => {
    // A reload is the way out of what only the configuration can mend, and of nothing else.
    if (isEnd(event) || (event === 'instance.reconfigured' && kind !== PEERS_FAULT)) return false;
    // Before it starts nothing is known.
    if (event === 'instance.started') return true;
    const before = contextOf(from).faultReasons;
    return contextOf(to).faultReasons.every((reason) => before.includes(reason));
  };
  const mended = exploration.leadingTo((place) => !opens(kind, place), mends);
  return open.filter((place) => !mended.has(place)).map(({ key }) => key);
}

/** States of an instance that lives from which this cannot come about any more. */
function never(exploration: VrrpExploration, isGoal: (place: Place) => boolean): string[] {
  const leading = exploration.leadingTo(isGoal, ({ event }) => !isEnd(event));
  const living = [...exploration.places.values()].filter((place) => !hasEnded(place));
  return living.filter((place) => !leading.has(place)).map(({ key }) => key);
}

const explorations = SCENARIOS.map((scenario) => new VrrpExploration(scenario));

describe.each(explorations.map((exploration) => ({ name: exploration.scenario.name, exploration })))(
  '$name',
  ({ exploration }) => {
    const places = [...exploration.places.values()];

    it('keeps what must hold everywhere', () => {
      console.log(`${exploration.scenario.name}: ${places.length} states, ${exploration.steps.length} steps`);
      expect(places.flatMap(wrongsIn).slice(0, 2)).toEqual([]);
    });

    it('stands by an advert that left by itself when there was silence, and has none leave in a sync group', () => {
      const silences = exploration.steps.filter(
        ({ from, event }) => event === 'master.silent' && from.world.first !== null,
      );
      const wrong = silences.filter(
        ({ from, to }) => roleOf(to) !== 'master' || contextOf(to).effectivePriority !== from.world.first,
      );
      expect(wrong.map(({ from }) => from.key).slice(0, 2)).toEqual([]);
      const mayLead = exploration.scenario.inputs.some(({ group }) => group === null);
      expect(silences.length > 0).toBe(mayLead);
      const inGroup = places.filter((place) => contextOf(place).input.group !== null);
      expect(inGroup.filter(({ world }) => world.first !== null)).toEqual([]);
    });

    it.each(FAULT_KINDS)('has a way out of %s', (kind) => {
      expect(withoutExit(exploration, kind).slice(0, 2)).toEqual([]);
    });

    it('leaves fault once every reason is closed', () => {
      const stuck = never(exploration, (place) => ['backup', 'master'].includes(roleOf(place)));
      expect(stuck.slice(0, 2)).toEqual([]);
    });

    it.each(['master', 'backup', 'fault'])('can become %s from everywhere', (role) => {
      expect(never(exploration, (place) => roleOf(place) === role).slice(0, 2)).toEqual([]);
    });

    it('can end everywhere, and leaves nothing behind', () => {
      const isGone = (place: Place): boolean =>
        hasEnded(place) &&
        addressesOf(place) === 'absent' &&
        place.world.kernel.length === 0 &&
        !place.world.devices;
      const leading = exploration.leadingTo(isGone, () => true);
      expect(
        places
          .filter((place) => !leading.has(place))
          .map(({ key }) => key)
          .slice(0, 2),
      ).toEqual([]);
    });
  },
);

describe('the exploration', () => {
  it.each(FAULT_KINDS)('meets %s in fault', (kind) => {
    const places = explorations.flatMap((exploration) => [...exploration.places.values()]);
    expect(places.some((place) => roleOf(place) === 'fault' && opens(kind, place))).toBe(true);
  });

  it('tells every event that can open or close a reason', () => {
    const told = new Set<string>(explorations.flatMap(({ steps }) => steps.map(({ event }) => event)));
    expect(STANDING_EVENTS.filter((event) => !told.has(event))).toEqual([]);
  });
});

/** Events that close a reason of this kind, each in a scenario that opens it. */
const EXITS: Readonly<Record<FaultKind, { readonly event: VrrpEvent['type']; readonly scenario: number }>> = {
  link: { event: 'link.up', scenario: 0 },
  source: { event: 'source.found', scenario: 0 },
  named: { event: 'fault.cleared', scenario: 0 },
  tracker: { event: 'tracker.changed', scenario: 3 },
  group: { event: 'group.decided', scenario: 5 },
  device: { event: 'device.created', scenario: 6 },
  peers: { event: 'instance.reconfigured', scenario: 7 },
};

it.each(FAULT_KINDS)('catches a chart that never closes %s', (kind) => {
  const { event: exit, scenario: at } = EXITS[kind];
  const scenario = SCENARIOS[at];
  if (scenario === undefined) throw new Error(`no scenario ${at}`);
  const keep = <T extends { readonly faultReasons?: readonly string[] }>(
    before: readonly string[],
    after: T,
  ): T => {
    const reasons = after.faultReasons ?? before;
    const kept = before.filter((reason) => kindOf(reason) === kind && !reasons.includes(reason));
    return { ...after, faultReasons: [...reasons, ...kept] };
  };
  const machine = vrrpMachine.provide({
    actions: {
      recordStanding: assign(({ context, event }) => {
        const after = vrrpUpdates.recordStanding(context, event);
        return event.type === exit ? keep(context.faultReasons, after) : after;
      }),
      adoptInput: assign(({ context, event }) => {
        if (event.type !== 'instance.reconfigured') return {};
        return {
          input: event.input,
          ...(exit === event.type ? {} : keep([], { faultReasons: context.faultReasons })),
        };
      }),
    },
  });
  const outside = scenario.outside.filter(
    ({ type }) => type === 'instance.started' || STANDING_EVENTS.some((event) => event === type),
  );
  const definition = { ...vrrpDefinition, machine };
  const exploration = new VrrpExploration({ ...scenario, outside, definition });
  expect(withoutExit(exploration, kind)).not.toEqual([]);
});
