/** What this machine presents to servers that ask for it in the TLS handshake: the SSL block of the configuration. */
import { readFileSync } from 'node:fs';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { lateCrypto, lateTls } from '../late-modules.ts';

/**
 * What this machine presents to servers, and whom it trusts: null, nobody, as nobody is verified; '' whom the configuration
 * or else the system trusts; else the certificates of this file. Throws an Error that says what cannot be had.
 */
export type TlsIdentity = (ca: string | null) => SecureContext;

export interface TlsFiles {
  /** Files of PEM; null: none. */
  readonly certificate: string | null;
  readonly key: string | null;
  /** Whom checks trust that verify, and say no file of their own; loaded in any case, as keepalived does. */
  readonly ca: string | null;
  /** Of the key; asked for when it is needed. */
  readonly passphrase: () => string | null;
}

export const NO_TLS_FILES: TlsFiles = { certificate: null, key: null, ca: null, passphrase: () => null };

/** Loads the files when the first handshake needs them, once for all that follow. */
export class TlsIdentityStore {
  #files: TlsFiles;
  /** By whom is trusted: as many as a configuration names files, and two. */
  readonly #loaded = new Map<string | null, SecureContext | Error>();

  constructor(files: TlsFiles) {
    this.#files = files;
  }

  /** Others, or the same with something else in them: a reload. */
  replace(files: TlsFiles): void {
    this.#files = files;
    this.#loaded.clear();
  }

  /** @throws Error that names the file which cannot be used */
  readonly context: TlsIdentity = (ca) => {
    const loaded = this.#loaded.get(ca) ?? load(this.#files, ca);
    this.#loaded.set(ca, loaded);
    if (loaded instanceof Error) throw loaded;
    return loaded;
  };
}

/** keepalived takes any version that its library has. */
const ANY_VERSION = { minVersion: 'TLSv1' } as const;

function load({ certificate, key, ca, passphrase }: TlsFiles, trusted: string | null): SecureContext | Error {
  const { createSecureContext, getCACertificates } = lateTls();
  const { X509Certificate } = lateCrypto();
  // Without certificates to trust, Node would load those of the whole world, which nothing here looks at.
  const options: SecureContextOptions = { ...ANY_VERSION, ca: [] };
  const parts = [
    ['certificate', 'cert', certificate],
    ['key', 'key', key],
    trusted === null || trusted === '' ? (['ca', 'ca', ca] as const) : (['tls_ca', 'ca', trusted] as const),
  ] as const;
  for (const [keyword, option, file] of parts) {
    if (file === null) continue;
    try {
      options[option] = readFileSync(file);
      if (option === 'ca') new X509Certificate(options.ca as Buffer);
      // Each alone first, so that the fault is told where it is; a key needs its passphrase.
      const phrase = option === 'key' ? passphrase() : null;
      if (phrase !== null) options.passphrase = phrase;
      createSecureContext(options);
    } catch (error) {
      return new Error(`${keyword} ${file}: ${(error as Error).message}`);
    }
  }
  if (trusted === '' && ca === null) {
    options.ca = getCACertificates('system');
    if (options.ca.length === 0) return new Error('this system has no certificates to trust');
  }
  return createSecureContext(options);
}
