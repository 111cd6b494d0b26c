/** `relive config show`. */
import { dumpConfig, dumpData } from '../../config/dump.ts';
import { BLOCKS } from '../../config/registry/blocks.ts';
import { nearest } from '../../config/suggest.ts';
import { CliError, EXIT, print, writeOut } from '../cli.ts';
import { type InputOptions, Inputs } from './input.ts';

export interface ShowOptions extends InputOptions {
  readonly output: 'text' | 'json';
  readonly block?: string;
  readonly changed?: true;
}

export function show(file: string, options: ShowOptions): void {
  const { block = '', changed = false } = options;
  checkBlock(block);
  const tree = new Inputs(options).usableTree(file);
  if (options.output === 'json') {
    print(JSON.stringify(dumpData(tree, { block, changed }), null, 2));
    return;
  }
  const text = dumpConfig(tree, { block, changed });
  if (text === '' && block !== '') throw new CliError(EXIT.nothingFound, `'${file}' has no ${block}`);
  writeOut(text);
}

/** @throws CliError if there is no block of this path */
export function checkBlock(path: string): void {
  if (BLOCKS.has(path)) return;
  const near = nearest(path, [...BLOCKS.keys()]);
  const help = near === null ? '' : `: did you mean '${near}'?`;
  throw new CliError(EXIT.usage, `there is no block '${path}'${help}`);
}
