/** Whether a server's certificate is what a check demands, where it demands anything. */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { TlsDemands } from '../../machines/checker/tls-demands.ts';
import { type CertificateEnd, remarkOnEnd } from '../../protocol/certificate-end.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** One for each handshake. */
export interface TlsInspection {
  readonly context: SecureContext;
  /** After the handshake; an error says what is wrong with the certificate. */
  readonly inspect: (stream: TLSSocket) => Error | null;
  /** Beside a success, for people; '': nothing. */
  readonly remark: () => string;
}

/** @throws Error as `identity` does */
export function tlsInspection(
  demands: TlsDemands | null,
  identity: TlsIdentity,
  nowMs: () => number = Date.now,
): TlsInspection {
  const name = demands?.verifiedName ?? null;
  const context = identity(demands === null || name === null ? null : demands.ca);
  let end: CertificateEnd | null = null;
  return {
    context,
    inspect: (stream) => {
      if (demands === null) return null;
      // Node gives it once.
      const certificate = stream.getPeerX509Certificate() ?? null;
      end = certificate === null ? null : endOf(certificate, nowMs());
      if (name === null) return null;
      return certificate === null || end === null
        ? new Error('no certificate')
        : faultOf(stream, certificate, name, end);
    },
    remark: () => (demands === null || end === null ? '' : remarkOnEnd(end, demands.expiryWarningDays)),
  };
}

/** Words for those of OpenSSL. */
const FAULTS: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID: 'certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate of an unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate of an unknown issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate of an unknown issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate of an unknown issuer',
};

function faultOf(
  stream: TLSSocket,
  certificate: X509Certificate,
  name: string,
  end: CertificateEnd,
): Error | null {
  // The code of OpenSSL, which the types have as an Error.
  const refusal = stream.authorizationError as unknown as string | null | undefined;
  if (refusal === 'CERT_HAS_EXPIRED') {
    // One of its issuers may have, too.
    return new Error(end.inMs < 0 ? `certificate expired ${end.at}` : 'certificate of an expired issuer');
  }
  if (typeof refusal === 'string' && refusal !== '') {
    return new Error(FAULTS[refusal] ?? `certificate refused: ${refusal}`);
  }
  return isFor(certificate, name) ? null : new Error(`certificate is not for ${name}`);
}

/** By its alternative names: a common name counts no more (RFC 9525 section 6.3). */
function isFor(certificate: X509Certificate, name: string): boolean {
  const found =
    isIP(name) === 0 ? certificate.checkHost(name, { subject: 'never' }) : certificate.checkIP(name);
  return found !== undefined;
}

function endOf(certificate: X509Certificate, nowMs: number): CertificateEnd {
  const endMs = certificate.validToDate.getTime();
  // Whatever a server may have written there.
  if (Number.isNaN(endMs)) return { at: 'at no time', inMs: -1 };
  return { at: `${new Date(endMs).toISOString().slice(0, 19)}Z`, inMs: endMs - nowMs };
}
