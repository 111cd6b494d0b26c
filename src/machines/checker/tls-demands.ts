/** What a check that speaks TLS wants of the certificate that it is shown. Plain JSON. */
export type TlsDemands = {
  /** Name or address that it has to be for, signed by whom is trusted; null: it is taken as it is (keepalived). */
  readonly verifiedName: string | null;
  /** File of certificates to trust; '': that of the SSL block, else the system's. */
  readonly ca: string;
  /** Its end is spoken of that many days before; null: never. */
  readonly expiryWarningDays: number | null;
};

/** When a certificate ends, as whoever has a clock sees it. */
export interface CertificateEnd {
  /** `2026-12-01T00:00:00Z` */
  readonly at: string;
  /** Negative: it is over. */
  readonly inMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is said of a certificate that is good; '': nothing. The same each time, so that it is said once. */
export function remarkOnEnd(
  { at, inMs }: CertificateEnd,
  { expiryWarningDays }: Pick<TlsDemands, 'expiryWarningDays'>,
): string {
  if (expiryWarningDays === null || inMs > expiryWarningDays * DAY_MS) return '';
  return `certificate ${inMs < 0 ? 'ended' : 'ends'} ${at}`;
}
