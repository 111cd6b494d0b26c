/** Fail safe: a real server that threw goes on as its virtual server heard of it last. Nothing is to be done. */
import type { Effect } from '../declare.ts';

export function realServerCrashEffects(): readonly Effect[] {
  return [];
}
