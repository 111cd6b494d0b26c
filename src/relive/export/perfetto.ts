/**
 * `relive export perfetto`: a trace that ui.perfetto.dev opens. A track for each node, below it one for each actor and
 * region with its states as slices, and one with its events, from which flows lead to what they caused.
 * Field numbers: perfetto.dev/docs/reference/synthetic-track-event and the protos that it names.
 */
import type { StoredRow } from '../../journal/model.ts';
import type { Json } from '../../protocol/json.ts';
import { talk } from '../cli.ts';
import { mergeByTime } from '../entries.ts';
import { actorName, effectsInWords, eventInWords, regions, runInWords } from '../words.ts';
import type { ExportRequest, ExportSource } from './formats.ts';
import { ProtobufMessage } from './protobuf.ts';
import { type Item, itemsOf } from './stream.ts';

const TRACE = { packet: 1 } as const;
const PACKET = {
  clockSnapshot: 6,
  timestamp: 8,
  sequenceId: 10,
  trackEvent: 11,
  sequenceFlags: 13,
  trackDescriptor: 60,
} as const;
const CLOCK_SNAPSHOT = { clocks: 1, primary: 2 } as const;
const CLOCK = { id: 1, timestamp: 2 } as const;
const DESCRIPTOR = { uuid: 1, name: 2, parentUuid: 5 } as const;
const EVENT = {
  debugAnnotations: 4,
  type: 9,
  trackUuid: 11,
  categories: 22,
  name: 23,
  flowIds: 47,
  terminatingFlowIds: 48,
} as const;
const ANNOTATION = { uintValue: 3, stringValue: 6, name: 10 } as const;
const TYPE = { begin: 1, end: 2, instant: 3 } as const;
const REALTIME = 1;
const BOOTTIME = 6;
/** Everything is of one sequence, and its first packet says that nothing of before is needed. */
const SEQUENCE = 1;
const STATE_CLEARED = 1;

/**
 * A cause must name the flows to all its consequences, which come later: so many rows wait for theirs. What a timer
 * brings about later than that has its cause as an argument, and no arrow.
 */
const ROWS_AHEAD = 5_000;

export function* exportPerfetto({ sources, actor, limit }: ExportRequest): Generator<Uint8Array> {
  const trace = new Trace();
  const streams = sources.map((source) => withConsequences(source, actor));
  let count = 0;
  for (const { item, source, consequences, wallUs } of mergeByTime(streams)) {
    if (count === 0) {
      trace.begin(wallUs);
      for (const one of sources) trace.before(one, actor);
    }
    if (count === limit) {
      talk(`relive: ends after ${limit} rows, runs and gaps (--limit)`);
      break;
    }
    count += 1;
    trace.item(item, source, consequences);
    yield trace.take();
  }
  if (count > 0) yield trace.take();
}

interface Linked {
  readonly wallUs: number;
  readonly item: Item;
  readonly source: ExportSource;
  /** Rows that this one led to. */
  readonly consequences: number[];
}

function* withConsequences(source: ExportSource, actor: string | null): Generator<Linked> {
  const waiting: Linked[] = [];
  const bySeq = new Map<number, Linked>();
  let first = 0;
  for (const item of itemsOf(source, actor)) {
    const linked: Linked = { wallUs: item.wallUs, item, source, consequences: [] };
    waiting.push(linked);
    if (item.type === 'row') {
      bySeq.set(item.row.seq, linked);
      if (item.row.cause !== null) bySeq.get(item.row.cause)?.consequences.push(item.row.seq);
    }
    if (waiting.length - first <= ROWS_AHEAD) continue;
    const done = waiting[first];
    first += 1;
    if (done?.item.type === 'row') bySeq.delete(done.item.row.seq);
    if (done !== undefined) yield done;
    if (first >= ROWS_AHEAD) {
      waiting.splice(0, first);
      first = 0;
    }
  }
  yield* waiting.slice(first);
}

interface Track {
  readonly uuid: number;
  /** State whose slice is open. */
  state: string | null;
  /** Tracks do not run backwards, though clocks may. */
  lastUs: number;
}

class Trace {
  #pieces: Uint8Array[] = [];
  readonly #tracks = new Map<string, Track>();
  /** Open slices of a node's processes: `node` -> tracks. */
  readonly #open = new Map<string, Set<Track>>();
  readonly #flows = new Map<string, number>();
  #flowCount = 0;

  /** The clock of the trace is Unix time, so that the viewer can show the time of day. */
  begin(wallUs: number): void {
    const clocks = new ProtobufMessage();
    for (const id of [BOOTTIME, REALTIME]) {
      const clock = new ProtobufMessage().varint(CLOCK.id, id).varint(CLOCK.timestamp, nanoseconds(wallUs));
      clocks.message(CLOCK_SNAPSHOT.clocks, clock);
    }
    clocks.varint(CLOCK_SNAPSHOT.primary, BOOTTIME);
    const packet = new ProtobufMessage().varint(PACKET.sequenceFlags, STATE_CLEARED);
    this.#packet(packet.message(PACKET.clockSnapshot, clocks));
  }

  /** States in which actors were when the range began. */
  before({ reader, label, fromSeq }: ExportSource, actor: string | null): void {
    const wallUs = reader.row(fromSeq)?.wallUs;
    const row = reader.row(fromSeq - 1);
    if (wallUs === undefined || row === null || row.event.type === 'process.stopped') return;
    for (const state of reader.statesAt(fromSeq - 1))
      if (actor === null || state.actor === actor) this.#states(label, state.actor, state.state, wallUs);
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    return bytes;
  }

  item(item: Item, { label, fromSeq }: ExportSource, consequences: readonly number[]): void {
    switch (item.type) {
      case 'row':
        this.#row(item.row, label, consequences);
        return;
      case 'run': {
        const what = item.run.direction === 'sent' ? 'sent' : `heard from ${item.run.source}`;
        const track = this.#track(label, item.run.actor, `adverts ${what}`);
        this.#begin(track, item.run.firstWallUs, runInWords(item.run, what));
        this.#end(track, item.wallUs);
        return;
      }
      case 'gap': {
        const track = this.#track(label, 'journal gaps');
        this.#begin(track, item.gap.fromWallUs, `${item.gap.lostRows} rows lost: ${item.gap.reason}`);
        this.#end(track, Math.max(item.gap.toWallUs, item.gap.fromWallUs));
        return;
      }
      case 'epoch':
        if (item.epoch.firstSeq < fromSeq) return;
        this.#endAll(label, item.wallUs);
        this.#instant(
          this.#track(label, 'relived'),
          item.wallUs,
          `process ${item.epoch.pid} begins`,
          'process',
        );
        return;
      case 'ended':
        this.#endAll(label, item.wallUs);
        this.#instant(
          this.#track(label, 'relived'),
          item.wallUs,
          `process ${item.epoch.pid} ended without a stop`,
          'process',
        );
    }
  }

  #row(row: StoredRow, node: string, consequences: readonly number[]): void {
    const { seq, cause, wallUs, actor, kind, event } = row;
    if (kind !== 'note') this.#states(node, actor, row.state, wallUs, kind === 'crash');
    const message = this.#event(TYPE.instant, this.#track(node, actor, 'events'), wallUs);
    message.string(EVENT.categories, cause === null ? 'input' : 'consequence');
    message.string(EVENT.name, kind === 'crash' ? `crashed on ${event.type}` : event.type);
    annotate(message, 'seq', seq);
    if (cause !== null) annotate(message, 'cause', cause);
    annotate(message, 'what', eventInWords(event));
    if (row.effects.length > 0) annotate(message, 'effects', effectsInWords(row.effects));
    for (const consequence of consequences) {
      this.#flowCount += 1;
      this.#flows.set(`${node} ${consequence}`, this.#flowCount);
      message.fixed64(EVENT.flowIds, BigInt(this.#flowCount));
    }
    const flow = this.#flows.get(`${node} ${seq}`);
    if (flow !== undefined) {
      message.fixed64(EVENT.terminatingFlowIds, BigInt(flow));
      this.#flows.delete(`${node} ${seq}`);
    }
    this.#emit(wallUs, message, this.#track(node, actor, 'events'));
    if (event.type === 'process.stopped') this.#endAll(node, wallUs);
  }

  #states(node: string, actor: string, value: Json, wallUs: number, isCrashed = false): void {
    for (const [region, state] of regions(value)) {
      const track = this.#track(node, actor, region === '' ? 'state' : region);
      const now = isCrashed ? 'crashed' : state;
      if (track.state === now) continue;
      if (track.state !== null) this.#end(track, wallUs);
      this.#begin(track, wallUs, now);
      track.state = now;
      this.#openOf(node).add(track);
    }
  }

  #openOf(node: string): Set<Track> {
    const known = this.#open.get(node);
    if (known !== undefined) return known;
    const open = new Set<Track>();
    this.#open.set(node, open);
    return open;
  }

  #endAll(node: string, wallUs: number): void {
    for (const track of this.#openOf(node)) {
      this.#end(track, wallUs);
      track.state = null;
    }
    this.#openOf(node).clear();
  }

  /** The track below a node, an actor and so on, made at its first use. */
  #track(...path: readonly string[]): Track {
    const key = path.join('\n');
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const parent = path.length > 1 ? this.#track(...path.slice(0, -1)) : null;
    const track: Track = { uuid: this.#tracks.size + 1, state: null, lastUs: 0 };
    this.#tracks.set(key, track);
    const descriptor = new ProtobufMessage()
      .varint(DESCRIPTOR.uuid, track.uuid)
      .string(DESCRIPTOR.name, actorName(path.at(-1) ?? ''));
    if (parent !== null) descriptor.varint(DESCRIPTOR.parentUuid, parent.uuid);
    this.#packet(new ProtobufMessage().message(PACKET.trackDescriptor, descriptor));
    return track;
  }

  #begin(track: Track, wallUs: number, name: string): void {
    this.#emit(wallUs, this.#event(TYPE.begin, track, wallUs).string(EVENT.name, name), track);
  }

  #end(track: Track, wallUs: number): void {
    this.#emit(wallUs, this.#event(TYPE.end, track, wallUs), track);
  }

  #instant(track: Track, wallUs: number, name: string, category: string): void {
    const message = this.#event(TYPE.instant, track, wallUs);
    this.#emit(wallUs, message.string(EVENT.categories, category).string(EVENT.name, name), track);
  }

  #event(type: number, { uuid }: Track, wallUs: number): ProtobufMessage {
    if (!Number.isSafeInteger(wallUs)) throw new RangeError(`not a time: ${wallUs}`);
    return new ProtobufMessage().varint(EVENT.type, type).varint(EVENT.trackUuid, uuid);
  }

  #emit(wallUs: number, message: ProtobufMessage, track: Track): void {
    track.lastUs = Math.max(track.lastUs, wallUs);
    const packet = new ProtobufMessage().varint(PACKET.timestamp, nanoseconds(track.lastUs));
    this.#packet(packet.message(PACKET.trackEvent, message));
  }

  #packet(packet: ProtobufMessage): void {
    packet.varint(PACKET.sequenceId, SEQUENCE);
    this.#pieces.push(new ProtobufMessage().message(TRACE.packet, packet).bytes);
  }
}

function annotate(message: ProtobufMessage, name: string, value: number | string): void {
  const annotation = new ProtobufMessage().string(ANNOTATION.name, name);
  if (typeof value === 'number') annotation.varint(ANNOTATION.uintValue, value);
  else annotation.string(ANNOTATION.stringValue, value);
  message.message(EVENT.debugAnnotations, annotation);
}

const nanoseconds = (us: number): bigint => BigInt(us) * 1000n;
