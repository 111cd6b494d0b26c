/**
 * The first advert of a take-over, declared together with the watch: whoever repeats sends it at the deadline itself, before any
 * statechart has had its turn (docs/adr/0024-first-advert.md). Where nobody repeats it is sent when the statechart asks for it.
 */
import type { AdvertContent } from '../../machines/vrrp/vrrp.effects.ts';
import { type Instance, intervalOf } from './instance.ts';

export interface FirstAdvert {
  readonly source: string;
  readonly priority: number;
}

/** It has left, and the statechart has not answered yet. */
export interface LeftAdvert extends FirstAdvert {
  readonly sentUs: number;
}

/** Null: none may leave by itself any more. Nothing if one has left that nobody has been told of yet. */
export function declareFirst(instance: Instance, content: AdvertContent | null): void {
  const { repetition, source } = instance;
  if (repetition === null || (content === null && instance.first === null)) return;
  const packets = content === null ? null : instance.packetsFor(content);
  if (!repetition.lead(packets ?? [], instance.identification)) return;
  instance.first =
    packets === null || content === null || source === null ? null : { source, priority: content.priority };
}

/** Its packets look different from now on. */
export function declareAgain(instance: Instance): void {
  if (instance.first !== null && instance.awaitsSilence) declareFirst(instance, instance.first);
}

/** The advert that has left is the one that is asked for now. Not if it left so long ago that others may have taken over since. */
export function isAnswered(
  instance: Instance,
  left: LeftAdvert,
  content: AdvertContent,
  nowUs: number,
): boolean {
  const isSame = left.priority === content.priority && left.source === instance.source;
  return instance.announced === null && isSame && nowUs - left.sentUs < instance.allowedUs;
}

/** When the advert after it is due. */
export function nextAfter(instance: Instance, { sentUs }: LeftAdvert, nowUs: number): number {
  return Math.max(nowUs, sentUs + intervalOf(instance));
}
