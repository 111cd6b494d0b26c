import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { Crowd, MAX_OF_ONE } from './listening.ts';

class Connection extends EventEmitter {
  readonly remoteAddress: string;
  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }
}

it('one machine does not take the place of the others, and has its own again when it leaves', () => {
  const crowd = new Crowd();
  const of = (address: string, count: number): Connection[] =>
    Array.from({ length: count }, () => new Connection(address));
  const many = of('192.0.2.1', MAX_OF_ONE);
  expect(many.every((one) => crowd.admits(one))).toBe(true);
  expect(crowd.admits(new Connection('192.0.2.1'))).toBe(false);
  expect(crowd.admits(new Connection('2001:db8::1'))).toBe(true);
  for (const loopback of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
    expect(of(loopback, MAX_OF_ONE + 1).every((one) => crowd.admits(one))).toBe(true);
  many[0]?.emit('close');
  expect(crowd.admits(new Connection('192.0.2.1'))).toBe(true);
  expect(crowd.admits(new Connection('192.0.2.1'))).toBe(false);
});
