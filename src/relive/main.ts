/** relive: history, why, replay. A command's module is loaded only when it is called for, so that the tool starts fast. */
import { Command, CommanderError } from 'commander';
import { sourceStack } from '../host/source-stack.ts';
import { CliError, EXIT, talk, writeOut } from './cli.ts';
import { firstArgument, wholeName, withWholeNames } from './command-words.ts';
import { shieldAgo } from './time.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Not to be begun by a shortened name: it touches the machine. */
  readonly isWholeNameOnly?: boolean;
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: 'log',
    summary: 'what happened, one line for each event',
    load: async () => (await import('./commands/log.ts')).logCommand(),
  },
  {
    name: 'at',
    summary: 'whole state at a point in time',
    load: async () => (await import('./commands/at.ts')).atCommand(),
  },
  {
    name: 'why',
    summary: 'why mastership changed: verdict, causes, what would have prevented it',
    load: async () => (await import('./commands/why.ts')).whyCommand(),
  },
  {
    name: 'whatif',
    summary: 'a stretch of history lived again with something changed',
    load: async () => (await import('./commands/whatif.ts')).whatifCommand(),
  },
  {
    name: 'bisect',
    summary: 'the first row, configuration or version from which something is so',
    load: async () => (await import('./commands/bisect.ts')).bisectCommand(),
  },
  {
    name: 'merge',
    summary: 'several nodes on one timeline and one clock; two masters, no master',
    load: async () => (await import('./commands/merge.ts')).mergeCommand(),
  },
  {
    name: 'check',
    summary: 'what must hold of a history, and where it did not',
    load: async () => (await import('./commands/check.ts')).checkCommand(),
  },
  {
    name: 'stats',
    summary: 'how often it failed over and why, how long each role lasted',
    load: async () => (await import('./commands/stats.ts')).statsCommand(),
  },
  {
    name: 'diff',
    summary: 'what differs between two times, two nodes, two configurations',
    load: async () => (await import('./commands/diff.ts')).diffCommand(),
  },
  {
    name: 'verify',
    summary: 'check the journal and re-execute it',
    load: async () => (await import('./commands/verify.ts')).verifyCommand(),
  },
  {
    name: 'export',
    summary: 'a part of a history in the format of another tool',
    load: async () => (await import('./commands/export.ts')).exportCommand(),
  },
  {
    name: 'step',
    summary: 'forwards and backwards through a history, row by row',
    load: async () => (await import('./commands/step.ts')).stepCommand(),
  },
  {
    name: 'journal',
    summary: 'the files of a history: list them, check them, save what can be read',
    load: async () => (await import('./commands/journal.ts')).journalCommand(),
  },
  {
    name: 'report',
    summary: 'a failover with all that is known of it as one file of HTML',
    load: async () => (await import('./commands/report.ts')).reportCommand(),
  },
  {
    name: 'status',
    summary: 'what the running daemon is doing now',
    load: async () => (await import('./commands/status.ts')).statusCommand(),
  },
  {
    name: 'server',
    summary: 'drain real servers, take them out and back, weigh them',
    load: async () => (await import('./commands/server.ts')).serverCommand(),
  },
  {
    name: 'config',
    summary: 'show, check and compare configurations',
    load: async () => (await import('./commands/config.ts')).configCommand(),
  },
  {
    name: 'completion',
    summary: 'completion for bash or zsh',
    load: async () => (await import('./commands/completion.ts')).completionCommand(everyCommand),
  },
  {
    name: 'view',
    summary: 'the statecharts of a history as a page, live and past',
    load: async () => (await import('./commands/view.ts')).viewCommand(),
  },
  {
    name: 'lab',
    summary: 'run a lab of two routers, and break and mend it',
    isWholeNameOnly: true,
    load: async () => (await import('./lab-command.ts')).labCommand(),
  },
];

/** Errors of usage come back as exceptions instead of ending the process with status 1; help goes the way of all output. */
function throwing(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut });
  for (const child of command.commands) throwing(child);
  return command;
}

/** With the options of every command: what completion offers. */
async function everyCommand(): Promise<Command[]> {
  return Promise.all(COMMANDS.filter(({ name }) => name !== 'completion').map(({ load }) => load()));
}

function commandName(word: string): string {
  const whole = COMMANDS.filter(({ isWholeNameOnly }) => isWholeNameOnly === true).map(({ name }) => name);
  const short = COMMANDS.map(({ name }) => name).filter((name) => !whole.includes(name));
  return wholeName('command', word, [...short, 'help'], whole);
}

/** Puts whole names of commands in place of shortened ones. @throws CliError 2 */
async function program(argv: string[]): Promise<Command> {
  const relive = new Command('relive')
    .description('the history of relived: read it, explain it, replay it')
    // `lab exec host ping -c 1 ...` passes its options on.
    .enablePositionalOptions();
  if (argv[0] === '--version' || argv[0] === '-V') {
    const { version } = await import('../host/version.ts');
    relive.version(version());
  } else relive.option('-V, --version', 'print the version and end');
  let at = firstArgument(argv, 0, null);
  if (at >= 0) argv[at] = commandName(argv[at] ?? '');
  if (argv[at] === 'help' && argv[at + 1] !== undefined) {
    at += 1;
    argv[at] = commandName(argv[at] ?? '');
  }
  for (const { name, summary, load } of COMMANDS) {
    if (name === argv[at]) {
      const command = (await load()).summary(summary);
      relive.addCommand(command);
      withWholeNames(argv, at + 1, command);
    } else
      relive
        .command(name)
        .description(summary)
        .action(() => {});
  }
  return throwing(relive);
}

/** Exit status for whatever ended a command. */
function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error instanceof CliError) {
    talk(`relive: ${error.message}`);
    return error.exitCode;
  }
  talk(`relive: ${error instanceof Error ? sourceStack(error) : String(error)}`);
  return EXIT.error;
}

try {
  const argv = process.argv.slice(2).map(shieldAgo);
  const relive = await program(argv);
  if (argv.length === 0) {
    relive.outputHelp({ error: true });
    process.exitCode = EXIT.usage;
  } else await relive.parseAsync(argv, { from: 'user' });
} catch (error) {
  process.exitCode = exitCodeFor(error);
}
