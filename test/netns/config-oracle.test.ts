// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is keepalived's own notation
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configTestExitCode } from '../../src/config/diagnostics.ts';
import { UNKNOWN_ENVIRONMENT } from '../../src/config/environment.ts';
import { Problems } from '../../src/config/problems.ts';
import { readConfig } from '../../src/config/read.ts';
import { readConsolidatedItems } from '../../src/config/text/consolidated.ts';
import { configFiles } from '../../src/host/config-files.ts';
import type { Lan } from '../../src/lab/namespaces.ts';
import { createLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';

/**
 * Debian's keepalived as the judge of plain configurations: does `-t` accept them? It is version 2.2.7, so nothing that
 * changed since is compared, and nothing that is not supported here.
 */
const directory = temporaryDirectory('oracle');
let lan: Lan;

const VIP = 'virtual_ipaddress {\n10.9.0.50/24\n}';
const instance = (lines: string, name = 'A'): string =>
  `vrrp_instance ${name} {\ninterface eth0\nvirtual_router_id 5\npriority 100\n${VIP}\n${lines}\n}\n`;

const CASES: readonly (readonly [name: string, text: string])[] = [
  ['nothing', ''],
  ['plain', instance('')],
  ['comments and blank lines', `# a\n\n! b\n${instance('advert_int 1 # c')}`],
  ['braces on their own lines', instance('').replace('A {', 'A\n{')],
  [
    'braces on one line',
    `vrrp_instance A { interface eth0\nvirtual_router_id 5\nvirtual_ipaddress { 10.9.0.50/24 } }\n`,
  ],
  ['quotes', instance('').replace('eth0', '"eth0"')],
  ['words too many', instance('priority 90 ninety')],
  ['a sign', instance('priority +7')],
  ['an include that matches nothing', `include none*.conf\n${instance('')}`],
  ['an include that does not exist', `include none.conf\n${instance('')}`],
  ['a line of 1023 bytes', `${instance('')}#${'x'.repeat(1022)}\n`],
  [
    'an address option',
    instance('virtual_ipaddress {\n10.9.0.51/24 dev eth0 brd 10.9.0.255 label eth0:1\n}'),
  ],
  ['a unicast peer', instance('unicast_src_ip 10.9.0.1\nunicast_peer {\n10.9.0.2\n}')],
  ['globals', `global_defs {\nrouter_id x\nvrrp_garp_master_delay 1\nvrrp_version 3\n}\n${instance('')}`],
  ['an unknown keyword', instance('priorty 3')],
  ['an unknown block', `foo {\na b\n}\n${instance('')}`],
  ['a priority out of range', instance('priority 300')],
  ['a priority of letters', instance('priority high')],
  ['an unknown state', instance('state FOO')],
  ['nopreempt with MASTER', instance('state MASTER\nnopreempt')],
  ['half a second in version 2', instance('advert_int 0.5')],
  ['an eighth of a second in version 3', instance('version 3\nadvert_int 0.125')],
  ['50 seconds in version 3', instance('version 3\nadvert_int 50')],
  ['no VRID', `vrrp_instance A {\ninterface eth0\n${VIP}\n}\n`],
  ['no interface', `vrrp_instance A {\nvirtual_router_id 5\n${VIP}\n}\n`],
  ['no address, version 2', 'vrrp_instance A {\ninterface eth0\nvirtual_router_id 5\n}\n'],
  ['no address, version 3', 'vrrp_instance A {\nversion 3\ninterface eth0\nvirtual_router_id 5\n}\n'],
  ['a VRID twice', instance('') + instance('', 'B')],
  ['a name twice', instance('') + instance('virtual_router_id 6')],
  ['an invalid address', instance('virtual_ipaddress {\n10.9.0.300/24\n}')],
  ['an invalid prefix', instance('virtual_ipaddress {\n10.9.0.30/44\n}')],
  ['an unknown address option', instance('virtual_ipaddress {\n10.9.0.30/24 foo\n}')],
  ['a missing value', instance('priority')],
  ['a missing closing brace', instance('').trimEnd().slice(0, -1)],
  ['a closing brace too many', `${instance('')}}\n`],
  ['a missing opening brace', instance('').replace('A {', 'A')],
  ['a quote that is never closed', instance('').replace('eth0', '"eth0')],
  ['a NUL', instance('pri\0ority 4')],
  ['no burst', instance('garp_master_repeat 0')],
  ['definitions', `$P=50\n$I= \\\ninterface eth0 \\\npriority $P\n${instance('$I')}`],
  ['a definition of a number too large', `$P=300\n${instance('priority $P')}`],
  ['what is not defined', instance('priority $P')],
  ['a condition that does not hold', instance('@other priority 300')],
  ['a condition that holds', instance('@^other priority 300')],
  ['a loop', instance('virtual_ipaddress {\n~SEQ(i,60,70) 10.9.0.$i/24\n}')],
  ['a loop that goes too far', instance('virtual_ipaddress {\n~SEQ(i,250,260) 10.9.0.$i/24\n}')],
  ['a loop over a list', instance('virtual_ipaddress {\n~LST({i,j}, {60,61}, {62,63}) 10.9.0.$i/24\n}')],
  ['a loop that never ends', instance('~SEQ(i,1,0,3) priority 7')],
  ['a definition with half a quote', `$P="50\n${instance('')}`],
  ['a directory to include', `include ${directory}\n${instance('')}`],
  ['a directory to include, checked', `includer ${directory}\n${instance('')}`],
  ['a file that is missing, checked for readability', `includer none.conf\n${instance('')}`],
  ['a file that is missing, checked', `includem none.conf\n${instance('')}`],
  ['a pattern without match, checked', `includem none*.conf\n${instance('')}`],
  ['a pattern without match, fully checked', `includea none*.conf\n${instance('')}`],
  ['alternatives without match', `includeb {none,neither}.conf\n${instance('')}`],
  ['alternatives without match, not checked', `includew {none,neither}.conf\n${instance('')}`],
  ['a file in quotes', `include "none.conf"\n${instance('')}`],
  ['include_check', `global_defs {\ninclude_check\n}\ninclude none.conf\n${instance('')}`],
  [
    'include_check without match',
    `global_defs {\ninclude_check brace_match\n}\ninclude none.conf\n${instance('')}`,
  ],
  ['an executable file', `include ${directory}/executable\n${instance('')}`],
  ['an executable file, checked', `includer ${directory}/executable\n${instance('')}`],
  ['authentication in version 3', instance('version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}')],
];

/** Lines without braces, of quoted words: no keyword has a blank, so that keepalived complains about each with its text. */
const LINES: readonly (readonly string[])[] = [
  ['$A=  one two  ', '"a ${A}]"', '"b $A"', '"c $A "', '$A', 'd$A$A', 'e$A/f'],
  ['$1A=x', '$A =x', '$B-C=x', '$E=', '"a ${E}]"'],
  ['$A=a${B}', '$B=1', '"${A} x"', '$B=2', '"${A} x"'],
  ['$A=$B=5', '$A', '"a ${B}"'],
  ['$B=1', '$A=$B', '"${A}x y"', '"${A} x"'],
  ['$A=a # b', '"${A}] c"', '$B="a # b"', '${B}', '$C=a \\# b', '"${C} d"'],
  ['$A= \\', '"a b" \\', '"c d"', '$A', 'x $A', '$A x', '"y ${A}"'],
  ['$A=a \\', '', 'b', '$A'],
  ['$A=a # b \\', 'c', '$A'],
  ['$A=a \\', 'b', '$C=c \\', '$A \\', '$D=9 \\', '"d ${D}"', '$C', '"e ${D}"'],
  ['@left "a b"', '@right "c d"', '@^left "e f"', '@^right "g h"', '@ left "i j"', '@^ "k l"', '@left"m n"'],
  ['~SEQ(i,1,3) "a $i "', '~SEQ(i,3) "b ${i}"', '~SEQ(i,-3) "c ${i}"', '~SEQ(i,0) "d ${i}"', '"e ${i}"'],
  [
    '~SEQ (i , 1, 2 , 6)"a ${i}"',
    '~SEQ(i,5,-2,0) "b ${i}"',
    '~SEQx(i,0x9,0xb) "c ${i}"',
    '~SEQ(i,010,012) "d ${i}"',
  ],
  ['~SEQ(i,1,2) ~SEQ(j,${i},3) "a ${i} ${j}"', '~SEQ(i,1,2) x ~SEQ(j,1,2) y'],
  [
    '~LST(i,a, b ,) "a ${i}]"',
    '~LST({i,j},{a,b},{c}) "b ${i} ${j}]"',
    '~LST({i},{a}) ~SEQ(j,1,2) "c ${i} ${j}"',
  ],
  ['~SEQ(n,1,2) $V${n}=val${n}', '"a ${V1} ${V2}"', '$L=~SEQ(i,1,2)', '$L "b ${i}"', '~FOO(i,1,2) "c d"'],
  ['~SEQ(i,1,2) @left "a ${i}"', '@left ~SEQ(i,1,2) "b ${i}"', '~SEQ(i,1,2) @right "c ${i}"'],
  ['"a ${_INSTANCE} ${_HASH} ${_BANG} $_HASH x"', '"b \\# c" # d', 'e\\#f', '"g ${_PWD}"'],
];

const INCLUDES: readonly (readonly string[])[] = [
  ['$F=in*', 'include $F', 'include ${F}luded', '@left include included', '~LST(f,ed) include includ${f}'],
  [
    'include included # comment',
    '  include\tincluded',
    'include "included"',
    'include included included',
    'include',
  ],
];

beforeAll(async () => {
  await writeFile(path.join(directory, 'executable'), '', { mode: 0o755 });
  await writeFile(path.join(directory, 'included'), '"in ${_PWD}"\n', { mode: 0o644 });
  lan = await createLan({ hosts: ['a'], subnet: '10.9.0.0/24' });
});

afterAll(() => lan?.destroy());

describe('lines become what they are for keepalived', () => {
  /** What keepalived complains about, and what our lines begin with. */
  const compare = async (lines: readonly string[]): Promise<{ theirs: string[]; ours: string[] }> => {
    const file = path.join(directory, 'lines.conf');
    await writeFile(file, `${lines.join('\n')}\n`);
    const command = ['keepalived', '-t', '-l', '-i', 'left', '-f', file];
    const { stderr } = await lan.exec('a', command, { allowFailure: true });
    // Every process reads the file; the first messages, without the name of the file, are those of the first.
    const words = stderr.matchAll(/^\((?:included: )?Line \d+\) Unknown keyword '(.*)'$/gm);
    const { consolidated } = readConfig(file, configFiles, { ...UNKNOWN_ENVIRONMENT, configId: 'left' });
    const items = readConsolidatedItems(consolidated, new Problems());
    return {
      theirs: [...words].map((match) => match[1] ?? ''),
      ours: items.map((item) => (item.kind === 'words' ? item.words[0].text : item.kind)),
    };
  };

  test.each(LINES.map((lines) => [lines]))('%j', async (lines) => {
    const { theirs, ours } = await compare(lines);
    expect(ours).toEqual(theirs);
  });

  test.each(INCLUDES.map((lines) => [lines]))('%j', async (lines) => {
    const { theirs, ours } = await compare(lines);
    // Included files are named by every process.
    expect(new Set(ours)).toEqual(new Set(theirs));
  });
});

describe('the verdict is that of keepalived -t', () => {
  test.each(CASES)('%s', async (name, text) => {
    const file = path.join(directory, `${name.replaceAll(/\W/g, '-')}.conf`);
    await writeFile(file, text);
    const judge = await lan.exec('a', ['keepalived', '-t', '-l', '-f', file], { allowFailure: true });
    const { diagnostics } = readConfig(file, configFiles);
    const theirs = judge.code === 0 ? 'accepted' : 'rejected';
    const ours = configTestExitCode(diagnostics) === 0 ? 'accepted' : 'rejected';
    expect(ours, `keepalived says:\n${judge.stderr}`).toBe(theirs);
  });
});
