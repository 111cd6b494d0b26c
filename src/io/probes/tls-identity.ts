/** What this machine presents to servers that ask for it in the TLS handshake: the SSL block of the configuration. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

export interface TlsFiles {
  /** Files of PEM; null: none. */
  readonly certificate: string | null;
  readonly key: string | null;
  /** Loaded, as keepalived does; servers are not verified. */
  readonly ca: string | null;
  /** Of the key; asked for when it is needed. */
  readonly passphrase: () => string | null;
}

export const NO_TLS_FILES: TlsFiles = { certificate: null, key: null, ca: null, passphrase: () => null };

/** Loads the files when the first handshake needs them, once for all that follow. */
export class TlsIdentityStore {
  #files: TlsFiles;
  #loaded: SecureContext | Error | null = null;

  constructor(files: TlsFiles) {
    this.#files = files;
  }

  /** Others, or the same with something else in them: a reload. */
  replace(files: TlsFiles): void {
    this.#files = files;
    this.#loaded = null;
  }

  /** @throws Error that names the file which cannot be used */
  readonly context = (): SecureContext => {
    this.#loaded ??= load(this.#files);
    if (this.#loaded instanceof Error) throw this.#loaded;
    return this.#loaded;
  };
}

/** keepalived takes any version that its library has. */
const ANY_VERSION = { minVersion: 'TLSv1' } as const;

function load({ certificate, key, ca, passphrase }: TlsFiles): SecureContext | Error {
  // Without certificates to trust, Node would load those of the whole world, which nothing here looks at.
  const options: SecureContextOptions = { ...ANY_VERSION, ca: [] };
  const parts = [
    ['certificate', 'cert', certificate],
    ['key', 'key', key],
    ['ca', 'ca', ca],
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
  return createSecureContext(options);
}
