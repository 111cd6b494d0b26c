/** The journal's mouth on the thread that owns the network: takes rows at once, leaves storage to a worker thread. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { JournalDefinition, JournalRow, JournalRun, JournalSink } from '../engine/types.ts';
import type { Weight } from './backlog.ts';
import { Changes } from './changes.ts';
import { type Definition, LineQueue, type Lost, type Parcel } from './line-queue.ts';
import { itemLine, type Line, rowLine } from './lines.ts';
import {
  DEFAULT_LIMITS,
  type FromWorker,
  type GapNote,
  type ToWorker,
  type WorkerSetup,
  type WriterLimits,
} from './messages.ts';
import type { JournalStateChange, JournalStatus } from './model.ts';
import { Overflow } from './overflow.ts';

/**
 * Batches on their way at a time: the worker stores those that wait for it in one transaction. Under load that has to be large:
 * each commit writes the pages of every actor that is in it, and what stays behind as text is what garbage collection moves.
 */
const IN_FLIGHT = 16;
/** Batches of so many milliseconds a turn of the loop: after an acknowledgement all that waits would be handed over at once. */
const POST_MS = 0.5;
/** Making one text of them must not take longer than an advert may be late. */
const BATCH_ITEMS = 500;
/**
 * Room in the queue for each actor, beside that for a slow disk: a start or the fall of all of thousands of real servers is
 * one burst of so many rows each, before the worker is heard of.
 */
const ROWS_OF_AN_ACTOR = 8;
const RESTARTS_MAX_DELAY = 30;
/** How exactly the end of a killed process is known. */
const PULSE_MS = 1_000;
/** Beside this file, a source as this one or bundled as this one. */
const WORKER = new URL(`./writer-worker${extname(import.meta.filename)}`, import.meta.url);

export interface JournalOptions {
  readonly directory: string;
  /** Name of this router in the history. */
  readonly node: string;
  /** Which process writes; first part of the segments' names. */
  readonly process: 'vrrp';
  /** Hears once when storage begins to fail, and once when it works again; and of a damaged segment that was set aside. */
  readonly onState?: (change: JournalStateChange) => void;
  readonly limits?: Partial<WriterLimits>;
  /**
   * How long the thread may wait for `begin`; without it, it begins at once. It needs as long as a small program to start,
   * and on a single processor that is time which whoever opens the journal does not have.
   */
  readonly beginsWithinMs?: number;
  /** Another worker than writer-worker.ts: tests let it die or hang. */
  readonly workerModule?: URL;
}

export interface JournalWriter extends JournalSink {
  /** The thread begins now, if it has not begun. What was handed over before waits for it in memory. */
  begin(): void;
  /** Resolves when the worker has taken everything handed over so far: stored it, or keeps it because storage fails. */
  flush(): Promise<void>;
  /** Stores what is left, seals the segment and ends the worker. Gives up on storage that hangs after `deadlineMs`. */
  close(deadlineMs?: number): Promise<void>;
  status(): JournalStatus;
}

interface Sent extends Parcel {
  readonly id: number;
  readonly gaps: readonly GapNote[];
  readonly sinceMs: number;
}

class Writer implements JournalWriter {
  readonly #options: JournalOptions;
  readonly #limits: WriterLimits;
  readonly #queue: LineQueue;
  readonly #changes = new Changes();
  #definitions: Definition[] = [];
  #worker: Worker | null = null;
  #sent: Sent[] = [];
  #gaps: GapNote[] = [];
  readonly #overflow = new Overflow();
  #batchId = 0;
  #restarts = 0;
  #newest = { seq: 0, wallUs: 0 };
  #timer: NodeJS.Timeout | null = null;
  #isPosting = false;
  readonly #pulse: NodeJS.Timeout;
  readonly #watchdog: NodeJS.Timeout;
  #beginning: NodeJS.Timeout | undefined;
  #hasBegun = false;
  #position: { epoch: number; base: number; segment: string } | null = null;
  #trouble: { error: string; sinceWallUs: number } | null = null;
  /** The worker said that storage fails, and not yet that it works again. */
  #storageFails = false;
  #phase: 'opening' | 'open' | 'closing' | 'closed' = 'opening';
  #stored = { seq: 0, retainedRows: 0, lostRows: 0, lostRuns: 0 };
  /** Rows that a worker took along when it died. */
  #lostWithWorkers = 0;
  #order = 0;
  #waiters: { upTo: number; done: () => void }[] = [];
  #onClosed: (() => void) | null = null;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#queue = new LineQueue(this.#limits.queueItems, (item, weight) => this.#drop(item, weight));
    this.#watchdog = setInterval(
      // After a turn that took long, answers that wait are heard first: our own stall is not that of the disk.
      () => setImmediate(() => this.#watch()).unref(),
      Math.max(50, this.#limits.stallMs / 4),
    );
    this.#watchdog.unref();
    this.#pulse = setInterval(() => this.#beat(), PULSE_MS);
    this.#pulse.unref();
    const { beginsWithinMs = 0 } = options;
    if (beginsWithinMs === 0) this.begin();
    else this.#beginning = setTimeout(() => this.begin(), beginsWithinMs);
  }

  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    clearTimeout(this.#beginning);
    this.#startWorker();
  }

  row(row: JournalRow): void {
    if (!this.#changes.knows(row.actor)) this.#queue.widen(ROWS_OF_AN_ACTOR);
    const changed = this.#changes.take(row);
    this.#newest = { seq: row.seq, wallUs: row.wallUs };
    const state = this.#changes.stateOf(row.actor);
    this.#accept(() => rowLine(row, state, changed), row.actor, changed ? 'changed' : 'unchanged');
  }

  run(run: JournalRun): void {
    this.#accept(() => itemLine({ run }), run.actor, 'run');
  }

  define(define: JournalDefinition): void {
    if (this.#phase === 'closed') return;
    this.#order += 1;
    this.#definitions.push({ line: itemLine({ define }), order: this.#order });
    this.#postSoon();
  }

  flush(): Promise<void> {
    this.begin();
    this.#post();
    if (this.#phase === 'closed' || this.#idle()) return Promise.resolve();
    return new Promise((done) => this.#waiters.push({ upTo: this.#order, done }));
  }

  async close(deadlineMs = 5000): Promise<void> {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#phase = 'closing';
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, deadlineMs).unref());
    const orderly = async (): Promise<void> => {
      await this.flush();
      await new Promise<void>((resolve) => {
        this.#onClosed = resolve;
        this.#say({ type: 'close' });
        if (this.#worker === null) resolve();
      });
    };
    await Promise.race([orderly(), deadline]);
    this.#phase = 'closed';
    clearInterval(this.#watchdog);
    clearInterval(this.#pulse);
    if (this.#timer !== null) clearTimeout(this.#timer);
    // A worker inside a system call that hangs cannot be ended; the process need not wait for it.
    this.#worker?.unref();
    void this.#worker?.terminate();
    this.#worker = null;
    for (const { done } of this.#waiters.splice(0)) done();
  }

  status(): JournalStatus {
    const phase = this.#phase === 'opening' ? 'opening' : this.#phase === 'closed' ? 'closed' : 'ok';
    return {
      state: this.#trouble === null ? phase : 'degraded',
      error: this.#trouble?.error ?? null,
      sinceWallUs: this.#trouble?.sinceWallUs ?? null,
      directory: this.#options.directory,
      epoch: this.#position?.epoch ?? null,
      base: this.#position?.base ?? null,
      segment: this.#position?.segment ?? null,
      storedSeq: this.#stored.seq,
      waiting: this.#queue.length + this.#sent.reduce((sum, { items }) => sum + items, 0),
      retainedRows: this.#stored.retainedRows,
      lostRows: this.#stored.lostRows + this.#overflow.rows + this.#lostWithWorkers,
      lostRuns: this.#stored.lostRuns + this.#overflow.runs,
    };
  }

  #accept(toLine: () => Line, actor: string, weight: Weight): void {
    if (this.#phase === 'closed') return;
    this.#order += 1;
    const { seq, wallUs } = this.#newest;
    try {
      this.#queue.push(toLine(), { order: this.#order, seq, wallUs }, actor, weight);
    } catch (error) {
      // Not JSON, against the type: history loses the row, the network must not lose the thread.
      this.#drop({ seq, wallUs, actor }, weight, `not storable: ${String(error)}`);
    }
    if (weight === 'changed') this.#postAtOnce();
    else this.#postSoon();
  }

  /** With what else this turn of the loop brings: a transaction for each row is what costs. */
  #postAtOnce(): void {
    if (this.#isPosting || this.#sent.length >= IN_FLIGHT) return;
    this.#isPosting = true;
    queueMicrotask(() => {
      this.#isPosting = false;
      if (this.#phase !== 'closed') this.#post();
    });
  }

  #postSoon(): void {
    if (this.#timer !== null || this.#sent.length >= IN_FLIGHT) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#post();
    }, this.#limits.batchDelayMs);
    this.#timer.unref();
  }

  #post(): void {
    const began = performance.now();
    while (
      this.#sent.length < IN_FLIGHT &&
      this.#queue.length + this.#definitions.length + this.#gaps.length > 0
    ) {
      if (performance.now() - began > POST_MS) {
        this.#postInTheNextTurn();
        return;
      }
      const parcel = this.#queue.take(BATCH_ITEMS, this.#definitions);
      this.#definitions = [];
      const gaps = [...this.#gaps, ...this.#overflow.take(this.#newest)];
      this.#gaps = [];
      this.#batchId += 1;
      const sent: Sent = { ...parcel, id: this.#batchId, gaps, sinceMs: performance.now() };
      this.#sent.push(sent);
      this.#send(sent);
    }
  }

  #postInTheNextTurn(): void {
    if (this.#isPosting) return;
    this.#isPosting = true;
    setImmediate(() => {
      this.#isPosting = false;
      if (this.#phase !== 'closed') this.#post();
    });
  }

  #send({ id, lines, gaps }: Sent): void {
    this.#say({ type: 'batch', id, items: lines, gaps });
  }

  #say(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #idle(): boolean {
    return this.#sent.length + this.#queue.length + this.#definitions.length + this.#gaps.length === 0;
  }

  #drop(item: Lost, weight: Weight, reason = 'storage was too slow: the queue was full'): void {
    this.#overflow.lose(item, weight, reason);
  }

  #startWorker(): void {
    const { directory, node, process } = this.#options;
    const resume = this.#position === null ? null : { ...this.#position, storedSeq: this.#stored.seq };
    const workerData: WorkerSetup = { directory, node, process, limits: this.#limits, resume };
    const module = this.#options.workerModule ?? WORKER;
    const worker = new Worker(module, { workerData, name: 'journal' });
    this.#worker = worker;
    worker.on('message', (message: FromWorker) => this.#hear(message));
    let cause = 'the journal thread ended';
    worker.on('error', (error) => {
      cause = `the journal thread failed: ${String(error)}`;
    });
    worker.on('exit', () => this.#workerEnded(worker, cause));
    for (const sent of this.#sent) this.#send(sent);
  }

  #workerEnded(worker: Worker, cause: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#storageFails = false;
    this.#onClosed?.();
    this.#lostWithWorker();
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#degrade(cause, Date.now() * 1000);
    const delay = this.#limits.retryMs * Math.min(2 ** this.#restarts, RESTARTS_MAX_DELAY);
    this.#restarts += 1;
    setTimeout(() => {
      if (this.#phase !== 'closed') this.#startWorker();
    }, delay).unref();
  }

  /** Rows that a dead worker kept in memory are gone. */
  #lostWithWorker(): void {
    const fromSeq = this.#stored.seq + 1;
    const firstSent = this.#sent.find((sent) => sent.toSeq >= fromSeq);
    const toSeq = Math.max(fromSeq, firstSent?.fromSeq ?? this.#newest.seq + 1) - 1;
    if (this.#stored.retainedRows === 0 || toSeq < fromSeq) return;
    const lost = toSeq - fromSeq + 1;
    const nowUs = Date.now() * 1000;
    const when = { fromWallUs: this.#trouble?.sinceWallUs ?? nowUs, toWallUs: nowUs };
    const losses = {
      lostRows: lost,
      lostChanges: lost,
      lostRuns: 0,
      writtenLate: 0,
      actors: this.#changes.actors(),
      segment: null,
    };
    this.#gaps.push({
      fromSeq,
      toSeq,
      ...when,
      reason: 'the journal thread died with rows in memory',
      ...losses,
    });
    this.#lostWithWorkers += lost;
    this.#stored = { ...this.#stored, retainedRows: 0 };
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'opened':
        this.#position = { epoch: message.epoch, base: message.base, segment: message.segment };
        if (this.#phase === 'opening') this.#phase = 'open';
        if (message.setAside !== null) this.#options.onState?.({ state: 'setAside', ...message.setAside });
        // Nothing was on its way when the one before it died, so nothing will be confirmed.
        if (this.#sent.length === 0) this.#recovered();
        return;
      case 'ack':
        this.#acknowledged(message);
        return;
      case 'degraded':
        this.#storageFails = true;
        this.#degrade(message.error, message.sinceWallUs);
        return;
      case 'recovered':
        this.#storageFails = false;
        this.#stored = {
          seq: message.storedSeq,
          retainedRows: 0,
          lostRows: message.lostRows,
          lostRuns: message.lostRuns,
        };
        this.#recovered();
        return;
      case 'closed':
        this.#onClosed?.();
    }
  }

  #acknowledged(ack: FromWorker & { type: 'ack' }): void {
    let upTo = 0;
    for (const sent of this.#sent) {
      if (sent.id > ack.id) continue;
      upTo = Math.max(upTo, sent.upTo);
      this.#queue.giveBack(sent);
    }
    this.#sent = this.#sent.filter(({ id }) => id > ack.id);
    const { storedSeq, retainedRows, lostRows, lostRuns } = ack;
    this.#stored = { seq: storedSeq, retainedRows, lostRows, lostRuns };
    if (this.#silent !== null && this.#sent.length === 0) this.#endSilence(this.#silent);
    if (this.#restarts > 0 && retainedRows === 0) {
      this.#restarts = 0;
      this.#recovered();
    }
    this.#post();
    const idle = this.#idle();
    const due = this.#waiters.filter((waiter) => idle || waiter.upTo <= upTo);
    this.#waiters = this.#waiters.filter((waiter) => !due.includes(waiter));
    for (const { done } of due) done();
  }

  /** When the worker stopped answering, while it does. */
  #silent: { readonly fromSeq: number; readonly fromWallUs: number } | null = null;

  /** Only while the worker keeps up: what waits for a disk that hangs must stay bounded. */
  #beat(): void {
    if (this.#phase !== 'open' || this.#sent.length > 0) return;
    this.#say({ type: 'alive', wallUs: Date.now() * 1000 });
    this.#queue.rest();
  }

  /** A disk that hangs throws nothing: it shows in a batch that is not confirmed. */
  #watch(): void {
    const oldest = this.#sent[0];
    if (oldest === undefined || this.#silent !== null || this.#worker === null) return;
    const waitedMs = performance.now() - oldest.sinceMs;
    if (waitedMs < this.#limits.stallMs) return;
    const fromWallUs = Math.round((Date.now() - waitedMs) * 1000);
    this.#silent = { fromSeq: this.#stored.seq + 1, fromWallUs };
    this.#degrade(`storage does not answer for ${Math.round(waitedMs)} ms`, fromWallUs);
  }

  #endSilence(silent: { readonly fromSeq: number; readonly fromWallUs: number }): void {
    this.#silent = null;
    const toWallUs = Date.now() * 1000;
    const seconds = ((toWallUs - silent.fromWallUs) / 1e6).toFixed(1);
    const toSeq = Math.max(this.#stored.seq, silent.fromSeq - 1);
    const losses = { lostRows: 0, lostChanges: 0, lostRuns: 0, actors: [], segment: null };
    const reason = `storage did not answer for ${seconds} s`;
    const range = { fromSeq: silent.fromSeq, toSeq, fromWallUs: silent.fromWallUs, toWallUs };
    this.#gaps.push({ ...range, reason, writtenLate: toSeq - silent.fromSeq + 1, ...losses });
    this.#recovered();
  }

  #degrade(error: string, sinceWallUs: number): void {
    if (this.#trouble !== null) return;
    this.#trouble = { error, sinceWallUs };
    this.#options.onState?.({ state: 'degraded', error, sinceWallUs });
  }

  #recovered(): void {
    if (this.#trouble === null || this.#storageFails) return;
    const { sinceWallUs } = this.#trouble;
    this.#trouble = null;
    this.#options.onState?.({ state: 'recovered', sinceWallUs });
  }
}

/**
 * Opens a journal for writing. Returns at once and never throws for storage's sake: a directory that cannot be used
 * is reported to `onState`, and rows are kept in memory, bounded, until it can.
 */
export function openJournal(options: JournalOptions): JournalWriter {
  return new Writer(options);
}
