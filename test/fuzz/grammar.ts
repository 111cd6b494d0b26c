/** Configurations made of every keyword that the registry knows, with right and with wrong arguments. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../src/config/registry/blocks.ts';
import { type BlockCases, rowsOf } from '../../src/config/registry/cases/cases.ts';
import {
  type AnyBlock,
  isBlock,
  isSetting,
  type KeywordSpec,
  type KeywordTable,
} from '../../src/config/registry/spec.ts';
import type { SeededRandom } from '../sim/seeded-random.ts';
import { ADDRESSES, NAMES, NUMBERS, pick, WORDS } from './scraps.ts';

const CASES = new URL('../../src/config/registry/cases/', import.meta.url).pathname;

/** Arguments by block and keyword, from the tables of keyword cases: valid ones, and ones that are refused. */
const ARGUMENTS = await argumentsOfCases();

async function argumentsOfCases(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const files = readdirSync(CASES).filter((name) => name.endsWith('.cases.ts'));
  const modules: { CASES: readonly BlockCases[] }[] = await Promise.all(
    files.map((name) => import(join(CASES, name))),
  );
  for (const table of modules.flatMap((module) => module.CASES)) {
    for (const { keyword, valid, bad } of rowsOf(table)) {
      const key = `${table.block} ${keyword}`;
      found.set(key, [...(found.get(key) ?? []), valid, bad]);
    }
  }
  return found;
}

/** About this many lines of configuration. */
export function generate(random: SeededRandom, wanted: number): string[] {
  const lines: string[] = [];
  while (lines.length < wanted) statement(ROOT, random, lines, wanted, 0);
  return lines;
}

/** Blocks are opened rarely at depth, so that most lines stand in blocks of every kind and still come to an end. */
function statement(
  block: AnyBlock,
  random: SeededRandom,
  lines: string[],
  wanted: number,
  depth: number,
): void {
  if ('skipped' in block) {
    lines.push(someWords(random));
    return;
  }
  if ('line' in block) {
    lines.push(listLine(block.line.options, block.path, random));
    return;
  }
  const [keyword = '', spec] = pick(random, entriesOf(block.keywords)) ?? [];
  if (spec === undefined) return;
  if (!isBlock(spec)) {
    lines.push(`${keyword} ${argumentsFor(block.path, keyword, spec, random)}`);
    return;
  }
  lines.push(`${keyword} ${spec.name === null ? '' : nameFor(keyword, random)} {`);
  const inside = random.integer(1, depth === 0 ? 20 : 8);
  for (let count = 0; count < inside && lines.length < wanted; count++) {
    statement(spec.block, random, lines, wanted, depth + 1);
  }
  lines.push('}');
}

const tables = new WeakMap<KeywordTable, readonly (readonly [string, KeywordSpec])[]>();

function entriesOf(table: KeywordTable): readonly (readonly [string, KeywordSpec])[] {
  const known = tables.get(table) ?? Object.entries(table);
  tables.set(table, known);
  return known;
}

function argumentsFor(path: string, keyword: string, spec: KeywordSpec, random: SeededRandom): string {
  const cases = ARGUMENTS.get(`${path} ${keyword}`);
  if (cases !== undefined && random.chance(0.6)) return pick(random, cases) ?? '';
  const choices = isSetting(spec) ? spec.kind.choices : [];
  if (choices.length > 0 && random.chance(0.6)) return pick(random, choices) ?? '';
  return someWords(random);
}

function nameFor(keyword: string, random: SeededRandom): string {
  return /server/.test(keyword) && random.chance(0.8)
    ? `${pick(random, ADDRESSES)} ${pick(random, NUMBERS)}`
    : `${pick(random, NAMES)}`;
}

function listLine(options: KeywordTable, path: string, random: SeededRandom): string {
  const words = [random.chance(0.7) ? pick(random, ADDRESSES) : pick(random, NAMES)];
  for (let count = random.integer(0, 4); count > 0; count--) {
    const [option = '', spec] = pick(random, entriesOf(options)) ?? [];
    words.push(option, spec === undefined ? someWords(random) : argumentsFor(path, option, spec, random));
  }
  return words.join(' ');
}

function someWords(random: SeededRandom): string {
  const count = random.chance(0.8) ? 1 : random.integer(0, 5);
  return Array.from({ length: count }, () =>
    pick(random, pick(random, [NUMBERS, ADDRESSES, NAMES, WORDS]) ?? []),
  ).join(' ');
}
