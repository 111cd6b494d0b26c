/** When the state of an actor is written down whole, so that no state takes long to find and history is not made of snapshots. */

/** Changes of an actor from one snapshot to the next. */
const CHANGES_PER_SNAPSHOT = 200;
/** A snapshot of a large context is worth so many bytes of rows a change. */
const BYTES_PER_CHANGE = 400;
/** A round, the snapshots of all that changed since theirs, is worth this share of the rows since the one before. */
const ROUND_SHARE = 1 / 4;
/** Whatever the contexts weigh. */
const ROWS_PER_ROUND = 1000;
/** Context of an actor of which there was no snapshot yet, in bytes. */
const USUAL_CONTEXT = 1500;

export class SnapshotSchedule {
  /** Changes since an actor's snapshot; who has none is not in it. */
  readonly #changes = new Map<string, number>();
  readonly #contextBytes = new Map<string, number>();
  readonly #due = new Set<string>();
  /** Bytes of the contexts of those that changed. */
  #changedBytes = 0;
  #rows = 0;

  /** Actors whose state belongs into the next batch. */
  get due(): ReadonlySet<string> {
    return this.#due;
  }

  /** Its state can be told by a snapshot only, as with a lost row. */
  demand(actor: string): void {
    this.#due.add(actor);
  }

  /** One row or more changed an actor. `isCertain`: its whole state is known. */
  changed(actor: string, isCertain: boolean, rows = 1): void {
    this.#rows += rows;
    const before = this.#changes.get(actor) ?? 0;
    this.#changes.set(actor, before + rows);
    if (before === 0) this.#changedBytes += this.#bytesOf(actor);
    const most = Math.max(CHANGES_PER_SNAPSHOT, this.#bytesOf(actor) / BYTES_PER_CHANGE);
    if (before + rows >= most && isCertain) this.#due.add(actor);
    const round = Math.max(ROWS_PER_ROUND, this.#changedBytes / BYTES_PER_CHANGE / ROUND_SHARE);
    if (this.#rows < round) return;
    for (const each of this.#changes.keys()) this.#due.add(each);
    this.#rows = 0;
  }

  /** A snapshot is stored; `bytes` of its context. */
  taken(actor: string, bytes: number): void {
    if (this.#changes.delete(actor)) this.#changedBytes -= this.#bytesOf(actor);
    this.#contextBytes.set(actor, bytes);
  }

  /** Those that were due have been asked for: whose state is not certain has none. */
  served(): void {
    this.#due.clear();
  }

  #bytesOf(actor: string): number {
    return this.#contextBytes.get(actor) ?? USUAL_CONTEXT;
  }
}
