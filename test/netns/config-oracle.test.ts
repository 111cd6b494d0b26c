import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configTestExitCode } from '../../src/config/diagnostics.ts';
import { readConfig } from '../../src/config/read.ts';
import { configFiles } from '../../src/daemon/config-files.ts';
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
  ['a repeated address', instance(VIP)],
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
  ['authentication in version 3', instance('version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}')],
];

beforeAll(async () => {
  lan = await createLan({ hosts: ['a'], subnet: '10.9.0.0/24' });
});

afterAll(() => lan?.destroy());

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
