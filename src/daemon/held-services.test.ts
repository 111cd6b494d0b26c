import { expect, it } from 'vitest';
import { virtualServerInput } from '../machines/virtual-server/virtual-server.fixture.ts';
import { HeldServices } from './held-services.ts';

const change = (address: string, name: string, what: 'added' | 'deleted' = 'added') => ({
  ...{ interface: name, address, prefixLength: 24, change: what },
});

it('tells of the first address that comes and of the last that goes', () => {
  const held = new HeldServices();
  const told: string[] = [];
  const hear = (...changes: readonly ReturnType<typeof change>[]): string[] => {
    for (const each of changes) held.changed(each, (id, isHeld) => told.push(`${id} ${isHeld}`));
    return told.splice(0);
  };
  const input = virtualServerInput({ suspends: true });
  hear(change('10.0.0.1', 'eth0'));
  held.follow('virtual/a', input);
  const { service } = input;
  const ranges = [{ protocol: 'TCP', first: '10.0.0.8', last: '10.0.0.9', port: 80 }] as const;
  held.follow('virtual/b', { ...input, service: { ...service, ranges } });
  held.follow('virtual/c', virtualServerInput());
  expect(['a', 'b', 'c'].map((name) => held.isHeld(`virtual/${name}`))).toEqual([true, false, true]);
  expect(hear(change('10.0.0.1', 'eth1'), change('10.0.0.1', 'eth0', 'deleted'))).toEqual([]);
  expect(hear(change('10.0.0.1', 'eth1', 'deleted'))).toEqual(['virtual/a false']);
  expect(hear(change('10.0.0.8', 'eth0'), change('10.0.0.9', 'eth0'))).toEqual(['virtual/b true']);
  expect(hear(change('10.0.0.8', 'eth0', 'deleted'))).toEqual([]);
  expect(hear(change('10.0.0.9', 'eth0', 'deleted'))).toEqual(['virtual/b false']);
  held.forget('virtual/b');
  expect(hear(change('10.0.0.9', 'eth0'))).toEqual([]);
});
