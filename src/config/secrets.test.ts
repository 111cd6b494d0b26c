// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is keepalived's own notation
import { describe, expect, test } from 'vitest';
import { FILE, memoryFiles } from './config.fixture.ts';
import { formatDiagnostics } from './diagnostics.ts';
import { UNKNOWN_ENVIRONMENT } from './environment.ts';
import { readConfig, readConsolidated } from './read.ts';

const SECRET = 's3cret';
const ENVIRONMENT = {
  ...UNKNOWN_ENVIRONMENT,
  variable: (name: string) => (name === 'PASSWORD' ? SECRET : null),
};

const wrap = (lines: string, before = ''): string =>
  `${before}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 5\nno_virtual_ipaddress\nauthentication {\nauth_type PASS\n${lines}\n}\n}\n`;

/** Everything that is shown or kept of a reading, also of one from the consolidated text. */
function shown(text: string): string {
  const { files, diagnostics, consolidated } = readConfig(FILE, memoryFiles({ [FILE]: text }), ENVIRONMENT);
  const again = readConsolidated(consolidated, ENVIRONMENT).diagnostics;
  expect(again).toEqual(diagnostics);
  return JSON.stringify(files) + JSON.stringify(diagnostics) + formatDiagnostics(diagnostics);
}

describe('a secret is not shown', () => {
  test.each<[name: string, before: string, lines: string]>([
    ['of a definition', '$X=s3cret', 'auth_pass $X x'],
    ['of a definition in braces', '$X=s3cret', 'auth_pass ${X}'],
    ['of a definition of a definition', '$X=s3\n$Y=cret\n$Z=${X}${Y}', 'auth_pass ${Z} x'],
    ['of a definition with the keyword', '$X=auth_pass s3cret', '$X x'],
    ['of a keyword that is defined', '$X=auth_pass', '$X s3cret x'],
    ['of both', '$X=auth_pass\n$Y=s3cret', '$X $Y'],
    ['of several lines', '$X= \\\nauth_pass \\\ns3cret', '$X'],
    ['of several lines, with the keyword', '$X= \\\nauth_pass s3cret x \\\nx', '$X'],
    [
      'of a definition that is used elsewhere too',
      '$X=s3cret\nglobal_defs {\nrouter_id a $X\n}\nfoo $X',
      'auth_pass $X',
    ],
    ['of a definition for another machine', '$X=s3cret', '@other auth_pass $X'],
    ['of a definition after a brace', 'foo { $X=s3cret', 'auth_pass $X'],
    ['of a definition that is not closed', '$X="s3cret', 'auth_pass $X'],
    ['of the environment', '', 'auth_pass ${_ENV PASSWORD} x'],
    ['of the environment, through a definition', '$X=${_ENV PASSWORD}', 'auth_pass $X x'],
    ['of a loop', '', '~LST(i,s3cret,s3cret2) auth_pass $i x'],
    ['of a loop with tuples', '', '~LST({i,j},{a,s3cret}) auth_pass ${j} ${i}'],
    ['of an HMAC key', '$K=s3cret\nvrrp_instance B {\nauth_hmac {\nkey 1 $K x\n}\n}', ''],
    ['of an HMAC key in clear text', 'vrrp_instance B {\nauth_hmac {\nkey 1 s3cret x\n}\n}', ''],
    ['of the SSL password', '$K=s3cret\nSSL {\npassword $K x\n}', ''],
    ['of a definition that stands for itself', '$X=s3cret ${X}', 'auth_pass $X'],
    ['of a definition with a telling name', '$MY_PASSWORD=s3cret', ''],
    ['of a wrong keyword', '$X=s3cret', 'auth_passs $X'],
    ['of a keyword with a sign', '', 'auth_pass=s3cret'],
    ['of a keyword with a sign, in quotes', '', '"auth_pass=s3cret"'],
    ['of a wrong SSL password', 'SSL {\npasswrod s3cret x\npasword s3cret x\nPassword s3cret\n}', ''],
    ['of a key by another name', '', 'hmac_key s3cret x\nAUTH_PASSWORD s3cret'],
    [
      'of a wrong block',
      'global_defs {\nauth_pass s3cret\nkey 1 s3cret\n}\nauth_pass s3cret {\n}\nauth_pass {\ns3cret\n}\nauth_pass x {\ns3cret\n}',
      '',
    ],
  ])('%s', (_, before, lines) => {
    expect(shown(wrap(lines, before))).not.toContain('s3cret');
  });
});

test('the consolidated text has the secret: it is what the daemon works with', () => {
  const text = wrap('auth_pass $X', '$X=s3cret');
  expect(readConfig(FILE, memoryFiles({ [FILE]: text })).consolidated).toContain('auth_pass s3cret');
});
