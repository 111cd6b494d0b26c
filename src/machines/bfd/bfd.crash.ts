/** Fail safe: what a crashed session must not leave behind. */
import type { Effect } from '../declare.ts';

/** Falls silent, so that the neighbour notices. Who follows the session keeps the last state, as with keepalived. */
export function bfdCrashEffects(): readonly Effect[] {
  return [{ type: 'closeSession', params: {} }];
}
