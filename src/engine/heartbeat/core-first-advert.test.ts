/** What the core makes of a first advert that left before the statechart was told of the silence. */
import { describe, expect, test } from 'vitest';
import { advertPacket, master, RecordedCore, second } from '../../../test/harness/recorded-core.ts';
import { RecordedRepetition } from '../../../test/harness/recorded-repetition.ts';

const actor = 'vrrp/VI_1';
const allowed = 3.609 * second;
const deadlineUs = second + allowed;
const first = { priority: 100 };

/** A backup whose master was heard last at 1 s. */
function backup() {
  const repetition = new RecordedRepetition();
  const recorded = new RecordedCore(undefined, () => repetition).opened();
  recorded.receive(advertPacket());
  recorded.nowUs = second;
  recorded.core.watch(actor, master, allowed, second, recorded.nowUs, first);
  recorded.events.length = 0;
  return { recorded, repetition };
}

/** It has left at the deadline, and is told `lateUs` after that. */
function led({ recorded, repetition }: ReturnType<typeof backup>, lateUs = 2_000): void {
  repetition.hasLed = true;
  repetition.sent = { count: 1, firstUs: deadlineUs + 100, lastUs: deadlineUs + 100 };
  recorded.nowUs = deadlineUs + 100 + lateUs;
  const sentUs = deadlineUs + 100;
  recorded.core.led(actor, { deadlineUs, sentUs }, recorded.nowUs, recorded.wallUs);
}

const priorities = ({ first: packets }: RecordedRepetition) => packets.map(({ bytes }) => bytes[22]);

/** What a statechart does. */
function claims(recorded: RecordedCore, priority: number): void {
  recorded.onEvent = (_, { type }) => {
    if (type !== 'master.silent') return;
    recorded.core.stopWatching(actor);
    recorded.announce(priority);
  };
}

describe('declared', () => {
  test('with the watch, and anew when its packets change', () => {
    const { recorded, repetition } = backup();
    expect(priorities(repetition)).toEqual([100]);
    recorded.core.setSource(actor, '10.0.0.7');
    expect([...(repetition.first[0]?.bytes.subarray(12, 16) ?? [])]).toEqual([10, 0, 0, 7]);
    recorded.core.adjustWatch(actor, master, allowed, recorded.nowUs, { priority: 90 });
    expect(priorities(repetition)).toEqual([90]);
    recorded.core.adjustWatch(actor, master, allowed, recorded.nowUs);
    expect(priorities(repetition)).toEqual([]);
  });
});

describe('having left', () => {
  test('it is the first one of what is announced, in one run with the others', () => {
    const on = backup();
    const { recorded, repetition } = on;
    claims(recorded, 100);
    led(on);
    expect(recorded.events.map(({ event }) => event)).toMatchObject([
      { type: 'master.silent', lateUs: 2_100, announced: { priority: 100, sentUs: deadlineUs + 100 } },
    ]);
    expect(recorded.sent).toEqual([]);
    expect(repetition.schedule).toMatchObject({ nextUs: deadlineUs + 100 + second });
    repetition.sent = { count: 3, firstUs: deadlineUs + second, lastUs: deadlineUs + 3 * second };
    recorded.core.stopAnnouncing(actor);
    expect(recorded.runs.filter(({ direction }) => direction === 'sent')).toMatchObject([
      { source: '10.0.0.1', priority: 100, count: 4, firstUs: deadlineUs + 100 },
    ]);
  });

  test('the next one leaves at once if it is overdue', () => {
    const on = backup();
    claims(on.recorded, 100);
    led(on, 2 * second);
    expect(on.repetition.schedule).toMatchObject({ nextUs: on.recorded.nowUs });
  });

  test('so long ago that somebody else may be master, another one is sent', () => {
    const on = backup();
    claims(on.recorded, 100);
    led(on, 4 * second);
    expect(on.recorded.sent.map(({ bytes }) => bytes[22])).toEqual([100]);
    on.recorded.core.stopAnnouncing(actor);
    const gaps = on.recorded.runs.filter(({ direction }) => direction === 'sent');
    expect(gaps.map(({ largestGapUs }) => largestGapUs)).toEqual([0, 4 * second]);
  });

  test('another priority by now is sent', () => {
    const on = backup();
    claims(on.recorded, 80);
    led(on);
    expect(on.recorded.sent.map(({ bytes }) => bytes[22])).toEqual([80]);
    on.recorded.core.stopAnnouncing(actor);
    const sent = on.recorded.runs.filter(({ direction }) => direction === 'sent');
    expect(sent.map(({ priority, count }) => [priority, count])).toEqual([
      [100, 1],
      [80, 1],
    ]);
  });
});

describe('taken back with priority 0', () => {
  const withdrawn = { type: 'claim.withdrawn', priority: 100, sentUs: deadlineUs + 100, resigned: true };

  function expectWithdrawn({ recorded }: ReturnType<typeof backup>, ...before: readonly string[]): void {
    expect(recorded.sent.map(({ bytes }) => bytes[22])).toEqual([0]);
    expect(recorded.events.at(-1)?.event).toEqual(withdrawn);
    expect(recorded.eventTypes()).toEqual([...before, 'claim.withdrawn']);
    expect(recorded.runs.filter(({ direction }) => direction === 'sent')).toMatchObject([
      { priority: 100, count: 1 },
    ]);
  }

  test('if the statechart does not ask for it', () => {
    const on = backup();
    led(on);
    expectWithdrawn(on, 'master.silent');
  });

  test('if it watches nobody any more', () => {
    const on = backup();
    on.recorded.core.stopWatching(actor);
    led(on);
    expectWithdrawn(on);
  });

  test('if the instance is closed before that is told', () => {
    const on = backup();
    const { recorded, repetition } = on;
    repetition.hasLed = true;
    repetition.sent = { count: 1, firstUs: deadlineUs + 100, lastUs: deadlineUs + 100 };
    recorded.nowUs = deadlineUs + 2_000;
    recorded.core.close(actor, recorded.wallUs);
    expectWithdrawn(on);
    recorded.core.led(actor, { deadlineUs, sentUs: deadlineUs }, recorded.nowUs, recorded.wallUs);
    expect(recorded.events).toHaveLength(1);
  });
});
