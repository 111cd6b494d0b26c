/** SSL: what checks with SSL_GET present to real servers. */
import { secret, word } from '../kinds.ts';
import { setting, unset } from '../rows.ts';
import type { SettingsBlock } from '../spec.ts';

export const SSL = {
  path: 'SSL',
  keywords: {
    password: setting({ kind: secret(), default: unset(), meaning: 'passphrase of the key' }),
    ca: setting({
      kind: word('FILE'),
      default: unset(),
      meaning: 'certificates to trust, where a check verifies servers (tls_verify)',
    }),
    certificate: setting({ kind: word('FILE'), default: unset(), meaning: 'certificate chain to present' }),
    key: setting({ kind: word('FILE'), default: unset(), meaning: 'private key to the certificate' }),
  },
} satisfies SettingsBlock;
