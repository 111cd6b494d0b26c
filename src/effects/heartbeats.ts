/** Heartbeat effects: handed to the heartbeat port at once, in the order asked for. */
import type { HeartbeatPort } from '../engine/heartbeat.ts';
import type { ActorId } from '../engine/types.ts';
import type { VrrpEffect } from '../machines/vrrp/vrrp.effects.ts';

export type KernelEffect = Extract<
  VrrpEffect,
  { type: 'addVips' | 'removeVips' | 'sendGratuitousArps' | 'createDevices' | 'removeDevices' }
>;
export type RefreshEffect = Extract<VrrpEffect, { type: 'refreshGarps' | 'stopRefreshingGarps' }>;
export type HeartbeatEffect = Exclude<VrrpEffect, KernelEffect | RefreshEffect | { type: 'notify' }>;

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
      const { awaited, allowedUs, expectedIntervalUs } = effect.params;
      port.watch(actor, awaited, allowedUs, expectedIntervalUs);
      return;
    }
    case 'adjustWatch':
      port.adjustWatch(actor, effect.params.awaited, effect.params.allowedUs);
      return;
    case 'stopWatching':
      port.stopWatching(actor);
      return;
    case 'closeHeartbeat':
      port.close(actor);
      return;
    default:
      unknownEffect(effect);
  }
}

/** A compile error where an effect has no executor, and an exception if one comes all the same. */
export function unknownEffect(effect: never): never {
  throw new Error(`no executor performs the effect ${JSON.stringify(effect)}`);
}
