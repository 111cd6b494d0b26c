/** What checks that speak TLS demand of certificates. */
import type { TlsDemands } from '../../../machines/checker/tls-demands.ts';
import type { RealServerConfig } from './planned.ts';

type Demanding = Pick<RealServerConfig['SSL_GET'][number], 'tls_verify' | 'tls_ca' | 'tls_expiry_warning'>;

/** `asked`: the name that the server is asked for, or its address. null: nothing is demanded. */
export function tlsDemands(check: Demanding, asked: string): TlsDemands | null {
  const { tls_verify: verify, tls_ca: ca, tls_expiry_warning: expiryWarningDays } = check;
  if (verify === false && expiryWarningDays === null) return null;
  return { verifiedName: verify === false ? null : verify || asked, ca: ca ?? '', expiryWarningDays };
}
