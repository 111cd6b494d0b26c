/** In which order actors hear of a new configuration. */
import { describe, expect, test } from 'vitest';
import type { TrackerActor } from '../config/actors/trackers.ts';
import type { Configured } from '../config/reload.ts';
import { Engine } from '../engine/engine.ts';
import type { JournalRow } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { checkerInput, TCP_PROBE } from '../machines/checker/checker.fixture.ts';
import { checkerDefinition } from '../machines/registry.ts';
import { trackerInput } from '../machines/tracker/tracker.fixture.ts';
import { type ActorKind, ActorSet } from './actor-set.ts';
import { Pieces } from './pieces.ts';
import { type TrackerPlan, Trackers } from './trackers.ts';

const PLAN: TrackerPlan = {
  ...{
    secure: false,
    keepSymlinks: false,
    linkbeat: new Map(),
    processBufferBytes: 0,
    forceProcessBuffer: false,
  },
  identify: () => null,
};

const [LOAD, OTHER] = ['tracker/file/load', 'tracker/file/other'];

/** Each of its own value, so that it is seen whose word one hears. */
const VALUES: Readonly<Record<string, number>> = { [LOAD]: 7, [OTHER]: 9 };

function tracker(id: string, followers: readonly string[]): TrackerActor {
  const input = trackerInput({
    name: id.replace('tracker/file/', ''),
    source: { kind: 'file', path: '/x', initial: null },
    followers: followers.map((actor) => ({ actor, weight: 1, reverse: false, isServer: true })),
  });
  return { id, identity: id, input };
}

/** `follows`: null, it probes. */
function checker(id: string, follows: string | null = LOAD): Configured {
  const probe = follows === null ? TCP_PROBE : { kind: 'file' as const, tracker: follows };
  return { id, identity: `${id} ${follows}`, input: checkerInput({ actor: id, probe }) };
}

/** What checkers heard of trackers, in order. Those that go take a turn to do so. */
async function heardBy(before: readonly Configured[], after: readonly Configured[]): Promise<unknown[]> {
  const rows: JournalRow[] = [];
  const clock = new VirtualClock();
  const engine: Engine = new Engine({
    ...{ clock, scheduler: clock, journal: { row: () => {}, run: () => {}, define: () => {} } },
    executor: {
      perform: (actor, { type }) => {
        if (type !== 'observe') return;
        engine.post(actor, { type: 'result.observed', what: 'file.read', value: VALUES[actor] ?? 0 });
      },
    },
    onRow: (row) => rows.push(row),
  });
  const nothing = { follow: () => {}, forget: () => {}, removed: () => ({ type: 'nothing' }) };
  const { kind } = new Trackers({ plan: PLAN, engine, linkSettled: () => {}, log: () => {} });
  const checkers: ActorKind = {
    ...{ ...nothing, definition: checkerDefinition, reconfigured: () => ({ type: 'nothing' }) },
    ...{ inPieces: true, removed: () => ({ type: 'checker.removed' }) },
    isSettled: ({ state }) => state === 'ended',
  };
  const actors = new ActorSet({
    ...{ engine, kinds: { tracker: kind as ActorKind, checker: checkers } },
    wait: async (condition) => condition(),
    pieces: new Pieces({ clock, turn: async () => {} }),
  });
  await actors.start(before);
  const plan = await actors.plan(after);
  const from = rows.length;
  await actors.apply(plan, 1);
  return rows.slice(from).flatMap(({ actor, event, state }) => {
    if (event.type === 'tracker.changed') return [[actor, event.tracker, event.weight, state]];
    return event.type === 'actor.started' ? [[actor, 'begins']] : [];
  });
}

const PASSING = { followed: 'passing' };
const [B, C] = ['checker/a/b/1', 'checker/a/c/1'];

test('a newcomer hears what it follows, though that was there before it', async () => {
  const heard = await heardBy(
    [tracker(LOAD, [B]), checker(B)],
    [tracker(LOAD, [B, C]), checker(B), checker(C)],
  );
  expect(heard).toEqual([
    [C, 'begins'],
    [C, LOAD, 7, PASSING],
  ]);
});

describe('one that is another now under its name', () => {
  test.each([
    ['that probed', null],
    ['that followed another tracker', OTHER],
  ])('%s hears what it follows', async (_, former) => {
    const heard = await heardBy(
      [tracker(LOAD, [C]), tracker(OTHER, former === null ? [] : [B]), checker(B, former), checker(C)],
      [tracker(LOAD, [C, B]), tracker(OTHER, []), checker(B), checker(C)],
    );
    const news = heard.slice(heard.findIndex((one) => (one as string[])[1] === 'begins'));
    expect(news).toEqual([
      [B, 'begins'],
      [B, LOAD, 7, PASSING],
    ]);
    // What was said before that has reached who had the name before.
    expect(heard.length - news.length).toBe(1);
  });

  test('hears it from a tracker for which nothing has changed', async () => {
    const other = { ...checker(B), identity: 'another' };
    const heard = await heardBy(
      [tracker(LOAD, [C, B]), checker(B), checker(C)],
      [tracker(LOAD, [C, B]), other, checker(C)],
    );
    expect(heard).toEqual([
      [B, 'begins'],
      [B, LOAD, 7, PASSING],
    ]);
  });
});
