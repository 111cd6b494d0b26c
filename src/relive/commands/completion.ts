/** `relive completion`: what can be typed, from the commands themselves. */
import { Command } from 'commander';
import { BLOCKS } from '../../config/registry/blocks.ts';
import { daemonCommand } from '../../daemon/options.ts';
import { print } from '../cli.ts';
import { bashCompletion, type Completable, zshCompletion } from '../completion.ts';

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
          children,
        };
        print(SHELLS[shell]([relive, completable(daemonCommand())]));
      });
  }
  return command;
}

/** What may follow a command. */
function completable(command: Command): Completable {
  const children = command.commands.map((child) => completable(child));
  const values: Record<string, readonly string[]> = {};
  const words = children.map(({ name }) => name);
  for (const { short, long, argChoices, required, optional } of command.options) {
    for (const flag of [short, long]) {
      if (flag === undefined || flag === null) continue;
      words.push(flag);
      if (long === '--block') values[flag] = [...BLOCKS.keys()].filter((path) => path !== '');
      else if (argChoices !== undefined) values[flag] = argChoices;
      else if (required && !optional) values[flag] = [];
    }
  }
  if (command.name() === 'keywords') words.push(...[...BLOCKS.keys()].filter((path) => path !== ''));
  return { name: command.name(), words, values, children };
}
