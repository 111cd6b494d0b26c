/** Certificates for one test, made by openssl. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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
  return read(keyFile, certificateFile);
}

/** Who signs: `selfSigned` makes one. */
export type Authority = Pick<Certificate, 'keyFile' | 'certificateFile'>;

export interface Wish {
  /** `DNS:www.example,IP:127.0.0.1` */
  readonly names: string;
  /** From now on; negative: it is over. */
  readonly days: number;
}

export function signedBy(
  { keyFile: caKey, certificateFile: caFile }: Authority,
  directory: string,
  name: string,
  { names, days }: Wish,
): Certificate {
  const file = (ending: string): string => join(directory, `${name}.${ending}`);
  writeFileSync(file('ext'), `subjectAltName=${names}\nbasicConstraints=critical,CA:FALSE\n`);
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
  openssl(
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('csr')],
  );
  openssl(
    ...['x509', '-req', '-in', file('csr'), '-CA', caFile, '-CAkey', caKey, '-CAcreateserial'],
    ...['-days', String(days), '-extfile', file('ext'), '-out', file('crt')],
  );
  return read(file('key'), file('crt'));
}

function read(keyFile: string, certificateFile: string): Certificate {
  return {
    ...{ keyFile, certificateFile },
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(certificateFile, 'utf8'),
  };
}
