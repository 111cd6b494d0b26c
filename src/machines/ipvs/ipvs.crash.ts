import type { Effect } from '../declare.ts';

/** Whatever is set stays: the services that go on need it. */
export function ipvsCrashEffects(): readonly Effect[] {
  return [];
}
