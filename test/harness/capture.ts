import type { Lan } from '../../src/lab/namespaces.ts';
import { identifyChild, terminate } from '../../src/lab/process.ts';
import { waitFor } from '../../src/lab/run.ts';

export interface Capture {
  /** Frames so far, in hexadecimal. */
  readonly frames: readonly string[];
  /** When each of them arrived, in microseconds since the epoch. */
  readonly timesUs: readonly number[];
  stop(): Promise<void>;
}

const PCAP_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;

/** Records the frames that arrive at a host's eth0 and match a filter of tcpdump's. Resolves when it hears. */
export async function capture(lan: Lan, host: string, filter: string): Promise<Capture> {
  const args = ['-i', 'eth0', '-U', '--immediate-mode', '-Q', 'in', '-w', '-', filter];
  const child = lan.spawn(host, ['tcpdump', ...args]);
  const identity = identifyChild(child.pid ?? 0);
  const frames: string[] = [];
  const timesUs: number[] = [];
  let heard = '';
  let bytes = Buffer.alloc(0);
  let at = PCAP_HEADER_LENGTH;
  child.stderr?.on('data', (chunk) => {
    heard += String(chunk);
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length < at) return;
    while (bytes.length >= at + RECORD_HEADER_LENGTH) {
      const length = bytes.readUInt32LE(at + 8);
      if (bytes.length < at + RECORD_HEADER_LENGTH + length) break;
      timesUs.push(bytes.readUInt32LE(at) * 1_000_000 + bytes.readUInt32LE(at + 4));
      frames.push(
        bytes.subarray(at + RECORD_HEADER_LENGTH, at + RECORD_HEADER_LENGTH + length).toString('hex'),
      );
      at += RECORD_HEADER_LENGTH + length;
    }
    bytes = bytes.subarray(at);
    at = 0;
  });
  await waitFor(() => heard.includes('listening on'), { deadlineMs: 10_000, what: 'tcpdump listens' });
  return {
    frames,
    timesUs,
    stop: async () => {
      await terminate(identity === null ? [] : [identity], 5_000);
    },
  };
}
