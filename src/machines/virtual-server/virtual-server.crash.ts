/** Fail safe: a virtual server that threw stays as it is. Nothing is to be done. */
import type { Effect } from '../declare.ts';

export function virtualServerCrashEffects(): readonly Effect[] {
  return [];
}
