/** Fail safe: members that nobody brings together any more must not be masters. */
import type { JsonObject } from '../../protocol/json.ts';
import type { Effect } from '../declare.ts';
import type { SyncGroupContext } from './sync-group.context.ts';

export function syncGroupCrashEffects(context: JsonObject): readonly Effect[] {
  const { input } = context as unknown as SyncGroupContext;
  const event = { type: 'group.decided', state: 'fault', resigning: false };
  return [{ type: 'signalActors', params: { actors: input.members, event } }];
}
