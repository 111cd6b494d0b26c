/**
 * The writer's thread: the only place of the daemon that touches the journal's storage. Failing storage never stops
 * it: rows stay in memory, bounded, and are written with a gap row when storage comes back.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Backlog } from './backlog.ts';
import { given, LineReader } from './lines.ts';
import type { FromWorker, GapNote, Item, Items, ToWorker, WorkerSetup } from './messages.ts';
import { Store, wallNowUs } from './store.ts';
import { Upkeep } from './upkeep.ts';

type BatchMessage = ToWorker & { readonly type: 'batch' };

/** Trouble with storage since it began. */
interface Trouble {
  readonly sinceWallUs: number;
  readonly reason: string;
  fromSeq: number;
  attempts: number;
  lostRows: number;
  lostChanges: number;
  lostRuns: number;
  readonly actors: Set<string>;
}

/** Rows that one transaction of the recovery takes: what is kept may be larger than a segment, or than the free space. */
const RECOVERY_ITEMS = 1000;
/**
 * Batches of one transaction: as many more can be on their way (writer.ts), so that there are some when it is done. What a commit
 * costs, and its sync, is little for four thousand rows.
 */
const BATCHES_TOGETHER = 8;
/** Definitions kept while storage fails; they are few and nothing can be read without them. */
const DEFINITIONS_KEPT = 64;

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return error.message.startsWith(code) ? error.message : code + error.message;
};

/** The rows are at fault, not the disk: trying again would fail for ever. */
function isUnstorable(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(CONSTRAINT|MISMATCH|RANGE|TOOBIG)/.test(code);
}

class WriterWorker {
  readonly #setup: WorkerSetup;
  readonly #say: (message: FromWorker) => void;
  readonly #store: Store;
  readonly #backlog: Backlog<Item>;
  readonly #lines = new LineReader();
  readonly #upkeep: Upkeep;
  #gaps: GapNote[] = [];
  #definitions: Item[] = [];
  #trouble: Trouble | null = null;
  #newestSeq: number;
  #lost = { rows: 0, runs: 0 };

  constructor(setup: WorkerSetup, say: (message: FromWorker) => void) {
    this.#setup = setup;
    this.#say = say;
    this.#store = new Store(setup, (position) => say({ type: 'opened', ...position }));
    this.#backlog = new Backlog(setup.limits.retainedItems, (item) => this.#drop(item));
    this.#newestSeq = setup.resume?.storedSeq ?? 0;
    this.#upkeep = new Upkeep(setup.directory, setup.process, setup.limits);
  }

  /** Together, in one transaction. */
  batches(messages: readonly BatchMessage[]): void {
    const items = this.#lines.items(...messages.map((message) => message.items));
    for (const { gaps } of messages) {
      for (const gap of gaps) this.#store.doubt(gap.actors);
      this.#gaps.push(...gaps);
    }
    // With healthy storage nothing waits here, so the limit only bites in trouble.
    if (this.#trouble === null && this.#backlog.length === 0) this.#writeNow(items);
    else for (const item of items) this.#keep(item);
    this.#say({
      type: 'ack',
      id: messages.at(-1)?.id ?? 0,
      storedSeq: this.#store.storedSeq,
      retainedRows: this.#backlog.rows,
      lostRows: this.#lost.rows,
      lostRuns: this.#lost.runs,
    });
  }

  /** Opens the first segment at once, so that trouble shows before the first row comes. */
  open(): void {
    this.#writeNow(given([]));
  }

  /** Looks whether the segment is still there: SQLite would go on writing into an unlinked file. */
  inspect(): void {
    if (this.#trouble !== null) return;
    try {
      const gone = this.#store.vanished();
      if (gone === null) return;
      const trouble = this.#begin(new Error('the segment that was being written is gone'), 1 - gone.rows);
      trouble.lostRows = gone.rows;
      trouble.lostChanges = gone.changes;
      trouble.lostRuns = gone.runs;
      if (gone.changes > 0) for (const actor of this.#store.actors()) trouble.actors.add(actor);
      this.#lost.rows += gone.rows;
      this.#lost.runs += gone.runs;
    } catch (error) {
      this.#begin(error, 1);
    }
  }

  /** Missing it costs a hint, so a disk that will not take it is no trouble of its own. */
  alive(wallUs: number): void {
    if (this.#trouble !== null) return;
    try {
      this.#store.pulse(wallUs);
    } catch {
      // The next row will say what is wrong.
    }
  }

  /** Thins and unlinks old segments. Not while storage fails: rows come first. */
  upkeep(): void {
    const { place } = this.#store;
    if (this.#trouble === null) this.#store.settle();
    if (this.#trouble === null && place !== null)
      this.#upkeep.look(place.segment, place.quotaBytes, wallNowUs());
  }

  close(): void {
    this.#upkeep.stop();
    if (this.#trouble !== null) this.#recover();
    this.#store.close();
    this.#say({ type: 'closed' });
  }

  #writeNow(items: Items): void {
    try {
      this.#write(items, this.#gaps);
      this.#gaps = [];
      this.#newestSeq = this.#store.storedSeq;
    } catch (error) {
      this.#begin(error, 1);
      for (const item of items) this.#keep(item);
    }
  }

  #keep(item: Item): void {
    if ('define' in item) {
      this.#definitions = [...this.#definitions, item].slice(-DEFINITIONS_KEPT);
      return;
    }
    if ('row' in item) this.#newestSeq = item.row.seq;
    this.#backlog.push(item, 'run' in item ? 'run' : item.changed ? 'changed' : 'unchanged');
  }

  #drop(item: Item): void {
    const trouble = this.#trouble;
    if ('run' in item) {
      this.#lost.runs += 1;
      if (trouble !== null) trouble.lostRuns += 1;
    } else if ('row' in item) {
      this.#lost.rows += 1;
      if (trouble !== null) trouble.lostRows += 1;
      if (!item.changed) return;
      if (trouble !== null) trouble.lostChanges += 1;
      trouble?.actors.add(item.row.actor);
      this.#store.lose(item.row);
    }
  }

  #begin(error: unknown, firstOffset: number): Trouble {
    const reason = messageOf(error);
    const sinceWallUs = wallNowUs();
    const fromSeq = this.#store.storedSeq + firstOffset;
    const losses = { lostRows: 0, lostChanges: 0, lostRuns: 0, actors: new Set<string>() };
    const trouble: Trouble = { sinceWallUs, reason, fromSeq, attempts: 0, ...losses };
    this.#trouble = trouble;
    this.#say({ type: 'degraded', error: reason, sinceWallUs });
    this.#retryLater(trouble);
    return trouble;
  }

  #retryLater(trouble: Trouble): void {
    const delayMs = this.#setup.limits.retryMs * 2 ** Math.min(trouble.attempts, 4);
    setTimeout(() => {
      if (this.#trouble !== null && !this.#recover()) this.#retryLater(trouble);
    }, delayMs).unref();
  }

  /** Writes what was kept, and first of all the gap row. False if storage still fails: the rest stays in memory. */
  #recover(): boolean {
    const trouble = this.#trouble;
    if (trouble === null) return true;
    trouble.attempts += 1;
    const kept = this.#backlog.take(this.#backlog.length);
    let gaps = [...this.#gaps, this.#gapOf(trouble, kept)];
    for (let at = 0; at === 0 || at < kept.length; at += RECOVERY_ITEMS) {
      const items = given([...this.#definitions, ...kept.slice(at, at + RECOVERY_ITEMS)]);
      if (!this.#tryWrite(items, gaps)) {
        for (const item of kept.slice(at)) this.#keep(item);
        return false;
      }
      gaps = [];
      this.#gaps = [];
      this.#definitions = [];
      this.#settleLosses(trouble);
    }
    this.#trouble = null;
    const { rows, runs } = this.#lost;
    const { storedSeq } = this.#store;
    this.#say({
      type: 'recovered',
      sinceWallUs: trouble.sinceWallUs,
      storedSeq,
      lostRows: rows,
      lostRuns: runs,
    });
    return true;
  }

  /** The gap row tells these; should storage fail again before everything is written, the next one begins here. */
  #settleLosses(trouble: Trouble): void {
    trouble.fromSeq = this.#store.storedSeq + 1;
    trouble.lostRows = 0;
    trouble.lostChanges = 0;
    trouble.lostRuns = 0;
    trouble.actors.clear();
  }

  #gapOf(trouble: Trouble, kept: readonly Item[]): GapNote {
    return {
      fromSeq: trouble.fromSeq,
      toSeq: Math.max(this.#newestSeq, trouble.fromSeq - 1),
      fromWallUs: trouble.sinceWallUs,
      toWallUs: wallNowUs(),
      reason: trouble.reason,
      lostRows: trouble.lostRows,
      lostChanges: trouble.lostChanges,
      lostRuns: trouble.lostRuns,
      writtenLate: kept.filter((item) => 'row' in item).length,
      actors: [...trouble.actors],
      segment: null,
    };
  }

  /** Stores all that can be stored. @throws what the disk says */
  #write(items: Items, gaps: readonly GapNote[]): void {
    try {
      this.#store.write(items, gaps);
      return;
    } catch (error) {
      if (!isUnstorable(error)) throw error;
    }
    this.#store.write(given([]), gaps);
    for (const item of items) {
      try {
        this.#store.write(given([item]), []);
      } catch (error) {
        if (!isUnstorable(error)) throw error;
        this.#lostAlone(item, messageOf(error));
      }
    }
  }

  /** One item that SQLite will not take. */
  #lostAlone(item: Item, reason: string): void {
    const seq = 'row' in item ? Number(item.row.seq) : this.#store.storedSeq;
    const nowUs = wallNowUs();
    const lostRows = 'row' in item ? 1 : 0;
    const lostChanges = 'row' in item && item.changed ? 1 : 0;
    const actors = 'row' in item && item.changed ? [String(item.row.actor)] : [];
    this.#lost.rows += lostRows;
    this.#lost.runs += 'run' in item ? 1 : 0;
    this.#store.doubt(actors);
    const times = { fromSeq: seq, toSeq: seq, fromWallUs: nowUs, toWallUs: nowUs };
    const losses = {
      lostRows,
      lostChanges,
      lostRuns: 'run' in item ? 1 : 0,
      writtenLate: 0,
      actors,
      segment: null,
    };
    this.#store.write(given([]), [{ ...times, reason: `not storable: ${reason}`, ...losses }]);
  }

  #tryWrite(items: Items, gaps: readonly GapNote[]): boolean {
    try {
      this.#write(items, gaps);
      return true;
    } catch {
      // The segment may be beyond help while the disk is not.
    }
    try {
      this.#store.replaceSegment();
      this.#write(items, gaps);
      return true;
    } catch {
      return false;
    }
  }
}

/** Serves the thread that made this worker. */
export function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('writer-worker.ts runs only as a worker thread');
  const setup: WorkerSetup = workerData;
  const worker = new WriterWorker(setup, (message) => port.postMessage(message));
  setInterval(() => worker.inspect(), setup.limits.retryMs).unref();
  setInterval(() => worker.upkeep(), setup.limits.upkeepMs).unref();
  worker.open();
  const take = (message: ToWorker): void => {
    if (message.type === 'batch') {
      const batches = [message];
      let next: ToWorker | null = null;
      while (batches.length < BATCHES_TOGETHER) {
        next = waiting(port);
        if (next?.type !== 'batch') break;
        batches.push(next);
      }
      worker.batches(batches);
      if (next !== null && next.type !== 'batch') take(next);
      return;
    }
    if (message.type === 'alive') {
      worker.alive(message.wallUs);
      return;
    }
    worker.close();
    port.close();
  };
  port.on('message', take);
}

/** The next message, if it is there already. */
function waiting(port: MessagePort): ToWorker | null {
  return receiveMessageOnPort(port)?.message ?? null;
}

if (parentPort !== null) serve();
