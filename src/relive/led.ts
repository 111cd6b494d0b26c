/** First adverts that left before the statechart was told of the silence (docs/adr/0024-first-advert.md). */
import type { ActorEvent } from '../engine/types.ts';

export interface LedAdvert {
  readonly priority: number;
  /** How long before the event was told it had left; its row is a little later still. */
  readonly aheadUs: number;
}

/** A row comes so long after its event was told, at most: this process may not run meanwhile. */
export const TOLD_LATE_US = 1_000_000;

/** Of an event that tells of one; null: it does not. */
export function ledOf({ type, announced, priority, aheadUs }: ActorEvent): LedAdvert | null {
  if (type === 'claim.withdrawn') return { priority: Number(priority), aheadUs: Number(aheadUs) };
  return type === 'master.silent' && announced !== undefined ? (announced as unknown as LedAdvert) : null;
}
