import { describe, expect, test } from 'vitest';
import { read } from './config.fixture.ts';
import { configTestExitCode, type Diagnostic, formatDiagnostics, startExitCode } from './diagnostics.ts';
import { MAX_DIAGNOSTICS } from './problems.ts';
import { redact } from './redact.ts';

function report(text: string): string {
  return formatDiagnostics(read(text).diagnostics);
}

describe('rendering', () => {
  test('every problem of a file in one run', () => {
    const text = `vrrp_instance GATEWAY {
    state MAIN
    interface eth0
\tpriorty 150
    virtual_router_id 300
    advert_int 0.5
    track_script {
        chk_nginx
    }
    virtual_ipaddress {
        192.0.2.10/44 dev eth0
        2001:db8::10/64
    }
}
}
`;
    expect(report(text)).toMatchInlineSnapshot(`
      "(/etc/keepalived.conf: Line 1) error: 'GATEWAY' has no virtual_router_id (1 to 255) [missing-router-id]
        at /etc/keepalived.conf:1:15
        1 | vrrp_instance GATEWAY {
          |               ^^^^^^^
      (/etc/keepalived.conf: Line 2) warning: 'state' must be MASTER or BACKUP: BACKUP is in force [invalid-state]
        at /etc/keepalived.conf:2:11
        2 |     state MAIN
          |           ^^^^
      (/etc/keepalived.conf: Line 4) warning: unknown keyword 'priorty' in vrrp_instance: its line is ignored [unknown-keyword]
        at /etc/keepalived.conf:4:2
        4 | 	priorty 150
          | 	^^^^^^^
        help: did you mean 'priority'?
      (/etc/keepalived.conf: Line 5) warning: 'virtual_router_id' must be 1 to 255, not '300': the line is ignored [number-out-of-range]
        at /etc/keepalived.conf:5:23
        5 |     virtual_router_id 300
          |                       ^^^
      (/etc/keepalived.conf: Line 6) warning: version 2 has whole seconds: 1 s is in force [interval-adjusted]
        at /etc/keepalived.conf:6:16
        6 |     advert_int 0.5
          |                ^^^
      (/etc/keepalived.conf: Line 8) warning: no vrrp_script 'chk_nginx' is defined before this block: this line is ignored [unknown-tracked]
        at /etc/keepalived.conf:8:9
        8 |         chk_nginx
          |         ^^^^^^^^^
      (/etc/keepalived.conf: Line 11) warning: the prefix length must be 0 to 32: 32 is in force [invalid-prefix]
        at /etc/keepalived.conf:11:20
        11 |         192.0.2.10/44 dev eth0
           |                    ^^
      (/etc/keepalived.conf: Line 12) warning: 'GATEWAY' has IPv4 addresses, which this is not: this line is ignored [address-family]
        at /etc/keepalived.conf:12:9
        12 |         2001:db8::10/64
           |         ^^^^^^^^^^^^^^^
      (/etc/keepalived.conf: Line 15) warning: this '}' closes nothing and is ignored [unexpected-close]
        at /etc/keepalived.conf:15:1
        15 | }
           | ^
      "
    `);
  });

  test('a long line is cut around the caret', () => {
    const line = `router_id ${'a'.repeat(60)} ${'b'.repeat(200)} zz`;
    expect(report(`global_defs {\n${line}\n}\n`)).toMatchInlineSnapshot(`
      "(/etc/keepalived.conf: Line 2) note: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb...' is ignored: 'router_id' takes no more words [extra-word]
        at /etc/keepalived.conf:2:72
        2 | router_id aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbb...
          |                                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      "
    `);
  });

  test('control characters do not reach the terminal', () => {
    const text = report('\u001b[2J \u009b1m\nfoo\u0007bar\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(text).toMatchInlineSnapshot(`
      "(/etc/keepalived.conf: Line 1) warning: unknown keyword '?[2J' at the top level: its line is ignored [unknown-keyword]
        at /etc/keepalived.conf:1:1
        1 | ?[2J ?1m
          | ^^^^
      (/etc/keepalived.conf: Line 2) warning: unknown keyword 'foo?bar' at the top level: its line is ignored [unknown-keyword]
        at /etc/keepalived.conf:2:1
        2 | foo?bar
          | ^^^^^^^
      "
    `);
  });

  test('nothing to say', () => {
    expect(formatDiagnostics([])).toBe('');
  });

  test('the number of problems is bounded, and errors among the rest still count', () => {
    const text = `${'foo\n'.repeat(MAX_DIAGNOSTICS + 10)}global_defs {\nsmtp_connect_timeout\n}\n`;
    const { config, diagnostics } = read(text);
    expect(diagnostics).toHaveLength(MAX_DIAGNOSTICS + 1);
    expect(diagnostics.at(-1)).toMatchObject({
      severity: 'warning',
      code: 'too-many-problems',
      message: expect.stringMatching(/^1[0-9] further problems are not shown$/),
    });
    expect(config).toBeNull();
    expect(startExitCode(diagnostics)).toBe(2);
  });
});

describe('exit status', () => {
  const problem = (severity: Diagnostic['severity'], code: string): Diagnostic => ({
    severity,
    code,
    file: 'f',
    line: 1,
    column: 1,
    unsupported: false,
    width: 1,
    message: '',
    suggestion: null,
    source: '',
  });

  test.each([
    [[], 0, 0],
    [[problem('note', 'no-effect')], 0, 0],
    [[problem('warning', 'include-not-found')], 0, 0],
    [[problem('warning', 'unknown-keyword')], 5, 0],
    [[problem('error', 'missing-parameter')], 2, 2],
    [[problem('error', 'config-not-found')], 4, 6],
    [[problem('error', 'include-failed')], 4, 6],
    [[problem('error', 'include-failed'), problem('warning', 'unknown-keyword')], 5, 6],
    [[problem('error', 'bad-interface')], 4, 2],
    [[problem('warning', 'script-security'), problem('error', 'missing-parameter')], 2, 2],
    [[problem('warning', 'script-security'), problem('warning', 'unknown-keyword')], 6, 0],
  ])('%#', (diagnostics, whenTesting, whenStarting) => {
    expect(configTestExitCode(diagnostics)).toBe(whenTesting);
    expect(startExitCode(diagnostics)).toBe(whenStarting);
  });
});

describe('secrets', () => {
  test.each([
    ['  auth_pass s3cret # note', '  auth_pass ********'],
    ['auth_pass "s3 cret"', 'auth_pass ********'],
    ['# auth_pass s3cret', '# auth_pass ********'],
    ['#auth_pass s3cret', '#auth_pass ********'],
    [
      'authentication { auth_type PASS\tauth_pass s3cret }',
      'authentication { auth_type PASS\tauth_pass ******** }',
    ],
    ['auth_hmac { key 1 s3cret', 'auth_hmac { key ********'],
    ['authpass s3cret', 'authpass ********'],
    ['auth_pas s3cret', 'auth_pas ********'],
    ['auth_pass\ns3cret\npriority 5', 'auth_pass\n********\npriority 5'],
    ['auth_pass # later\ns3cret', 'auth_pass ********\ns3cret'.replace('s3cret', '********')],
    ['$AUTH_PASS=s3cret', '$AUTH_PASS=********'],
    ['SSL { password s3cret }', 'SSL { password ******** }'],
    ['auth_type PASS', 'auth_type PASS'],
    ['vrrp_instance key {', 'vrrp_instance key {'],
    ['priority 100', 'priority 100'],
  ])('%j', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  const wrap = (lines: string): string =>
    `vrrp_instance A {\ninterface eth0\nvirtual_router_id 5\nno_virtual_ipaddress\nauthentication {\nauth_type PASS\n${lines}\n}\n}\n`;

  test.each([
    'auth_pass s3cret s3cret',
    'auth_pass\ns3cret',
    'auth_pass "s3cret',
    'auth_pass s3{cret',
    'auth_pass s3cret s3cret {',
    'auth_passs s3cret',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is keepalived's own notation
    'auth_pass ${s3cret}',
    's3cret',
    `auth_pass ${'s3cret'.repeat(300)}`,
    'auth_pass s3cret\0',
  ])('%j shows no secret in any diagnostic or stored file', (lines) => {
    const { diagnostics, files } = read(wrap(lines));
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(JSON.stringify(diagnostics)).not.toContain('s3cret');
    expect(formatDiagnostics(diagnostics)).not.toMatch(/cret/);
    if (lines !== 's3cret') expect(JSON.stringify(files)).not.toContain('cret');
  });
});
