/** No byte of a daemon's journal is a password or key of its configuration. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { relived } from '../../src/lab/routers.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { RouterProcess } from '../harness/router.ts';

const SECRETS = [
  's3cPASS1',
  's3cHMACkey0123456789abcdef0123456789',
  's3cSSLpassword',
  's3cUnused',
  's3cOther',
];
const [PASS, HMAC, SSL, UNUSED, OTHER] = SECRETS;

/** Masked as a definition, in a comment, where it is wrong, and after a reload. */
const configuration = (pass: string | undefined): string => `
$PW=${pass}
SSL {
  password ${SSL}
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 1
  version 2
  # auth_pass ${UNUSED}
  authentication {
    auth_type PASS
    auth_pass $PW
  }
  virtual_ipaddress {
    10.77.0.101
  }
}
vrrp_instance VI_2 {
  state BACKUP
  interface eth0
  virtual_router_id 52
  priority 100
  version 3
  unicast_src_ip 10.77.0.1
  unicast_peer {
    10.77.0.2
  }
  auth_hmac {
    active_key 1
    key 1 ${HMAC}
  }
  virtual_ipaddress {
    10.77.0.102
  }
}
`;

it('journals a life with passwords and keys, and a reload that changes them, without any of them', async () => {
  const directory = temporaryDirectory('secrets');
  await withLan({ hosts: ['a'] }, async (lan) => {
    const router = await RouterProcess.start(lan, 'a', {
      ...{ program: relived, configuration: configuration(PASS), directory },
    });
    await router.waitForLog('Entering MASTER STATE');
    writeFileSync(router.configuration, configuration(OTHER));
    router.signal('SIGHUP');
    await router.waitForLog('Reload complete');
    await router.stop();
    const { journal } = router.files;
    const files = readdirSync(journal);
    expect(files.some((file) => file.endsWith('.db'))).toBe(true);
    for (const file of files) {
      if (file.startsWith('.')) continue;
      const bytes = readFileSync(join(journal, file));
      expect(bytes.includes('auth_pass')).toBe(file.endsWith('.db'));
      for (const secret of SECRETS) expect(bytes.includes(secret), `${secret} in ${file}`).toBe(false);
    }
  });
});
