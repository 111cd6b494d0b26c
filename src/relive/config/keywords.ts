/** `relive config keywords`: the registry, for people and editors. */
import { BLOCKS, keywordsOf } from '../../config/registry/blocks.ts';
import { isAlias, isBlock, isSetting, type KeywordSpec } from '../../config/registry/spec.ts';
import { print } from '../cli.ts';
import { table } from '../output.ts';
import { checkBlock } from './show.ts';

export interface KeywordsOptions {
  readonly output: 'table' | 'json';
}

interface KeywordInfo {
  readonly keyword: string;
  readonly opensBlock: boolean;
  /** What it is another word for. */
  readonly alias: string | null;
  readonly deprecated: boolean;
  readonly arguments: string;
  readonly default: string | null;
  readonly range: string;
  readonly unit: string;
  readonly choices: readonly string[];
  readonly meaning: string;
  readonly status: string | null;
}

export function keywords(path: string | null, { output }: KeywordsOptions): void {
  checkBlock(path ?? '');
  if (output === 'json') {
    const paths = path === null ? [...BLOCKS.keys()] : [path];
    print(JSON.stringify(Object.fromEntries(paths.map((one) => [one, infosOf(one)])), null, 2));
    return;
  }
  const rows = infosOf(path ?? '').map((info) => [
    info.keyword,
    info.arguments,
    info.alias === null ? (info.default ?? '') : '',
    [info.range, info.unit].filter((part) => part !== '').join(' '),
    info.status ?? '',
    info.meaning,
  ]);
  const headings = ['KEYWORD', 'ARGUMENTS', 'DEFAULT', 'RANGE', 'STATUS', 'MEANING'];
  for (const line of table([headings, ...rows])) print(line);
}

function infosOf(path: string): KeywordInfo[] {
  const block = BLOCKS.get(path);
  return block === undefined
    ? []
    : Object.entries(keywordsOf(block)).map(([word, spec]) => infoOf(word, spec));
}

function infoOf(keyword: string, spec: KeywordSpec): KeywordInfo {
  const { meaning } = spec;
  const status = isAlias(spec) || spec.status === 'block' ? null : spec.status;
  const plain = { keyword, opensBlock: false, alias: null, deprecated: false, arguments: '', default: null };
  const rest = { range: '', unit: '', choices: [], meaning, status };
  if (isAlias(spec)) return { ...plain, alias: spec.alias, deprecated: spec.deprecated, ...rest };
  if (isBlock(spec)) {
    const name = spec.name === null ? '' : `${spec.name.arguments} `;
    return { ...plain, opensBlock: true, arguments: `${name}{...}`, ...rest };
  }
  if (!isSetting(spec)) return { ...plain, ...rest };
  const { kind } = spec;
  return {
    ...plain,
    arguments: kind.arguments,
    default: spec.default.text,
    ...rest,
    range: kind.range,
    unit: kind.unit,
    choices: kind.choices,
  };
}
