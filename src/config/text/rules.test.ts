// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is keepalived's own notation
import { describe, expect, test } from 'vitest';
import { FILE, memoryFiles } from '../config.fixture.ts';
import { type Diagnostic, formatDiagnostics } from '../diagnostics.ts';
import { type Environment, UNKNOWN_ENVIRONMENT } from '../environment.ts';
import { type ReadConfigResult, readConfig, readConsolidated } from '../read.ts';

const ENVIRONMENT: Environment = {
  ...UNKNOWN_ENVIRONMENT,
  configId: 'left',
  variable: (name) => (name === 'SITE' ? 'rome' : null),
};

function readLines(lines: readonly string[], more: Readonly<Record<string, string>> = {}): ReadConfigResult {
  const text = lines.join('\n');
  return readConfig(FILE, memoryFiles({ [FILE]: text, ...more }), ENVIRONMENT);
}

/** What the lines become: quoted words are no keywords, so that each is complained about with its text. */
function words(lines: readonly string[], more: Readonly<Record<string, string>> = {}): string[] {
  const { diagnostics } = readLines(lines, more);
  return diagnostics.map(({ code, message }) => {
    return code === 'unknown-keyword' ? message.replace(/^unknown keyword '(.*)' at the top.*$/, '$1') : code;
  });
}

describe('definitions', () => {
  test.each<[name: string, lines: string[], expected: string[]]>([
    ['blanks around the text go', ['$A=  one two  ', '"[${A}]"'], ['[one two]']],
    ['an empty text', ['$A=', '"[${A}]"'], ['[]']],
    ['no blank before the sign', ['$A =x', '"$A "'], ['$A', '$A ']],
    ['a name begins with no digit', ['$1A=x'], ['$1A=x']],
    ['the last one counts', ['$A=1', '$A=2', '"${A}"'], ['2']],
    ['a comment is no part', ['$A=x # y', '"[${A}]"'], ['[x]']],
    ['quotes protect a comment sign', ['$A="x # y"', '${A}'], ['x # y']],
    ['an escaped comment sign', ['$A=x \\# y', '"[${A}]"'], ['[x # y]']],
    [
      'without braces a blank must follow',
      ['$A=x', '"$A"', '"$A "', 'a$A$A', 'b$A/c'],
      ['$A', 'x ', 'a$Ax', 'b$A/c'],
    ],
    ['put in when used, not when defined', ['$A=a${B}', '$B=1', '"${A}"', '$B=2', '"${A}"'], ['a1', 'a2']],
    ['after putting in, a blank must follow too', ['$B=1', '$A=$B', '"${A}x"', '"${A} x"'], ['$Bx', '1 x']],
    ['what is not defined stays', ['"${A}"', '$A', '"$A x"'], ['${A}', '$A', '$A x']],
    ['a definition of a definition', ['$A=$B=5', '$A', '"${B}"'], ['5']],
    ['a condition', ['$A=@left', '$B=@right', '$A "yes"', '$B "no"'], ['yes']],
    ['after a brace', ['vrrp_script x { $A=5', 'foo ${A}', '}'], expect.any(Array)],
    ['built in', ['"${_PWD} ${_INSTANCE} ${_HASH}${_BANG} ${_ENV SITE}"'], ['/etc left #! rome']],
    ['built in, outside quotes', ['a${_HASH}b', 'c${_BANG}d'], ['a#b', 'c!d']],
    ['built in, defined otherwise', ['$_PWD=x', '"${_PWD}"'], ['x']],
    ['an environment variable that is not set', ['"${_ENV NONE}"'], ['${_ENV NONE}']],
    ['a random number between equal ends', ['"${_RANDOM 7 7}"'], ['7']],
    ['no random number', ['"${_RANDOM x}"', '"${_RANDOM 5 3}"'], ['${_RANDOM x}', '${_RANDOM 5 3}']],
  ])('%s', (_, lines, expected) => {
    expect(words(lines)).toEqual(expected);
  });

  test.each<[name: string, lines: string[], expected: string[]]>([
    ['begins in the next line', ['$A= \\', '"a" \\', '"b"', '$A'], ['a', 'b']],
    ['begins in its own line', ['$A="a"\\', '"b"', '$A'], ['a', 'b']],
    ['a backslash behind a comment', ['$A=a # x \\', 'b', '$A'], ['a', 'b']],
    ['an empty line ends it', ['$A=a \\', '', 'c'], ['c']],
    ['only at the end of a line', ['$A=a \\', 'b', 'x $A', '$A x', '"${A}"'], ['x', 'b', '$A', '${A}']],
    ['every line is a line', ['$A= \\', '$B=1 \\', '@right "no" \\', '@left "yes${B}"', '$A'], ['yes1']],
    ['within another', ['$A=a \\', 'b', '$C=c \\', '$A \\', 'd', '$C'], ['c', 'a', 'b', 'd']],
  ])('of several lines: %s', (_, lines, expected) => {
    expect(words(lines)).toEqual(expected);
  });

  test('random numbers come from the seed of the configuration, else from that of the machine', () => {
    const draw = (seed: string): string[] =>
      words(['global_defs {', seed, '}', ...Array(5).fill('"${_RANDOM 0 4294967295}"')]);
    expect(draw('random_seed 5')).toEqual(draw('random_seed 5'));
    expect(draw('random_seed 6')).not.toEqual(draw('random_seed 5'));
    expect(readLines(['"${_RANDOM}"']).randomSeed).toBe(ENVIRONMENT.randomSeed);
    expect(readLines(['global_defs {', 'random_seed 9', '}', '"${_RANDOM}"']).randomSeed).toBe(9);
    expect(readLines(['global_defs {', 'random_seed 9', '}']).randomSeed).toBeNull();
  });
});

test.each([
  [
    ['@left "a"', '@right "b"', '@^left "c"', '@^right "d"'],
    ['a', 'd'],
  ],
  [['@left @^right "a"', '@left @right "b"'], ['a']],
  [
    ['@left"a"', '@ left "b"', '@^ "c"', '@left\t"d"'],
    ['c', 'd'],
  ],
  [['@left include b', '@right include c'], ['from b']],
])('conditions: %j', (lines, expected) => {
  expect(words(lines, { '/etc/b': '"from b"' })).toEqual(expected);
});

describe('loops', () => {
  /** The peers that a line inside unicast_peer makes. */
  const peers = (...lines: string[]): string[] =>
    (
      readLines([
        'vrrp_instance A {\nvirtual_router_id 1\ninterface eth0\nno_virtual_ipaddress\nunicast_peer {',
        ...lines,
        '}\n}',
      ]).config?.tree.vrrp_instance[0] as unknown as { unicast_peer: { address: string }[] }
    )?.unicast_peer.map((peer) => (typeof peer === 'string' ? peer : peer.address).replace('10.0.', ''));

  test.each([
    ['~SEQ(i,1,3) 10.0.0.$i', ['0.1', '0.2', '0.3']],
    ['~SEQ(i,3,1) 10.0.0.${i}', ['0.3', '0.2', '0.1']],
    ['~SEQ(i,3) 10.0.0.${i}', ['0.1', '0.2', '0.3']],
    ['~SEQ (i, 1, 2 , 6)10.0.0.${i}', ['0.1', '0.3', '0.5']],
    ['~SEQ(i,5,-2,0) 10.0.0.${i}', ['0.5', '0.3', '0.1']],
    ['~SEQ(i,0x9,0xb) 10.0.0.${i}', ['0.9', '0.10', '0.11']],
    ['~SEQ(i,010,011) 10.0.0.${i}', ['0.8', '0.9']],
    ['~SEQx(i,0x10,16) 10.0.0.${i}', ['0.10']],
    ['~SEQ(i,1,2) ~SEQ(j,${i},2) 10.0.${i}.${j}', ['1.1', '1.2', '2.2']],
    ['~LST(i,4, 5 ) 10.0.0.${i}', ['0.4', '0.5']],
    ['~LST({i,j},{1,2},{3,4}) 10.0.${i}.${j}', ['1.2', '3.4']],
    ['~LST({ i , j }, { 1 , 2 }) ~SEQ(k,3,4) 10.0.${i}${j}.${k}', ['12.3', '12.4']],
    ['@left ~SEQ(i,1,2) 10.0.0.${i}', ['0.1', '0.2']],
    ['~SEQ(i,1,2) @left 10.0.0.${i}', ['0.1', '0.2']],
    ['~SEQ(i,1,2) $A${i}=7${i}\n10.0.${A1}.${A2}', ['71.72']],
    ['~SEQ(i,1,2)\n10.0.0.${i}', ['0.2']],
    ['$L=~SEQ(i,1,2)\n$L 10.0.0.${i}', ['0.1', '0.2']],
    ['$B=10.0.${i}.1 \\\n10.0.${i}.2\n~SEQ(i,1,2) $B', ['1.1', '1.2', '2.1', '2.2']],
  ])('%s', (line, expected) => {
    expect(peers(line)).toEqual(expected);
  });

  test.each([
    '~SEQ(i,1,0,3) x',
    '~SEQ(i,1,-1,3) x',
    '~SEQ(i,3,1,1) x',
    '~SEQ(i,a,b) x',
    '~SEQ(i,1,2,3,4) x',
    '~SEQ(i) x',
    '~SEQ() x',
    '~SEQ(,1,2) x',
    '~SEQ(i,1,2 x',
    '~SEQ x',
    '~SEQX(i,1,2) x',
    '~SEQx(i,-1,1) x',
    '~LST(i) x',
    '~LST( x',
    '~LST(i,a b) x',
    '~LST({i,j},{a,b,c}) x',
    '~LST(i,{a,b}) x',
  ])('%s is no loop', (line) => {
    expect(words([line, '"after"'])).toEqual(['invalid-loop', 'after']);
  });

  test('a problem of every iteration is reported once, with the step that made its text', () => {
    const { diagnostics } = readLines([
      '$I= \\',
      'vrrp_instance V${i} { \\',
      'interface eth0 \\',
      'virtual_router_id ${i} \\',
      'priority 300 \\',
      'no_virtual_ipaddress \\',
      '}',
      '~SEQ(i,1,100) $I',
    ]);
    expect(diagnostics.map(({ code, line, times }) => [code, line, times])).toEqual([
      ['number-out-of-range', 8, 100],
    ]);
    expect(formatDiagnostics(diagnostics)).toMatchInlineSnapshot(`
      "(/etc/keepalived.conf: Line 8) warning: 'priority' must be 1 to 255, not '300': the line is ignored, the default is in force (100; 255 when state MASTER and unset) [number-out-of-range]
        at /etc/keepalived.conf:8:10
        8 | priority 300
          |          ^^^
        expanded from ~SEQ i=1, $I (/etc/keepalived.conf:1)
        the same 99 more times in this loop
      "
    `);
  });
});

describe('what never ends', () => {
  const digits = Array.from({ length: 30 }, (_, index) => index);
  test.each<[name: string, lines: string[], code: string]>([
    ['nested loops', ['~SEQ(a,1,999999999) ~SEQ(b,1,999999999) x ${a}'], 'expansion-too-large'],
    ['a loop over nothing', ['~SEQ(a,1,9223372036854775807) ~SEQ(b,1,9) @no'], 'expansion-too-large'],
    [
      'definitions that double',
      [...digits.map((n) => `$A${n}=\${A${n + 1}}\${A${n + 1}}`), '$A30=x', '${A0}'],
      'expansion-too-large',
    ],
    [
      'definitions that double nothing',
      [...digits.map((n) => `$A${n}=\${A${n + 1}}\${A${n + 1}}`), '$A30=', '${A0}'],
      'expansion-too-large',
    ],
    [
      'lines that double',
      [...digits.flatMap((n) => [`$A${n}=$A${n + 1} \\`, `$A${n + 1}`]), '$A30=x', '$A0'],
      'expansion-too-large',
    ],
    ['a definition of itself', ['$A=x ${A}', '${A}'], 'definition-loop'],
    ['a circle', ['$A=${B}', '$B=${A}', '${A}'], 'definition-loop'],
    ['a definition of several lines', ['$A=a \\', '$A', '$A'], 'definition-loop'],
    ['a loop of itself', ['$A=~SEQ(i,1,2) $A', '$A'], 'definition-loop'],
    [
      'a long chain',
      [...Array.from({ length: 2000 }, (_, n) => `$A${n}=\${A${n + 1}}`), '${A0}'],
      'expansion-too-large',
    ],
    ['loops without end in one line', [`${'~SEQ(a,1,2) '.repeat(80)}x`], 'expansion-too-large'],
  ])('%s', { timeout: 120_000 }, (_, lines, code) => {
    const { config, diagnostics } = readLines(lines);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map((error) => [error.code, error.line])).toEqual([[code, lines.length]]);
    expect(config).toBeNull();
  });
});

describe('includes', () => {
  const files = {
    '/etc/a': '"a ${_PWD}"',
    '/etc/b': '"b"',
    '/etc/sub/c': '"c ${_PWD}"\ninclude d',
    '/etc/sub/d': '"d"',
  };

  test.each<[lines: string[], expected: string[]]>([
    [
      ['$F=a', 'include $F', 'include ${F}'],
      ['a /etc', 'a /etc'],
    ],
    [['~LST(f,a,b) include ${f}'], ['a /etc', 'b']],
    [['$S=include a', '$S'], ['a /etc']],
    [
      ['include sub/c', '"${_PWD}"'],
      ['/etc', 'c /etc/sub', 'd'],
    ],
    [['global_defs { include b', '}'], expect.any(Array)],
  ])('%j', (lines, expected) => {
    expect(words(lines, files)).toEqual(expected);
  });

  const check = (checks: string, line: string): string[] =>
    readLines([`global_defs {\n${checks}\n}`, line], {
      '/etc/e': '',
      '/etc/in': 'global_defs {\ninclude_check\n}',
    })
      .diagnostics.filter(({ code }) => code.startsWith('include'))
      .map(({ severity }) => severity);

  test.each([
    ['', 'include none', ['warning']],
    ['', 'include none*', []],
    ['', 'include {e,none}', ['warning']],
    ['include_check', 'include none', ['error']],
    ['include_check', 'include none*', ['error']],
    ['include_check', 'include {e,none}', ['error']],
    ['include_check match', 'include none', ['error']],
    ['include_check match', 'include none*', []],
    ['include_check match', 'include {e,none}', ['warning']],
    ['include_check wildcard_match', 'include none', ['warning']],
    ['include_check wildcard_match', 'include none*', ['error']],
    ['include_check brace_match', 'include none', ['warning']],
    ['include_check brace_match', 'include {e,none}', ['error']],
    ['include_check brace_match', 'include {e,none*}', []],
    ['include_check\ninclude_check -match', 'include none', ['warning']],
    ['include_check\ninclude_check -match', 'include none*', ['error']],
    ['include_check +match', 'include none', ['error']],
    ['include in', 'include none', ['warning']],
    ['include_check match', 'includew none*', ['error']],
  ])('%s, then %s', (checks, line, expected) => {
    expect(check(checks, line)).toEqual(expected);
  });

  test('an executable file is not read', () => {
    const source = memoryFiles({ [FILE]: 'include x\n', '/etc/x': '"no"' });
    const executable = {
      ...source,
      read: (path: string) => ({ ...source.read(path), executable: path.endsWith('x') }),
    };
    const codes = (first: string): string[] => {
      const files = {
        ...executable,
        read: (path: string) => (path === FILE ? { text: first } : executable.read(path)),
      };
      return readConfig(FILE, files).diagnostics.map(({ severity, code }) => `${severity} ${code}`);
    };
    expect(codes('include x\n')).toEqual(['warning include-skipped']);
    expect(codes('includer x\n')).toEqual(['error include-failed']);
  });
});

function placesOf(diagnostics: readonly Diagnostic[]): unknown[] {
  return diagnostics.map(({ file, line, column, width, code, source }) => ({
    file,
    line,
    column,
    width,
    code,
    source,
  }));
}

test('a place in a line that was made shows the line as it is read', () => {
  const { diagnostics } = readLines(['$A=one', '', '@left  "x" { "$A z" } ${A}two # c']);
  expect(placesOf(diagnostics).at(-1)).toEqual({
    file: FILE,
    line: 3,
    column: 24,
    width: 6,
    code: 'unknown-keyword',
    source: '@left  "x" { "one z" } onetwo',
  });
});

test('the consolidated text reads the same', () => {
  const { consolidated, config, diagnostics } = readLines([
    '$A=one',
    '"${A}"',
    'include none',
    '"b"',
    '"unmatched',
  ]);
  expect(consolidated).not.toContain('include none"b"');
  const again = readConsolidated(consolidated, ENVIRONMENT);
  expect(again.diagnostics).toEqual(diagnostics);
  expect(again.config).toEqual(config);
});
