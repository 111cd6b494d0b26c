/** One executor of many: who performs an effect depends on the kind of actor that asks. */
import type { EffectExecutor } from '../engine/types.ts';

/** By the first part of the actor's id: `vrrp` of `vrrp/VI_1`. Performing for any other kind is a bug, and throws. */
export function createExecutorByKind(executors: Readonly<Record<string, EffectExecutor>>): EffectExecutor {
  return {
    perform(actor, effect, cause, post) {
      const executor = executors[actor.slice(0, actor.indexOf('/'))];
      if (executor === undefined) throw new Error(`no executor performs ${effect.type} for ${actor}`);
      executor.perform(actor, effect, cause, post);
    },
  };
}
