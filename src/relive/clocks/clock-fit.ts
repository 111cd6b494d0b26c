/**
 * The wall clock of one node against that of another, with a bound that holds if adverts travel for less than half an interval
 * and no clock runs wild (see exchange.ts). Stored times are never changed: they are corrected where they are read.
 */
import type { JournalReader } from '../../journal/reader.ts';
import type { Assumption } from './anchor.ts';
import { type Exchange, MOST_DRIFT_PPM } from './exchange.ts';
import type { ClockPiece, LocalClock } from './local-clock.ts';
import { fitOffset, type Offset, type OffsetBounds } from './offset.ts';
import { ALL_TIME, type NodeRecord, readRecord, type WallRange } from './record.ts';

export type Relation =
  /** Both journals were written on one machine, by one clock. */
  'one-clock' | 'two-sided' | 'one-sided' | 'unknown';

/** What is known of the measured clock minus the reference at a time; infinite where nothing bounds it. */
export interface ClockRelation extends OffsetBounds {
  readonly kind: Relation;
  /** It holds only if this does; null: it holds anyway. */
  readonly assumed: Assumption | null;
}

/** A time of the measured clock on the reference. */
export interface Corrected {
  /** The middle of the bounds; where there is none, as near to the time that was read as what is known allows. */
  readonly us: number;
  /** Half the distance of the bounds; Infinity if there are not two. */
  readonly errorUs: number;
  readonly leastUs: number;
  readonly mostUs: number;
}

export interface FitOptions {
  /** Journals of one machine are compared as if they were of two: to see how good the comparison is. */
  readonly evenOnOneMachine?: boolean;
}

const isFinitePair = (low: number, high: number): boolean => Number.isFinite(low) && Number.isFinite(high);

export class ClockFit {
  readonly reference: NodeRecord;
  readonly measured: NodeRecord;
  readonly #options: FitOptions;
  readonly #offsets = new Map<string, Offset>();

  constructor(reference: NodeRecord, measured: NodeRecord, options: FitOptions = {}) {
    this.reference = reference;
    this.measured = measured;
    this.#options = options;
  }

  /** A node and itself. */
  get isTrivial(): boolean {
    return this.reference === this.measured;
  }

  /** Around a wall time of the measured clock. */
  relationAt(wallUs: number): ClockRelation {
    if (this.isTrivial) return ONE_CLOCK;
    const relations = this.measured.clock
      .piecesAt(wallUs)
      .map((piece) => this.#relation(piece, wallUs).relation);
    return relations.reduce(either, relations[0] ?? UNKNOWN);
  }

  /** The time on the reference clock at which the measured one showed this. */
  toReference(wallUs: number): Corrected {
    const { kind, leastUs: least, mostUs: most } = this.relationAt(wallUs);
    if (kind === 'one-clock') return exactly(wallUs);
    const [leastUs, mostUs] = [wallUs - most, wallUs - least];
    const isBounded = isFinitePair(leastUs, mostUs);
    return {
      us: isBounded ? (leastUs + mostUs) / 2 : Math.min(Math.max(wallUs, leastUs), mostUs),
      errorUs: isBounded ? (mostUs - leastUs) / 2 : Number.POSITIVE_INFINITY,
      leastUs,
      mostUs,
    };
  }

  /** As toReference, of a row or run: its monotonic time is finer than a wall clock that counts milliseconds. */
  ofRow({ epoch, monoUs, wallUs }: { epoch: number; monoUs: number; wallUs: number }): Corrected {
    const boot = this.measured.boots.get(epoch);
    if (boot === undefined) return this.toReference(wallUs);
    const isOneClock = this.isTrivial || this.relationAt(wallUs).kind === 'one-clock';
    const { clock } = isOneClock ? this.reference : this.measured;
    const fineUs = clock.wallOfSteady(boot, clock.steadyUs(boot, monoUs));
    return isOneClock ? exactly(fineUs) : this.toReference(fineUs);
  }

  /** Where the reference shows `us`, what does the measured clock show? As near as it is known. */
  fromReference(us: number): number {
    let wallUs = us;
    for (let round = 0; round < 3; round += 1) wallUs += us - this.toReference(wallUs).us;
    return wallUs;
  }

  /** What was compared at a time: how many adverts of each direction tell of the clocks, and how many fit nothing. */
  evidenceAt(wallUs: number): { forth: number; back: number; contradictions: number } {
    const [piece] = this.measured.clock.piecesAt(wallUs);
    const offset = piece === undefined ? null : this.#relation(piece, wallUs).offset;
    return { forth: 0, back: 0, ...offset?.used, contradictions: offset?.contradictions ?? 0 };
  }

  /** Of the reference's starts of the machine, the one that says most of this time. */
  #relation(piece: ClockPiece, wallUs: number): { relation: ClockRelation; offset: Offset | null } {
    const steadyUs = this.measured.clock.steadyOfWall(piece, wallUs);
    const slackUs = piece.resolutionUs / 2;
    let best: { relation: ClockRelation; offset: Offset | null } = { relation: UNKNOWN, offset: null };
    for (const boot of bootsOf(this.reference.clock)) {
      if (boot === piece.boot && this.#options.evenOnOneMachine !== true)
        return { relation: ONE_CLOCK, offset: null };
      const offset = this.#offset(boot, piece.boot);
      const { leastUs, mostUs, leastPpm, mostPpm } = offset.at(steadyUs);
      if (!Number.isFinite(leastUs) && !Number.isFinite(mostUs)) continue;
      const toWall = this.#wallShift(boot, steadyUs, wallUs, { leastUs, mostUs });
      const relation: ClockRelation = {
        kind: isFinitePair(leastUs, mostUs) ? 'two-sided' : 'one-sided',
        assumed: offset.assumed,
        ...{ leastUs: leastUs + toWall - slackUs, mostUs: mostUs + toWall + slackUs, leastPpm, mostPpm },
      };
      if (isBetter(relation, best.relation)) best = { relation, offset };
    }
    return best;
  }

  /** From an offset of steady clocks to one of wall clocks: both may have been set since their machines started. */
  #wallShift(
    boot: string,
    steadyUs: number,
    wallUs: number,
    bounds: { leastUs: number; mostUs: number },
  ): number {
    const { leastUs, mostUs } = bounds;
    const near = isFinitePair(leastUs, mostUs)
      ? (leastUs + mostUs) / 2
      : Number.isFinite(mostUs)
        ? mostUs
        : leastUs;
    const referenceUs = steadyUs - near;
    return wallUs - steadyUs - (this.reference.clock.wallOfSteady(boot, referenceUs) - referenceUs);
  }

  #offset(referenceBoot: string, measuredBoot: string): Offset {
    const key = `${referenceBoot} ${measuredBoot}`;
    const known = this.#offsets.get(key);
    if (known !== undefined) return known;
    const a = ofBoot(this.reference, referenceBoot);
    const b = ofBoot(this.measured, measuredBoot);
    const offset = fitOffset(exchange(a, b), exchange(b, a));
    this.#offsets.set(key, offset);
    return offset;
  }
}

const UNKNOWN: ClockRelation = {
  kind: 'unknown',
  ...{ leastUs: Number.NEGATIVE_INFINITY, mostUs: Number.POSITIVE_INFINITY },
  ...{ leastPpm: -MOST_DRIFT_PPM, mostPpm: MOST_DRIFT_PPM, assumed: null },
};

function exactly(us: number): Corrected {
  return { us, errorUs: 0, leastUs: us, mostUs: us };
}

const ONE_CLOCK: ClockRelation = {
  kind: 'one-clock',
  ...{ leastUs: 0, mostUs: 0, leastPpm: 0, mostPpm: 0, assumed: null },
};

/** One of two holds, and which is not known. */
function either(a: ClockRelation, b: ClockRelation): ClockRelation {
  if (a === b) return a;
  const [leastUs, mostUs] = [Math.min(a.leastUs, b.leastUs), Math.max(a.mostUs, b.mostUs)];
  const bounds = [leastUs, mostUs].filter(Number.isFinite).length;
  const isOne = a.kind === 'one-clock' && b.kind === 'one-clock';
  return {
    kind: isOne ? 'one-clock' : bounds === 2 ? 'two-sided' : bounds === 1 ? 'one-sided' : 'unknown',
    ...{ leastUs, mostUs },
    leastPpm: Math.min(a.leastPpm, b.leastPpm),
    mostPpm: Math.max(a.mostPpm, b.mostPpm),
    assumed: a.assumed ?? b.assumed,
  };
}

function isBetter(a: ClockRelation, b: ClockRelation): boolean {
  if (b.kind === 'unknown') return true;
  if (a.kind !== b.kind) return a.kind === 'two-sided';
  return a.mostUs - a.leastUs < b.mostUs - b.leastUs;
}

function bootsOf(clock: LocalClock): string[] {
  return [...new Set(clock.pieces.map(({ boot }) => boot))];
}

function ofBoot({ sendings, hearings }: NodeRecord, boot: string): Exchange {
  return {
    sendings: sendings.filter((noted) => noted.boot === boot).map(({ what }) => what),
    hearings: hearings.filter((noted) => noted.boot === boot).map(({ what }) => what),
  };
}

/** What `from` sent and `to` heard of it. */
function exchange(from: Exchange, to: Exchange): Exchange {
  const streams = new Set(from.sendings.map(({ stream }) => stream));
  return { sendings: from.sendings, hearings: to.hearings.filter(({ stream }) => streams.has(stream)) };
}

/** How the clock of `measured` stands to that of `reference` in a range (of the reference's time), as far as journals tell. */
export function clockBetween(
  reference: JournalReader,
  measured: JournalReader,
  range: WallRange = ALL_TIME,
  options: FitOptions = {},
): ClockFit {
  const record = readRecord(reference, range);
  return new ClockFit(record, reference === measured ? record : readRecord(measured, range), options);
}
