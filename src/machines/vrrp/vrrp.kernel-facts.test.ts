import { describe, expect, it } from 'vitest';
import { vrrpInput } from './vrrp.fixture.ts';
import { ABSENT_INTERFACE, changeFacts, chooseSourceAddress, startFact } from './vrrp.kernel-facts.ts';

const input = vrrpInput();
const eth0 = (up: boolean, ...addresses: string[]) => ({ up, addresses });

describe('the address that adverts leave from', () => {
  it('is the first of the interface that is not virtual', () => {
    expect(chooseSourceAddress(input, eth0(true, '10.0.0.100', '10.0.0.2', '10.0.0.3'))).toBe('10.0.0.2');
  });

  it('is the configured one or none', () => {
    const configured = { ...input, sourceAddress: '10.0.0.9' };
    expect(chooseSourceAddress(configured, eth0(true, '10.0.0.2', '10.0.0.9'))).toBe('10.0.0.9');
    expect(chooseSourceAddress(configured, eth0(true, '10.0.0.2'))).toBeNull();
  });

  it('is reported at start together with the link', () => {
    expect(startFact(input, ABSENT_INTERFACE)).toEqual({
      type: 'instance.started',
      linkUp: false,
      sourceAddress: null,
    });
  });
});

describe('a change of an interface', () => {
  it('tells link and source apart', () => {
    expect(changeFacts(input, 'eth0', eth0(true, '10.0.0.2'), eth0(false, '10.0.0.2'))).toEqual([
      { type: 'link.down' },
    ]);
    expect(changeFacts(input, 'eth0', eth0(true, '10.0.0.2'), eth0(true))).toEqual([{ type: 'source.lost' }]);
    expect(changeFacts(input, 'eth0', eth0(true), eth0(true, '10.0.0.2'))).toEqual([
      { type: 'source.found', address: '10.0.0.2' },
    ]);
  });

  it('keeps the source while it exists, and moves on when it is gone', () => {
    const before = eth0(true, '10.0.0.2');
    expect(changeFacts(input, 'eth0', before, eth0(true, '10.0.0.1', '10.0.0.2'))).toEqual([]);
    expect(changeFacts(input, 'eth0', before, eth0(true, '10.0.0.1'))).toEqual([
      { type: 'source.found', address: '10.0.0.1' },
    ]);
  });

  it('reports a virtual address that went', () => {
    const before = eth0(true, '10.0.0.2', '10.0.0.100');
    expect(changeFacts(input, 'eth0', before, eth0(true, '10.0.0.2'))).toEqual([
      { type: 'address.deleted', address: '10.0.0.100' },
    ]);
  });

  it('means nothing on an interface that the instance does not use', () => {
    expect(changeFacts(input, 'eth1', eth0(true, '10.0.0.100'), eth0(false))).toEqual([]);
  });
});
