/** What a tracker may ask for. Parameters are plain JSON. */
import { type EffectOf, effect } from '../declare.ts';
import type { TrackerSource } from './tracker.input.ts';

/** What a script's run came to, without what differs each time. */
export type ExpectedResult =
  | { readonly what: 'script.exited'; readonly code: number }
  | { readonly what: 'script.killed'; readonly signal: string }
  | { readonly what: 'script.timedOut' | 'script.notStarted' };

export const trackerEffects = {
  /** Look at this and post `result.observed`: the present state first, then changes. Replaces the former source. */
  observe: effect<{ source: TrackerSource }>(),
  /** A run of the script that comes to this changes nothing and need not be posted; null: every run counts. */
  expectResult: effect<{ result: ExpectedResult | null }>(),
  stopObserving: effect<Record<string, never>>(),
  /** The interface counts as up, or down, from now on. */
  settleLink: effect<{ interface: string; up: boolean }>(),
};

export type TrackerEffect = EffectOf<typeof trackerEffects>;
