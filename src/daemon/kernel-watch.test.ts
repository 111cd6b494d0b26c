import { describe, expect, it } from 'vitest';
import { Engine } from '../engine/engine.ts';
import type { ActorEvent } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { vrrpDefinition } from '../machines/registry.ts';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';
import type { VrrpInput } from '../machines/vrrp/vrrp.input.ts';
import { KernelWatch } from './kernel-watch.ts';

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

const vip = (address: string, name = 'eth0') => ({ address, prefixLength: 24, interface: name });

describe('KernelWatch', () => {
  it('remembers interfaces only while they exist', () => {
    const { watch, start } = watching({});
    start();
    for (let n = 0; n < 1_000; n++) {
      const name = `veth${n}`;
      watch.linkChanged({ interface: name, up: true });
      watch.addressChanged({ interface: name, address: '10.9.0.1', change: 'added' });
      watch.addressChanged({ interface: name, address: '10.9.0.1', change: 'deleted' });
      watch.linkChanged({ interface: name, up: false });
    }
    expect(watch.size).toBe(0);
  });

  it('faults an instance whose virtual address is on another link that goes', () => {
    const { watch, told, start } = watching(
      { addresses: [vip('10.0.0.100'), vip('10.1.0.100', 'eth1')] },
      {},
    );
    watch.preset('eth0', { up: true, addresses: ['10.0.0.2'] });
    watch.preset('eth1', { up: true, addresses: [] });
    start();
    told.length = 0;
    watch.linkChanged({ interface: 'eth1', up: false });
    watch.linkChanged({ interface: 'eth1', up: true });
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
    watch.preset('eth0', { up: true, addresses: ['10.0.0.2', '10.0.0.100'] });
    start();
    told.length = 0;
    watch.addressChanged({ interface: 'eth0', address: '10.0.0.2', change: 'deleted' });
    expect(told.map(([actor, { type }]) => [actor, type])).toEqual([
      ['vrrp/0', 'source.lost'],
      ['vrrp/1', 'source.lost'],
    ]);
  });

  it('finds a configured unicast source on whatever interface it appears', () => {
    const { watch, told, start } = watching({ sourceAddress: '10.5.0.1', unicastPeers: ['10.5.0.2'] });
    watch.preset('eth0', { up: true, addresses: ['10.0.0.2'] });
    start();
    expect(told.at(-1)?.[1]).toMatchObject({ type: 'instance.started', sourceAddress: null });
    watch.addressChanged({ interface: 'lo', address: '10.5.0.1', change: 'added' });
    expect(told.at(-1)?.[1]).toEqual({ type: 'source.found', address: '10.5.0.1' });
  });

  it('tells an instance that goes on only what its new configuration changes', () => {
    const { watch, told, actors, start } = watching({}, {});
    watch.preset('eth0', { up: true, addresses: ['10.0.0.2'] });
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
    watch.linkChanged({ interface: 'eth0', up: false });
    expect(told).toHaveLength(1);
  });
});
