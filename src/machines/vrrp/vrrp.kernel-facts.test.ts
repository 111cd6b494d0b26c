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
const up = (...addresses: string[]): InterfaceView => ({ up: true, addresses, base: null });
const down = (...addresses: string[]): InterfaceView => ({ up: false, addresses, base: null });

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
    const linkLocal = { family: 'inet6' as const, sourceAddress: 'fe80::9', unicastPeers: ['fe80::3'] };
    expect(sourceOf(linkLocal, machine({ eth0: up('fe80::9') }))).toBe('fe80::9');
    expect(sourceOf(linkLocal, machine({ eth0: up(), eth1: up('fe80::9') }))).toBeNull();
  });

  it('of IPv6 is the link-local one, of IPv4 none of IPv6', () => {
    const view = machine({ eth0: up('2001:db8::2', '10.0.0.2', 'fe80::2') });
    expect(sourceOf({ family: 'inet6' }, view)).toBe('fe80::2');
    expect(sourceOf({}, view)).toBe('10.0.0.2');
    expect(sourceOf({ family: 'inet6' }, machine({ eth0: up('2001:db8::2') }))).toBeNull();
  });

  it('is that of the ipvlan, not of the interface below it', () => {
    const ipvlan = {
      ...{
        name: 'vrrp6.51',
        named: false,
        prefix: 'vrrp',
        base: 'eth0',
        group: null,
        family: 'inet6' as const,
      },
      ...{ ipv6: true, linkLocal: null, address: null, notifiesBase: false },
      device: { kind: 'ipvlan' as const, flags: 'bridge' as const },
    };
    const wanted = { family: 'inet6' as const, devices: [ipvlan] };
    expect(sourceOf(wanted, machine({ eth0: up('fe80::1') }))).toBeNull();
    expect(sourceOf(wanted, machine({ eth0: up('fe80::1'), 'vrrp6.51': up('fe80::2') }))).toBe('fe80::2');
  });

  it('is missing with track_src_ip while the interface does not hold the configured one', () => {
    const tracked = { sourceAddress: '10.0.0.9', tracksSource: true };
    expect(sourceOf(tracked, machine({ eth0: up('10.0.0.2') }))).toBeNull();
    expect(sourceOf(tracked, machine({ eth0: up('10.0.0.2', '10.0.0.9') }))).toBe('10.0.0.9');
  });

  it('is the last of those left when it was deleted, as keepalived takes it', () => {
    const former: Standing = { down: [], devicesUp: [], sourceAddress: '10.0.0.1' };
    expect(sourceOf({}, machine({ eth0: up('10.0.0.2', '10.0.0.3') }), former)).toBe('10.0.0.3');
  });

  it('stays while it exists, and moves on when it is gone', () => {
    const former: Standing = { down: [], devicesUp: [], sourceAddress: '10.0.0.2' };
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
    expect(deletionFacts(untracked, { object: 'address', interface: 'eth1', address: '10.1.0.100' })).toEqual(
      [],
    );
  });

  it('of the own interface does not matter with dont_track_primary, even where it carries addresses', () => {
    const view = machine({ eth0: down('10.0.0.2'), eth1: up() });
    expect(standingOf({ ...second, tracksPrimary: false }, view, null).down).toEqual([]);
    expect(standingOf(second, view, null).down).toEqual(['eth0']);
  });

  it('goes with the first interface and returns with the last', () => {
    const none: Standing = { down: [], devicesUp: [], sourceAddress: '10.0.0.2' };
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
    const having = (sourceAddress: string | null): Standing => ({ down: [], devicesUp: [], sourceAddress });
    expect(standingFacts(having('10.0.0.2'), having(null))).toEqual([{ type: 'source.lost' }]);
    expect(standingFacts(having(null), having('10.0.0.2'))).toEqual([
      { type: 'source.found', address: '10.0.0.2' },
    ]);
    expect(standingFacts(having('10.0.0.2'), having('10.0.0.2'))).toEqual([]);
  });

  it('report a virtual address that went, on the interface that carries it', () => {
    expect(
      deletionFacts(input, { object: 'address', interface: 'eth0', address: '10.0.0.100', by: 7 }),
    ).toEqual([{ type: 'object.deleted', object: 'address', name: '10.0.0.100', by: 7 }]);
    expect(deletionFacts(input, { object: 'address', interface: 'eth1', address: '10.0.0.100' })).toEqual([]);
    expect(deletionFacts(input, { object: 'address', interface: 'eth0', address: '10.0.0.2' })).toEqual([]);
  });
});
