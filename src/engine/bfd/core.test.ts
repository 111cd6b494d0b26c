import { describe, expect, it } from 'vitest';
import type { ControlFact } from '../../machines/bfd/bfd.events.ts';
import {
  BFD_FAULTS,
  type BfdArrival,
  type BfdControl,
  decodeControl,
  encodeControl,
} from '../../protocol/bfd.ts';
import type { HeartbeatRun } from '../heartbeat/run-counter.ts';
import { BfdCore } from './core.ts';
import { factOf } from './session.ts';

const ACTOR = 'bfd/wan';
const WALL_US = 1_700_000_000_000_000;
const IDENTITY = { neighbor: '10.0.0.1', source: null, multihop: false, ttl: 255, maxHops: 0 };
const ARRIVAL: BfdArrival = {
  source: '10.0.0.1',
  destination: '10.0.0.2',
  ttl: 255,
  ageUs: 0,
  multihop: false,
};

const OWN: BfdControl = {
  state: 'up',
  diagnostic: 0,
  poll: false,
  final: false,
  demand: false,
  multiplier: 5,
  myDiscriminator: 11,
  yourDiscriminator: 77,
  desiredMinTxUs: 10_000,
  requiredMinRxUs: 10_000,
};
const THEIRS: BfdControl = { ...OWN, multiplier: 3, myDiscriminator: 77, yourDiscriminator: 11 };
const THEIR_FACT: ControlFact = factOf(THEIRS);

/** A core whose outputs are kept, in a time of its own. */
class Recorded {
  nowUs = 0;
  chance = 0;
  sendError: string | null = null;
  readonly sent: { readonly atUs: number; readonly control: BfdControl }[] = [];
  readonly events: { readonly actor: string; readonly event: { readonly type: string } }[] = [];
  readonly runs: HeartbeatRun[] = [];
  readonly core = new BfdCore({
    send: (_actor, bytes) => {
      const decoded = decodeControl(bytes);
      if (!decoded.ok) throw new Error(`a packet of our own is refused: ${decoded.error}`);
      if (this.sendError === null) this.sent.push({ atUs: this.nowUs, control: decoded.control });
      return this.sendError;
    },
    random: () => this.chance,
    event: (actor, event) => this.events.push({ actor, event }),
    run: (run) => this.runs.push(run),
  });

  transmit(changes: Partial<BfdControl> = {}, intervalUs: number | null = 10_000, answerPoll = false): void {
    this.core.transmit(
      ACTOR,
      { ...OWN, ...changes },
      intervalUs,
      answerPoll,
      this.nowUs,
      this.nowUs + WALL_US,
    );
  }

  receive(changes: Partial<BfdControl> = {}, arrival: Partial<BfdArrival> = {}): void {
    this.receiveBytes(encodeControl({ ...THEIRS, ...changes }), arrival);
  }

  receiveBytes(bytes: Uint8Array, arrival: Partial<BfdArrival> = {}): void {
    this.core.packetReceived(bytes, { ...ARRIVAL, ...arrival }, this.nowUs, this.nowUs + WALL_US);
  }

  runTo(untilUs: number): void {
    for (let next = this.core.nextDueUs(); next !== null && next <= untilUs; next = this.core.nextDueUs()) {
      this.nowUs = next;
      this.core.due(next, next + WALL_US);
    }
    this.nowUs = untilUs;
  }

  types(): string[] {
    return this.events.map(({ event }) => event.type);
  }
}

/** A session that is up and knows its neighbour. */
function up(): Recorded {
  const recorded = new Recorded();
  recorded.core.open(ACTOR, IDENTITY);
  recorded.transmit();
  recorded.core.await(ACTOR, THEIR_FACT, 30_000, 0);
  recorded.receive();
  recorded.sent.length = 0;
  return recorded;
}

describe('sending', () => {
  it('goes on at the interval less 10 to 25 %', () => {
    for (const [chance, intervalUs] of [
      [0, 9_000],
      [0.5, 8_250],
      [0.999999, 7_500],
    ] as const) {
      const recorded = new Recorded();
      recorded.core.open(ACTOR, IDENTITY);
      recorded.chance = chance;
      recorded.transmit();
      recorded.runTo(50_000);
      const gaps = recorded.sent.slice(1).map(({ atUs }, index) => atUs - (recorded.sent[index]?.atUs ?? 0));
      expect(new Set(gaps)).toEqual(new Set([intervalUs]));
    }
  });

  it('says what is new at once, and what is not in its turn', () => {
    const recorded = up();
    recorded.nowUs = 1_000;
    recorded.transmit({ poll: true });
    expect(recorded.sent).toEqual([]);
    recorded.transmit({ poll: true, state: 'down', diagnostic: 1 });
    expect(recorded.sent.map(({ atUs, control }) => [atUs, control.state])).toEqual([[1_000, 'down']]);
  });

  it('takes up a shorter interval at once and a longer one with the next packet', () => {
    const recorded = up();
    recorded.transmit({}, 1_000_000);
    expect(recorded.core.nextDueUs()).toBe(9_000);
    recorded.runTo(9_000);
    expect(recorded.sent).toHaveLength(1);
    recorded.core.await(ACTOR, THEIR_FACT, null, 9_000);
    expect(recorded.core.nextDueUs()).toBe(9_000 + 900_000);
    recorded.transmit({}, 20_000);
    expect(recorded.core.nextDueUs()).toBe(9_000 + 18_000);
  });

  it('sends nothing of its own without an interval, but answers polls', () => {
    const recorded = up();
    recorded.transmit({ state: 'init' }, null);
    recorded.core.await(ACTOR, THEIR_FACT, null, 0);
    recorded.runTo(10_000_000);
    expect(recorded.sent).toEqual([]);
    recorded.transmit({ poll: true }, null, true);
    expect(recorded.sent.map(({ control }) => [control.poll, control.final])).toEqual([[false, true]]);
  });

  it('answers a poll that is repeated', () => {
    const recorded = up();
    recorded.core.await(ACTOR, { ...THEIR_FACT, poll: true }, 30_000, 0);
    recorded.receive({ poll: true });
    expect(recorded.types()).toEqual([]);
    expect(recorded.sent.map(({ control }) => control.final)).toEqual([true]);
  });

  it('tells the first failure and the recovery', () => {
    const recorded = up();
    recorded.sendError = 'ENETUNREACH';
    recorded.receive();
    recorded.runTo(25_000);
    recorded.sendError = null;
    recorded.receive();
    recorded.runTo(50_000);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'control.sendFailed', error: 'ENETUNREACH' },
      { type: 'control.sendRecovered' },
    ]);
  });
});

describe('hearing', () => {
  it('takes the same packet again for no event, and for a run', () => {
    const recorded = up();
    for (let packet = 1; packet <= 100; packet++) {
      recorded.runTo(packet * 10_000);
      recorded.receive();
    }
    expect(recorded.events).toEqual([]);
    recorded.core.close(ACTOR);
    const run = recorded.runs.find(({ direction }) => direction === 'received');
    expect(run).toMatchObject({ source: '10.0.0.1', priority: 3, count: 101, largestGapUs: 10_000 });
  });

  it('tells any other packet', () => {
    const recorded = up();
    recorded.receive({ diagnostic: 2 });
    expect(recorded.events).toEqual([
      { actor: ACTOR, event: { type: 'control.received', ...THEIR_FACT, diagnostic: 2 } },
    ]);
  });

  it('declares silence at the Detection Time, once, and never early', () => {
    const recorded = up();
    recorded.runTo(20_000);
    recorded.receive();
    recorded.runTo(49_999);
    expect(recorded.types()).toEqual([]);
    recorded.runTo(10_000_000);
    expect(recorded.events.map(({ event }) => event)).toEqual([
      { type: 'neighbor.silent', silentUs: 30_000, allowedUs: 30_000, lateUs: 0 },
    ]);
  });

  it('wants the sockets drained after a stall of its own, and then knows that the neighbour lives', () => {
    const recorded = up();
    recorded.nowUs = 500_000;
    expect(recorded.core.wantsDrain(recorded.nowUs)).toBe(true);
    recorded.receive();
    recorded.core.due(recorded.nowUs, recorded.nowUs + WALL_US);
    expect(recorded.types()).toEqual(['self.stalled']);
  });

  it('counts silence from the arrival of a packet, however long it has waited', () => {
    const recorded = up();
    recorded.runTo(25_000);
    recorded.receive({}, { ageUs: 10_000 });
    // Not earlier than what is known already.
    recorded.receive({}, { ageUs: 20_000 });
    expect(recorded.core.status(ACTOR)?.lastReceivedUs).toBe(15_000);
    recorded.runTo(44_999);
    expect(recorded.types()).toEqual([]);
    recorded.runTo(45_000);
    expect(recorded.types()).toEqual(['neighbor.silent']);
  });

  it('finds a session by its discriminator, and by addresses while the neighbour has none', () => {
    const recorded = up();
    recorded.core.open('bfd/other', { ...IDENTITY, neighbor: '10.0.0.9', source: '10.0.0.2' });
    recorded.core.open('bfd/far', { ...IDENTITY, multihop: true });
    recorded.receive({ yourDiscriminator: 11, diagnostic: 1 }, { source: '10.0.0.77' });
    const down = { state: 'down', yourDiscriminator: 0 } as const;
    recorded.receive(down);
    recorded.receive(down, { source: '10.0.0.9' });
    recorded.receive(down, { multihop: true });
    expect(recorded.events.map(({ actor }) => actor)).toEqual([ACTOR, ACTOR, 'bfd/other', 'bfd/far']);
  });

  it('counts what it discards, at the session if there is one', () => {
    const recorded = up();
    const down = { state: 'down', yourDiscriminator: 0 } as const;
    recorded.receive({ yourDiscriminator: 12 });
    recorded.receive({}, { multihop: true });
    recorded.receive(down, { source: '10.0.0.3' });
    recorded.receiveBytes(Uint8Array.of(1, 2, 3));
    expect(recorded.core.strays()).toMatchObject({ session: 3, version: 1 });
    recorded.receive({}, { ttl: 254 });
    const authenticated = Uint8Array.of(...encodeControl(THEIRS), 1, 2);
    authenticated[1] = 0xc4;
    authenticated[3] = 26;
    recorded.receiveBytes(authenticated);
    expect(recorded.core.status(ACTOR)?.counters).toMatchObject({
      received: 1,
      errors: { hops: 1, authentication: 1 },
    });
    expect(recorded.events).toEqual([]);
  });

  it('takes as many hops as it is told to', () => {
    const recorded = up();
    recorded.core.open(ACTOR, { ...IDENTITY, maxHops: 2 });
    recorded.receive({}, { ttl: 253 });
    recorded.receive({}, { ttl: 252 });
    expect(recorded.core.status(ACTOR)?.counters).toMatchObject({ received: 2, errors: { hops: 1 } });
    recorded.core.open(ACTOR, { ...IDENTITY, maxHops: 255 });
    recorded.receive({}, { ttl: 1 });
    expect(recorded.core.status(ACTOR)?.counters.received).toBe(3);
  });
});

it('draws discriminators that nobody has', () => {
  const recorded = new Recorded();
  recorded.core.open(ACTOR, IDENTITY);
  const first = recorded.core.drawDiscriminator();
  expect(first).toBe(1);
  // Chance gives the same again; it is asked until it does not.
  let asked = 0;
  const core = new BfdCore({
    send: () => null,
    random: () => (asked++ < 3 ? 0.5 : 0.75),
    event: () => {},
    run: () => {},
  });
  expect(core.drawDiscriminator()).not.toBe(core.drawDiscriminator());
  expect(asked).toBeGreaterThan(2);
});

it('knows every fault by name', () => {
  expect(Object.keys(new Recorded().core.strays())).toEqual([...BFD_FAULTS]);
});
