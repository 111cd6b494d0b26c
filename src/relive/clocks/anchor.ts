/** A first idea of an offset: the one under which most of what was heard had been sent. */
import {
  allowedDelayUs,
  differences,
  type Exchange,
  type Hearing,
  type Interval,
  isWithin,
  MOST_DRIFT_PPM,
  type Sending,
} from './exchange.ts';

export interface Anchor {
  /** In the listener's time. */
  readonly atUs: number;
  /** Listener's clock minus the sender's. */
  readonly offset: Interval;
  /** Hearings that it explains, of how many. */
  readonly explained: number;
  readonly heard: number;
  readonly assumed: Assumption | null;
}

/** What was heard fits several offsets, and this is why one of them was taken. */
export type Assumption =
  /** The wall clocks agree within this. */
  | { readonly kind: 'agree'; readonly withinUs: number }
  /** Of the first adverts of new masters not every one was lost. */
  | { readonly kind: 'first-heard' };

/** Hearings further apart may have different offsets. */
const WINDOW_US = 600_000_000;
const WINDOW_HEARINGS = 60;
const WINDOWS = 12;
/** Offsets closer together are one answer. */
const SAME_US = 10_000;
/** Wall clocks that agree this well support what little was heard. */
const PLAUSIBLE_US = 5_000_000;
/** Without that support so many hearings of different sendings must agree. */
const CONVINCING = 4;
const PIECES = 2_000;
const MOST_CANDIDATES = 1_000;

const EVERYWHERE: Interval = { lowUs: Number.NEGATIVE_INFINITY, highUs: Number.POSITIVE_INFINITY };

export type Streams = ReadonlyMap<string, readonly Sending[]>;

export function byStream(sendings: readonly Sending[]): Streams {
  const streams = new Map<string, Sending[]>();
  for (const sending of sendings) {
    const known = streams.get(sending.stream);
    if (known === undefined) streams.set(sending.stream, [sending]);
    else known.push(sending);
  }
  return streams;
}

/** Hearings in order of time; null if none gives an idea. */
export function findAnchor({ hearings }: Exchange, streams: Streams): Anchor | null {
  const candidates = windowsOf(hearings).flatMap((window) => anchorOf(window, streams) ?? []);
  return candidates.sort((a, b) => worthOf(b) - worthOf(a))[0] ?? null;
}

/** One without an assumption goes before all others. */
export function worthOf({ assumed, explained }: Anchor): number {
  return (assumed === null ? 2e6 : assumed.kind === 'first-heard' ? 1e6 : 0) + explained;
}

/** The windows with the most hearings; of a full one, hearings from all over it. */
function windowsOf(hearings: readonly Hearing[]): Hearing[][] {
  const windows: Hearing[][] = [];
  for (const hearing of hearings) {
    const window = windows.at(-1);
    if (window === undefined || hearing.atUs - (window[0]?.atUs ?? 0) > WINDOW_US) windows.push([hearing]);
    else window.push(hearing);
  }
  return windows
    .sort((a, b) => b.length - a.length)
    .slice(0, WINDOWS)
    .map((window) => {
      const step = Math.ceil(window.length / WINDOW_HEARINGS);
      return window.filter((_, i) => i % step === 0);
    });
}

interface Edge {
  readonly us: number;
  /** 1: an interval begins; -1: it ends. */
  readonly step: 1 | -1;
}

function anchorOf(window: readonly Hearing[], streams: Streams): Anchor | null {
  const atUs = ((window[0]?.atUs ?? 0) + (window.at(-1)?.atUs ?? 0)) / 2;
  const edges: Edge[] = [];
  for (const hearing of window) {
    const slackUs = (MOST_DRIFT_PPM * Math.abs(hearing.atUs - atUs)) / 1e6;
    const pieces = [...differences(hearing, streams.get(hearing.stream) ?? [], EVERYWHERE, PIECES)];
    for (const { lowUs, highUs } of united(pieces, slackUs))
      edges.push({ us: lowUs, step: 1 }, { us: highUs, step: -1 });
  }
  const best = mostCovered(edges);
  if (best === null) return null;
  const chosen = choose(best.regions, window, streams);
  if (chosen === null) return null;
  const { offset, assumed } = chosen;
  const { count: explained } = best;
  const isPlausible = isWithin(0, {
    lowUs: offset.lowUs - PLAUSIBLE_US,
    highUs: offset.highUs + PLAUSIBLE_US,
  });
  if (!isPlausible && (explained < CONVINCING || sendingsBehind(window, streams, offset) < 2)) return null;
  if (explained * 10 < window.length * 6) return null;
  return { atUs, offset, explained, heard: window.length, assumed };
}

/** Intervals that overlap as one, each wider by `slackUs` on both sides. */
function united(pieces: readonly Interval[], slackUs: number): Interval[] {
  const wider = pieces.map(({ lowUs, highUs }) => ({ lowUs: lowUs - slackUs, highUs: highUs + slackUs }));
  const joined: Interval[] = [];
  for (const piece of wider.sort((a, b) => a.lowUs - b.lowUs)) {
    const last = joined.at(-1);
    if (last === undefined || piece.lowUs > last.highUs) joined.push(piece);
    else joined[joined.length - 1] = { lowUs: last.lowUs, highUs: Math.max(last.highUs, piece.highUs) };
  }
  return joined;
}

/** Where most intervals lie over each other. */
function mostCovered(edges: Edge[]): { count: number; regions: Interval[] } | null {
  edges.sort((a, b) => a.us - b.us || b.step - a.step);
  let count = 0;
  let most = 0;
  let regions: Interval[] = [];
  for (const [i, { us, step }] of edges.entries()) {
    count += step;
    const highUs = edges[i + 1]?.us ?? us;
    if (step === -1 || count < most) continue;
    if (count > most) {
      most = count;
      regions = [];
    }
    regions.push({ lowUs: us, highUs });
  }
  return most === 0 ? null : { count: most, regions };
}

interface Choice {
  readonly offset: Interval;
  readonly assumed: Assumption | null;
}

/** One region; of several that under which most masters were heard from their first advert on, or else the nearest. */
function choose(regions: readonly Interval[], window: readonly Hearing[], streams: Streams): Choice | null {
  const joined: Interval[] = [];
  for (const region of regions) {
    const last = joined.at(-1);
    if (last !== undefined && region.lowUs - last.highUs < SAME_US)
      joined[joined.length - 1] = { lowUs: last.lowUs, highUs: region.highUs };
    else joined.push(region);
  }
  const distance = ({ lowUs, highUs }: Interval): number => Math.max(0, lowUs, -highUs);
  const [first, second] = joined.sort((a, b) => distance(a) - distance(b));
  if (first === undefined || !Number.isFinite(first.lowUs + first.highUs)) return null;
  if (second === undefined) return { offset: first, assumed: null };
  const counted = joined
    .slice(0, MOST_CANDIDATES)
    .map((offset) => ({ offset, firsts: firstsHeard(window, streams, offset) }))
    .sort((a, b) => b.firsts - a.firsts);
  const [best, next] = counted;
  if (best !== undefined && next !== undefined && best.firsts >= 2 && best.firsts > next.firsts)
    return { offset: best.offset, assumed: { kind: 'first-heard' } };
  const withinUs = distance(second);
  return distance(first) < withinUs ? { offset: first, assumed: { kind: 'agree', withinUs } } : null;
}

/** Sendings of which the first advert is among what was heard. */
function firstsHeard(window: readonly Hearing[], streams: Streams, offset: Interval): number {
  const found = new Set<Sending>();
  for (const hearing of window)
    for (const sending of streams.get(hearing.stream) ?? []) {
      if (sending.anchorUs === null || sending.priority !== hearing.priority) continue;
      const highUs = hearing.atUs - sending.anchorUs;
      const lowUs = highUs - allowedDelayUs(sending, hearing);
      if (lowUs <= offset.highUs && highUs >= offset.lowUs) found.add(sending);
    }
  return found.size;
}

function sendingsBehind(window: readonly Hearing[], streams: Streams, offset: Interval): number {
  const behind = new Set<Sending>();
  for (const hearing of window)
    for (const sending of streams.get(hearing.stream) ?? [])
      for (const _ of differences(hearing, [sending], offset, 1)) behind.add(sending);
  return behind.size;
}
