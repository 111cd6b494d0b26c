/** Keeps closed segments within their room, in the writer's thread, a few milliseconds at a time. Rows come first. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listSegments, removeSegment, segmentBytes } from './directory.ts';
import { type ClosedSegment, nextOfRetention } from './retention.ts';
import { SegmentReader } from './segment-reader.ts';
import { Thinning } from './thinning.ts';

/** Of each step of thinning, and the pause after it: what the row that comes meanwhile waits, and its share of a processor. */
const STEP_MS = 3;
const PAUSE_MS = 20;
/** Segments that are opened at a time to learn what they are. */
const LEARNED_AT_A_TIME = 8;
const DRAFT = /^\.[a-z]+-\d+-\d+\.db\.thin/;

export interface UpkeepLimits {
  /** Older history is thinned; null: only where room is short. */
  readonly ageUs: number | null;
}

interface Known {
  readonly inode: number;
  readonly isThinned: boolean;
  readonly isUnfit: boolean;
  readonly beginsWallUs: number;
}

export class Upkeep {
  readonly #directory: string;
  readonly #process: string;
  readonly #ageUs: number | null;
  readonly #known = new Map<string, Known>();
  #thinning: Thinning | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasSwept = false;
  #isStopped = false;

  constructor(directory: string, process: string, { ageUs }: UpkeepLimits) {
    this.#directory = directory;
    this.#process = process;
    this.#ageUs = ageUs;
  }

  /** Begins the next thing that is due, unless something is being done. `current` is being written. Never throws. */
  look(current: string, quotaBytes: number, nowUs: number): void {
    if (this.#thinning !== null || this.#isStopped) return;
    try {
      this.#sweep();
      const segments = this.#segments(current, nowUs);
      if (segments === null) return;
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
      const room = {
        bytes: bytes + segmentBytes(this.#directory, current),
        quotaBytes,
        ageUs: this.#ageUs,
        nowUs,
      };
      const next = nextOfRetention(segments, room);
      if (next?.action === 'unlink') removeSegment(this.#directory, next.file);
      if (next?.action === 'thin') this.#begin(next.file, nowUs);
    } catch {
      // The next look tries again; a directory that cannot be read shows in writing.
    }
  }

  /** Leaves undone what is not done. */
  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#giveUp(false);
  }

  /** What a killed process left. */
  #sweep(): void {
    if (this.#hasSwept) return;
    for (const file of readdirSync(this.#directory))
      if (DRAFT.test(file)) rmSync(join(this.#directory, file), { force: true });
    this.#hasSwept = true;
  }

  /** Oldest first, without the current one; null: not all are known yet. */
  #segments(current: string, nowUs: number): ClosedSegment[] | null {
    const files = listSegments(this.#directory, this.#process).map(({ file }) => file);
    let learned = 0;
    for (const file of files) {
      if (file === current || this.#isKnown(file)) continue;
      if (learned === LEARNED_AT_A_TIME) return null;
      learned += 1;
      this.#learn(file);
    }
    const closed = files.filter((file) => file !== current);
    return closed.map((file, i): ClosedSegment => {
      const known = this.#known.get(file);
      const next = this.#known.get(closed[i + 1] ?? '');
      return {
        ...{ file, bytes: segmentBytes(this.#directory, file) },
        ...{ isThinned: known?.isThinned ?? false, isUnfit: known?.isUnfit ?? true },
        endWallUs: next?.beginsWallUs ?? nowUs,
      };
    });
  }

  #isKnown(file: string): boolean {
    return this.#known.get(file)?.inode === statSync(join(this.#directory, file)).ino;
  }

  #learn(file: string): void {
    const path = join(this.#directory, file);
    const { ino: inode } = statSync(path);
    try {
      const segment = SegmentReader.open(path);
      try {
        const { isSealed, rewritten, meta } = segment;
        // What is not closed yet will be at the next roll.
        if (!isSealed) return;
        const isThinned = rewritten?.kind === 'thinned';
        const isUnfit = rewritten?.kind === 'salvaged';
        this.#known.set(file, { inode, isThinned, isUnfit, beginsWallUs: meta.wall_us });
      } finally {
        segment.close();
      }
    } catch {
      this.#known.set(file, { inode, isThinned: false, isUnfit: true, beginsWallUs: 0 });
    }
  }

  #begin(file: string, nowUs: number): void {
    this.#thinning = new Thinning(this.#directory, file, nowUs);
    this.#continue();
  }

  #continue(): void {
    const thinning = this.#thinning;
    if (thinning === null) return;
    try {
      if (!thinning.step(STEP_MS)) {
        this.#timer = setTimeout(() => this.#continue(), PAUSE_MS);
        return;
      }
    } catch {
      this.#giveUp(true);
      return;
    }
    const done = (): void => {
      if (this.#thinning === thinning) this.#thinning = null;
    };
    thinning.finish().then(done, () => this.#giveUp(true));
  }

  /** `unfit`: it is not tried again by this process. */
  #giveUp(unfit: boolean): void {
    const thinning = this.#thinning;
    this.#thinning = null;
    if (thinning === null) return;
    const known = this.#known.get(thinning.file);
    if (unfit && known !== undefined) this.#known.set(thinning.file, { ...known, isUnfit: true });
    try {
      thinning.abort();
    } catch {
      // The next start sweeps.
    }
  }
}
