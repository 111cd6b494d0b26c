/**
 * New rows to every open page, as server-sent events that can be resumed. One reader of each journal for all of them, each
 * row made into text once, and its bytes shared by all: many pages or slow ones cost next to nothing.
 */
import type { ServerResponse } from 'node:http';
import { formatPositions, type NodeChange } from './api.ts';
import { withBefore } from './queries.ts';
import type { JournalSource, SourceRow } from './source.ts';

export const MAX_CLIENTS = 1_000;

/** Bytes that one page may leave unread before more is sent; a page further behind is dropped and comes back. */
const MAX_WAITING_BYTES = 1_000_000;

/** Missed rows, and bytes of them, that a returning page is sent; beyond, the page is told to load afresh. */
const MAX_REPLAYED_ROWS = 2_000;
const MAX_REPLAYED_BYTES = 4_000_000;
/** Bytes of replays that their pages have not taken yet. */
const MOST_REPLAYING_BYTES = 32_000_000;

const KEEP_ALIVE_MS = 15_000;
const LIVENESS_MS = 1_000;
/** Read for a replay before its size is looked at. */
const ROWS_AT_A_TIME = 100;
const STILL_HERE = Buffer.from(': still here\n\n');

interface Client {
  readonly response: ServerResponse;
}

interface Replay {
  /** From which positions to which. */
  readonly key: string;
  /** Null: too much was missed. */
  readonly frames: Buffer | null;
  /** Pages that are being sent it; they share its bytes. */
  readers: number;
}

export class LiveHub {
  readonly #sources: readonly JournalSource[];
  readonly #clients = new Set<Client>();
  /** Newest row that was sent, of each source. */
  readonly #positions = new Map<JournalSource, number>();
  readonly #running = new Map<JournalSource, boolean>();
  #endings: (() => void)[] = [];
  /** Pages that come back after a restart of the server have all missed the same. */
  #newestReplay: Replay | null = null;
  #replaying = 0;

  constructor(sources: readonly JournalSource[]) {
    this.#sources = sources;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Takes over a response. False: too many pages are open already, and the response is still the caller's. */
  open(response: ServerResponse, since: ReadonlyMap<string, number> | null): boolean {
    if (this.#clients.size >= MAX_CLIENTS) return false;
    if (this.#clients.size === 0) this.#start();
    const client = { response };
    this.#clients.add(client);
    response.on('close', () => this.#remove(client));
    // The first bytes open the stream at the page; a proxy that waits for a body would hold the headers back.
    this.#write(client, Buffer.from(`retry: 500\nid: ${idOf(this.#positions)}\n: open\n\n`));
    if (since !== null && this.#replay(client, since)) {
      // No row tells it: a process may have come or gone while the page did not listen.
      for (const source of this.#sources) this.#write(client, liveness(source, isRunning(source)));
    }
    return true;
  }

  close(): void {
    for (const client of [...this.#clients]) {
      client.response.end();
      this.#remove(client);
    }
  }

  #start(): void {
    for (const source of this.#sources) {
      this.#positions.set(source, source.lastSeq());
      this.#running.set(source, isRunning(source));
      this.#endings.push(source.subscribe((rows) => this.#publish(source, rows)));
    }
    const keepAlive = setInterval(() => this.#send(STILL_HERE), KEEP_ALIVE_MS);
    const liveness = setInterval(() => this.#checkLiveness(), LIVENESS_MS);
    this.#endings.push(
      () => clearInterval(keepAlive),
      () => clearInterval(liveness),
    );
  }

  #remove(client: Client): void {
    if (!this.#clients.delete(client) || this.#clients.size > 0) return;
    for (const end of this.#endings) end();
    this.#endings = [];
    this.#newestReplay = null;
  }

  #publish(source: JournalSource, rows: readonly SourceRow[]): void {
    const position = this.#positions.get(source) ?? 0;
    const fresh = rows.filter(({ seq }) => seq > position);
    this.#send(this.#frames(source, fresh));
    this.#checkLiveness();
  }

  /** Each frame carries the position after it, so that a page that saw it can go on from there. */
  #frames(source: JournalSource, rows: readonly SourceRow[], positions = this.#positions): Buffer {
    let frames = '';
    for (const row of withBefore(source, rows)) {
      positions.set(source, row.seq);
      frames += `id: ${idOf(positions)}\nevent: row\ndata: ${JSON.stringify(row)}\n\n`;
    }
    return Buffer.from(frames);
  }

  /** False: too much was missed, and the page was told to load afresh. */
  #replay(client: Client, since: ReadonlyMap<string, number>): boolean {
    const { response } = client;
    const replay = this.#replayOf(since);
    const bytes = replay.frames?.length ?? 0;
    if (bytes === 0 && replay.frames !== null) return true;
    const isShared = replay.readers > 0;
    if (replay.frames === null || (!isShared && this.#replaying + bytes > MOST_REPLAYING_BYTES)) {
      this.#write(client, Buffer.from(`id: ${idOf(this.#positions)}\nevent: reset\ndata: {}\n\n`));
      return false;
    }
    if (!isShared) this.#replaying += bytes;
    replay.readers += 1;
    let isDone = false;
    const done = (): void => {
      if (isDone) return;
      isDone = true;
      replay.readers -= 1;
      if (replay.readers === 0) this.#replaying -= bytes;
    };
    response.once('close', done);
    response.write(replay.frames, done);
    return true;
  }

  #replayOf(since: ReadonlyMap<string, number>): Replay {
    const positions = new Map(this.#positions);
    for (const source of this.#sources)
      positions.set(source, since.get(source.node) ?? positions.get(source) ?? 0);
    const key = `${idOf(positions)} ${idOf(this.#positions)}`;
    if (this.#newestReplay?.key === key) return this.#newestReplay;
    this.#newestReplay = { key, frames: this.#missed(positions), readers: 0 };
    return this.#newestReplay;
  }

  /** Rows from these positions to those that were sent last. Null: more than a page should be sent. */
  #missed(positions: Map<JournalSource, number>): Buffer | null {
    const missed = this.#sources.map((source) => {
      const from = (positions.get(source) ?? 0) + 1;
      const to = this.#positions.get(source) ?? 0;
      return { source, from, to };
    });
    const count = missed.reduce((sum, { from, to }) => sum + Math.max(0, to - from + 1), 0);
    if (count > MAX_REPLAYED_ROWS) return null;
    const parts: Buffer[] = [];
    let bytes = 0;
    for (const { source, from, to } of missed) {
      for (let first = from; first <= to; first += ROWS_AT_A_TIME) {
        const toSeq = Math.min(to, first + ROWS_AT_A_TIME - 1);
        const frames = this.#frames(source, [...source.rows({ fromSeq: first, toSeq })], positions);
        bytes += frames.length;
        if (bytes > MAX_REPLAYED_BYTES) return null;
        parts.push(frames);
      }
    }
    return Buffer.concat(parts);
  }

  #checkLiveness(): void {
    for (const source of this.#sources) {
      const running = isRunning(source);
      if (running === this.#running.get(source)) continue;
      this.#running.set(source, running);
      this.#send(liveness(source, running));
    }
  }

  #send(frames: Buffer): void {
    if (frames.length === 0) return;
    for (const client of [...this.#clients]) this.#write(client, frames);
  }

  #write(client: Client, frames: Buffer): void {
    const { response } = client;
    // Judged before writing: a burst that is large in itself is not the reader's fault.
    if (response.writableLength <= MAX_WAITING_BYTES) {
      response.write(frames);
      return;
    }
    response.destroy();
    this.#remove(client);
  }
}

function idOf(positions: ReadonlyMap<JournalSource, number>): string {
  return formatPositions(new Map([...positions].map(([source, seq]) => [source.node, seq])));
}

function liveness(source: JournalSource, running: boolean): Buffer {
  const change: NodeChange = { node: source.node, running, lastUs: source.epochs().at(-1)?.lastUs ?? 0 };
  return Buffer.from(`event: node\ndata: ${JSON.stringify(change)}\n\n`);
}

function isRunning(source: JournalSource): boolean {
  const last = source.epochs().at(-1);
  return last !== undefined && !last.ended;
}
