import { describe, expect, it } from 'vitest';
import { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import type { AddressChange } from '../io/addresses.ts';
import { vrrpDefinition } from '../machines/registry.ts';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';
import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import { KernelWatch, type LinkChange, type LinkDescription } from './kernel-watch.ts';

/** Instances and what they were told, from the start on. */
function watching(...inputs: Partial<VrrpInput>[]) {
  const actors = inputs.map((input, at) => ({
    id: `vrrp/${at}`,
    identity: `${at}`,
    input: vrrpInput(input),
  }));
  const told: (readonly [string, ActorEvent])[] = [];
  const clock = new VirtualClock();
  const engine = new Engine({
    clock,
    scheduler: clock,
    journal: {
      row: ({ kind, actor, event }) => {
        if (kind === 'step') told.push([actor, event]);
      },
      run: () => {},
      define: () => {},
    },
    executor: { perform: () => {} },
  });
  const watch = new KernelWatch(engine);
  for (const { id, input } of actors) engine.spawn(id, vrrpDefinition, input);
  return { watch, told, actors, start: () => watch.follow(actors) };
}

/** What netlink tells of a link; every name has an index of its own. */
function link(name: string, up: boolean, more: Partial<LinkDescription> = {}): LinkDescription & LinkChange {
  const index = [...name].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7);
  return { interface: name, index, up, kind: null, baseIndex: null, ...more };
}

function tell(watch: KernelWatch, change: LinkDescription & LinkChange): void {
  watch.linkDescribed(change);
  watch.linkChanged(change);
}

const address = (name: string, text: string, change: 'added' | 'deleted' = 'added'): AddressChange => ({
  interface: name,
  address: text,
  prefixLength: 24,
  change,
});

/** An interface that is up, with these addresses. */
function preset(watch: KernelWatch, name: string, ...addresses: string[]): void {
  tell(watch, link(name, true));
  for (const each of addresses) watch.addressChanged(address(name, each));
}

const vip = (address: string, name = 'eth0') => ({ address, prefixLength: 24, interface: name });

describe('KernelWatch', () => {
  it('remembers interfaces only while they exist', () => {
    const { watch, start } = watching({});
    start();
    for (let n = 0; n < 1_000; n++) {
      const name = `veth${n}`;
      tell(watch, link(name, true));
      watch.addressChanged(address(name, '10.9.0.1'));
      watch.addressChanged(address(name, '10.9.0.1', 'deleted'));
      tell(watch, link(name, false, { gone: true }));
    }
    expect(watch.size).toBe(0);
  });

  it('faults an instance whose virtual address is on another link that goes', () => {
    const { watch, told, start } = watching(
      { addresses: [vip('10.0.0.100'), vip('10.1.0.100', 'eth1')] },
      {},
    );
    preset(watch, 'eth0', '10.0.0.2');
    preset(watch, 'eth1');
    start();
    told.length = 0;
    tell(watch, link('eth1', false));
    tell(watch, link('eth1', true));
    expect(told).toEqual([
      ['vrrp/0', { type: 'link.down', interface: 'eth1' }],
      ['vrrp/0', { type: 'link.up', interface: 'eth1' }],
    ]);
  });

  it("does not send one instance's adverts from the virtual address of another", () => {
    const { watch, told, start } = watching(
      { addresses: [vip('10.0.0.100')] },
      { addresses: [vip('10.0.0.101')] },
    );
    preset(watch, 'eth0', '10.0.0.2', '10.0.0.100');
    start();
    told.length = 0;
    watch.addressChanged(address('eth0', '10.0.0.2', 'deleted'));
    expect(told.map(([actor, { type }]) => [actor, type])).toEqual([
      ['vrrp/0', 'source.lost'],
      ['vrrp/1', 'source.lost'],
    ]);
  });

  it('finds a configured unicast source on whatever interface it appears', () => {
    const { watch, told, start } = watching({ sourceAddress: '10.5.0.1', unicastPeers: ['10.5.0.2'] });
    preset(watch, 'eth0', '10.0.0.2');
    start();
    expect(told.at(-1)?.[1]).toMatchObject({ type: 'instance.started', sourceAddress: null });
    preset(watch, 'lo', '10.5.0.1');
    expect(told.at(-1)?.[1]).toEqual({ type: 'source.found', address: '10.5.0.1' });
  });

  it('tells the deletion of a virtual address with who deleted it, whatever its family and list', () => {
    const { watch, told, start } = watching({
      addresses: [vip('10.0.0.100')],
      excludedAddresses: [vip('2001:db8::100'), { ...vip('2001:db8::101'), untracked: true }],
    });
    preset(watch, 'eth0', '10.0.0.2', '10.0.0.100', '2001:db8::100', '2001:db8::101');
    start();
    told.length = 0;
    for (const gone of ['10.0.0.100', '2001:db8::100', '2001:db8::101']) {
      watch.addressChanged({ ...address('eth0', gone, 'deleted'), by: 4711 });
    }
    expect(told.map(([, event]) => event)).toEqual([
      { type: 'object.deleted', object: 'address', name: '10.0.0.100', by: 4711 },
      { type: 'object.deleted', object: 'address', name: '2001:db8::100', by: 4711 },
    ]);
  });

  it('faults an instance on a macvlan whose base goes, whichever of them it was told of first', () => {
    const { watch, told, start } = watching({ interface: 'mv0', addresses: [vip('10.0.0.100', 'mv0')] });
    const base = link('eth0', true);
    tell(watch, link('mv0', true, { kind: 'macvlan', baseIndex: base.index }));
    watch.addressChanged(address('mv0', '10.0.0.2'));
    tell(watch, base);
    start();
    told.length = 0;
    tell(watch, link('eth0', false));
    tell(watch, link('eth0', true));
    expect(told.map(([, { type }]) => type)).toEqual(['link.down', 'link.up']);
  });

  it('tells an instance that goes on only what its new configuration changes', () => {
    const { watch, told, actors, start } = watching({}, {});
    preset(watch, 'eth0', '10.0.0.2');
    start();
    told.length = 0;
    const [first, second] = actors;
    if (first === undefined || second === undefined) throw new Error('two actors');
    watch.follow([first]);
    expect(told).toEqual([]);
    const addresses = [vip('10.1.0.100', 'eth1')];
    watch.follow([{ ...first, input: { ...first.input, addresses } }]);
    expect(told).toEqual([['vrrp/0', { type: 'link.down', interface: 'eth1' }]]);
    watch.forget(second.id);
    tell(watch, link('eth0', false));
    expect(told).toHaveLength(1);
  });
});
