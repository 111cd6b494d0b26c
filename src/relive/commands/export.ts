/** `relive export`: a part of a history in the format of another tool. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Argument, Command, InvalidArgumentError } from 'commander';
import type { JournalReader } from '../../journal/reader.ts';
import { CliError, EXIT, type JournalOptions, withJournals } from '../cli.ts';
import { EXPORT_FORMATS, type Exported, type ExportFormat, type ExportRequest } from '../export/formats.ts';
import { nodeLabel, withReaders } from '../journals.ts';
import { actorOf, firstSeqFrom, lastSeqTo, pointOf } from '../range.ts';
import { POINT_HELP } from '../time.ts';

interface ExportOptions extends JournalOptions {
  readonly instance?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly config?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly utc?: boolean;
}

const DEFAULT_LIMIT = 1_000_000;

function parseLimit(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('a number from 1');
  return Number(value);
}

export function exportCommand(): Command {
  const formats = EXPORT_FORMATS.map(({ name, summary }) => `${name}: ${summary}`).join('\n  ');
  const command = new Command('export')
    .description(`a part of a history in the format of another tool\n\nFormats:\n  ${formats}`)
    .addArgument(new Argument('<format>', 'one of those').choices(EXPORT_FORMATS.map(({ name }) => name)))
    .option('-i, --instance <name>', 'only this VRRP instance')
    .option('--since <time>', POINT_HELP)
    .option('--until <time>', 'the same')
    .option('--limit <count>', 'at most so many packets, events or lines', parseLimit)
    .option('--config <file>', 'the configuration with its secrets, which the journal does not have')
    .option('--out <file>', 'where it goes (default: stdout)')
    .option('--force', 'write over the file if it is there')
    .option('--utc', 'show times in UTC instead of local time');
  return withJournals(command).action((name: string, options: ExportOptions) =>
    withReaders(options, (readers) => run(name, options, readers)),
  );
}

async function run(name: string, options: ExportOptions, readers: readonly JournalReader[]): Promise<void> {
  const format = EXPORT_FORMATS.find((known) => known.name === name);
  if (format === undefined) throw new CliError(EXIT.usage, `no format ${name}`);
  const exporter = await format.load();
  write(exporter(requestOf(options, readers, format)), format, options);
}

function requestOf(
  options: ExportOptions,
  readers: readonly JournalReader[],
  { isUnlimited }: ExportFormat,
): ExportRequest {
  const since = options.since === undefined ? null : pointOf(options.since, readers);
  const until = options.until === undefined ? null : pointOf(options.until, readers);
  return {
    sources: readers.map((reader) => ({
      reader,
      label: nodeLabel(reader, readers),
      fromSeq: since === null ? 0 : firstSeqFrom(since, reader, readers),
      toSeq: until === null ? Number.MAX_SAFE_INTEGER - 1 : lastSeqTo(until, reader, readers),
    })),
    actor: options.instance === undefined ? null : actorOf(options.instance, readers),
    limit: options.limit ?? (isUnlimited === true ? Number.POSITIVE_INFINITY : DEFAULT_LIMIT),
    configFile: options.config ?? null,
    utc: options.utc === true,
  };
}

/** To the end, or until nobody reads any more. @throws CliError */
function write(pieces: Exported, format: ExportFormat, { out, force }: ExportOptions): void {
  if (out === undefined && format.isBinary === true && process.stdout.isTTY)
    throw new CliError(EXIT.usage, `${format.name} is not for a terminal: --out names a file`);
  let fd: number | null = null;
  let written = 0;
  try {
    for (const piece of pieces) {
      fd ??= out === undefined ? 1 : openNew(out, force === true);
      writeAll(fd, typeof piece === 'string' ? Buffer.from(piece) : piece);
      written += piece.length;
    }
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
    return;
  } finally {
    if (fd !== null && fd !== 1) closeSync(fd);
  }
  if (written === 0) throw new CliError(EXIT.nothingFound, 'nothing found');
}

/** @throws CliError 1 if the file is there, or cannot be written */
function openNew(path: string, isForced: boolean): number {
  try {
    return openSync(path, isForced ? 'w' : 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const text = code === 'EEXIST' ? `${path} is there already: --force writes over it` : message;
    throw new CliError(EXIT.error, text);
  }
}

/** A pipe takes a part, or nothing for now. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(IDLE, 0, 0, 5);
    }
  }
}

const IDLE = new Int32Array(new SharedArrayBuffer(4));

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
