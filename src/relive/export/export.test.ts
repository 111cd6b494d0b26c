import protobuf from 'protobufjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalReader } from '../../journal/reader.ts';
import { peacefulPair, type Story, takeOver } from '../story.fixture.ts';
import { exportCsv } from './csv.ts';
import type { ExportRequest } from './formats.ts';
import { exportJsonl } from './jsonl.ts';
import { exportMermaid } from './mermaid.ts';
import { exportPerfetto } from './perfetto.ts';
import { ProtobufMessage } from './protobuf.ts';

let story: Story;
let readers: readonly JournalReader[];

/** r1 dies, r2 takes over; both histories end. */
beforeAll(async () => {
  const pair = peacefulPair();
  story = pair.story;
  await pair.r1.end();
  takeOver(pair);
  story.pass(1_000_000);
  pair.r1.start();
  await pair.r1.end();
  await pair.r2.stop('SIGTERM');
  readers = [pair.r1, pair.r2].map(({ journal }) => new JournalReader(journal));
});

afterAll(() => {
  for (const reader of readers) reader.close();
  story.remove();
});

function request(changes: Partial<ExportRequest> = {}): ExportRequest {
  const sources = readers.map((reader) => ({
    reader,
    label: reader.node,
    fromSeq: 0,
    toSeq: Number.MAX_SAFE_INTEGER - 1,
  }));
  return { sources, actor: null, limit: 1_000_000, configFile: null, utc: true, ...changes };
}

describe('jsonl', () => {
  interface Line {
    readonly type: string;
    readonly node?: string;
    readonly seq?: number;
    readonly schema?: number;
  }
  const linesOf = (asked: ExportRequest): Line[] =>
    [...exportJsonl(asked)].map((text) => {
      expect(text.endsWith('\n')).toBe(true);
      return JSON.parse(text);
    });

  it('has everything that the journals hold, behind what the lines are', () => {
    const lines = linesOf(request());
    expect(lines[0]).toMatchObject({ type: 'header', schema: 1, nodes: [{ node: 'r1' }, { node: 'r2' }] });
    const count = (type: string): number => lines.filter((line) => line.type === type).length;
    const rows = readers.flatMap((reader) => [...reader.rows()]);
    const runs = readers.flatMap((reader) => [...reader.runs()]);
    expect([count('row'), count('run'), count('definition')]).toEqual([rows.length, runs.length, 2]);
    expect([count('process'), count('ended')]).toEqual([3, 1]);
    for (const { node } of readers) {
      const seqs = lines.filter((line) => line.type === 'row' && line.node === node).map(({ seq }) => seq);
      expect(seqs).toEqual(rows.filter((row) => row.node === node).map(({ seq }) => seq));
    }
  });

  it('keeps to a range, an actor and a limit', () => {
    const all = request();
    const part = { ...all, sources: all.sources.map((one) => ({ ...one, fromSeq: 3, toSeq: 5 })) };
    const rows = linesOf({ ...part, actor: 'vrrp/VI_1' }).filter(({ type }) => type === 'row');
    expect(rows.map(({ node, seq }) => `${node}@${seq}`).sort()).toEqual(
      ['r1', 'r2'].flatMap((node) => [3, 4, 5].map((seq) => `${node}@${seq}`)),
    );
    expect(linesOf(request({ limit: 2 })).filter(({ type }) => type !== 'definition')).toHaveLength(3);
    expect(
      linesOf({ ...part, sources: part.sources.map((one) => ({ ...one, fromSeq: 900, toSeq: 901 })) }),
    ).toEqual([]);
  });
});

describe('csv', () => {
  it('has a line for each region that a transition changed', () => {
    const [head, ...lines] = [...exportCsv(request())];
    expect(head).toBe('time,node,seq,cause,actor,region,from,to,event,words,effects\r\n');
    const takeover = lines.filter((line) => line.includes('master.silent') && line.includes(',r2,'));
    expect(takeover.map((line) => line.split(',').slice(4, 8).join())).toEqual([
      'VI_1,protocol,backup.listening,master',
      'VI_1,addresses,absent,adding',
      'VI_1,notices,backup,masterNext',
    ]);
    expect(takeover[0]).toContain('"no awaited advert for 3.609 s (3.609 s allowed, 3 adverts missed)"');
  });
});

/** As perfetto.dev/docs/reference/synthetic-track-event and the protos of google/perfetto say; read by another library. */
const PROTOS = protobuf.parse(`
  syntax = "proto2";
  message Trace { repeated TracePacket packet = 1; }
  message TracePacket {
    optional ClockSnapshot clock_snapshot = 6; optional uint64 timestamp = 8;
    optional uint32 trusted_packet_sequence_id = 10; optional TrackEvent track_event = 11;
    optional uint32 sequence_flags = 13; optional TrackDescriptor track_descriptor = 60;
  }
  message ClockSnapshot { repeated Clock clocks = 1; optional uint32 primary_trace_clock = 2; }
  message Clock { optional uint32 clock_id = 1; optional uint64 timestamp = 2; }
  message TrackDescriptor { optional uint64 uuid = 1; optional string name = 2; optional uint64 parent_uuid = 5; }
  message TrackEvent {
    enum Type { UNSPECIFIED = 0; SLICE_BEGIN = 1; SLICE_END = 2; INSTANT = 3; }
    repeated DebugAnnotation debug_annotations = 4; optional Type type = 9; optional uint64 track_uuid = 11;
    repeated string categories = 22; optional string name = 23;
    repeated fixed64 flow_ids = 47 [packed = false]; repeated fixed64 terminating_flow_ids = 48 [packed = false];
  }
  message DebugAnnotation { optional uint64 uint_value = 3; optional string string_value = 6; optional string name = 10; }
`).root;

interface DecodedEvent {
  readonly type: string;
  readonly trackUuid: string;
  readonly name?: string;
  readonly categories: readonly string[];
  readonly flowIds: readonly string[];
  readonly terminatingFlowIds: readonly string[];
  readonly debugAnnotations: readonly { readonly name: string; readonly uintValue?: string }[];
}
interface DecodedPacket {
  readonly timestamp?: string;
  readonly trustedPacketSequenceId: number;
  readonly sequenceFlags?: number;
  readonly clockSnapshot?: { readonly clocks: readonly object[] };
  readonly trackDescriptor?: { readonly uuid: string; readonly name: string; readonly parentUuid?: string };
  readonly trackEvent?: DecodedEvent;
}

describe('perfetto', () => {
  const decode = (asked: ExportRequest): readonly DecodedPacket[] => {
    const type = PROTOS.lookupType('Trace');
    const trace = type.decode(Buffer.concat([...exportPerfetto(asked)]));
    return type.toObject(trace, { longs: String, enums: String, arrays: true }).packet;
  };

  it('has a track for each node, actor and region, before its first event', () => {
    const packets = decode(request());
    expect(packets[0]).toMatchObject({
      sequenceFlags: 1,
      clockSnapshot: { clocks: [{ clockId: 6 }, { clockId: 1 }] },
    });
    expect(packets.every((packet) => packet.trustedPacketSequenceId === 1)).toBe(true);
    const names = new Map<string, string>();
    for (const { trackDescriptor: track, trackEvent: event } of packets) {
      if (track !== undefined) {
        const parent = track.parentUuid === undefined ? '' : `${names.get(track.parentUuid)}/`;
        names.set(track.uuid, `${parent}${track.name}`);
      }
      if (event !== undefined) expect(names.has(event.trackUuid)).toBe(true);
    }
    expect([...names.values()]).toEqual(
      expect.arrayContaining([
        'r1',
        'r1/VI_1',
        'r1/VI_1/protocol',
        'r2/VI_1/events',
        'r2/VI_1/adverts heard from 10.0.0.1',
      ]),
    );
  });

  it('opens and closes slices in turn on each track, and time never runs backwards there', () => {
    const open = new Map<string, number>();
    const last = new Map<string, bigint>();
    const states: string[] = [];
    for (const { trackEvent: event, timestamp } of decode(request())) {
      if (event === undefined) continue;
      const at = BigInt(timestamp ?? 0);
      expect(at >= (last.get(event.trackUuid) ?? 0n)).toBe(true);
      last.set(event.trackUuid, at);
      if (event.type === 'SLICE_BEGIN') states.push(event.name ?? '');
      const step = { SLICE_BEGIN: 1, SLICE_END: -1 }[event.type] ?? 0;
      open.set(event.trackUuid, (open.get(event.trackUuid) ?? 0) + step);
      expect([0, 1]).toContain(open.get(event.trackUuid));
    }
    expect(states).toEqual(expect.arrayContaining(['backup.listening', 'master', 'held']));
    // r2 was stopped; r1 may go on for all that its history says.
    expect([...open.values()].filter((count) => count === 1)).toHaveLength(11);
  });

  it('has an arrow from every cause to every consequence', () => {
    const events = decode(request()).flatMap(({ trackEvent }) => trackEvent ?? []);
    const from = new Map(events.flatMap((event) => event.flowIds.map((id) => [id, event] as const)));
    const annotation = (event: DecodedEvent | undefined, name: string): string | undefined =>
      event?.debugAnnotations.find((one) => one.name === name)?.uintValue;
    const caused = events.filter((event) => annotation(event, 'cause') !== undefined);
    expect(caused.length).toBeGreaterThan(5);
    for (const event of caused) {
      expect(event).toMatchObject({ categories: ['consequence'], terminatingFlowIds: [expect.any(String)] });
      expect(annotation(from.get(event.terminatingFlowIds[0] ?? ''), 'seq')).toBe(annotation(event, 'cause'));
    }
  });

  it('begins a part of a history with the states that held', () => {
    const all = request();
    const part = { ...all, sources: all.sources.slice(1).map((one) => ({ ...one, fromSeq: 6 })) };
    const names = decode(part).flatMap(({ trackEvent }) =>
      trackEvent?.type === 'SLICE_BEGIN' ? trackEvent.name : [],
    );
    expect(names.slice(0, 11)).toEqual(expect.arrayContaining(['backup.listening', 'absent']));
  });

  it('writes numbers as Protocol Buffers do', () => {
    expect(Buffer.from(new ProtobufMessage().varint(1, 150).bytes).toString('hex')).toBe('089601');
    const large = new ProtobufMessage().varint(1, 2 ** 53 - 1).varint(1, 2n ** 64n - 1n).bytes;
    expect(Buffer.from(large).toString('hex')).toBe('08ffffffffffffff0f08ffffffffffffffffff01');
    expect(() => new ProtobufMessage().varint(1, -1)).toThrow(RangeError);
    expect(() => new ProtobufMessage().varint(1, 0.5)).toThrow(RangeError);
  });
});

describe('mermaid', () => {
  it('draws who told whom what and the path of each node around the last failover', () => {
    const [sequence = '', ...paths] = [...exportMermaid(request({ actor: 'vrrp/VI_1' }))];
    expect(sequence).toContain('```mermaid\nsequenceDiagram\n');
    expect(sequence).toMatch(/outside->>n1: .* signal SIGTERM\n {2}Note over n1: master to initialize/);
    expect(paths.join('')).toMatch(/s_protocol_master --> s_protocol_initialize : \d+ shutdown\.requested/);
  });

  it('draws what a range holds: whose advert it was, and an end without a stop', () => {
    const all = request({ actor: 'vrrp/VI_1' });
    const sources = all.sources.map((one) => ({ ...one, fromSeq: 3 }));
    const text = [...exportMermaid({ ...all, sources })].join('');
    expect(text).toMatch(/n0->>n1: .* advert from 10\.0\.0\.1, priority 150/);
    expect(text).toMatch(/n0--x outside: .* ended without a stop/);
    expect(text).toMatch(
      /outside->>n1: .*no awaited advert.*\n.*backup\.listening to master\n.*announce 100, addVips/,
    );
    expect(text).toMatch(/s_protocol_backup --> s_protocol_master : \d+ master\.silent/);
    expect(text).not.toContain('s_contest');
  });

  it('asks for an instance where there is a range', () => {
    const all = request();
    const sources = all.sources.map((one) => ({ ...one, fromSeq: 3 }));
    expect(() => [...exportMermaid({ ...all, sources })]).toThrow(/needs an instance/);
  });
});
