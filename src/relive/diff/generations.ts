/** Two generations of a node's configuration, as its journal has them. */
import { type ConfigDiff, diffConfigs } from '../../config/diff/diff.ts';
import { UNKNOWN_ENVIRONMENT } from '../../config/environment.ts';
import type { ConfigTree } from '../../config/model.ts';
import { readConfig } from '../../config/read.ts';
import type { JournalReader } from '../../journal/reader.ts';
import { CliError, EXIT, talk } from '../cli.ts';
import { type ConfigurationFile, configurationsOf } from '../report/configuration.ts';
import { recordedFiles } from './recorded-files.ts';

export interface Generations {
  readonly diff: ConfigDiff;
  readonly from: readonly ConfigurationFile[];
  readonly to: readonly ConfigurationFile[];
}

/** @throws CliError 3 if the journal does not have one, 1 if it cannot be read */
export function diffGenerations(reader: JournalReader, from: number, to: number): Generations {
  const [before, after] = [filesOf(reader, from), filesOf(reader, to)];
  return { diff: diffConfigs(treeOf(before, from), treeOf(after, to)), from: before, to: after };
}

function filesOf(reader: JournalReader, generation: number): readonly ConfigurationFile[] {
  const name = `config@${generation}`;
  const known = configurationsOf(reader, name);
  const newest = known.at(-1);
  if (newest === undefined || newest.length === 0) {
    const names = reader.definitions().flatMap((one) => (one.kind === 'config' ? [one.name] : []));
    throw new CliError(
      EXIT.nothingFound,
      `no ${name} in this journal; there is ${[...new Set(names)].join(', ') || 'none'}`,
    );
  }
  if (known.length > 1)
    talk(
      `relive: ${known.length} configurations were called ${name}, in processes of different times; the newest is compared`,
    );
  return newest;
}

function treeOf(files: readonly ConfigurationFile[], generation: number): ConfigTree {
  const [entry] = files;
  const { config } = readConfig(entry?.path ?? '', recordedFiles(files), UNKNOWN_ENVIRONMENT);
  if (config === null)
    throw new CliError(
      EXIT.error,
      `config@${generation} cannot be read as this version reads configurations`,
    );
  return config.tree;
}
