/** Certificates for one test, made by openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly key: string;
  readonly cert: string;
}

/** Signs itself, for a day. With a passphrase its key is encrypted. */
export function selfSigned(directory: string, name: string, passphrase: string | null = null): Certificate {
  const [keyFile, certificateFile] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  const phrase = passphrase === null ? ['-nodes'] : ['-passout', `pass:${passphrase}`];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '1'],
      ...['-subj', `/CN=${name}`, '-keyout', keyFile, '-out', certificateFile, ...phrase],
    ],
    { stdio: 'pipe' },
  );
  return {
    ...{ keyFile, certificateFile },
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(certificateFile, 'utf8'),
  };
}
