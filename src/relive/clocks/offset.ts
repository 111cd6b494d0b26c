/** The offset of one steady clock against another, from what each heard of the other. */
import { type Anchor, type Assumption, byStream, findAnchor, worthOf } from './anchor.ts';
import { type Limit, type LineBounds, lineBounds } from './bounds.ts';
import type { Exchange, Interval } from './exchange.ts';
import { type Followed, follow, type Message } from './follow.ts';

export interface OffsetBounds {
  /** Infinite where nothing bounds it. */
  readonly leastUs: number;
  readonly mostUs: number;
  /** Rate of the measured clock against the reference, parts per million. */
  readonly leastPpm: number;
  readonly mostPpm: number;
}

const UNBOUNDED: OffsetBounds = {
  leastUs: Number.NEGATIVE_INFINITY,
  mostUs: Number.POSITIVE_INFINITY,
  leastPpm: Number.NEGATIVE_INFINITY,
  mostPpm: Number.POSITIVE_INFINITY,
};

/** A clock that was not followed any further may have been set; a few times that is worth another look. */
const MOST_PIECES = 8;
/** Limits that are asked at one time, of each side. */
const NEAREST = 300;
/** Within this much time the same lines serve. */
const CELL_US = 1_000_000;

/** The measured clock minus the reference, as a function of the measured clock's time. Asked in order of time it is fast. */
export class Offset {
  readonly #pieces: readonly Followed[];
  /** Null: what was heard fits no other offset. */
  readonly assumed: Assumption | null;
  #cell: { readonly key: number; readonly bounds: OffsetBounds } | null = null;

  constructor(pieces: readonly Followed[], assumed: Assumption | null) {
    this.#pieces = pieces;
    this.assumed = assumed;
  }

  get used(): { readonly forth: number; readonly back: number } {
    const sum = (of: (piece: Followed) => number): number =>
      this.#pieces.reduce((total, piece) => total + of(piece), 0);
    return { forth: sum(({ used }) => used.forth), back: sum(({ used }) => used.back) };
  }

  get contradictions(): number {
    return this.#pieces.reduce((total, piece) => total + piece.contradictions, 0);
  }

  /** Times of the limits, on the measured clock. */
  get span(): Interval | null {
    const times = this.#pieces.flatMap(({ upper, lower }) => [...upper, ...lower].map(({ atUs }) => atUs));
    if (times.length === 0) return null;
    return {
      lowUs: times.reduce((a, b) => Math.min(a, b)),
      highUs: times.reduce((a, b) => Math.max(a, b)),
    };
  }

  at(atUs: number): OffsetBounds {
    const key = Math.floor(atUs / CELL_US);
    if (this.#cell?.key !== key) this.#cell = { key, bounds: this.#bounds((key + 0.5) * CELL_US) };
    return this.#cell.bounds;
  }

  #bounds(atUs: number): OffsetBounds {
    const piece = this.#pieces.find(({ fromUs, toUs }) => atUs >= fromUs && atUs <= toUs);
    if (piece === undefined) return UNBOUNDED;
    const upper = nearest(piece.upper, atUs);
    const lower = nearest(piece.lower, atUs);
    const bounds = lineBounds(upper, lower, atUs) ?? steepBounds(upper, lower, atUs);
    return bounds === null ? UNBOUNDED : withinCell(bounds);
  }
}

/** What holds in the middle of a cell, for all of it. */
function withinCell({ leastUs, mostUs, leastPpm, mostPpm }: LineBounds): OffsetBounds {
  const marginUs = (Math.max(Math.abs(leastPpm), Math.abs(mostPpm)) * CELL_US) / 2e6;
  return { leastUs: leastUs - marginUs, mostUs: mostUs + marginUs, leastPpm, mostPpm };
}

function nearest(limits: readonly Limit[], atUs: number): readonly Limit[] {
  if (limits.length <= NEAREST) return limits;
  let [low, high] = [0, limits.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((limits[middle]?.atUs ?? 0) < atUs) low = middle + 1;
    else high = middle;
  }
  const from = Math.max(0, Math.min(low - NEAREST / 2, limits.length - NEAREST));
  return limits.slice(from, from + NEAREST);
}

/** Where no line fits (a clock that was slewed), the nearest limit of each side, whatever the rate between. */
function steepBounds(upper: readonly Limit[], lower: readonly Limit[], atUs: number): LineBounds | null {
  const close = (limits: readonly Limit[]): Limit[] =>
    [...limits].sort((a, b) => Math.abs(a.atUs - atUs) - Math.abs(b.atUs - atUs)).slice(0, 1);
  return lineBounds(close(upper), close(lower), atUs);
}

/** `forth`: from the reference to the measured clock. Hearings are in order of time. */
export function fitOffset(forth: Exchange, back: Exchange): Offset {
  const streams = { forth: byStream(forth.sendings), back: byStream(back.sendings) };
  const pieces: Followed[] = [];
  const assumptions: Assumption[] = [];
  const look = (range: Interval, depth: number): void => {
    const inside = (atUs: number): boolean => atUs > range.lowUs && atUs < range.highUs;
    const start = firstIdea(
      { ...forth, hearings: forth.hearings.filter(({ atUs }) => inside(atUs)) },
      // Only roughly in the measured clock's time, which is all that is needed to look elsewhere.
      { ...back, hearings: back.hearings.filter(({ atUs }) => inside(atUs)) },
    );
    if (start === null || depth > MOST_PIECES) return;
    if (start.assumed !== null) assumptions.push(start.assumed);
    const shiftUs = (start.offset.lowUs + start.offset.highUs) / 2;
    const messages: Message[] = [
      ...forth.hearings.map((hearing) => ({ direction: 'forth', atUs: hearing.atUs, hearing }) as const),
      ...back.hearings.map(
        (hearing) => ({ direction: 'back', atUs: hearing.atUs + shiftUs, hearing }) as const,
      ),
    ];
    const ordered = messages.filter(({ atUs }) => inside(atUs)).sort((a, b) => a.atUs - b.atUs);
    const piece = follow(ordered, start, streams.forth, streams.back);
    const [fromUs, toUs] = [Math.max(piece.fromUs, range.lowUs), Math.min(piece.toUs, range.highUs)];
    pieces.push({ ...piece, fromUs, toUs });
    if (fromUs > range.lowUs) look({ lowUs: range.lowUs, highUs: fromUs }, depth + 1);
    if (toUs < range.highUs) look({ lowUs: toUs, highUs: range.highUs }, depth + 1);
  };
  look({ lowUs: Number.NEGATIVE_INFINITY, highUs: Number.POSITIVE_INFINITY }, 0);
  return new Offset(pieces, weakest(assumptions));
}

/** The one that promises least. */
function weakest(assumptions: readonly Assumption[]): Assumption | null {
  const within = (one: Assumption): number =>
    one.kind === 'agree' ? one.withinUs : Number.POSITIVE_INFINITY;
  return [...assumptions].sort((a, b) => within(a) - within(b))[0] ?? null;
}

/** Of the direction that says more. */
function firstIdea(forth: Exchange, back: Exchange): Anchor | null {
  const there = findAnchor(forth, byStream(forth.sendings));
  const here = findAnchor(back, byStream(back.sendings));
  if (here === null || (there !== null && worthOf(there) >= worthOf(here))) return there;
  const { offset, atUs } = here;
  const turned = { lowUs: -offset.highUs, highUs: -offset.lowUs };
  return { ...here, atUs: atUs + (turned.lowUs + turned.highUs) / 2, offset: turned };
}
