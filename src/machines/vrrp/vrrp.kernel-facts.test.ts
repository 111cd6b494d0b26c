import { describe, expect, it } from 'vitest';
import { vrrpInput } from './vrrp.fixture.ts';
import {
  deletionFacts,
  type InterfaceView,
  type Standing,
  standingFacts,
  standingOf,
  startFact,
} from './vrrp.kernel-facts.ts';

const input = vrrpInput();
const up = (...addresses: string[]): InterfaceView => ({ up: true, addresses });
const down = (...addresses: string[]): InterfaceView => ({ up: false, addresses });

function machine(interfaces: Record<string, InterfaceView>, ...virtual: string[]) {
  return { interfaces: new Map(Object.entries(interfaces)), virtualAddresses: new Set(virtual) };
}

const sourceOf = (of: Partial<typeof input>, view: ReturnType<typeof machine>, former?: Standing) =>
  standingOf({ ...input, ...of }, view, former ?? null).sourceAddress;

const NO_DELAYS = { startupDelayUs: 0, delayAfterBootUs: 0 };
const UPTIMES = { machineUptimeUs: 1, processUptimeUs: 1 };

describe('the address that adverts leave from', () => {
  it('is the first of the interface that is not virtual', () => {
    expect(sourceOf({}, machine({ eth0: up('10.0.0.100', '10.0.0.2', '10.0.0.3') }))).toBe('10.0.0.2');
  });

  it('is not the virtual address of another instance on the interface, which may move away', () => {
    expect(sourceOf({}, machine({ eth0: up('10.0.0.99', '10.0.0.2') }, '10.0.0.99'))).toBe('10.0.0.2');
    expect(sourceOf({}, machine({ eth0: up('10.0.0.99') }, '10.0.0.99'))).toBeNull();
  });

  it('is the configured one with multicast, whoever holds it', () => {
    expect(sourceOf({ sourceAddress: '10.0.0.9' }, machine({ eth0: up('10.0.0.2') }))).toBe('10.0.0.9');
  });

  it('is the configured one with unicast if the machine holds it on any interface, else none', () => {
    const unicast = { sourceAddress: '10.0.0.9', unicastPeers: ['10.0.0.3'] };
    expect(sourceOf(unicast, machine({ eth0: up('10.0.0.9') }))).toBe('10.0.0.9');
    expect(sourceOf(unicast, machine({ eth0: up('10.0.0.2'), lo: up('10.0.0.9') }))).toBe('10.0.0.9');
    expect(sourceOf(unicast, machine({ eth0: up('10.0.0.2') }))).toBeNull();
  });

  it('stays while it exists, and moves on when it is gone', () => {
    const former: Standing = { down: [], sourceAddress: '10.0.0.2' };
    expect(sourceOf({}, machine({ eth0: up('10.0.0.1', '10.0.0.2') }), former)).toBe('10.0.0.2');
    expect(sourceOf({}, machine({ eth0: up('10.0.0.1') }), former)).toBe('10.0.0.1');
  });
});

describe('the link', () => {
  const second = vrrpInput({
    addresses: [
      { address: '10.0.0.100', prefixLength: 24, interface: 'eth0' },
      { address: '10.1.0.100', prefixLength: 24, interface: 'eth1' },
    ],
  });
  const downOf = (view: ReturnType<typeof machine>) => standingOf(second, view, null).down;

  it('is up when every interface that carries adverts or virtual addresses is up', () => {
    expect(downOf(machine({ eth0: up('10.0.0.2'), eth1: up() }))).toEqual([]);
    expect(downOf(machine({ eth0: up('10.0.0.2'), eth1: down() }))).toEqual(['eth1']);
    expect(downOf(machine({ eth0: up('10.0.0.2') }))).toEqual(['eth1']);
  });

  it('does not matter where the address is not tracked, nor does its deletion', () => {
    const untracked = vrrpInput({
      addresses: second.addresses.map((vip) => ({ ...vip, untracked: true as const })),
    });
    expect(standingOf(untracked, machine({ eth0: up('10.0.0.2'), eth1: down() }), null).down).toEqual([]);
    expect(standingOf(untracked, machine({ eth0: down('10.0.0.2') }), null).down).toEqual(['eth0']);
    expect(deletionFacts(untracked, 'eth1', up('10.1.0.100'), up())).toEqual([]);
  });

  it('goes with the first interface and returns with the last', () => {
    const none: Standing = { down: [], sourceAddress: '10.0.0.2' };
    const one: Standing = { ...none, down: ['eth1'] };
    const both: Standing = { ...none, down: ['eth0', 'eth1'] };
    expect(standingFacts(none, one)).toEqual([{ type: 'link.down', interface: 'eth1' }]);
    expect(standingFacts(one, both)).toEqual([]);
    expect(standingFacts(both, one)).toEqual([]);
    expect(standingFacts(one, none)).toEqual([{ type: 'link.up', interface: 'eth1' }]);
  });
});

describe('facts', () => {
  it('of a start tell link and source', () => {
    expect(startFact(NO_DELAYS, standingOf(input, machine({}), null), UPTIMES)).toEqual({
      type: 'instance.started',
      linkUp: false,
      sourceAddress: null,
    });
  });

  it('of a change tell the source apart', () => {
    const having = (sourceAddress: string | null): Standing => ({ down: [], sourceAddress });
    expect(standingFacts(having('10.0.0.2'), having(null))).toEqual([{ type: 'source.lost' }]);
    expect(standingFacts(having(null), having('10.0.0.2'))).toEqual([
      { type: 'source.found', address: '10.0.0.2' },
    ]);
    expect(standingFacts(having('10.0.0.2'), having('10.0.0.2'))).toEqual([]);
  });

  it('report a virtual address that went, on the interface that carries it', () => {
    const before = up('10.0.0.2', '10.0.0.100');
    expect(deletionFacts(input, 'eth0', before, up('10.0.0.2'))).toEqual([
      { type: 'address.deleted', address: '10.0.0.100' },
    ]);
    expect(deletionFacts(input, 'eth1', before, up('10.0.0.2'))).toEqual([]);
  });
});
