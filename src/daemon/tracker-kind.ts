/** Trackers as a kind of actors: what follows from their coming, changing and going. */
import type { TrackerActor } from '../config/actors/trackers.ts';
import type { Engine } from '../engine/engine.ts';
import type { ActorEvent, ActorId } from '../engine/types.ts';
import { trackerDefinition } from '../machines/registry.ts';
import type { ActorKind } from './actor-set.ts';

/** `started`: those that run, kept here. `isReloading`: false until the first reload. */
export function trackerKind(
  engine: Pick<Engine, 'post'>,
  started: Map<ActorId, TrackerActor>,
  isReloading: () => boolean,
): ActorKind<TrackerActor> {
  return {
    definition: trackerDefinition,
    reconfiguredLast: true,
    follow: (actors) => {
      for (const actor of actors) {
        const isNew = !started.has(actor.id);
        started.set(actor.id, actor);
        if (!isNew) continue;
        const { source } = actor.input;
        if (source.kind === 'bfd') engine.post(source.session, { type: 'state.asked' });
        engine.post(actor.id, { type: 'tracker.started', atReload: isReloading() });
      }
    },
    forget: (id) => started.delete(id),
    reconfigured: ({ input }): ActorEvent => ({ type: 'tracker.reconfigured', input: { ...input } }),
    returned: ({ input }, ids) => {
      const followers = input.followers.map(({ actor }) => actor).filter((id) => ids.has(id));
      return followers.length === 0 ? null : { type: 'followers.returned', followers };
    },
    removed: () => ({ type: 'tracker.removed' }),
    isSettled: ({ state }) => state === 'ended' || state === 'idle',
  };
}
