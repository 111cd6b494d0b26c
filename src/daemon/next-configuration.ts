/**
 * The configuration that lies there without being in force: what the next start will read. Somebody who edits it and starts
 * the daemon anew has a start plan for it, too.
 */
import { configuredActorsInSteps } from '../config/actors.ts';
import type { Config } from '../config/model.ts';
import type { Configured } from '../config/reload.ts';
import type { Steps } from '../config/steps.ts';
import type { ActorView } from '../engine/engine.ts';
import type { ActorId } from '../engine/types.ts';
import type { Json, JsonObject } from '../protocol/json.ts';

type Observe = (id: ActorId) => ActorView | null;

/**
 * Its actors as they are before the first check, as far as a plan looks at them. In steps. `observe`: actors that run now, whose
 * operators' orders stay with them; `hasOrders`: whether there are any, for a real server that does not run yet may have one.
 */
export function* foreseen(config: Config, observe: Observe, hasOrders: () => boolean): Steps<Observe> {
  const virtual = new Map<ActorId, ActorView>();
  const real = new Map<ActorId, Configured>();
  const actors = yield* configuredActorsInSteps(config);
  for (const actor of actors) {
    if (actor.id.startsWith('virtual/')) virtual.set(actor.id, viewOf(actor, { table: 'applied' }, {}));
    if (actor.id.startsWith('real/')) real.set(actor.id, actor);
  }
  return (id) => {
    const actor = real.get(id);
    if (actor === undefined) return virtual.get(id) ?? null;
    const running = observe(id);
    if (running === null) return hasOrders() ? null : viewOf(actor, null, { duty: 'ready', ordered: null });
    const { duty = null, ordered = null } = running.context;
    return viewOf(actor, null, { duty, ordered });
  };
}

function viewOf({ id, input }: Configured, state: Json, rest: JsonObject): ActorView {
  const context = { input, ...rest } as unknown as JsonObject;
  return { actor: id, machine: '', state, context, crashed: false };
}
