/** First adverts that left before the statechart was told of the silence (docs/adr/0024-first-advert.md). */
import type { ActorEvent } from '../engine/types.ts';

export interface LedAdvert {
  readonly priority: number;
  /** When it left, CLOCK_MONOTONIC: before the row that tells of it. */
  readonly sentUs: number;
}

/** Of an event that tells of one; null: it does not. */
export function ledOf({ type, announced, priority, sentUs }: ActorEvent): LedAdvert | null {
  if (type === 'claim.withdrawn') return { priority: Number(priority), sentUs: Number(sentUs) };
  return type === 'master.silent' && announced !== undefined ? (announced as unknown as LedAdvert) : null;
}
