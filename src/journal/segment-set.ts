/** The segments of one process in a journal directory: found by what they hold, opened when they are needed. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { newestBegun } from './find-time.ts';
import { bySegmentAge, parseSegmentFile, type SegmentName } from './format.ts';
import { journalError } from './journal-error.ts';
import { JournalError, type StoredGap } from './model.ts';
import { SegmentReader } from './segment-reader.ts';
import type { MetaRow } from './segment-rows.ts';
import { beganInDoubt } from './segment-states.ts';

/** By age: 0 is the oldest. An index holds until the next refresh. */
export class SegmentSet {
  readonly #directory: string;
  readonly #process: string;
  readonly #open = new Map<string, SegmentReader>();
  readonly #metas = new Map<string, MetaRow>();
  readonly #begins = new Map<string, number>();
  readonly #doubts = new Map<string, readonly string[] | null>();
  readonly #gaps = new Map<string, readonly StoredGap[]>();
  #names: SegmentName[] = [];

  constructor(directory: string, process: string) {
    this.#directory = directory;
    this.#process = process;
    this.refresh();
  }

  /** Looks for new and vanished segments. */
  refresh(): void {
    let files: string[];
    try {
      files = readdirSync(this.#directory);
    } catch (error) {
      throw journalError(this.#directory, error);
    }
    this.#names = files
      .map(parseSegmentFile)
      .filter((name): name is SegmentName => name !== null && name.process === this.#process)
      .sort(bySegmentAge);
    const newest = this.#names.at(-1)?.file;
    // Holding an older segment open would keep its writer from sealing it; a copy would grow old, and so would a thinned one.
    for (const [file, segment] of this.#open) {
      if ((segment.isSealed && segment.isInPlace) || (file === newest && !segment.isCopy)) continue;
      segment.close();
      this.#open.delete(file);
    }
  }

  close(): void {
    for (const segment of this.#open.values()) segment.close();
    this.#open.clear();
  }

  get length(): number {
    return this.#names.length;
  }

  paths(): string[] {
    return this.#names.map(({ file }) => join(this.#directory, file));
  }

  /** @throws RangeError */
  name(index: number): SegmentName {
    const name = this.#names[index];
    if (name === undefined) throw new RangeError(`no segment ${index} of ${this.#names.length}`);
    return name;
  }

  /** -1: there is none of that name, or not any more. */
  indexOf(file: string): number {
    return this.#names.findIndex((name) => name.file === file);
  }

  at(index: number): SegmentReader {
    const { file } = this.name(index);
    const known = this.#open.get(file);
    if (known !== undefined) return known;
    const path = join(this.#directory, file);
    try {
      const segment = SegmentReader.open(path);
      segment.hold();
      this.#open.set(file, segment);
      return segment;
    } catch (error) {
      if (!(error instanceof JournalError && error.kind === 'missing')) throw error;
      throw new JournalError('missing', path, 'removed meanwhile, as the oldest of the history: ask again');
    }
  }

  /** Kept when a segment is closed: a follower asks for it at every look. */
  meta(index: number): MetaRow {
    const { file } = this.name(index);
    const known = this.#metas.get(file);
    if (known !== undefined) return known;
    const { meta } = this.at(index);
    this.#metas.set(file, meta);
    return meta;
  }

  /** Kept for what is written no more. */
  gaps(index: number): readonly StoredGap[] {
    const { file } = this.name(index);
    const known = this.#gaps.get(file);
    if (known !== undefined) return known;
    const segment = this.at(index);
    const gaps = segment.gaps();
    if (segment.isSealed) this.#gaps.set(file, gaps);
    return gaps;
  }

  /** See segment-states.ts; it does not change. */
  beganInDoubt(index: number): readonly string[] | null {
    const { file } = this.name(index);
    const known = this.#doubts.get(file);
    if (known !== undefined) return known;
    const doubts = beganInDoubt(this.at(index));
    this.#doubts.set(file, doubts);
    return doubts;
  }

  /** The segment of a row: the newest that begins at or before it; 0 where the row is older than all. */
  ofSeq(seq: number): number {
    // A name's number is never less than the segment's first seq, and most are the same.
    let index = Math.max(
      0,
      this.#last((at) => this.name(at).firstSeq <= seq),
    );
    while (index + 1 < this.length && this.meta(index + 1).first_seq <= seq) index += 1;
    return index;
  }

  /** Unix time of a segment's first row, or of its making where it has none. */
  beginsWallUs(index: number): number {
    const { file } = this.name(index);
    const known = this.#begins.get(file);
    if (known !== undefined) return known;
    const segment = this.at(index);
    const firstUs = segment.firstWallUs();
    if (firstUs !== null) this.#begins.set(file, firstUs);
    return firstUs ?? segment.meta.wall_us;
  }

  /** The newest segment that begins at or before a Unix time; 0 where all are newer. After a clock step only near. */
  ofWall(wallUs: number): number {
    return newestBegun(this.length, (index) => this.beginsWallUs(index), wallUs);
  }

  /** The segments of the process start that a segment belongs to, as far as this one; both indexes inclusive. */
  epochUpTo(index: number): readonly [first: number, last: number] {
    const { epoch } = this.name(index);
    let first = index;
    while (first > 0 && this.name(first - 1).epoch === epoch) first -= 1;
    return [first, index];
  }

  *all(): Generator<SegmentReader> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  *newestFirst(from = this.length - 1): Generator<SegmentReader> {
    for (let index = from; index >= 0; index--) yield this.at(index);
  }

  /** The last index for which it is so, if it is so up to there; -1: for none. */
  #last(isSo: (index: number) => boolean): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isSo(middle)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
