/**
 * A node's clocks as its journal has them. Monotonic time of one boot is steady; the wall clock beside it may be set. Steady
 * time is monotonic time moved so that it is the wall clock's until that is set for the first time.
 */

/** Both clocks, read one after the other. `boot` tells starts of the machine apart. */
export interface ClockSample {
  readonly boot: string;
  readonly monoUs: number;
  readonly wallUs: number;
}

/** A time in which the wall clock was not set. */
export interface ClockPiece {
  readonly boot: string;
  readonly fromWallUs: number;
  readonly toWallUs: number;
  readonly fromMonoUs: number;
  readonly toMonoUs: number;
  /** Wall clock minus monotonic clock. */
  readonly aheadUs: number;
  /** A wall clock that counts milliseconds is known that well. */
  readonly resolutionUs: number;
}

/** A set clock differs by more than this; less is how the two are read one after the other. */
const STEP_US = 5_000;
const SLOW_READ_US = 100_000;
const MILLISECOND_US = 1_000;
/** So many samples tell how far the wall clock is ahead. */
const SAMPLES = 1_000;

/** Gathers a piece. */
class Draft {
  readonly first: ClockSample;
  last: ClockSample;
  #isInMilliseconds = true;
  readonly #ahead: number[] = [];

  constructor(first: ClockSample) {
    this.first = first;
    this.last = first;
    this.add(first);
  }

  get aheadUs(): number {
    return this.#ahead[0] ?? 0;
  }

  add(sample: ClockSample): void {
    this.last = sample;
    if (sample.wallUs % MILLISECOND_US !== 0) this.#isInMilliseconds = false;
    if (this.#ahead.length < SAMPLES) this.#ahead.push(sample.wallUs - sample.monoUs);
  }

  done(): ClockPiece {
    const sorted = [...this.#ahead].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    const resolutionUs = this.#isInMilliseconds ? MILLISECOND_US : 0;
    return {
      boot: this.first.boot,
      ...{ fromWallUs: this.first.wallUs, toWallUs: this.last.wallUs },
      ...{ fromMonoUs: this.first.monoUs, toMonoUs: this.last.monoUs },
      // Milliseconds are rounded down, by half of one in the middle.
      aheadUs: Math.round(median + resolutionUs / 2),
      resolutionUs,
    };
  }
}

export class LocalClock {
  readonly pieces: readonly ClockPiece[];
  readonly #bases = new Map<string, number>();

  constructor(pieces: readonly ClockPiece[]) {
    this.pieces = pieces;
    for (const { boot, aheadUs } of pieces) if (!this.#bases.has(boot)) this.#bases.set(boot, aheadUs);
  }

  /** Steady time of a monotonic time. */
  steadyUs(boot: string, monoUs: number): number {
    return monoUs + (this.#bases.get(boot) ?? 0);
  }

  /**
   * The pieces that a wall time may belong to: that in which it lies (of two, where the clock was set back, both), else those
   * beside it, because when exactly a clock was set is not known.
   */
  piecesAt(wallUs: number): readonly ClockPiece[] {
    const inside = this.pieces.filter(
      ({ fromWallUs, toWallUs }) => wallUs >= fromWallUs && wallUs <= toWallUs,
    );
    if (inside.length > 0) return inside;
    const before = this.pieces.findLast(({ toWallUs }) => toWallUs < wallUs);
    const after = this.pieces.find(({ fromWallUs }) => fromWallUs > wallUs);
    if (before === undefined) return after === undefined ? [] : [after];
    return after === undefined || after.boot !== before.boot ? [before] : [before, after];
  }

  /** Steady time of a wall time within a piece. */
  steadyOfWall(piece: ClockPiece, wallUs: number): number {
    return this.steadyUs(piece.boot, wallUs - piece.aheadUs);
  }

  /** What the wall clock showed at a steady time of a boot. */
  wallOfSteady(boot: string, steadyUs: number): number {
    const monoUs = steadyUs - (this.#bases.get(boot) ?? 0);
    const own = this.pieces.filter((piece) => piece.boot === boot);
    const piece = own.findLast(({ fromMonoUs }) => fromMonoUs <= monoUs) ?? own[0];
    return monoUs + (piece?.aheadUs ?? 0);
  }

  /** How far the wall clock was set, each time it was. */
  steps(): { readonly wallUs: number; readonly byUs: number }[] {
    return this.pieces.flatMap((piece, i) => {
      const before = this.pieces[i - 1];
      if (before === undefined || before.boot !== piece.boot) return [];
      return [{ wallUs: piece.fromWallUs, byUs: piece.aheadUs - before.aheadUs }];
    });
  }
}

/** Takes samples in the order in which they were written. */
export class ClockGatherer {
  readonly #drafts: Draft[] = [];
  /** One sample that differs may just have been read slowly; two that agree are a clock that was set. */
  #odd: ClockSample | null = null;

  add(sample: ClockSample): void {
    const current = this.#drafts.at(-1);
    if (current === undefined || current.first.boot !== sample.boot) {
      this.#odd = null;
      this.#drafts.push(new Draft(sample));
      return;
    }
    const aheadUs = sample.wallUs - sample.monoUs;
    if (Math.abs(aheadUs - current.aheadUs) <= STEP_US) {
      this.#odd = null;
      current.add(sample);
      return;
    }
    const odd = this.#odd;
    if (odd !== null && Math.abs(odd.wallUs - odd.monoUs - aheadUs) <= STEP_US) {
      this.#drafts.push(new Draft(odd));
      this.#drafts.at(-1)?.add(sample);
      this.#odd = null;
    } else this.#odd = sample;
  }

  done(): LocalClock {
    const odd = this.#odd;
    const aheadUs = this.#drafts.at(-1)?.aheadUs ?? 0;
    // Nothing came after it that could tell; nobody reads that slowly.
    if (odd !== null && Math.abs(odd.wallUs - odd.monoUs - aheadUs) > SLOW_READ_US)
      this.#drafts.push(new Draft(odd));
    this.#odd = null;
    return new LocalClock(this.#drafts.map((draft) => draft.done()));
  }
}
