import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seedOfRun } from '../../test/harness/seed.ts';
import { instance, read } from './config.fixture.ts';
import { dumpConfig, dumpData } from './dump.ts';
import type { ConfigTree } from './model.ts';
import { HIDDEN } from './plain.ts';
import { type BlockCases, rowsOf } from './registry/cases/cases.ts';

function treeOf(text: string): ConfigTree {
  const { config, diagnostics } = read(text);
  if (config === null) throw new Error(`${text}\n${JSON.stringify(diagnostics, null, 1)}`);
  return config.tree;
}

const SEED = seedOfRun();
const FOLDER = path.join(import.meta.dirname, 'registry/cases');
const MODULES = await Promise.all(
  fs
    .readdirSync(FOLDER)
    .filter((name) => name.endsWith('.cases.ts'))
    .map((name) => import(path.join(FOLDER, name))),
);
const TABLES = MODULES.flatMap(({ CASES }: { CASES: readonly BlockCases[] }) => CASES);

/** Paths at which two values differ. */
function differing(one: unknown, other: unknown, at = ''): string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return [];
  const isTree = (value: unknown): value is object => value !== null && typeof value === 'object';
  if (!isTree(one) || !isTree(other)) return [`${at}: ${JSON.stringify(one)}, ${JSON.stringify(other)}`];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  const inner = (tree: object, key: string): unknown =>
    Object.entries(tree).find(([name]) => name === key)?.[1];
  return [...keys].flatMap((key) => differing(inner(one, key), inner(other, key), `${at}/${key}`));
}

/** Why reading the dump gives something else; null: it does not. */
function difference(text: string): string | null {
  const { config } = read(text);
  if (config === null) return null;
  const dumped = dumpConfig(config.tree);
  const again = read(dumped);
  if (dumped.includes(HIDDEN)) return null;
  const where = again.config === null ? again.diagnostics : differing(config.tree, again.config.tree);
  return where.length === 0 ? null : `${JSON.stringify(where).slice(0, 600)}: ${text}`;
}

const SERVICES = `
virtual_server_group G {
  192.0.2.9 80
  fwmark 5
}
virtual_server group G {
  delay_loop 5
  lvs_sched sh
  sh-port
  lvs_method NAT
  protocol TCP
  quorum 3
  quorum_up "/bin/true up" root
  sorry_server 192.0.2.99 80
  real_server 192.0.2.11 80 {
    weight 2
    TCP_CHECK { connect_timeout 3 }
    HTTP_GET {
      url {
        path "/a b"
        status_code 200
      }
      connect_port 8080
    }
  }
  real_server 192.0.2.12 80 {
    alpha
    MISC_CHECK {
      misc_path "/usr/bin/true a b"
      misc_dynamic
    }
  }
}
`;

describe('the dump', () => {
  test('writes every default, and hides secrets', () => {
    const dump = dumpConfig(treeOf(instance('authentication {\nauth_type PASS\nauth_pass tops3cret\n}')));
    expect(dump).toContain('vrrp_instance VI_1 {');
    expect(dump).toContain('    priority 100\n');
    expect(dump).toContain('    advert_int 1\n');
    expect(dump).toContain('        192.0.2.10/24\n');
    expect(dump).toContain(`auth_pass ${HIDDEN}`);
    expect(dump).not.toContain('tops3cret');
  });

  test('shows no more than what was changed', () => {
    const dump = dumpConfig(treeOf(instance('priority 100\nadvert_int 3')), { changed: true });
    expect(dump).toBe(
      'vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    advert_int 3\n' +
        '    virtual_ipaddress {\n        192.0.2.10/24\n    }\n}\n',
    );
  });

  test('shows the blocks of a path', () => {
    const tree = treeOf(instance());
    expect(dumpConfig(tree, { block: 'vrrp_instance/virtual_ipaddress' })).toBe(
      'vrrp_instance VI_1 {\n    virtual_ipaddress {\n        192.0.2.10/24\n    }\n}\n',
    );
    expect(dumpConfig(tree, { block: 'global_defs' })).toMatch(/^global_defs \{\n[^{]*\n\}\n$/);
  });

  test('as data has times in seconds and no secret', () => {
    const data = dumpData(treeOf(instance('advert_int 2\nauthentication {\nauth_pass tops3cret\n}')));
    const text = JSON.stringify(data);
    expect(text).toContain('"advert_int":{"seconds":2}');
    expect(text).toContain('"name":"VI_1"');
    expect(text).not.toContain('tops3cret');
  });

  test('of an empty configuration is that of the defaults', () => {
    expect(difference('')).toBeNull();
    expect(dumpConfig(treeOf(''))).toContain('vrrp_version 2');
  });

  test('of services, checkers and named lists is read as the same configuration', () => {
    const tree = treeOf(SERVICES);
    expect(difference(SERVICES)).toBeNull();
    expect(dumpConfig(tree)).toContain('virtual_server_group G {\n    192.0.2.9 80\n    fwmark 5\n}\n');
    expect(dumpData(tree, { block: 'virtual_server_group' })).toEqual({
      virtual_server_group: [{ name: 'G', lines: [{ line: '192.0.2.9 80' }, { line: 'fwmark 5' }] }],
    });
  });

  test.each([
    ['static_routes', 'default inet6 x dev eth0', 'default6 dev eth0'],
    ['static_routes', 'default dev eth0 as to 192.0.2.1', 'default dev eth0'],
    ['static_rules', 'inet6 x preference 5 table 100', 'inet6 - preference 5 protocol 18 table 100'],
    ['static_rules', 'inet x preference 5 table 100', 'preference 5 protocol 18 table 100'],
    ['static_rules', 'preference 5 type blackhole', 'preference 5 protocol 18 blackhole'],
  ])('keeps the family and the action of a line of %s: %s', (block, line, written) => {
    const text = `${block} {\n${line}\n}\n`;
    expect(difference(text)).toBeNull();
    expect(dumpConfig(treeOf(text), { block })).toBe(`${block} {\n    ${written}\n}\n`);
  });

  test('tells real servers apart that a correction of the port makes the same', () => {
    const server = (name: string, method: string, reals: readonly string[]): string =>
      `virtual_server ${name} {\nprotocol TCP\nlvs_method ${method}\n${reals.map((real) => `real_server ${real} {\n}\n`).join('')}}\n`;
    const two = ['192.0.2.11 8080', '192.0.2.11 80', '192.0.2.11'];
    for (const text of [
      server('192.0.2.9 80', 'DR', two),
      server('192.0.2.9 80', 'NAT', two.slice(1)),
      server('fwmark 3', 'TUN', two),
    ]) {
      expect(treeOf(text).virtual_server[0]?.real_server).toHaveLength(text.split('real_server').length - 1);
      expect(difference(text)).toBeNull();
    }
  });

  test('shows a default that cannot be written as a comment', () => {
    expect(dumpConfig(treeOf(''))).toContain('    # vrrp_rt_priority 0\n');
  });

  test.each(TABLES.map((table) => [table.block, table] as const))(
    'of each keyword of %s is read as the same configuration',
    (_path, table) => {
      const different = rowsOf(table).flatMap(
        ({ keyword, valid }) => difference(table.wrap(`${keyword} ${valid}`)) ?? [],
      );
      expect(different).toEqual([]);
    },
  );

  test.each(TABLES.map((table) => [table.block, table] as const))(
    'of any keywords of %s together is read as the same configuration',
    (_path, table) => {
      const rows = rowsOf(table);
      const lines = fc.subarray(rows).map((some) => some.map(({ keyword, valid }) => `${keyword} ${valid}`));
      fc.assert(
        fc.property(lines, (some) => {
          expect(difference(table.wrap(some.join('\n')))).toBeNull();
        }),
        { numRuns: 40, seed: SEED },
      );
    },
  );
});
