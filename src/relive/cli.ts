/** What every command shares: exit codes, errors, options for journals and output. */
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
  if (printed !== '') process.stdout.write(printed);
  printed = '';
}

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
