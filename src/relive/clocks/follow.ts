/** From a first idea of an offset to what each message says of it, outward in time. */
import type { Anchor, Streams } from './anchor.ts';
import type { Limit } from './bounds.ts';
import { differences, type Hearing, type Interval, MOST_DRIFT_PPM } from './exchange.ts';

/** An advert that was heard, in the listener's or the sender's time turned into that of the clock that is measured. */
export interface Message {
  /** Forth: to the clock that is measured, an upper limit of its offset. Back: from it, a lower limit. */
  readonly direction: 'forth' | 'back';
  /** On the measured clock, as far as it is known. */
  readonly atUs: number;
  readonly hearing: Hearing;
}

export interface Followed {
  readonly upper: readonly Limit[];
  readonly lower: readonly Limit[];
  readonly used: { readonly forth: number; readonly back: number };
  /** Messages that fit no sending under this offset. */
  readonly contradictions: number;
  /** On the measured clock: beyond these times too much contradicts. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** So many messages in a row that do not fit: another offset holds from there on. */
const LOST_AFTER = 8;
const PIECES = 200;
/** Of the limits of a stretch of time only the tightest few are kept. */
const BUCKET_US = 60_000_000;
const KEPT = 3;

interface Walk {
  offset: Interval;
  atUs: number;
  inARow: number;
  lostAtUs: number | null;
}

/** `messages` in order of time; `start` is the offset of the measured clock (listener of `forth`) at a time. */
export function follow(
  messages: readonly Message[],
  start: Pick<Anchor, 'atUs' | 'offset'>,
  forth: Streams,
  back: Streams,
): Followed {
  const limits = { forth: new Tightest(1), back: new Tightest(-1) };
  const used = { forth: 0, back: 0 };
  let contradictions = 0;
  const walk = (part: readonly Message[]): number | null => {
    const state: Walk = { offset: start.offset, atUs: start.atUs, inARow: 0, lostAtUs: null };
    for (const message of part) {
      const limit = step(state, message, message.direction === 'forth' ? forth : back);
      if (limit === null) contradictions += 1;
      else {
        limits[message.direction].offer(limit);
        used[message.direction] += 1;
      }
      if (state.inARow >= LOST_AFTER) return state.lostAtUs;
    }
    return null;
  };
  const middle = messages.findIndex(({ atUs }) => atUs >= start.atUs);
  const split = middle === -1 ? messages.length : middle;
  const toUs = walk(messages.slice(split)) ?? Number.POSITIVE_INFINITY;
  const fromUs = walk(messages.slice(0, split).reverse()) ?? Number.NEGATIVE_INFINITY;
  const isInside = ({ atUs }: Limit): boolean => atUs >= fromUs && atUs <= toUs;
  return {
    upper: limits.forth.all().filter(isInside),
    lower: limits.back.all().filter(isInside),
    ...{ used, contradictions, fromUs, toUs },
  };
}

/** What a message says of the offset; null if it fits no sending. Narrows what is known. */
function step(state: Walk, { direction, atUs, hearing }: Message, streams: Streams): Limit | null {
  const grownUs = (MOST_DRIFT_PPM * Math.abs(atUs - state.atUs)) / 1e6;
  const known = { lowUs: state.offset.lowUs - grownUs, highUs: state.offset.highUs + grownUs };
  const sign = direction === 'forth' ? 1 : -1;
  // The other way round it is the sender's clock that is measured.
  const within = sign === 1 ? known : { lowUs: -known.highUs, highUs: -known.lowUs };
  let lowUs = Number.POSITIVE_INFINITY;
  let highUs = Number.NEGATIVE_INFINITY;
  for (const piece of differences(hearing, streams.get(hearing.stream) ?? [], within, PIECES)) {
    lowUs = Math.min(lowUs, piece.lowUs);
    // Which advert it was may not be clear: the earliest of them says least, and is true of all.
    highUs = Math.max(highUs, piece.highUs);
  }
  if (lowUs > highUs) {
    state.inARow += 1;
    if (state.inARow === 1) state.lostAtUs = atUs;
    return null;
  }
  state.inARow = 0;
  const [low, high] = [Math.max(lowUs, within.lowUs), Math.min(highUs, within.highUs)];
  state.offset = sign === 1 ? { lowUs: low, highUs: high } : { lowUs: -high, highUs: -low };
  state.atUs = atUs;
  if (sign === 1) return { atUs, us: highUs };
  // When it was heard, on the measured clock: as uncertain as the offset, which drifts meanwhile.
  const middleUs = -(low + high) / 2;
  const slackUs = (MOST_DRIFT_PPM * (high - low)) / 2e6;
  return { atUs: hearing.atUs + middleUs, us: -highUs - slackUs };
}

/** The tightest limits of each stretch of time. */
class Tightest {
  readonly #sign: 1 | -1;
  readonly #buckets = new Map<number, Limit[]>();

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  offer(limit: Limit): void {
    if (!Number.isFinite(limit.us)) return;
    const key = Math.floor(limit.atUs / BUCKET_US);
    const bucket = this.#buckets.get(key) ?? [];
    this.#buckets.set(key, bucket);
    bucket.push(limit);
    if (bucket.length <= KEPT) return;
    bucket.sort((a, b) => this.#sign * (a.us - b.us));
    bucket.length = KEPT;
  }

  all(): Limit[] {
    return [...this.#buckets.values()].flat().sort((a, b) => a.atUs - b.atUs);
  }
}
