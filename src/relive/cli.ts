/** What every command shares: exit codes, errors, options for journals and output. */
import { writeSync } from 'node:fs';
import { type Command, Option } from 'commander';

/** 0 is success. */
export const EXIT = { error: 1, usage: 2, nothingFound: 3, diverged: 4, violated: 5, damaged: 6 } as const;

/** An end of the command that needs a sentence and no stack. */
export class CliError extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export type OutputFormat = 'table' | 'json' | 'jsonl';

export interface JournalOptions {
  readonly journal: readonly string[];
}

export interface OutputOptions {
  readonly output: OutputFormat;
  readonly utc?: boolean;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function withJournals(command: Command): Command {
  return command.option(
    '-j, --journal <directory>',
    'journal to read, repeat it for several nodes (default: $RELIVE_JOURNAL, the running lab, /var/lib/relived/journal)',
    collect,
    [],
  );
}

export function withOutput(command: Command): Command {
  return command
    .addOption(
      new Option('-o, --output <format>', 'output format')
        .choices(['table', 'json', 'jsonl'])
        .default('table'),
    )
    .option('--utc', 'show times in UTC instead of local time');
}

/** Characters of data written at a time: a write for each line costs more than the line. */
const PRINTED_TOGETHER = 65_536;
let printed = '';

function flush(): void {
  if (printed !== '') writeOut(printed);
  printed = '';
}

const STDOUT = 1;
/** What comes after a part that the stream has been given goes the same way, for the order. */
let isStreaming = false;
let isClosed = false;

/** Nobody reads any more, which is no error (`relive log | head`), or there is no room. What is open is closed before. */
export function endOutput({ code }: NodeJS.ErrnoException): void {
  isClosed = true;
  process.nextTick(() => process.exit(code === 'EPIPE' ? 0 : EXIT.error));
}

/**
 * Writes text to standard output as it is. Node's stream for it is made only where the other end does not take all at once:
 * it loads what a network needs, a tenth of the time of a short answer.
 */
export function writeOut(text: string): void {
  if (isClosed || text === '') return;
  const rest = isStreaming ? text : writeNow(Buffer.from(text));
  if (rest.length === 0) return;
  if (!isStreaming) process.stdout.on('error', endOutput);
  isStreaming = true;
  process.stdout.write(rest);
}

/** What is left to be written later. */
function writeNow(bytes: Uint8Array): Uint8Array {
  try {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(STDOUT, bytes, at);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        return bytes.subarray(at);
      }
    }
  } catch (error) {
    endOutput(error as NodeJS.ErrnoException);
  }
  return NOTHING;
}

const NOTHING = new Uint8Array();

/** Writes a line of data, together with those that follow at once. */
export function print(line: string): void {
  if (printed === '') queueMicrotask(flush);
  printed += `${line}\n`;
  if (printed.length >= PRINTED_TOGETHER) flush();
}

/** Writes a line of talk. */
export function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}
