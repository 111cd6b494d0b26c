import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { effect } from '../machines/declare.ts';
import { type MachineDefinition, vrrpDefinition } from '../machines/registry.ts';
import { vrrpInput } from '../machines/vrrp/vrrp.fixture.ts';
import { Engine, type EngineOptions } from './engine.ts';
import type { ActorEvent, Effect, EffectExecutor, JournalRow } from './types.ts';

/** A clock that stands still and timers that a test fires by hand. */
function bench(perform: EffectExecutor['perform'] = () => {}) {
  const rows: JournalRow[] = [];
  const due: { atUs: number; fire: () => void; cancelled: boolean }[] = [];
  const performed: Effect[] = [];
  const journal = { broken: false };
  const options: EngineOptions = {
    clock: { monotonicUs: () => 1_000, wallUs: () => 2_000 },
    scheduler: {
      at: (atUs, fire) => {
        const entry = { atUs, fire, cancelled: false };
        due.push(entry);
        return () => {
          entry.cancelled = true;
        };
      },
    },
    journal: {
      row: (row) => {
        if (journal.broken) throw new Error('EIO');
        rows.push(row);
      },
      run: () => {},
      define: () => {},
    },
    executor: {
      perform: (actor, asked, cause, post) => {
        performed.push(asked);
        perform(actor, asked, cause, post);
      },
    },
  };
  return { engine: new Engine(options), rows, due, performed, journal };
}

const fragile = setup({
  types: { context: {} as { count: number }, events: {} as { type: 'good' } | { type: 'bad' } },
  actions: {
    ping: effect<Record<string, never>>(),
    count: assign(({ context }) => ({ count: context.count + 1 })),
    fail: assign(() => {
      throw new Error('a bug in a machine');
    }),
  },
}).createMachine({
  id: 'fragile',
  context: { count: 0 },
  on: { good: { actions: ['count', { type: 'ping', params: {} }] }, bad: { actions: 'fail' } },
});

const fragileDefinition: MachineDefinition = {
  name: 'fragile@1',
  machine: fragile,
  crashEffects: (context) => [{ type: 'cleanUp', params: { count: context.count ?? null } }],
};

describe('a step', () => {
  it('is journalled before its effects are performed', () => {
    const order: string[] = [];
    const { engine, rows } = bench((_actor, { type }) => order.push(`${type} after ${rows.length} rows`));
    engine.spawn('fragile/a', fragileDefinition, {});
    engine.post('fragile/a', { type: 'good' });
    expect(order).toEqual(['ping after 2 rows']);
    expect(rows[1]).toMatchObject({ seq: 2, kind: 'step', delta: { count: 1 }, effects: [{ type: 'ping' }] });
  });

  it('carries the row that caused it, through an effect and its outcome', () => {
    const { engine, rows } = bench((actor, { type }, cause, post) => {
      if (type === 'ping' && rows.length < 4) post(actor, { type: 'good' }, cause);
    });
    engine.spawn('fragile/a', fragileDefinition, {});
    engine.post('fragile/a', { type: 'good' });
    expect(rows.map((row) => row.cause)).toEqual([null, null, 2, 3]);
  });

  it('reaches every subscriber of a topic, in order', () => {
    const { engine, rows } = bench();
    for (const name of ['fragile/b', 'fragile/a']) {
      engine.spawn(name, fragileDefinition, {});
      engine.subscribe('link/eth0', name);
    }
    engine.publish('link/eth0', { type: 'good' });
    expect(rows.slice(2).map((row) => row.actor)).toEqual(['fragile/b', 'fragile/a']);
  });
});

describe('crash containment', () => {
  it('journals the culprit, makes the actor safe and lets the others run on', () => {
    const { engine, rows, performed } = bench();
    engine.spawn('fragile/a', fragileDefinition, {});
    engine.spawn('fragile/b', fragileDefinition, {});
    engine.post('fragile/a', { type: 'good' });
    engine.post('fragile/a', { type: 'bad' });
    expect(rows.at(-1)).toMatchObject({
      kind: 'crash',
      actor: 'fragile/a',
      event: { type: 'bad' },
      delta: { error: 'a bug in a machine' },
    });
    expect(performed.at(-1)).toEqual({ type: 'cleanUp', params: { count: 1 } });
    engine.post('fragile/a', { type: 'good' });
    engine.post('fragile/b', { type: 'good' });
    expect(rows.at(-1)).toMatchObject({ actor: 'fragile/b', delta: { count: 1 } });
    expect(engine.view('fragile/a')?.crashed).toBe(true);
  });

  it('takes the addresses of a crashed instance off the machine', () => {
    const { engine, performed } = bench();
    engine.spawn('vrrp/VI_1', vrrpDefinition, vrrpInput());
    engine.post('vrrp/VI_1', { type: 'instance.started', linkUp: true, sourceAddress: '10.0.0.1' });
    // A fact of the wrong shape is what a bug in io would look like.
    engine.post('vrrp/VI_1', {
      type: 'advert.received',
      get priority(): number {
        throw new Error('broken fact');
      },
    } as ActorEvent);
    expect(engine.view('vrrp/VI_1')?.crashed).toBe(true);
    expect(performed.slice(-7).map((asked) => asked.type)).toEqual([
      'stopAnnouncing',
      'stopWatching',
      'sendAdvert',
      'stopRefreshingGarps',
      'removeVips',
      'removeDevices',
      'closeHeartbeat',
    ]);
  });
});

describe('timers', () => {
  const started: ActorEvent = { type: 'instance.started', linkUp: true, sourceAddress: '10.0.0.1' };
  const silent: ActorEvent = {
    type: 'master.silent',
    silentUs: 1,
    allowedUs: 1,
    missedAdverts: 3,
    lateUs: 0,
  };

  function holding() {
    const lab = bench();
    lab.engine.spawn('vrrp/VI_1', vrrpDefinition, vrrpInput());
    const events = [started, { type: 'vips.removed' }, silent, { type: 'vips.added' }];
    for (const event of events) lab.engine.post('vrrp/VI_1', event);
    return lab;
  }

  it('expire as an event whose cause is the row that armed them', () => {
    const { due, rows } = holding();
    expect(due.map((entry) => entry.atUs)).toEqual([5_001_000]);
    const arming = rows.at(-1)?.seq;
    due[0]?.fire();
    expect(rows.at(-1)).toMatchObject({
      event: { type: 'timer.expired', timer: 'vrrp.garpDelay' },
      cause: arming,
    });
  });

  it('are void when the state was left while the expiry waited', () => {
    const { engine, due, rows } = holding();
    engine.post('vrrp/VI_1', { type: 'link.down' });
    const before = rows.length;
    due[0]?.fire();
    expect(rows.length).toBe(before);
    expect(due[0]?.cancelled).toBe(true);
  });
});

it('bounds its inbox, takes turns with the rest of the process, and says what it dropped', () => {
  const { engine, rows, due } = bench((actor, { type }) => {
    if (type !== 'ping' || rows.length > 3) return;
    for (let count = 0; count < 10_005; count += 1) engine.post(actor, { type: 'good' });
  });
  engine.spawn('fragile/a', fragileDefinition, {});
  engine.post('fragile/a', { type: 'good' });
  expect(rows.length).toBeLessThan(1_010);
  for (let turn = 0; turn < due.length && turn < 50; turn += 1) due[turn]?.fire();
  const note = rows.at(-1);
  expect(note).toMatchObject({ kind: 'note', actor: 'relived', event: { type: 'inbox.overflowed' } });
  expect(Number(note?.event.dropped)).toBeGreaterThan(0);
});

it('never drops what became of an effect: its actor would wait for ever', () => {
  const { engine, rows, due } = bench((actor, { type }, cause, post) => {
    if (type !== 'ping' || rows.length > 3) return;
    for (let count = 0; count < 10_005; count += 1) engine.post(actor, { type: 'good' });
    post(actor, { type: 'answered' }, cause);
  });
  engine.spawn('fragile/a', fragileDefinition, {});
  engine.post('fragile/a', { type: 'good' });
  for (let turn = 0; turn < due.length && turn < 50; turn += 1) due[turn]?.fire();
  expect(rows.at(-1)?.event.type).toBe('inbox.overflowed');
  expect(rows.at(-2)?.event.type).toBe('answered');
});

it('does what it asks for when the journal throws, and says so once the journal works again', () => {
  const { engine, rows, performed, journal } = bench();
  engine.spawn('fragile/a', fragileDefinition, {});
  journal.broken = true;
  engine.post('fragile/a', { type: 'good' });
  engine.post('fragile/a', { type: 'good' });
  expect([rows.length, performed.length, engine.view('fragile/a')?.context.count]).toEqual([1, 2, 2]);
  journal.broken = false;
  engine.post('fragile/a', { type: 'good' });
  expect(rows.map(({ seq, event }) => [seq, event.type])).toEqual([
    [1, 'actor.started'],
    [4, 'good'],
    [5, 'journal.refused'],
  ]);
  expect(rows.at(-1)?.event).toEqual({ type: 'journal.refused', rows: 2, error: 'EIO' });
  expect(performed).toHaveLength(3);
});
