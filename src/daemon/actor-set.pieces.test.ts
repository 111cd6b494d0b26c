/** Of whom there may be thousands: they come, change and go in pieces, behind all others. */
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import type { Configured } from '../config/reload.ts';
import { Engine } from '../engine/engine.ts';
import type { JournalRow } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { actorEffects } from '../machines/declare.ts';
import type { MachineDefinition } from '../machines/registry.ts';
import { type ActorKind, type ActorKinds, ActorSet } from './actor-set.ts';
import { Pieces } from './pieces.ts';

/** One piece is over after so many things. */
const WORK_US = 1_000;
const MANY = 40;

/** Remembers nothing; tells `many/1` of what it is told to. */
const machine = setup({ actions: actorEffects }).createMachine({
  id: 'any',
  on: {
    speak: {
      actions: { type: 'signalActor', params: { actor: 'many/1', event: { type: 'heard' } } },
    },
    '*': {},
  },
});
const definition: MachineDefinition = { name: 'any@1', machine, crashEffects: () => [] };

const named = (kind: string, count: number): Configured[] =>
  Array.from({ length: count }, (_, at) => ({ id: `${kind}/${at}`, identity: `${kind}/${at}`, input: {} }));
const changed = (actors: readonly Configured[]): Configured[] =>
  actors.map((actor) => ({ ...actor, input: { other: true } }));

/** `onTurn` is called at each turn of others, with the number of it. */
function bench(onTurn: (turn: number) => void = () => {}) {
  const story: string[] = [];
  const rows: JournalRow[] = [];
  const clock = new VirtualClock();
  const engine: Engine = new Engine({
    ...{ clock, scheduler: clock, executor: { perform: () => {} } },
    journal: { row: () => {}, run: () => {}, define: () => {} },
    onRow: (row) => {
      rows.push(row);
      story.push(`${row.actor} ${row.event.type}`);
      clock.stall(WORK_US);
    },
  });
  const kind = (follow: (id: string) => void): ActorKind => ({
    ...{ definition, reconfigured: () => ({ type: 'reconfigured' }), removed: () => ({ type: 'removed' }) },
    follow: (actors) => {
      for (const { id } of actors) follow(id);
    },
    forget: (id) => story.push(`${id} forgotten`),
    isSettled: () => true,
  });
  const begins = (id: string): void => engine.post(id, { type: 'begun' });
  const kinds: ActorKinds = {
    few: kind((id) => engine.post(id, { type: 'speak' })),
    other: { ...kind(begins), inPieces: true },
    many: { ...kind(begins), inPieces: true },
  };
  let turns = 0;
  const turn = async (): Promise<void> => {
    turns += 1;
    story.push('turn');
    onTurn(turns);
  };
  const pieces = new Pieces({ clock, turn });
  const actors = new ActorSet({ engine, kinds, pieces, wait: async (condition) => condition() });
  const shutDown = () => actors.shutDown({ type: 'shutdown.requested' }, 1);
  const told = (event: string) => rows.filter((row) => row.event.type === event).map(({ actor }) => actor);
  return { actors, engine, story, rows, told, shutDown };
}

const ALL = [...named('few', 2), ...named('many', MANY), ...named('other', MANY)];
const ids = (actors: readonly Configured[]) => actors.map(({ id }) => id);

describe('a start', () => {
  it('is over for the few before the first of the many is there, who then come and begin in pieces', async () => {
    const { actors, story, told } = bench();
    await actors.start(ALL);
    const few = ['few/0 actor.started', 'few/1 actor.started', 'few/0 speak', 'few/1 speak'];
    expect(story.slice(0, few.length + 1)).toEqual([...few, 'many/0 actor.started']);
    // In the order of the configuration, and then in that of the kinds, when all are there.
    expect(told('actor.started')).toEqual(ids(ALL));
    expect(told('begun')).toEqual([...ids(named('other', MANY)), ...ids(named('many', MANY))]);
    expect(story.indexOf('other/0 begun')).toBeGreaterThan(story.indexOf(`other/${MANY - 1} actor.started`));
    expect(Math.max(...lengths(story))).toBeLessThan(MANY);
  });

  it('keeps what is said to those who are not there yet', async () => {
    const { actors, story, rows } = bench();
    await actors.start(ALL);
    const heard = rows.filter(({ event }) => event.type === 'heard');
    expect(heard.map(({ actor }) => actor)).toEqual(['many/1', 'many/1']);
    const spoken = rows.filter(({ event }) => event.type === 'speak').map(({ seq }) => seq);
    expect(heard.map(({ cause }) => cause)).toEqual(spoken);
    expect(story.indexOf('many/1 heard')).toBeLessThan(story.indexOf('many/1 begun'));
  });

  it.each([1, 3, 8, 12])('that is interrupted by a stop in turn %i ends there', async (when) => {
    const stops: Promise<void>[] = [];
    const scene = bench((turn) => {
      if (turn === when) stops.push(scene.shutDown());
    });
    await scene.actors.start(ALL);
    await Promise.all(stops);
    const ended = scene.told('shutdown.requested');
    // Everybody who is there hears of it, once, those who are few at once.
    expect(ended).toEqual(ids(scene.actors.running));
    expect(scene.told('actor.started')).toEqual(ended);
    expect(scene.story.slice(scene.story.indexOf('few/0 shutdown.requested'))).not.toContain('many/0 begun');
    const [first, second] = scene.story.slice(scene.story.indexOf('few/0 shutdown.requested'));
    expect([first, second]).toEqual(['few/0 shutdown.requested', 'few/1 shutdown.requested']);
    expect(scene.actors.settling()()).toBe(true);
    await scene.actors.start(named('late', 0));
    expect(scene.rows.at(-1)?.event.type).toBe('shutdown.requested');
  });
});

describe('a reload', () => {
  const wanted = [
    ...changed(named('few', 2)),
    ...changed(named('many', MANY / 2)),
    ...named('other', 2 * MANY),
  ];

  it('tells the few at once, and then who changes, who goes and who comes, in pieces', async () => {
    const { actors, story, told } = bench();
    await actors.start(ALL);
    story.length = 0;
    await actors.apply(await actors.plan(wanted), 1);
    const said = ['few/0 speak', 'many/1 heard', 'few/1 speak', 'many/1 heard'];
    expect(story.slice(0, 6)).toEqual(['few/0 reconfigured', 'few/1 reconfigured', ...said]);
    expect(told('reconfigured')).toEqual([...ids(named('few', 2)), ...ids(named('many', MANY / 2))]);
    expect(told('removed')).toEqual(ids(named('many', MANY).slice(MANY / 2)));
    const at = (what: string) => story.indexOf(what);
    expect(at('many/0 reconfigured')).toBeLessThan(at(`many/${MANY / 2} removed`));
    expect(at(`many/${MANY / 2} removed`)).toBeLessThan(at(`other/${MANY} actor.started`));
    expect(at(`other/${2 * MANY - 1} begun`)).toBeLessThan(at(`many/${MANY / 2} forgotten`));
    expect(Math.max(...lengths(story))).toBeLessThan(MANY);
    expect(ids(actors.running)).toEqual(ids(wanted));
  });

  it.each([1, 4, 7, 10])('that is interrupted by a stop in its turn %i leaves nobody out', async (when) => {
    const stops: Promise<void>[] = [];
    let isReloading = false;
    let since = 0;
    const scene = bench(() => {
      if (!isReloading) return;
      since += 1;
      if (since === when) stops.push(scene.shutDown());
    });
    await scene.actors.start(ALL);
    isReloading = true;
    await scene.actors.apply(await scene.actors.plan(wanted), 1);
    await Promise.all(stops);
    expect(stops).toHaveLength(1);
    const there = scene.told('actor.started');
    expect(scene.told('shutdown.requested').toSorted()).toEqual(there.toSorted());
    expect(scene.rows.at(-1)?.event.type).toBe('shutdown.requested');
  });
});

/** Of the pieces between turns. */
function lengths(story: readonly string[]): number[] {
  const all: number[] = [0];
  for (const line of story) {
    if (line === 'turn') all.push(0);
    else all[all.length - 1] = (all.at(-1) ?? 0) + 1;
  }
  return all;
}
