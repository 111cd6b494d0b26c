/** `relive completion`: what can be typed, from the commands themselves. */
import { Command } from 'commander';
import { BLOCKS } from '../../config/registry/blocks.ts';
import { daemonCommand } from '../../daemon/options.ts';
import { print } from '../cli.ts';
import { isHidden } from '../command-words.ts';
import { bashCompletion, type Completable, zshCompletion } from '../completion.ts';
import { instanceNames } from '../completion-words.ts';
import { MARKS } from '../time.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion } as const;

export function completionCommand(commands: () => Promise<readonly Command[]>): Command {
  const command = new Command('completion').description(
    'completion of relive and relived; for bash: source <(relive completion bash)',
  );
  for (const shell of Object.keys(SHELLS) as (keyof typeof SHELLS)[]) {
    command
      .command(shell)
      .description(`for ${shell}`)
      .action(async () => {
        const children = [...(await commands()), command].map((child) => completable(child));
        const relive = {
          name: 'relive',
          words: [...children.map(({ name }) => name), 'help'],
          values: {},
          takesInstance: false,
          children,
        };
        print(SHELLS[shell]([relive, completable(daemonCommand())]));
      });
  }
  command
    .command('names [typed...]', { hidden: true })
    .description('instances of the journals that the words name')
    .allowUnknownOption()
    .action(async (typed: string[]) => {
      for (const name of await instanceNames(typed)) print(name);
    });
  command
    .command('manual <prose> <directory>', { hidden: true })
    .description('writes the manual pages')
    .action(async (prose: string, directory: string) => {
      const { writeManual } = await import('../manual/write.ts');
      writeManual([...(await commands()), command], daemonCommand(), prose, directory);
    });
  return command;
}

/** Points in time that have a name. */
const TIMES = ['now', 'today', 'yesterday', ...MARKS.map((mark) => `@${mark}`)];
const TAKES_TIME: readonly string[] = ['--since', '--until', '--at', '--to'];

/** What may follow a command. */
function completable(command: Command): Completable {
  const children = command.commands.filter((child) => !isHidden(child)).map((child) => completable(child));
  const values: Record<string, Completable['values'][string]> = {};
  const words = children.map(({ name }) => name);
  for (const { short, long, argChoices, required, optional } of command.options) {
    for (const flag of [short, long]) {
      if (flag === undefined || flag === null) continue;
      words.push(flag);
      if (long === '--journal') values[flag] = 'directories';
      else if (long === '--instance') values[flag] = 'instances';
      else if (long !== undefined && TAKES_TIME.includes(long)) values[flag] = TIMES;
      else if (long === '--block') values[flag] = [...BLOCKS.keys()].filter((path) => path !== '');
      else if (argChoices !== undefined) values[flag] = argChoices;
      else if (required && !optional) values[flag] = [];
    }
  }
  const takes = command.registeredArguments.map((argument) => argument.name());
  for (const argument of command.registeredArguments) words.push(...(argument.argChoices ?? []));
  if (takes.some((name) => name === 'time' || name === 'what')) words.push(...TIMES);
  const takesInstance = takes.some((name) => name === 'instance' || name === 'what');
  if (command.name() === 'keywords') words.push(...[...BLOCKS.keys()].filter((path) => path !== ''));
  return { name: command.name(), words, values, takesInstance, children };
}
