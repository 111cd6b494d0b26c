/** What a checker of pages fetches, and what each of them has to be. All of it is plain JSON. */
import type { HttpProtocol } from '../../protocol/http.ts';
import type { ProbeOrigin } from '../checker/checker.input.ts';
import type { TlsDemands } from '../checker/tls-demands.ts';

/** Codes from one to another, both good. */
export type StatusRange = { readonly from: number; readonly to: number };

export type PageRegex = {
  /** PCRE2. */
  readonly pattern: string;
  /** keepalived's words for the options of PCRE2: `caseless`, `multiline`. */
  readonly options: readonly string[];
  /** A match is failure. */
  readonly noMatch: boolean;
  /** First byte of what has come at which a match may start. */
  readonly minOffset: number;
  /** Last one; null: any. */
  readonly maxOffset: number | null;
};

export type HttpPage = {
  readonly path: string;
  /** In the field Host: name of a virtual host, or address and port. */
  readonly host: string;
  /** The url's own virtualhost, which lines of the log have before the path; '': none. */
  readonly ownHost: string;
  readonly statuses: readonly StatusRange[];
  /** MD5 of the page in hexadecimal; '': any. */
  readonly digest: string;
  readonly regex: PageRegex | null;
  /** Name in the TLS handshake; '': none. */
  readonly serverName: string;
  /** TLS ends with close_notify (tls_compliant). */
  readonly endsCleanly: boolean;
  /** What its certificate has to be; absent: anything. */
  readonly tls?: TlsDemands;
};

/** HTTP_GET (`http`) or SSL_GET (`ssl`). */
export type HttpProbe = {
  readonly kind: 'http' | 'ssl';
  readonly address: string;
  readonly port: number;
  readonly origin: ProbeOrigin;
  /** Longest wait for the connection, for the handshake, and for each piece of the answer. */
  readonly timeoutUs: number;
  readonly protocol: HttpProtocol;
  /** Between pages that pass while it comes up there is no delay. */
  readonly fastRecovery: boolean;
  /** One after the other; at least one. */
  readonly pages: readonly HttpPage[];
};
