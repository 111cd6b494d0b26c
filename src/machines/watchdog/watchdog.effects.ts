/** What the watchdog may ask for. It performs this itself, before any history knows of it: see docs/adr/0022-watchdog.md. */
import { type EffectOf, effect } from '../declare.ts';

export const watchdogEffects = {
  startWorker: effect<Record<string, never>>(),
  /** SIGKILL: it does not react to anything else. */
  killWorker: effect<Record<string, never>>(),
  /** On behalf of the dead: adverts of priority 0 from where it was master, and its addresses are taken away. */
  releaseHeld: effect<Record<string, never>>(),
  /** On behalf of the dead: its adverts go on, for 3 s at most (docs/adr/0023-adverts-between-two-workers.md). */
  keepAnnouncing: effect<Record<string, never>>(),
  /** Where a better router was heard nothing is announced any more, and the addresses are taken away. */
  yieldHeld: effect<Record<string, never>>(),
  /** The watchdog ends, with the worker's exit status. */
  endWatch: effect<Record<string, never>>(),
};

export type WatchdogEffect = EffectOf<typeof watchdogEffects>;
