/** A tiny name server on a host of a LAN: answers what a file says, which may change at any time. */
import type { ChildProcess } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lan } from '../../src/lab/namespaces.ts';
import { waitFor } from '../../src/lab/run.ts';

const START_MS = 10_000;

/** By name, small letters: its addresses; null: no such name. Another name is not answered at all. */
export type Zone = Readonly<Record<string, readonly string[] | null>>;

/** Questions have one name; answers carry it compressed. A and AAAA alone. */
const PROGRAM = `
const { readFileSync } = require('node:fs');
const socket = require('node:dgram').createSocket('udp4');
const bytesOf = (address) => {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head, tail = ''] = address.split('::');
  const [a, b] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
  const all = [...a, ...Array(8 - a.length - b.length).fill('0'), ...b];
  return Buffer.from(all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]));
};
socket.on('message', (question, peer) => {
  let at = 12;
  const labels = [];
  for (let length = question[at]; length > 0; length = question[at]) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = question.readUInt16BE(at + 1);
  const { ttl, zone } = JSON.parse(readFileSync(process.argv[1], 'utf8'));
  const found = zone[labels.join('.').toLowerCase()];
  if (found === undefined) return;
  const addresses = (found ?? []).filter((one) => one.includes(':') === (type === 28));
  const head = Buffer.from(question.subarray(0, at + 5));
  head.writeUInt16BE(found === null ? 0x8583 : 0x8580, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.fill(0, 8, 12);
  const records = addresses.map((address) => {
    const data = bytesOf(address);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(ttl, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  socket.send(Buffer.concat([head, ...records]), peer.port, peer.address);
});
socket.bind(53, () => console.log('up'));
`;

export class DnsServer {
  readonly #file: string;
  readonly #child: ChildProcess;

  private constructor(file: string, child: ChildProcess) {
    this.#file = file;
    this.#child = child;
  }

  static async start(lan: Lan, host: string, directory: string, zone: Zone): Promise<DnsServer> {
    const file = join(directory, 'zone.json');
    writeZone(file, zone);
    const child = lan.spawn(host, [process.execPath, '-e', PROGRAM, file]);
    let isUp = false;
    child.stdout?.once('data', () => {
      isUp = true;
    });
    await waitFor(() => isUp, { deadlineMs: START_MS, intervalMs: 5, what: 'the name server' });
    return new DnsServer(file, child);
  }

  serve(zone: Zone): void {
    writeZone(this.#file, zone);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** As a whole: it may be read at any moment. */
function writeZone(file: string, zone: Zone): void {
  writeFileSync(`${file}.new`, JSON.stringify({ ttl: 1, zone }));
  renameSync(`${file}.new`, file);
}
