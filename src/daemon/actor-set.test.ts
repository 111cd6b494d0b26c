/** In which order actors hear of a new configuration. */
import { expect, test } from 'vitest';
import type { TrackerActor } from '../config/actors/trackers.ts';
import type { Configured } from '../config/reload.ts';
import { Engine } from '../engine/engine.ts';
import type { JournalRow } from '../engine/types.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { checkerInput } from '../machines/checker/checker.fixture.ts';
import { checkerDefinition, trackerDefinition } from '../machines/registry.ts';
import { trackerInput } from '../machines/tracker/tracker.fixture.ts';
import { type ActorKind, ActorSet } from './actor-set.ts';
import { Pieces } from './pieces.ts';

const FILE = { kind: 'file', path: '/x', initial: null } as const;
const TRACKER = 'tracker/file/chk';

function tracker(followers: readonly string[]): TrackerActor {
  const input = trackerInput({
    source: FILE,
    followers: followers.map((actor) => ({ actor, weight: 1, reverse: false, isServer: true })),
  });
  return { id: TRACKER, identity: TRACKER, input };
}

function checker(id: string): Configured {
  const input = checkerInput({ actor: id, probe: { kind: 'file', tracker: TRACKER } });
  return { id, identity: id, input };
}

test('a newcomer hears what it follows, though that was there before it', async () => {
  const rows: JournalRow[] = [];
  const clock = new VirtualClock();
  const engine: Engine = new Engine({
    ...{ clock, scheduler: clock, journal: { row: () => {}, run: () => {}, define: () => {} } },
    executor: {
      perform: (actor, { type }) => {
        if (type === 'observe') engine.post(actor, { type: 'result.observed', what: 'file.read', value: 7 });
      },
    },
    onRow: (row) => rows.push(row),
  });
  const nothing = {
    follow: () => {},
    forget: () => {},
    removed: () => ({ type: 'nothing' }),
    isSettled: () => true,
  };
  const trackers: ActorKind = {
    ...{ ...nothing, definition: trackerDefinition, reconfiguredLast: true },
    follow: (actors) => {
      for (const { id } of actors) engine.post(id, { type: 'tracker.started', atReload: false });
    },
    reconfigured: ({ input }) => ({ type: 'tracker.reconfigured', input: { ...input } }),
  };
  const checkers: ActorKind = {
    ...{ ...nothing, definition: checkerDefinition, reconfigured: () => ({ type: 'nothing' }) },
  };
  const actors = new ActorSet({
    ...{ engine, kinds: { tracker: trackers, checker: checkers }, wait: async () => true },
    pieces: new Pieces({ clock, turn: async () => {} }),
  });
  await actors.start([tracker(['checker/a/b/1']), checker('checker/a/b/1')]);
  const wanted = [
    tracker(['checker/a/b/1', 'checker/a/c/1']),
    checker('checker/a/b/1'),
    checker('checker/a/c/1'),
  ];
  await actors.apply(await actors.plan(wanted), 1);
  const heard = rows.filter(({ event }) => event.type === 'tracker.changed');
  expect(heard.map(({ actor, event }) => [actor, event.weight])).toEqual([
    ['checker/a/b/1', 7],
    ['checker/a/c/1', 7],
  ]);
});
