/** The kinds of effects that there are, and what becomes of one that nobody performs. */
import type { VrrpEffect } from '../machines/vrrp/vrrp.effects.ts';

export type KernelEffect = Extract<
  VrrpEffect,
  { type: 'addVips' | 'removeVips' | 'sendGratuitousArps' | 'createDevices' | 'removeDevices' }
>;
export type RefreshEffect = Extract<VrrpEffect, { type: 'refreshGarps' | 'stopRefreshingGarps' }>;

/** A compile error where an effect has no executor, and an exception if one comes all the same. */
export function unknownEffect(effect: never): never {
  throw new Error(`no executor performs the effect ${JSON.stringify(effect)}`);
}
