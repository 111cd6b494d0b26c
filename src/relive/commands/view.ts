/** `relive view`: the page, over the journals that every other command would read. */
import type { Command } from 'commander';
import { viewCommand as pageCommand } from '../../view/command.ts';
import { CliError, EXIT, endOutput } from '../cli.ts';
import { clocksOnPage } from '../clocks/on-page.ts';
import { journalDirectories } from '../journals.ts';
import { createExplainer } from '../page/explainer.ts';

export function viewCommand(): Command {
  process.stdout.on('error', endOutput);
  return pageCommand({
    directories: (journal) => journalDirectories({ journal }),
    compareClocks: clocksOnPage,
    explainer: createExplainer,
    failure: (message) => new CliError(EXIT.error, message),
  });
}
