/** Manual pages: what the commands say of themselves, with the prose of docs/man between. */
import type { Command, Option } from 'commander';
import { EXIT } from '../cli.ts';
import { isHidden } from '../command-words.ts';
import { escapeRoff, inlineRoff, roffBody } from './roff.ts';

export interface ManualPage {
  /** `relive-why.1` */
  readonly file: string;
  readonly text: string;
}

export interface ManualOptions {
  readonly version: string;
  /** Prose of a page by its name (`relive-why`; `relive-journal.5` where a command has that name, too): sections, the first of them without a heading; null: there is none. */
  readonly prose: (page: string) => string | null;
}

const STATUSES: readonly (readonly [number, string])[] = [
  [0, 'all right'],
  [EXIT.error, 'an error; what it was is on standard error'],
  [EXIT.usage, 'the command line is wrong, or a name is ambiguous'],
  [EXIT.nothingFound, 'nothing found'],
  [EXIT.diverged, 'what was run again came out otherwise'],
  [EXIT.violated, 'an invariant was violated'],
  [EXIT.damaged, 'the journal is damaged'],
];

const JOURNAL_FILES = `## FILES
\`/var/lib/relived/journal\`: the journal of the running daemon, in the format of **relive-journal**(5).
## ENVIRONMENT
\`RELIVE_JOURNAL\`: directories of journals, separated by colons, where \`-j\` names none.

\`NO_COLOR\`: no colours, whatever the terminal.
`;

/** Of the programs, of every command and of the journal's format. */
export function manualPages(
  commands: readonly Command[],
  daemon: Command,
  options: ManualOptions,
): readonly ManualPage[] {
  const names = commands.map((command) => `relive-${command.name()}`);
  return [
    overview(commands, options),
    ...commands.map((command) => commandPage(command, names, options)),
    daemonPage(daemon, options),
    formatPage(options),
  ];
}

function overview(commands: readonly Command[], options: ManualOptions): ManualPage {
  const list = commands.flatMap((command) => [
    '.TP',
    `\\fBrelive\\-${escapeRoff(command.name())}\\fR(1)`,
    inlineRoff(summaryOf(command)),
  ]);
  const lines = [
    ...head('relive', 1, 'the history of relived: read it, explain it, replay it', options),
    '.SH SYNOPSIS',
    '\\fBrelive\\fR \\fIcommand\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]',
    ...described('relive', options),
    '.SH COMMANDS',
    ...list,
    ...statuses(),
    ...roffBody(JOURNAL_FILES),
    ...seeAlso([
      'relived(8)',
      'relive-journal(5)',
      ...commands.map((command) => `relive-${command.name()}(1)`),
    ]),
  ];
  return { file: 'relive.1', text: `${lines.join('\n')}\n` };
}

function commandPage(command: Command, names: readonly string[], options: ManualOptions): ManualPage {
  const page = `relive-${command.name()}`;
  const readsJournals = command.options.some(({ long }) => long === '--journal');
  const lines = [
    ...head(page, 1, summaryOf(command), options),
    '.SH SYNOPSIS',
    ...synopses(command, `relive ${command.name()}`),
    ...described(page, options, command.description()),
    ...optionSections(command),
    ...statuses(),
    ...(readsJournals ? roffBody(JOURNAL_FILES) : []),
    ...seeAlso([
      'relive(1)',
      'relived(8)',
      ...names.filter((name) => name !== page).map((name) => `${name}(1)`),
    ]),
  ];
  return { file: `${page}.1`, text: `${lines.join('\n')}\n` };
}

function daemonPage(daemon: Command, options: ManualOptions): ManualPage {
  const lines = [
    ...head('relived', 8, 'keepalived that remembers', options),
    '.SH SYNOPSIS',
    '\\fBrelived\\fR [\\fIoptions\\fR]',
    ...described('relived', options, daemon.description()),
    '.SH OPTIONS',
    ...optionLines(daemon),
    ...seeAlso(['relive(1)', 'relive-journal(5)', 'keepalived.conf(5)']),
  ];
  return { file: 'relived.8', text: `${lines.join('\n')}\n` };
}

function formatPage(options: ManualOptions): ManualPage {
  const lines = [
    ...head('relive-journal', 5, 'the journal of relived', options),
    ...described('relive-journal.5', options),
    ...seeAlso(['relive(1)', 'relived(8)', 'sqlite3(1)']),
  ];
  return { file: 'relive-journal.5', text: `${lines.join('\n')}\n` };
}

function head(page: string, section: number, about: string, { version }: ManualOptions): string[] {
  const title = escapeRoff(page);
  return [
    `.TH ${title.toUpperCase()} ${section} "" "relived ${version}" ""`,
    '.SH NAME',
    `${title} \\- ${escapeRoff(about)}`,
  ];
}

/** The first line of what a command says of itself; a whole description has more. */
function summaryOf(command: Command): string {
  return command.summary() || (command.description().split('\n')[0] ?? '');
}

/** Prose, or what the command says of itself. */
function described(page: string, { prose }: ManualOptions, otherwise = ''): string[] {
  const text = prose(page) ?? otherwise.split('\n\n')[0] ?? '';
  return text === '' ? [] : ['.SH DESCRIPTION', ...roffBody(text)];
}

function synopses(command: Command, path: string): string[] {
  const children = command.commands.filter((child) => !isHidden(child));
  if (children.length === 0) return [`\\fB${escapeRoff(path)}\\fR ${escapeRoff(command.usage())}`];
  return children.flatMap((child, index) => [
    ...(index === 0 ? [] : ['.br']),
    ...synopses(child, `${path} ${child.name()}`),
  ]);
}

function optionSections(command: Command): string[] {
  const own = ['.SH OPTIONS', ...optionLines(command)];
  const inner = command.commands
    .filter((child) => !isHidden(child))
    .flatMap((child) => [
      `.SS "${escapeRoff(`${command.name()} ${child.name()}`)}"`,
      inlineRoff(child.description().split('\n\n')[0] ?? ''),
      ...optionLines(child),
    ]);
  return command.commands.length === 0 ? own : ['.SH COMMANDS', ...inner];
}

function optionLines(command: Command): string[] {
  const shown = command.options.filter(({ hidden }) => !hidden);
  return [
    ...command.registeredArguments.flatMap((argument) => [
      '.TP',
      `\\fI${escapeRoff(argument.name())}\\fR`,
      escapeRoff(sentence(argument.description, argument.argChoices, argument.defaultValue)),
    ]),
    ...shown.flatMap((option) => [
      '.TP',
      `\\fB${escapeRoff(option.flags)}\\fR`,
      escapeRoff(meaningOf(option)),
    ]),
  ];
}

function meaningOf({ description, argChoices, defaultValue }: Option): string {
  return sentence(description, argChoices, defaultValue);
}

function sentence(text: string, choices: readonly string[] | undefined, standard: unknown): string {
  const isTold =
    standard === undefined ||
    typeof standard === 'boolean' ||
    (Array.isArray(standard) && standard.length === 0);
  const more = [
    choices === undefined ? '' : `one of ${choices.join(', ')}`,
    isTold ? '' : `default: ${String(standard)}`,
  ].filter((part) => part !== '');
  return more.length === 0 ? text : `${text} (${more.join('; ')})`;
}

function statuses(): string[] {
  return [
    '.SH "EXIT STATUS"',
    ...STATUSES.flatMap(([status, meaning]) => ['.TP', `\\fB${status}\\fR`, escapeRoff(meaning)]),
  ];
}

function seeAlso(pages: readonly string[]): string[] {
  const shown = pages.map((page) =>
    page.replace(
      /^(.*)(\(\d\))$/,
      (_, name: string, section: string) => `\\fB${escapeRoff(name)}\\fR${section}`,
    ),
  );
  return ['.SH "SEE ALSO"', shown.join(',\n')];
}
