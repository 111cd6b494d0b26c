/** What left a router because of its history: as packets for other tools, and compared with captures. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sentDatagrams } from '../../../test/harness/recorder.ts';
import { NO_DIGESTS } from '../../engine/heartbeat/signer.ts';
import { JournalReader } from '../../journal/reader.ts';
import { parseIpPacket } from '../../protocol/ip-packet.ts';
import { decodeVrrp } from '../../protocol/vrrp.ts';
import { exportPcapng } from '../export/pcapng.ts';
import { type Pair, peacefulPair, takeOver } from '../story.fixture.ts';
import { compareOutputs } from './compare.ts';
import { derive } from './derive.ts';
import type { Derivation, InterfaceFact, Output } from './model.ts';
import { PcapError, readPcap } from './pcap.ts';
import { wireOutput } from './wire.ts';

const ETH0: InterfaceFact = {
  ...{ ifname: 'eth0', ifindex: 7, address: '02:00:00:00:00:07', link_type: 'ether', flags: ['UP'] },
};

let pair: Pair;
let reader: JournalReader;
let derivation: Derivation;

/** r2 hears ten adverts, takes over, sends thirty, and ends. */
beforeAll(async () => {
  pair = peacefulPair();
  takeOver(pair);
  pair.story.pass(30_000_000);
  pair.r2.run('sent', pair.r2, 30);
  pair.story.pass(500_000);
  await pair.r2.stop('SIGTERM');
  await pair.r1.end();
  reader = new JournalReader(pair.r2.journal);
  const facts = { interfaces: [ETH0], digests: NO_DIGESTS };
  derivation = derive(reader, { rows: reader.rows(), runs: reader.runs() }, facts);
});

afterAll(() => {
  reader.close();
  pair.story.remove();
});

const outputsOf = (kind: string): Output[] =>
  derivation.streams.filter((stream) => stream.kind === kind).flatMap(({ outputs }) => [...outputs]);

describe('a derivation', () => {
  it('has every advert, in the order in which they left', () => {
    const adverts = outputsOf('packet').map(({ bytes }) => {
      const parsed = parseIpPacket(bytes);
      const decoded = decodeVrrp(bytes.subarray(20));
      if (!parsed.ok || !decoded.ok) throw new Error('no advert');
      return [(bytes[4] ?? 0) * 256 + (bytes[5] ?? 0), parsed.ip.source, decoded.vrrp.priority];
    });
    const expected = Array.from({ length: 30 }, (_, at) => [at + 1, '10.0.0.2', 100]);
    expect(adverts).toEqual([...expected, [31, '10.0.0.2', 0]]);
  });

  it('has the requests, frames and lines with the row that asked for them', () => {
    const silent = [...reader.rows()].find(({ event }) => event.type === 'master.silent');
    const [, added, removed] = outputsOf('netlink');
    expect(added).toMatchObject({ seq: silent?.seq, why: expect.stringContaining('adding 10.0.0.100') });
    expect(removed?.why).toContain('removing 10.0.0.100');
    // RTM_NEWADDR; the interface's index after family, prefix length, flags and scope.
    expect([added?.bytes[4], added?.bytes[20]]).toEqual([20, 7]);
    expect(outputsOf('frame').length).toBeGreaterThan(0);
    expect(outputsOf('line').map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      'INSTANCE "VI_1" BACKUP 100\n',
      'INSTANCE "VI_1" MASTER 100\n',
      'INSTANCE "VI_1" STOP 100\n',
    ]);
    expect(derivation.unknown).toEqual([]);
  });

  it('has the first advert of a take-over as one of what is announced, though it left before the row', () => {
    const rows = [...reader.rows()].map((row) => {
      const announced = { priority: 100, sentUs: row.monoUs - 2_700 };
      return row.event.type === 'master.silent' ? { ...row, event: { ...row.event, announced } } : row;
    });
    const silent = rows.find(({ event }) => event.type === 'master.silent');
    const runs = [...reader.runs()].map((run) =>
      run.direction === 'sent' ? { ...run, count: 31, firstUs: (silent?.monoUs ?? 0) - 2_700 } : run,
    );
    const { streams } = derive(reader, { rows, runs }, { interfaces: [ETH0], digests: NO_DIGESTS });
    const packets = streams.flatMap(({ kind, outputs }) => (kind === 'packet' ? [...outputs] : []));
    expect(packets).toHaveLength(32);
    expect(packets[0]).toMatchObject({ seq: silent?.seq, why: expect.stringContaining('announced since') });
  });

  it('names what cannot be made', () => {
    const facts = { interfaces: [], digests: NO_DIGESTS };
    const { unknown } = derive(reader, { rows: reader.rows(), runs: [] }, facts);
    expect(unknown.join('\n')).toContain('interface eth0 does not exist');
  });
});

describe('a comparison', () => {
  const bytesOf = (kind: string): Uint8Array[] => outputsOf(kind).map(({ bytes }) => bytes);

  it('finds nothing where all is the same, and each byte that is not', () => {
    const captured = bytesOf('packet');
    const compare = (list: readonly Uint8Array[]) =>
      compareOutputs('packet', list, derivation.streams).differences;
    expect(compare(captured)).toEqual([]);
    const wrong = captured.map((bytes, at) =>
      at === 4 ? bytes.map((byte, place) => (place === 22 ? byte ^ 1 : byte)) : bytes,
    );
    expect(compare(wrong)).toMatchObject([
      { position: 5, text: expect.stringContaining('otherwise than derived') },
    ]);
    expect(compare(captured.slice(0, -1))).toMatchObject([
      { position: null, captured: null, text: expect.stringContaining('priority 0') },
    ]);
    const stranger = Uint8Array.of(1, 2, 3);
    expect(compare([...captured, stranger])).toMatchObject([{ position: 32, text: 'nothing asked for it' }]);
  });

  it('does not miss what a link without carrier dropped', () => {
    const [first, second] = bytesOf('packet');
    if (first === undefined || second === undefined) throw new Error('no adverts');
    const output = (bytes: Uint8Array, isDropped: boolean): Output => ({
      bytes,
      isDropped,
      seq: 1,
      wallUs: 0,
      why: 'x',
    });
    const stream = { kind: 'packet', name: 'x', isPartial: false } as const;
    const outputs = [output(first, true), output(second, false)];
    expect(compareOutputs('packet', [second], [{ ...stream, outputs }]).differences).toEqual([]);
    expect(compareOutputs('packet', [first, second], [{ ...stream, outputs }]).differences).toEqual([]);
    expect(compareOutputs('packet', [first], [{ ...stream, outputs }]).differences).toHaveLength(1);
  });

  it('takes from a capture what is ours', () => {
    const frame = outputsOf('frame')[0]?.bytes ?? new Uint8Array();
    expect(wireOutput(frame, [ETH0.address])).toEqual({ kind: 'frame', bytes: frame });
    expect(wireOutput(frame, ['02:00:00:00:00:08'])).toBeNull();
    expect(wireOutput(frame.subarray(0, 20), [ETH0.address])).toBeNull();
  });

  it('says what a file is that is no capture', () => {
    expect(() => readPcap(new Uint8Array(3))).toThrow(PcapError);
    expect(() => readPcap(new Uint8Array(24))).toThrow('no pcap file');
    expect(() => readPcap(Buffer.from(`0a0d0d0a${'00'.repeat(20)}`, 'hex'))).toThrow('a pcapng file');
  });

  it('reads datagrams from a trace', () => {
    const trace = `7 sendmsg(20, {msg_name={sa_family=AF_NETLINK}}, 0) = 20
 * 20 bytes in buffer 0
 | 00000  14 00 00 00 16 00 01 03  01 00 00 00 00 00 00 00  ................ |
 | 00010  11 00 00 00                                       ....             |
7 sendto(21, "x", 1, 0, NULL, 0) = 1
 | 00000  78                                                x                |
`;
    expect(sentDatagrams(trace).map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([
      '1400000016000103010000000000000011000000',
    ]);
  });
});

describe('export pcapng', () => {
  const exported = (limit: number, fromSeq = 0): Buffer => {
    const source = { reader, label: 'r2', fromSeq, toSeq: Number.MAX_SAFE_INTEGER - 1 };
    const request = { sources: [source], actor: null, limit, configFile: null, utc: true };
    return Buffer.concat([...exportPcapng(request)].map((piece) => Buffer.from(piece as Uint8Array)));
  };

  it('has packets that were sent and heard, each with why', () => {
    const file = exported(1_000);
    expect(file.readUInt32LE(0)).toBe(0x0a0d0d0a);
    const text = file.toString('latin1');
    expect(text).toContain('r2: heard: advert 10 of 10 alike');
    expect(text).toMatch(
      /r2: vrrp\/VI_1 sends priority 100: advert 1 of 30 alike, announced since @\d+ master\.silent/,
    );
    expect(text).toMatch(/sends priority 0: asked for by @\d+ shutdown\.requested/);
    const from = [...reader.rows()].find(({ event }) => event.type === 'master.silent')?.seq ?? 0;
    expect(exported(1_000, from).toString('latin1')).not.toContain('heard: advert 1 of 10');
    expect(exported(5).length).toBeLessThan(file.length);
  });

  it.skipIf(!existsSync('/usr/bin/tshark'))('is read by tshark', () => {
    const path = join(pair.story.root, 'r2.pcapng');
    writeFileSync(path, exported(1_000));
    const fields = ['frame.time_epoch', 'ip.src', 'vrrp.prio', 'vrrp.checksum.status', 'frame.comment'];
    const args = ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
    const lines = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trimEnd()
      .split('\n');
    const rows = lines.map((line) => line.split('\t'));
    expect(rows.length).toBe(1 + 10 + 30 + 1);
    expect(new Set(rows.map(([, source]) => source))).toEqual(new Set(['10.0.0.1', '10.0.0.2']));
    expect(rows.at(-1)?.[2]).toBe('0');
    expect(rows.every((row) => row[3] !== '0' && row[4] !== '')).toBe(true);
    const times = rows.map(([time]) => Number(time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
