/** A recording: a directory with the journal of a router and what was captured while it was written. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalReader } from '../../journal/reader.ts';
import { CliError, EXIT } from '../cli.ts';
import { type Comparison, compareOutputs } from './compare.ts';
import { derive } from './derive.ts';
import type { InterfaceFact, OutputKind } from './model.ts';
import { LINK_ETHERNET, LINK_NETLINK, PcapError, readPcap } from './pcap.ts';
import { digestsOf } from './secrets.ts';
import { netlinkRequests, wireOutput } from './wire.ts';

export interface RecordingReport {
  readonly comparisons: readonly Comparison[];
  /** What the journal does not tell, in sentences. */
  readonly unknown: readonly string[];
  /** Captures that the recording does not have. */
  readonly absent: readonly string[];
}

/** Files of a recording beside the directory `journal`. */
const FILES = {
  wire: 'wire.pcap',
  netlink: 'netlink.pcap',
  notices: 'notices.txt',
  interfaces: 'interfaces.json',
} as const;

/** `configFile`: has the secrets. @throws CliError */
export function verifyRecording(directory: string, configFile: string | null): RecordingReport {
  const interfaces = interfacesOf(directory);
  const reader = new JournalReader(join(directory, 'journal'));
  try {
    const part = { rows: reader.rows(), runs: reader.runs() };
    const { streams, unknown } = derive(reader, part, { interfaces, digests: digestsOf(configFile) });
    const comparisons: Comparison[] = [];
    const absent: string[] = [];
    const compare = (kind: OutputKind, captured: readonly Uint8Array[] | null, file: string): void => {
      if (captured === null) absent.push(file);
      else comparisons.push(compareOutputs(kind, captured, streams));
    };
    const frames = capturedFrames(directory, interfaces);
    compare('packet', frames?.packet ?? null, FILES.wire);
    compare('frame', frames?.frame ?? null, FILES.wire);
    compare('netlink', capturedRequests(directory), FILES.netlink);
    compare('line', capturedLines(directory), FILES.notices);
    return { comparisons, unknown, absent: [...new Set(absent)] };
  } finally {
    reader.close();
  }
}

function read(directory: string, name: string): Buffer | null {
  const path = join(directory, name);
  if (!existsSync(path)) return null;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError(EXIT.error, error instanceof Error ? error.message : String(error));
  }
}

/** @throws CliError if they are not there or of another form */
function interfacesOf(directory: string): InterfaceFact[] {
  const path = join(directory, FILES.interfaces);
  const text = read(directory, FILES.interfaces);
  if (text === null) throw new CliError(EXIT.error, `no ${path}: write it with \`ip -j link\``);
  let facts: unknown;
  try {
    facts = JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw new CliError(
      EXIT.error,
      `${path}: not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (Array.isArray(facts) && facts.every(isInterface)) return facts;
  throw new CliError(EXIT.error, `${path}: not what \`ip -j link\` prints`);
}

function isInterface(fact: unknown): fact is InterfaceFact {
  const { ifname, ifindex, address, link_type: type, flags } = (fact ?? {}) as Partial<InterfaceFact>;
  const areTexts = [ifname, address ?? '', type].every((text) => typeof text === 'string');
  return areTexts && Number.isSafeInteger(ifindex) && Array.isArray(flags);
}

/** @throws CliError */
function packetsOf(directory: string, name: string, linkType: number): Uint8Array[] | null {
  const file = read(directory, name);
  if (file === null) return null;
  const path = join(directory, name);
  try {
    const capture = readPcap(file);
    if (capture.linkType === linkType) return capture.packets.map(({ bytes }) => bytes);
    throw new CliError(EXIT.error, `${path}: link type ${capture.linkType}, not ${linkType}`);
  } catch (error) {
    if (error instanceof PcapError) throw new CliError(EXIT.error, `${path}: ${error.message}`);
    throw error;
  }
}

function capturedFrames(
  directory: string,
  interfaces: readonly InterfaceFact[],
): Record<'packet' | 'frame', Uint8Array[]> | null {
  const frames = packetsOf(directory, FILES.wire, LINK_ETHERNET);
  if (frames === null) return null;
  const macs = interfaces.map(({ address }) => address);
  const found = { packet: [] as Uint8Array[], frame: [] as Uint8Array[] };
  for (const frame of frames) {
    const output = wireOutput(frame, macs);
    if (output !== null) found[output.kind].push(output.bytes);
  }
  return found;
}

function capturedRequests(directory: string): Uint8Array[] | null {
  const datagrams = packetsOf(directory, FILES.netlink, LINK_NETLINK);
  return datagrams === null ? null : datagrams.flatMap((datagram) => netlinkRequests(datagram));
}

function capturedLines(directory: string): Uint8Array[] | null {
  const text = read(directory, FILES.notices)?.toString('utf8');
  if (text === undefined) return null;
  return text
    .split(/(?<=\n)/)
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line));
}
