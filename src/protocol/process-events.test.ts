import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeProcessEvent, encodeProcessSubscription } from './process-events.ts';

/** A message as the kernel sends it: header, connector, event, and these numbers in the event. */
function message(what: number, numbers: readonly number[], name = ''): Uint8Array {
  const bytes = new Uint8Array(36 + 16 + 24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, 3, true);
  view.setUint32(16, 1, true);
  view.setUint32(20, 1, true);
  view.setUint32(36, what, true);
  numbers.forEach((number, position) => {
    view.setUint32(52 + 4 * position, number, true);
  });
  bytes.set(
    [...name].map((letter) => letter.charCodeAt(0)),
    60,
  );
  return bytes;
}

describe('events of processes', () => {
  it.each([
    ['acknowledgement', message(0, [0]), { what: 'acknowledged' }],
    ['fork', message(1, [10, 10, 20, 20]), { what: 'forked', parent: 10, child: 20 }],
    ['fork by a thread', message(1, [11, 10, 20, 20]), { what: 'forked', parent: 10, child: 20 }],
    ['new thread', message(1, [10, 10, 21, 10]), null],
    ['exec', message(2, [20, 20]), { what: 'executed', pid: 20 }],
    ['another name', message(0x200, [20, 20], 'nginx'), { what: 'renamed', pid: 20, name: 'nginx' }],
    ['exit', message(0x8000_0000, [20, 20]), { what: 'exited', pid: 20 }],
    ['end of a thread', message(0x8000_0000, [21, 20]), null],
    ['another user', message(4, [20, 20]), null],
  ])('%s', (_, bytes, event) => {
    expect(decodeProcessEvent(bytes)).toEqual(event);
  });

  it('never throw, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        decodeProcessEvent(bytes);
      }),
    );
  });

  it('are asked for by 40 bytes', () => {
    expect([...encodeProcessSubscription()].slice(0, 6)).toEqual([40, 0, 0, 0, 3, 0]);
    expect(encodeProcessSubscription()).toHaveLength(40);
  });
});
