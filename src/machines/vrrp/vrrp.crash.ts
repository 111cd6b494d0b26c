/** Fail safe: what a crashed instance must not leave behind. */
import type { JsonObject } from '../../protocol/json.ts';
import type { Effect } from '../declare.ts';
import { together } from '../kernel-objects.ts';
import { heldObjects } from './input/objects.ts';
import type { VrrpContext } from './vrrp.context.ts';

/** The other members must not stay masters without it. */
function tellGroup(group: string, member: string): Effect {
  return {
    type: 'signalActor',
    params: { actor: group, event: { type: 'member.reported', member, standing: 'crashed' } },
  };
}

/**
 * Resign (priority 0 lets a backup take over after its skew), fall silent, and take the addresses off the machine.
 * Harmless if the instance was not master.
 */
export function vrrpCrashEffects(context: JsonObject): readonly Effect[] {
  const { input, leftover } = context as unknown as VrrpContext;
  return [
    { type: 'stopAnnouncing', params: {} },
    { type: 'stopWatching', params: {} },
    { type: 'sendAdvert', params: { priority: 0 } },
    { type: 'stopRefreshingGarps', params: {} },
    { type: 'removeVips', params: together(heldObjects(input), leftover) },
    { type: 'removeDevices', params: {} },
    { type: 'closeHeartbeat', params: {} },
    ...(input.group === null ? [] : [tellGroup(input.group, input.actor)]),
  ];
}
