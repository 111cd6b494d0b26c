/** A directory of journal segments as a source, followed while a daemon writes it. Also works on a copy of one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Epoch, JournalError, type StoredRow } from '../journal/model.ts';
import { JournalReader } from '../journal/reader.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { JournalWatch } from './journal-watch.ts';
import type {
  JournalSource,
  SourceCounts,
  SourceEpoch,
  SourceGap,
  SourceMark,
  SourceMarkRange,
  SourcePiece,
  SourceRange,
  SourceRow,
  SourceRun,
  SourceStanding,
  SourceState,
} from './source.ts';

const ROWS_PER_POLL = 250;
/** A sign of life comes with every closed run, at least every 60 s. */
const SILENCE_US = 90_000_000;
/** Epochs are read from every segment, so not for each request. */
const EPOCHS_VALID_MS = 400;

function localBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

export class DirectorySource implements JournalSource {
  readonly #name: string | null;
  readonly directory: string;
  readonly against?: string;
  readonly #bootId = localBootId();
  readonly #subscribers = new Set<(rows: readonly SourceRow[]) => void>();
  #reader: JournalReader | null = null;
  #watch: JournalWatch | null = null;
  #delivered = 0;
  #epochs: readonly SourceEpoch[] = [];
  #epochsReadMs = Number.NEGATIVE_INFINITY;
  /** When the process of an epoch was last seen to exist; a journal alone tells only once a minute. */
  readonly #seenAliveUs = new Map<number, number>();

  /**
   * @param name of the node; null: the one that the journal tells
   * @param against the node that it is another life of; null: it was lived
   */
  constructor(directory: string, name: string | null = null, against: string | null = null) {
    this.directory = resolve(directory);
    this.#name = name;
    if (against !== null) this.against = against;
    this.#open();
  }

  /** The directory's name stands in until the first segment tells. */
  get node(): string {
    return this.#name ?? (this.#reader?.node || basename(this.directory));
  }

  firstSeq(): number {
    return this.#fresh()?.firstSeq() ?? 0;
  }

  lastSeq(): number {
    return this.#fresh()?.lastSeq() ?? 0;
  }

  *rows(range: SourceRange): Generator<SourceRow> {
    const reader = this.#open();
    if (reader !== null) yield* reader.rows(range);
  }

  newest(range: Pick<SourceRange, 'fromSeq' | 'toSeq' | 'actor'>, most: number): readonly SourceRow[] {
    return this.#open()?.newest(range, most) ?? [];
  }

  changeBefore(actor: string, seq: number): SourceRow | null {
    return this.#open()?.changeBefore(actor, seq) ?? null;
  }

  pieces(): readonly SourcePiece[] {
    return this.#open()?.pieces() ?? [];
  }

  *marks(file: string, actor: string, range: SourceMarkRange): Generator<SourceMark> {
    const reader = this.#open();
    if (reader !== null) yield* reader.marks(file, actor, range);
  }

  counts(file: string, what: 'rows' | 'adverts', after: number, most: number): SourceCounts {
    return this.#open()?.counts(file, what, after, most) ?? { minutes: [], upTo: after };
  }

  times(file: string, fromSeq: number, toSeq: number): readonly number[] {
    return this.#open()?.times(file, fromSeq, toSeq) ?? [];
  }

  *runs(fromUs: number, toUs: number): Generator<SourceRun> {
    const found = this.#open()?.runs({ fromWallUs: fromUs, toWallUs: toUs }) ?? [];
    for (const { firstWallUs, firstUs, lastUs, count } of found)
      yield { fromUs: firstWallUs, toUs: firstWallUs + (lastUs - firstUs), count };
  }

  row(seq: number): SourceRow | null {
    return this.#open()?.row(seq) ?? null;
  }

  seqAt(wallUs: number): number {
    return this.#open()?.seqAt(wallUs) ?? 0;
  }

  statesAt(seq: number, wanted?: (actor: string) => boolean): readonly SourceState[] {
    return this.#open()?.statesAt(seq, wanted) ?? [];
  }

  standingsAt(seq: number): readonly SourceStanding[] {
    return this.#open()?.standingsAt(seq) ?? [];
  }

  stateAt(actor: string, seq: number): SourceState | null {
    return this.#open()?.stateAt(actor, seq) ?? null;
  }

  stateBefore(actor: string, seq: number): Json {
    return this.#open()?.stateBefore(actor, seq) ?? null;
  }

  epochs(): readonly SourceEpoch[] {
    if (performance.now() - this.#epochsReadMs < EPOCHS_VALID_MS) return this.#epochs;
    const stored = this.#fresh()?.epochs() ?? [];
    const last = stored.length - 1;
    this.#epochs = stored.map((entry, index) => {
      const { epoch, firstSeq, startWallUs, lastWallUs, endedCleanly } = entry;
      const alive = index === last && !endedCleanly && this.#isAlive(entry);
      const seenUs = endedCleanly ? 0 : (this.#seenAliveUs.get(epoch) ?? 0);
      const lastUs = Math.max(lastWallUs, seenUs);
      return { epoch, firstSeq, startUs: startWallUs, lastUs, ended: !alive };
    });
    this.#epochsReadMs = performance.now();
    return this.#epochs;
  }

  gaps(): readonly SourceGap[] {
    const gaps = this.#open()?.gaps() ?? [];
    return gaps.map(({ fromWallUs, toWallUs, reason, lostRows }) => {
      return { fromUs: fromWallUs, toUs: toWallUs, reason, lostRows };
    });
  }

  thinned(): readonly { readonly fromUs: number; readonly toUs: number }[] {
    const thinned = this.#open()?.thinned() ?? [];
    return thinned.map(({ fromWallUs, toWallUs }) => ({ fromUs: fromWallUs, toUs: toWallUs }));
  }

  machine(name: string): JsonObject | null {
    const definitions = this.#open()?.definitions() ?? [];
    const found = definitions.findLast((one) => one.kind === 'machine' && one.name === name)?.body;
    return found !== null && typeof found === 'object' && !Array.isArray(found)
      ? (found as JsonObject)
      : null;
  }

  subscribe(onRows: (rows: readonly SourceRow[]) => void): () => void {
    this.#subscribers.add(onRows);
    if (this.#watch === null) {
      this.#delivered = this.lastSeq();
      this.#watch = new JournalWatch(this.directory, () => this.#poll());
    }
    return () => {
      this.#subscribers.delete(onRows);
      if (this.#subscribers.size === 0) this.#stop();
    };
  }

  close(): void {
    this.#subscribers.clear();
    this.#stop();
    this.#reader?.close();
    this.#reader = null;
  }

  #stop(): void {
    this.#watch?.close();
    this.#watch = null;
  }

  #poll(): void {
    let rows: StoredRow[] = [];
    try {
      rows = this.#open()?.tail(this.#delivered, ROWS_PER_POLL) ?? [];
    } catch (error) {
      // A segment that is being rolled or pruned is back, or gone, at the next poll.
      if (!(error instanceof JournalError)) throw error;
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    this.#delivered = last.seq;
    if (last.epoch !== this.#epochs.at(-1)?.epoch) this.#epochsReadMs = Number.NEGATIVE_INFINITY;
    for (const onRows of this.#subscribers) onRows(rows);
  }

  /** Null while the directory holds no journal yet: a daemon that has just been started. */
  #open(): JournalReader | null {
    if (this.#reader !== null) return this.#reader;
    try {
      this.#reader = new JournalReader(this.directory);
    } catch (error) {
      if (!(error instanceof JournalError && error.kind === 'missing')) throw error;
    }
    return this.#reader;
  }

  #fresh(): JournalReader | null {
    const reader = this.#open();
    reader?.refresh();
    return reader;
  }

  /** By its process id if it was started since this machine booted, else by its last sign of life. */
  #isAlive({ epoch, bootId, pid, lastWallUs }: Epoch): boolean {
    const now = Math.round((performance.timeOrigin + performance.now()) * 1000);
    if (bootId !== this.#bootId) return now - lastWallUs < SILENCE_US;
    const alive = existsSync(`/proc/${pid}`);
    if (alive) this.#seenAliveUs.set(epoch, now);
    return alive;
  }
}

/** Opens directories as sources whose names differ. @throws JournalError if one holds a journal that cannot be read */
export function openSources(directories: readonly string[]): DirectorySource[] {
  const sources: DirectorySource[] = [];
  for (const directory of directories) {
    const source = new DirectorySource(directory);
    const twins = sources.filter(
      ({ node }) => node === source.node || node.startsWith(`${source.node} (`),
    ).length;
    if (twins === 0) {
      sources.push(source);
      continue;
    }
    source.close();
    sources.push(new DirectorySource(directory, `${source.node} (${twins + 1})`));
  }
  return sources;
}

/**
 * With the lives that `relive whatif --write` wrote down, each behind the recorded one of its node.
 * @throws Error if a directory has none, or one of a node that is not there
 */
export function withWhatIfs(
  sources: readonly DirectorySource[],
  directories: readonly string[],
): DirectorySource[] {
  const others = directories.flatMap((directory) => {
    const inside = readdirSync(directory, { withFileTypes: true });
    const names = inside.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    if (names.length === 0) throw new Error(`${directory} has no journals that relive whatif --write wrote`);
    return names.map((name) => {
      const path = join(directory, name);
      const plain = new DirectorySource(path);
      const { node } = plain;
      plain.close();
      if (!sources.some((source) => source.node === node))
        throw new Error(`${path} is another life of ${node}, whose journal is not shown`);
      return new DirectorySource(path, `${node} what-if`, node);
    });
  });
  return sources.flatMap((source) => [source, ...others.filter(({ against }) => against === source.node)]);
}
