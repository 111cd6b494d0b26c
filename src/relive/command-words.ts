/** Words of a command line that are names of commands, whole or shortened. */
import type { Command } from 'commander';
import { CliError, EXIT } from './cli.ts';
import { didYouMean, resolveName } from './short-names.ts';

/** What a word stands for among names, some of which cannot be shortened. @throws CliError 2 naming what it may be */
export function wholeName(
  what: string,
  word: string,
  short: readonly string[],
  whole: readonly string[],
): string {
  if (whole.includes(word)) return word;
  const resolved = resolveName(word, short);
  if (resolved.kind === 'found') return resolved.name;
  if (resolved.kind === 'ambiguous')
    throw new CliError(EXIT.usage, `${what} ${word} is ambiguous: ${resolved.candidates.join(', ')}`);
  const all = resolveName(word, [...short, ...whole]);
  const near = all.kind === 'found' ? [all.name] : all.kind === 'unknown' ? all.near : all.candidates;
  throw new CliError(EXIT.usage, `no ${what} ${word}${didYouMean(near)}`);
}

/** Position of the first word that is neither an option nor the value of one of the command's own; -1: none. */
export function firstArgument(argv: readonly string[], from: number, command: Command | null): number {
  for (let at = from; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (!word.startsWith('-') || word === '-') return at;
    if (word === '--') return -1;
    if (
      command?.options.some(
        (option) => option.required && (word === option.short || word === option.long),
      ) === true
    )
      at += 1;
  }
  return -1;
}

/** Whole names for shortened ones of subcommands, as deep as they go. */
export function withWholeNames(argv: string[], from: number, command: Command): void {
  const { commands } = command;
  const at = firstArgument(argv, from, command);
  const word = argv[at];
  // A command that can also be called alone takes an argument there, which is no name of ours.
  if (commands.length === 0 || word === undefined || command.registeredArguments.length > 0) return;
  const names = commands.map((child) => child.name());
  const name = wholeName(`${command.name()} command`, word, [...names, 'help'], []);
  argv[at] = name;
  const child = commands.find((candidate) => candidate.name() === name);
  if (child !== undefined) withWholeNames(argv, at + 1, child);
}

/** A command that is for programs. Commander keeps it to itself. */
export function isHidden(command: Command): boolean {
  return '_hidden' in command && command._hidden === true;
}
