/** Checks that a journal is what its writer left: every row's digest, the hash chain, and that no row is missing. */
import { existsSync } from 'node:fs';
import { NO_HASH, parseSegmentFile } from './format.ts';
import { JournalError, type StoredGap } from './model.ts';
import { type Finding, SegmentCheck } from './segment-check.ts';
import { distinctGaps, SegmentReader } from './segment-reader.ts';

export interface Integrity {
  readonly findings: readonly Finding[];
  readonly segments: number;
  /** Rows of all tables whose digest was checked, and batches whose hash was. */
  readonly rows: number;
  readonly batches: number;
  /** Rows that thinning took out: their digests were checked with the chain. */
  readonly droppedRows: number;
  /** Segments that salvage put together: what they hold is right row by row, and their chain was made anew. */
  readonly salvaged: readonly string[];
  /** Whether the hash that was asked for is that of a batch: what was there when it was taken still is. Null: not asked. */
  readonly hasHead: boolean | null;
  /** Older segments are gone: the history begins in the middle. */
  readonly isTruncated: boolean;
}

const MAX_FINDINGS = 1000;

/** Collects findings over all segments of a directory. */
class DirectoryCheck {
  readonly findings: Finding[] = [];
  readonly #gaps: StoredGap[] = [];
  readonly #holes: { from: number; to: number; segment: string }[] = [];
  readonly salvaged: string[] = [];
  readonly #head: string | null;
  hasHead = false;
  rows = 0;
  droppedRows = 0;
  batches = 0;
  isTruncated = false;
  /** Hexadecimal. */
  #hash: string | null = null;
  #previous: string | null = null;
  #expected: number | null = null;

  /** `head`: a hash in hexadecimal that is looked for. */
  constructor(head: string | null) {
    this.#head = head;
  }

  readonly report = (finding: Finding): void => {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
  };

  segment(path: string): void {
    let segment: SegmentReader | null = null;
    try {
      segment = SegmentReader.open(path);
      this.#checkOpened(segment);
    } catch (error) {
      if (error instanceof JournalError && error.kind !== 'damaged') throw error;
      const text = error instanceof JournalError ? error.message.slice(path.length + 2) : String(error);
      this.report({ problem: 'damaged', segment: fileOf(path), table: null, key: null, text });
      this.#hash = null;
      this.#expected = null;
    } finally {
      segment?.close();
    }
    this.#previous = fileOf(path);
  }

  #checkOpened(segment: SegmentReader): void {
    const { file, meta } = segment;
    const name = parseSegmentFile(file);
    if (name !== null && (name.epoch !== meta.epoch || name.firstSeq < meta.first_seq)) {
      this.#link(file, `its name does not fit its content: epoch ${meta.epoch}, first seq ${meta.first_seq}`);
    }
    const prev = this.#start(segment);
    this.#gaps.push(...segment.gaps());
    const check = new SegmentCheck(segment, this.report, (found) => {
      if (found === this.#head) this.hasHead = true;
    });
    // One read transaction: a writer must not add a batch between two queries.
    segment.db.exec('BEGIN');
    const { seqs, lastSeq, hash } = check.run(prev);
    check.structure();
    segment.db.exec('ROLLBACK');
    const { rewritten } = segment;
    if (rewritten?.kind === 'salvaged') {
      this.salvaged.push(file);
      // The one after it continues what it was before.
      this.#hash = rewritten.hash === null ? null : Buffer.from(rewritten.hash).toString('hex');
    } else this.#hash = hash;
    this.#follow(file, meta.first_seq, seqs, lastSeq);
    this.rows += check.rows;
    this.droppedRows += check.droppedRows;
    this.batches += check.batches;
  }

  /** The hash with which the segment must begin. */
  #start(segment: SegmentReader): string {
    const { file, meta, db } = segment;
    const first = db.prepare<[], { prev: Buffer }>('SELECT prev FROM chain ORDER BY batch LIMIT 1').get();
    const stored = Buffer.from(first?.prev ?? NO_HASH).toString('hex');
    if (this.#previous === null) {
      this.isTruncated = meta.previous !== null;
      return stored;
    }
    if (meta.previous !== this.#previous) {
      // It was damaged, set aside, and a gap says so.
      if (segment.gaps().some((gap) => gap.segment === meta.previous)) return stored;
      const wanted =
        meta.previous === null
          ? 'says that it was the first'
          : `follows ${meta.previous}, which is not before it`;
      this.#link(file, wanted);
      return stored;
    }
    // The segment before could not be read: not now, and perhaps not when this one was begun.
    return this.#hash ?? stored;
  }

  #link(segment: string, text: string): void {
    this.report({ problem: 'link', segment, table: null, key: null, text });
  }

  #follow(segment: string, firstSeq: number, seqs: readonly number[], lastSeq: number): void {
    let expected = this.#expected ?? firstSeq;
    for (const seq of seqs) {
      if (seq > expected) this.#holes.push({ from: expected, to: seq - 1, segment });
      expected = seq + 1;
    }
    if (lastSeq >= expected) this.#holes.push({ from: expected, to: lastSeq, segment });
    this.#expected = Math.max(expected, lastSeq + 1);
  }

  /** Holes that gap rows account for are no findings. */
  judgeHoles(): void {
    const unused = distinctGaps(this.#gaps).map((gap) => ({ ...gap }));
    for (const { from, to, segment } of this.#holes) {
      let missing = to - from + 1;
      for (const gap of unused) {
        const overlap = Math.min(gap.toSeq, to) - Math.max(gap.fromSeq, from) + 1;
        const covered = Math.max(0, Math.min(overlap, gap.lostRows, missing));
        gap.lostRows -= covered;
        missing -= covered;
      }
      if (missing === 0) continue;
      const which = from === to ? `row @${from} is` : `rows @${from} to @${to} are`;
      const text = `${which} missing and no gap accounts for ${missing === 1 ? 'it' : `${missing} of them`}`;
      this.report({ problem: 'missing', segment, table: 'ev', key: from, text });
    }
  }
}

const fileOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Checks the segments, oldest first; and whether one of their batches has the hash `head` (hexadecimal), if one is given.
 * @throws JournalError if one cannot be read for another reason than damage
 */
export function checkIntegrity(paths: readonly string[], head: string | null = null): Integrity {
  const check = new DirectoryCheck(head?.toLowerCase() ?? null);
  for (const path of paths) {
    // A running daemon may have pruned it meanwhile.
    if (existsSync(path)) check.segment(path);
  }
  check.judgeHoles();
  const { findings, rows, droppedRows, batches, salvaged, isTruncated } = check;
  const hasHead = head === null ? null : check.hasHead;
  return { findings, segments: paths.length, rows, droppedRows, batches, salvaged, hasHead, isTruncated };
}
