/** `relive config`: what configurations say, what is wrong with them, and what lies between two of them. */
import { Command, Option } from 'commander';
import type { DiffOptions } from '../config/diff.ts';
import type { KeywordsOptions } from '../config/keywords.ts';
import type { LintOptions } from '../config/lint.ts';
import type { ShowOptions } from '../config/show.ts';

const FILE = 'configuration file; what it includes is read too';
const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function output(first: string, ...others: readonly string[]): Option {
  return new Option('-o, --output <format>', 'output format').choices([first, ...others]).default(first);
}

function configId(): Option {
  return new Option(
    '-i, --config-id <id>',
    "what '@ID' lines compare with, as relived's; repeat it for several files",
  )
    .argParser(collect)
    .default([]);
}

function noHost(): Option {
  return new Option(
    '--no-host',
    "another machine's: check no interface, user, script or name against this one",
  );
}

export function configCommand(): Command {
  const command = new Command('config').description('show, check and compare configurations');
  command
    .command('show')
    .summary('the configuration in force, every default written out')
    .description(
      'the configuration in force as keepalived.conf text: every default written out, secrets hidden',
    )
    .argument('[file]', FILE, DEFAULT_FILE)
    .addOption(output('text', 'json'))
    .option('--block <path>', 'only these blocks: vrrp_instance/virtual_ipaddress')
    .option('--changed', 'only what differs from the defaults')
    .addOption(configId())
    .addOption(noHost())
    .action(async (file: string, options: ShowOptions) =>
      (await import('../config/show.ts')).show(file, options),
    );
  command
    .command('lint')
    .summary('what is wrong with a configuration, or does not fit between nodes')
    .description(
      'problems and doubtful settings; with the files of several nodes also what does not fit between them',
    )
    .argument('[file...]', `${FILE}; one for each node`)
    .addOption(output('text', 'json'))
    .option('--allow <code>', 'do not report this code, repeat it for several', collect, [])
    .option('--rules', 'list the rules and end')
    .addOption(configId())
    .addOption(noHost())
    .action(async (files: string[], options: LintOptions) =>
      (await import('../config/lint.ts')).run(files, options),
    );
  command
    .command('diff')
    .summary('what a reload from one configuration to another would do')
    .description('what a reload from one configuration to another would do, actor by actor')
    .argument('<from>', FILE)
    .argument('<to>', FILE)
    .addOption(output('table', 'json'))
    .option('--kept', 'show also what stays as it is')
    .addOption(configId())
    .addOption(noHost())
    .action(async (from: string, to: string, options: DiffOptions) =>
      (await import('../config/diff.ts')).diff(from, to, options),
    );
  command
    .command('keywords')
    .summary('the keywords of a block')
    .description('the keywords of a block with their arguments, defaults, ranges and meanings')
    .argument('[block]', 'path of a block: virtual_server/real_server; without it: the blocks')
    .addOption(output('table', 'json'))
    .action(async (block: string | undefined, options: KeywordsOptions) =>
      (await import('../config/keywords.ts')).keywords(block ?? null, options),
    );
  return command;
}
