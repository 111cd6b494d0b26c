import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { read } from '../../config.fixture.ts';
import { BLOCKS, keywordsOf } from '../blocks.ts';
import { isAlias, isBlock, type KeywordTable } from '../spec.ts';
import { type BlockCases, type Case, rowsOf } from './cases.ts';

/** Every `*.cases.ts` beside this file. */
const FILES = fs.readdirSync(import.meta.dirname).filter((name) => name.endsWith('.cases.ts'));
const MODULES = await Promise.all(FILES.map((name) => import(/* @vite-ignore */ `./${name}`)));
const TABLES = MODULES.flatMap(({ CASES }: { CASES: readonly BlockCases[] }) => CASES);

/** What the blocks around a line may be told. */
const OF_BLOCKS = new Set(['unsupported-keyword', 'no-effect']);

/** The value that the keyword (or what it is another word for) has in the configuration. */
function valueIn(table: BlockCases, keyword: string, line: string): { value: unknown; codes: string[] } {
  const { config, diagnostics } = read(table.wrap(line));
  const block = BLOCKS.get(table.block);
  const spec = block === undefined ? undefined : keywordsOf(block)[keyword];
  const name = spec !== undefined && isAlias(spec) ? spec.alias : keyword;
  const holder = config === null ? null : (table.find(config.tree) as Record<string, unknown> | undefined);
  return {
    value: plain(holder?.[name]),
    codes: diagnostics.map(({ code }) => code).sort(),
  };
}

/** As JSON would keep it. */
function plain(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}

function check(table: BlockCases, { keyword, valid, value, byDefault, bad, code }: Case): void {
  const absent = valueIn(table, keyword, '');
  const given = valueIn(table, keyword, `${keyword} ${valid}`);
  const also = table.also?.[`${keyword} ${valid}`] ?? table.also?.[keyword] ?? [];
  expect.soft(absent.value, 'without it').toEqual(byDefault);
  expect
    .soft(
      absent.codes.filter((one) => !OF_BLOCKS.has(one)),
      'without it',
    )
    .toEqual(table.around ?? []);
  expect.soft(given.value, 'valid').toEqual(value);
  expect
    .soft(
      given.codes.filter((one) => !absent.codes.includes(one)),
      'valid',
    )
    .toEqual([...also].sort());
  if (code !== '-') expect(valueIn(table, keyword, `${keyword} ${bad}`).codes, 'bad').toContain(code);
}

describe.each(TABLES.map((table) => [table.block, table] as const))('%s', (path, table) => {
  const rows = rowsOf(table);

  test.each(rows.map((row) => [`${row.keyword} ${row.valid}, not '${row.bad}'`, row] as const))(
    '%s',
    (_name, row) => check(table, row),
  );

  test('has a case for each of its keywords', () => {
    const block = BLOCKS.get(path);
    const table = block === undefined ? {} : keywordsOf(block);
    // At the top level blocks have tables of their own.
    const keywords = Object.keys(table).filter((keyword) => path !== '' || !opensBlock(table, keyword));
    const covered = new Set(TABLES.filter((one) => one.block === path).flatMap(keywordsIn));
    expect([...covered].sort()).toEqual(keywords.sort());
  });
});

/** Blocks without a table, and why. */
const WITHOUT_OPTIONS: Readonly<Record<string, string>> = {
  'global_defs/notification_email': 'lines of one address',
  'track_group/group': 'lines of names',
  'vrrp_sync_group/group': 'lines of names',
  'garp_group/interfaces': 'lines of names',
  linkbeat_interfaces: 'lines of a name and a method',
  interface_up_down_delays: 'lines of a name and two times',
  virtual_server_group: 'lines of addresses or marks',
};

test('every block has a table of cases, or lines without options (list-lines.test.ts)', () => {
  const covered = new Set([...TABLES.map(({ block }) => block), ...Object.keys(WITHOUT_OPTIONS)]);
  expect([...BLOCKS.keys()].filter((path) => !covered.has(path))).toEqual([]);
  for (const path of Object.keys(WITHOUT_OPTIONS)) {
    const block = BLOCKS.get(path);
    expect(block === undefined ? [path] : Object.keys(keywordsOf(block))).toEqual([]);
  }
});

function keywordsIn(table: BlockCases): string[] {
  return rowsOf(table).map(({ keyword }) => keyword);
}

function opensBlock(table: KeywordTable, keyword: string): boolean {
  const spec = table[keyword];
  if (spec === undefined) return false;
  return isAlias(spec) ? opensBlock(table, spec.alias) : isBlock(spec);
}
