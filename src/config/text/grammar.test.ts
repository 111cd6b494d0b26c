import { describe, expect, test } from 'vitest';
import { codes, FILE, memoryFiles, read } from '../config.fixture.ts';
import { type ReadConfigResult, readConfig } from '../read.ts';
import { editDistance, nearest } from '../suggest.ts';
import { expandBraces } from './braces.ts';
import { commentStart, MAX_LINE_BYTES, utf8Length } from './lexer.ts';

const INSTANCE =
  'vrrp_instance A {\ninterface eth0\nvirtual_router_id 5\nvirtual_ipaddress {\n192.0.2.1\n}\n}\n';

function names(result: ReadConfigResult): string[] | undefined {
  return result.config?.tree.vrrp_instance.map(({ name }) => name);
}

describe('words and braces', () => {
  test.each([
    [
      'braces on the next line',
      'vrrp_instance A\n{\ninterface eth0\nvirtual_router_id 5\nno_virtual_ipaddress\n}',
    ],
    ['braces anywhere', 'vrrp_instance A{interface eth0\nvirtual_router_id 5\nvirtual_ipaddress{192.0.2.1}}'],
    [
      'a comment after a brace',
      'vrrp_instance A { # first\ninterface eth0 ! second\nvirtual_router_id 5\nno_virtual_ipaddress }',
    ],
    ['carriage returns', INSTANCE.replaceAll('\n', '\r\n')],
    ['tabs and no final newline', INSTANCE.replaceAll('\n', '\n\t').trimEnd()],
    ['quotes', INSTANCE.replace(' A ', ' "A" ').replace('eth0', '"eth0"')],
    ['text against a quote', INSTANCE.replace(' A ', '"A"')],
  ])('%s', (_, text) => {
    const result = read(text);
    expect(codes(result)).toEqual([]);
    expect(names(result)).toEqual(['A']);
  });

  test('quotes keep blanks, comment signs and braces', () => {
    const result = read(
      `${INSTANCE}vrrp_instance "B # {1}" {\ninterface eth1\nvirtual_router_id 6\nno_virtual_ipaddress\n}`,
    );
    expect(codes(result)).toEqual([]);
    expect(names(result)).toEqual(['A', 'B # {1}']);
  });

  test('an escaped comment sign is part of a word', () => {
    expect(read(`global_defs {\nrouter_id a\\#b\\!c # d\n}`).config?.global.routerId).toBe('a#b!c');
    expect(commentStart('a "#" \\# b # c')).toBe(11);
  });

  test('a quote that is never closed drops the rest of its line', () => {
    const result = read(`global_defs {\nrouter_id left "right\n}\n${INSTANCE}`);
    expect(codes(result)).toEqual(['warning unmatched-quote']);
    expect(result.config?.global.routerId).toBe('left');
  });

  test('words too many are noted, and change nothing', () => {
    const result = read(INSTANCE.replace('eth0', 'eth0 eth1'));
    expect(codes(result)).toEqual(['note extra-word']);
    expect(result.config?.tree.vrrp_instance[0]?.interface).toBe('eth0');
  });
});

describe('lines', () => {
  test('1023 bytes are a line, 1024 are not', () => {
    const line = (bytes: number): string => `router_id ${'x'.repeat(bytes - 'router_id '.length)}`;
    const text = (bytes: number): string => `global_defs {\nrouter_id short\n${line(bytes)}\n}`;
    expect(read(text(MAX_LINE_BYTES)).config?.global.routerId).toHaveLength(1013);
    const long = read(text(MAX_LINE_BYTES + 1));
    expect(codes(long)).toEqual(['warning line-too-long']);
    expect(long.config?.global.routerId).toBe('short');
  });

  test('bytes are counted, not characters', () => {
    for (const text of ['', 'abc', 'é', '€', '😀', 'a😀é€'])
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
    const accents = `global_defs {\nrouter_id ${'é'.repeat(510)}\n}`;
    expect(codes(read(accents))).toEqual(['warning line-too-long']);
  });

  test('a NUL drops its line', () => {
    const result = read(`global_defs {\nrouter_id a\nrouter_id b\0c\n}`);
    expect(codes(result)).toEqual(['warning nul-in-line']);
    expect(result.config?.global.routerId).toBe('a');
  });

  test('a dollar sign alone is an ordinary character', () => {
    expect(read('global_defs {\nrouter_id a$b$\n}').config?.global.routerId).toBe('a$b$');
  });
});

describe('blocks', () => {
  test('an unknown keyword loses its line only', () => {
    const result = read(INSTANCE.replace('interface', 'priorty 3\ninterface'));
    expect(codes(result)).toEqual(['warning unknown-keyword']);
    expect(result.diagnostics[0]?.suggestion).toBe("did you mean 'priority'?");
    expect(names(result)).toEqual(['A']);
  });

  test('an unknown block is skipped as a whole', () => {
    const result = read(INSTANCE.replace('interface', 'foo {\npriority 3\nbar { version 3 }\n}\ninterface'));
    expect(codes(result)).toEqual(['warning unknown-keyword']);
    expect(result.config?.tree.vrrp_instance[0]).toMatchObject({ name: 'A', priority: 100, version: 2 });
  });

  test('a keyword of another block is named', () => {
    const result = read(`priority 100\nvrrp_strict\n${INSTANCE}`);
    expect(result.diagnostics.map(({ suggestion }) => suggestion)).toEqual([
      "'priority' belongs in vrrp_instance",
      "'vrrp_strict' belongs in global_defs",
    ]);
  });

  test('braces that do not match', () => {
    expect(codes(read(`${INSTANCE}}`))).toEqual(['warning unexpected-close']);
    expect(codes(read(INSTANCE.trimEnd().slice(0, -1)))).toEqual(['warning missing-close']);
    expect(codes(read(INSTANCE.replace('A {', 'A')))).toEqual(['warning missing-open']);
    expect(codes(read(`{\nfoo\n}\n${INSTANCE}`))).toEqual(['warning unexpected-open']);
    expect(codes(read(INSTANCE.replace('eth0', 'eth0 {\nfoo\n}')))).toEqual(['warning unexpected-open']);
    expect(codes(read(`global_defs\n${INSTANCE}`))).toContain('error instance-inside-block');
  });

  test.each([
    ['in an instance', INSTANCE.slice(0, -2)],
    ['in a list of addresses', INSTANCE.slice(0, -4)],
    ['in global_defs', 'global_defs {\n'],
    ['in a skipped block', 'virtual_server 192.0.2.1 80 {\n'],
    ['in an unknown block', 'foo {\n'],
  ])('an instance that a missing brace puts %s is never lost in silence', (_, before) => {
    const result = read(before + INSTANCE.replace(' A ', ' B '));
    expect(codes(result)).toContain('error instance-inside-block');
    expect(result.config).toBeNull();
  });
});

describe('include', () => {
  const include = (line: string, files: Record<string, string>): ReadConfigResult => read(`${line}\n`, files);

  test.each([
    ['include conf.d/a.conf', ['A']],
    ['include\tconf.d/a.conf # the first', ['A']],
    ['include conf.d/*.conf', ['A', 'B']],
    ['include conf.d/{b,a}.conf', ['B', 'A']],
    ['include /etc/conf.d/b.conf', ['B']],
    ['include none/*.conf', []],
  ])('%s', (line, expected) => {
    const second = INSTANCE.replace(' A ', ' B ').replace('_id 5', '_id 6');
    const result = include(line, {
      '/etc/conf.d/a.conf': INSTANCE,
      '/etc/conf.d/b.conf': second,
    });
    expect(codes(result)).toEqual([]);
    expect(names(result)).toEqual(expected);
  });

  test('inside a block, relative to the including file, with places kept', () => {
    const result = read(INSTANCE.replace('interface', 'include sub/x.conf\ninterface'), {
      '/etc/sub/x.conf': 'include y.conf\n',
      '/etc/sub/y.conf': '\npriority 7\npriority none\n',
    });
    expect(result.config?.tree.vrrp_instance[0]?.priority).toBe(7);
    expect(result.diagnostics).toMatchObject([{ file: '/etc/sub/y.conf', line: 3, column: 10 }]);
    expect(result.files.map(({ path }) => path)).toEqual([FILE, '/etc/sub/x.conf', '/etc/sub/y.conf']);
  });

  test.each([
    ['include none.conf', 'warning include-not-found'],
    ['includer none.conf', 'warning include-not-found'],
    ['include "conf.d/a.conf"', 'warning include-not-found'],
    ['includem none.conf', 'error include-failed'],
    ['includew none*.conf', 'error include-failed'],
    ['includeb {keepalived.conf,none}', 'error include-failed'],
    ['includea none*.conf', 'error include-failed'],
    ['include', 'warning unknown-keyword'],
  ])('%s', (line, code) => {
    expect(codes(include(line, {}))).toContain(code);
  });

  test('a wildcard may match nothing where that is not checked', () => {
    expect(codes(include('includem none*.conf', {}))).toEqual([]);
  });

  test('loops end', () => {
    const result = read(`include b.conf\n${INSTANCE}`, {
      '/etc/b.conf': 'include keepalived.conf\n',
    });
    expect(codes(result)).toEqual(['error include-loop']);
  });

  test('nesting ends', () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`/etc/${index}`, `include ${index + 1}\n`]),
    );
    expect(codes(read('include 0\n', files))).toEqual(['error include-too-deep']);
  });

  test('a tree of includes that would never end is cut off', () => {
    const files = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`/etc/${index}`, `include ${index + 1}\n`.repeat(20)]),
    );
    files['/etc/10'] = '# leaf\n';
    const result = read('include 0\n', files);
    expect(result.config).toBeNull();
    expect(codes(result)).toContain('error configuration-too-large');
  });

  test('the entry must exist', () => {
    expect(codes(readConfig('/none', memoryFiles({})))).toEqual(['error config-not-found']);
    expect(codes(readConfig('/none*', memoryFiles({})))).toEqual(['error config-not-found']);
  });

  test('the entry may be a pattern', () => {
    const files = memoryFiles({ '/c/1': INSTANCE, '/c/2': 'global_defs {\nrouter_id x\n}' });
    expect(readConfig('/c/*', files).config).toMatchObject({
      global: { routerId: 'x' },
      tree: { vrrp_instance: [{ name: 'A' }] },
    });
  });
});

test('brace alternatives', () => {
  expect(expandBraces('a{b,c{d,e}}f')).toEqual(['abf', 'acdf', 'acef']);
  expect(expandBraces('{a,b}{c,d}')).toEqual(['ac', 'ad', 'bc', 'bd']);
  expect(expandBraces('a{b')).toEqual(['a{b']);
  expect(expandBraces('{a}')).toEqual(['{a}']);
  expect(expandBraces('{a,b}'.repeat(20))).toHaveLength(256);
  expect(expandBraces('{'.repeat(5000))).toHaveLength(1);
});

test('edit distance and the nearest keyword', () => {
  expect(editDistance('priorty', 'priority', 3)).toBe(1);
  expect(editDistance('pirority', 'priority', 3)).toBe(1);
  expect(editDistance('abc', 'xyz', 1)).toBe(2);
  expect(nearest('virtual_router', ['virtual_router_id', 'virtual_ipaddress'])).toBe('virtual_router_id');
  expect(nearest('zebra', ['priority', 'state'])).toBeNull();
  expect(nearest('x'.repeat(100_000), ['priority'])).toBeNull();
});

describe('hostile text costs time in proportion to its length', () => {
  // Each would take minutes if any step were quadratic in the length of a line or the number of lines.
  const MEGABYTE = 1024 * 1024;
  test.each([
    ['braces in one line', '{'.repeat(MEGABYTE)],
    ['braces before a letter', `${'{'.repeat(MEGABYTE)}x`],
    ['blanks before a letter', `key${' '.repeat(MEGABYTE)}x`],
    ['returns before a letter', `${'\r'.repeat(MEGABYTE)}x`],
    ['equals signs', `key${'='.repeat(MEGABYTE)}\u2028`],
    ['passwords', 'auth_pass '.repeat(100_000)],
    ['keys after braces', '{key '.repeat(100_000)],
    ['colons', `virtual_ipaddress {\n${`${':'.repeat(1000)}x\n`.repeat(4000)}`],
    ['includes of nothing', 'include {a,b}{c,d}{e,f}{g,h}{i,j}{k,l}{m,n}{o,p}\n'.repeat(10_000)],
    ['unknown blocks', 'foo {\n'.repeat(50_000)],
    ['instances', 'vrrp_instance A { interface eth0\n'.repeat(50_000)],
    ['lines', '\n'.repeat(MEGABYTE)],
  ])('%s', (_, text) => {
    const result = read(`vrrp_instance A {\ninterface eth0\n${text}`);
    expect(result.diagnostics.length).toBeGreaterThan(0);
  });
});
