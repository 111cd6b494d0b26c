/** When anything happened: for an axis on which quiet times are folded. */
import type { ActivityAnswer } from '../api.ts';
import type { JournalSource } from '../source.ts';
import type { ColumnCache } from './columns.ts';

/** Busy times in one answer; where there are more, shorter quiet times count as busy. */
const MOST = 2_000;
const COARSER = 4;

interface Busy {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Times that are closer together than `quietUs` as one, in order. */
export function merge(times: Float64Array, quietUs: number): Busy[] {
  const busy: Busy[] = [];
  let [fromUs, toUs] = [Number.NaN, Number.NaN];
  for (const us of times) {
    if (us - toUs < quietUs) toUs = us;
    else {
      if (!Number.isNaN(fromUs)) busy.push({ fromUs, toUs });
      [fromUs, toUs] = [us, us];
    }
  }
  if (!Number.isNaN(fromUs)) busy.push({ fromUs, toUs });
  return busy;
}

export function activity(
  sources: readonly JournalSource[],
  actors: readonly string[],
  quietUs: number,
  cache: ColumnCache,
): ActivityAnswer {
  const parts: Float64Array[] = [];
  for (const source of sources) {
    const lastSeq = source.lastSeq();
    for (const piece of source.pieces()) {
      for (const actor of actors) {
        const { times, length } = cache.of(source, piece, actor, lastSeq);
        parts.push(times.slice(0, length));
      }
    }
  }
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  all.sort();
  let least = Math.max(1, quietUs);
  let busy = merge(all, least);
  while (busy.length > MOST) {
    least *= COARSER;
    busy = merge(all, least);
  }
  return { quietUs: least, busy };
}
