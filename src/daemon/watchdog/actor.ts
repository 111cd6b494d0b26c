/** The watchdog's chart in this process's history. What it decided has been done: its effects are recorded, and performed by nobody here. */
import type { Engine } from '../../engine/engine.ts';
import type { ActorEvent, EffectExecutor } from '../../engine/types.ts';
import { watchdogDefinition } from '../../machines/registry.ts';

export const WATCHDOG = 'watchdog/worker';

export const watchdogExecutor: EffectExecutor = { perform: () => {} };

/** `past`: what it saw since the history of the former worker ended. */
export function introduceWatchdog(engine: Engine, past: readonly ActorEvent[], cause: number): void {
  engine.spawn(WATCHDOG, watchdogDefinition, {}, cause);
  // A pause begins with a death, and its end has that as its cause.
  let lastDeath: number | null = null;
  for (const event of past) {
    engine.post(WATCHDOG, event, event.type === 'timer.expired' ? lastDeath : null);
    if (event.type === 'worker.died') lastDeath = engine.seq;
  }
}
