import type { Effect } from '../declare.ts';

/** Static objects are in nobody's way: they stay where they are. */
export function staticCrashEffects(): readonly Effect[] {
  return [];
}
