/** Fail safe: a tracker that threw looks at nothing any more; its followers go on with what they were told last. */
import type { Effect } from '../declare.ts';

export function trackerCrashEffects(): readonly Effect[] {
  return [{ type: 'stopObserving', params: {} }];
}
