/** Fail safe: a checker that threw probes no more; its real server goes on with what it was told last. */
import type { Effect } from '../declare.ts';

export function httpCheckerCrashEffects(): readonly Effect[] {
  return [{ type: 'stopProbing', params: {} }];
}
