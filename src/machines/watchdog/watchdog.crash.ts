import type { Effect } from '../declare.ts';

/** The history of the watchdog ends; the watchdog does not. */
export function watchdogCrashEffects(): readonly Effect[] {
  return [];
}
