/** Records what leaves a router, for `relive verify --recording`: its frames, its netlink requests, the lines of its FIFO. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lan } from '../../src/lab/namespaces.ts';
import { identifyChild, type ProcessIdentity, terminate } from '../../src/lab/process.ts';
import type { RouterProgram } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { LINK_NETLINK } from '../../src/relive/outputs/pcap.ts';
import { ip } from './lan.ts';

const COOKED_BYTES = 16;
const END = 'END OF NOTICES\n';

export class Recorder {
  readonly directory: string;
  readonly #tcpdump: ProcessIdentity;
  #fifo: string | null = null;
  #reader: ChildProcess | null = null;

  private constructor(directory: string, tcpdump: ProcessIdentity) {
    this.directory = directory;
    this.#tcpdump = tcpdump;
  }

  /** Resolves when it hears. */
  static async start(lan: Lan, host: string, directory: string): Promise<Recorder> {
    writeFileSync(join(directory, 'interfaces.json'), await ip(lan, host, '-j', 'link'));
    const file = join(directory, 'wire.pcap');
    const args = ['-i', 'eth0', '-U', '--immediate-mode', '-s', '0', '-Z', 'root', '-w', file];
    const child: ChildProcess = lan.spawn(host, ['tcpdump', ...args]);
    let heard = '';
    child.stderr?.on('data', (chunk) => {
      heard += String(chunk);
    });
    const identity = identifyChild(child.pid ?? 0);
    if (identity === null) throw new Error('tcpdump does not start');
    await waitFor(() => heard.includes('listening on'), { deadlineMs: 10_000, what: 'tcpdump listens' });
    return new Recorder(directory, identity);
  }

  /** The router, its system calls that send written down. Its process stays the one that is started. */
  traced(program: RouterProgram): RouterProgram {
    const file = join(this.directory, 'strace.txt');
    return (place) => [
      ...['strace', '-D', '-f', '-q', '-o', file, '-e', 'trace=sendto,sendmsg', '-e', 'write=all'],
      ...program(place),
    ];
  }

  /**
   * Makes a FIFO and writes down what comes through it. It stays open: a router closes its own end and opens it anew at a
   * reload.
   */
  async readLines(fifo: string): Promise<void> {
    await run(['mkfifo', fifo]);
    this.#fifo = fifo;
    this.#reader = spawn('sh', ['-c', 'exec cat <> "$0" > "$1"', fifo, this.#notices], { stdio: 'inherit' });
  }

  get #notices(): string {
    return join(this.directory, 'notices.txt');
  }

  /** A line of our own is the last one: when it is there, all before it are. */
  async #finishLines(): Promise<void> {
    if (this.#fifo === null) return;
    await run(['sh', '-c', 'printf %s "$1" > "$0"', this.#fifo, END]);
    const isThere = (): boolean => readFileSync(this.#notices, 'utf8').endsWith(END);
    await waitFor(isThere, { deadlineMs: 10_000, what: 'the last line of the FIFO' });
    const identity = identifyChild(this.#reader?.pid ?? 0);
    await terminate(identity === null ? [] : [identity], 5_000);
    writeFileSync(this.#notices, readFileSync(this.#notices, 'utf8').slice(0, -END.length));
  }

  /** The router has ended. `journal` is copied into the recording. */
  async finish(journal: string): Promise<void> {
    await this.#finishLines();
    await terminate([this.#tcpdump], 5_000);
    const trace = readFileSync(join(this.directory, 'strace.txt'), 'utf8');
    writeFileSync(join(this.directory, 'netlink.pcap'), netlinkPcap(sentDatagrams(trace)));
    cpSync(journal, join(this.directory, 'journal'), { recursive: true });
  }
}

/** Bytes of each netlink datagram that `strace -e write=all` saw sent. */
export function sentDatagrams(trace: string): Uint8Array[] {
  const datagrams: number[][] = [];
  let isNetlink = false;
  for (const line of trace.split('\n')) {
    const dump = /^ \| [0-9a-f]{5} {2}((?:[0-9a-f]{2} {1,2}){1,16})/.exec(line)?.[1];
    if (dump === undefined) {
      if (line.startsWith(' *')) continue;
      isNetlink = /nlmsg_len=|AF_NETLINK/.test(line);
      if (isNetlink) datagrams.push([]);
    } else if (isNetlink) {
      datagrams.at(-1)?.push(
        ...dump
          .trim()
          .split(/ +/)
          .map((byte) => Number.parseInt(byte, 16)),
      );
    }
  }
  return datagrams.filter(({ length }) => length > 0).map((bytes) => Uint8Array.from(bytes));
}

/** As a capture of a device of kind nlmon has them. */
export function netlinkPcap(datagrams: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x40000, 16);
  header.writeUInt32LE(LINK_NETLINK, 20);
  const records = datagrams.map((bytes) => {
    const record = Buffer.alloc(16 + COOKED_BYTES);
    record.writeUInt32LE(bytes.length + COOKED_BYTES, 8);
    record.writeUInt32LE(bytes.length + COOKED_BYTES, 12);
    // Outgoing; ARPHRD_NETLINK.
    record.writeUInt16BE(4, 16);
    record.writeUInt16BE(824, 18);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([header, ...records]);
}
