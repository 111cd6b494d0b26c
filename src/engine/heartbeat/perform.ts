/** Heartbeat effects: handed to the heartbeat port at once, in the order asked for. */
import type { VrrpEffect } from '../../machines/vrrp/vrrp.effects.ts';
import type { HeartbeatPort } from '../heartbeat.ts';
import type { ActorId } from '../types.ts';

const HEARTBEAT_EFFECTS = [
  'openHeartbeat',
  'setSourceAddress',
  'announce',
  'reviseAnnouncement',
  'stopAnnouncing',
  'sendAdvert',
  'watchMaster',
  'adjustWatch',
  'stopWatching',
  'closeHeartbeat',
] as const satisfies readonly VrrpEffect['type'][];

export type HeartbeatEffect = Extract<VrrpEffect, { type: (typeof HEARTBEAT_EFFECTS)[number] }>;

export function isHeartbeatEffect(effect: { readonly type: string }): effect is HeartbeatEffect {
  return (HEARTBEAT_EFFECTS as readonly string[]).includes(effect.type);
}

/** Returns when the port has taken the command; adverts wait for nothing. */
export function performHeartbeat(port: HeartbeatPort, actor: ActorId, effect: HeartbeatEffect): void {
  switch (effect.type) {
    case 'openHeartbeat':
      port.open(actor, effect.params.identity);
      return;
    case 'setSourceAddress':
      port.setSource(actor, effect.params.address);
      return;
    case 'announce':
      port.announce(actor, effect.params);
      return;
    case 'reviseAnnouncement':
      port.revise(actor, effect.params);
      return;
    case 'stopAnnouncing':
      port.stopAnnouncing(actor);
      return;
    case 'sendAdvert':
      port.sendOnce(actor, effect.params);
      return;
    case 'watchMaster': {
      const { awaited, allowedUs, expectedIntervalUs, thenAnnounce = null } = effect.params;
      port.watch(actor, awaited, allowedUs, expectedIntervalUs, thenAnnounce);
      return;
    }
    case 'adjustWatch': {
      const { awaited, allowedUs, thenAnnounce = null } = effect.params;
      port.adjustWatch(actor, awaited, allowedUs, thenAnnounce);
      return;
    }
    case 'stopWatching':
      port.stopWatching(actor);
      return;
    case 'closeHeartbeat':
      port.close(actor);
      return;
    default:
      effect satisfies never;
  }
}
