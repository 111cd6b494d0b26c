/** Fail safe: a checker that threw asks no more; its real server goes on with what it was told last. */
import type { Effect } from '../declare.ts';

export function agentCheckerCrashEffects(): readonly Effect[] {
  return [{ type: 'stopProbing', params: {} }];
}
