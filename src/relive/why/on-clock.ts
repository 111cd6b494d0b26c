/** A journal whose times are told on another node's clock, so that what happened on both can be compared. */
import type { Glimpse } from '../../journal/glimpses.ts';
import type { Epoch, StoredGap, StoredRow, StoredRun } from '../../journal/model.ts';
import type { RunRange } from '../../journal/ranges.ts';
import { type EpochOfRow, JournalReader } from '../../journal/reader.ts';
import { type ClockFit, clockBetween } from '../clocks/clock-fit.ts';
import { relationInWords } from '../clocks/words.ts';
import { CLOCK_TOLERANCE_US, type Witness } from './model.ts';

/** Around the time that is asked about, in which adverts tell how clocks stand to each other. */
const RANGE_US = 60_000_000;

export class ShiftedReader extends JournalReader {
  /** How far its clock is ahead: less that much are the times that it tells. */
  readonly aheadUs: number;

  constructor(directory: string, aheadUs: number) {
    super(directory);
    this.aheadUs = aheadUs;
  }

  override *rows(range: Parameters<JournalReader['rows']>[0] = {}): Generator<StoredRow> {
    for (const row of super.rows(range)) yield this.#shifted(row);
  }

  override changeBefore(actor: string, seq: number): StoredRow | null {
    const row = super.changeBefore(actor, seq);
    return row === null ? null : this.#shifted(row);
  }

  override *glimpses(actor: string, seq: number): Generator<Glimpse> {
    for (const glimpse of super.glimpses(actor, seq)) yield this.#shifted(glimpse);
  }

  override seqAt(wallUs: number): number {
    return super.seqAt(wallUs + this.aheadUs);
  }

  override *runs(range: RunRange = {}): Generator<StoredRun> {
    const { fromWallUs, toWallUs, ...rest } = range;
    const own: RunRange = {
      ...rest,
      ...(fromWallUs === undefined ? {} : { fromWallUs: fromWallUs + this.aheadUs }),
      ...(toWallUs === undefined ? {} : { toWallUs: toWallUs + this.aheadUs }),
    };
    for (const run of super.runs(own)) yield { ...run, firstWallUs: run.firstWallUs - this.aheadUs };
  }

  override gaps(fromSeq?: number, toSeq?: number): StoredGap[] {
    return super.gaps(fromSeq, toSeq).map((gap) => ({
      ...gap,
      fromWallUs: gap.fromWallUs - this.aheadUs,
      toWallUs: gap.toWallUs - this.aheadUs,
    }));
  }

  override epochs(): Epoch[] {
    return super.epochs().map((epoch) => this.#shiftedEpoch(epoch));
  }

  override epochOf(seq: number): EpochOfRow | null {
    const found = super.epochOf(seq);
    return found === null ? null : { ...found, epoch: this.#shiftedEpoch(found.epoch) };
  }

  #shiftedEpoch(epoch: Epoch): Epoch {
    const { startWallUs, lastWallUs } = epoch;
    return { ...epoch, startWallUs: startWallUs - this.aheadUs, lastWallUs: lastWallUs - this.aheadUs };
  }

  #shifted<T extends { readonly wallUs: number }>(told: T): T {
    return { ...told, wallUs: told.wallUs - this.aheadUs };
  }
}

/** The same journals on one clock, that of the first, and what was found of the others. */
export interface OneClock {
  readonly witnesses: readonly Witness[];
  /** Clocks that were corrected, in words. */
  readonly notes: readonly string[];
  readonly close: () => void;
}

/** Corrects clocks that differ by more than what is tolerated anyway. One that nothing tells of is taken as it is. */
export function onOneClock(witnesses: readonly Witness[], atUs: number | null): OneClock {
  const [reference] = witnesses;
  const opened: JournalReader[] = [];
  const notes: string[] = [];
  if (reference === undefined || witnesses.length === 1) return { witnesses, notes, close: () => {} };
  const aroundUs = atUs ?? lastSign(reference.reader);
  const corrected = witnesses.map((witness) => {
    if (witness === reference) return witness;
    const range = { fromWallUs: aroundUs - RANGE_US, toWallUs: aroundUs + RANGE_US };
    const fit = clockBetween(reference.reader, witness.reader, range);
    const aheadUs = aheadOf(fit, aroundUs);
    if (aheadUs === 0) return witness;
    const known = witness.reader instanceof ShiftedReader ? witness.reader.aheadUs : 0;
    const reader = new ShiftedReader(witness.reader.directory, aheadUs + known);
    opened.push(reader);
    const words = relationInWords(fit.relationAt(aroundUs), reference.name, witness.name);
    notes.push(`all times are those of ${reference.name}: ${words}`);
    return { ...witness, reader };
  });
  const close = (): void => {
    for (const reader of opened) reader.close();
  };
  return { witnesses: corrected, notes, close };
}

/**
 * How far the measured clock is ahead; 0 where it may be none at all. Of two bounds far apart that one is near which more
 * adverts tell of: the fastest of them takes next to no time on a LAN.
 */
function aheadOf(fit: ClockFit, wallUs: number): number {
  const { kind, leastUs, mostUs } = fit.relationAt(wallUs);
  if (kind === 'one-clock' || kind === 'unknown') return 0;
  if (leastUs <= CLOCK_TOLERANCE_US / 2 && mostUs >= -CLOCK_TOLERANCE_US / 2) return 0;
  if (mostUs - leastUs <= CLOCK_TOLERANCE_US) return Math.round((leastUs + mostUs) / 2);
  const { forth, back } = fit.evidenceAt(wallUs);
  const isForth = Number.isFinite(mostUs) && (forth >= back || !Number.isFinite(leastUs));
  return Math.round(isForth ? mostUs : leastUs);
}

function lastSign(reader: JournalReader): number {
  return reader.epochs().at(-1)?.lastWallUs ?? 0;
}
