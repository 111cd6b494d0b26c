/** The end of a certificate, and from when on it is worth a word. */

/** When a certificate ends, as whoever has a clock sees it. */
export interface CertificateEnd {
  /** `2026-12-01T00:00:00Z` */
  readonly at: string;
  /** Negative: it is over. */
  readonly inMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is said of a certificate that is good; '': nothing. The same each time, so that it is said once. */
export function remarkOnEnd({ at, inMs }: CertificateEnd, expiryWarningDays: number | null): string {
  if (expiryWarningDays === null || inMs > expiryWarningDays * DAY_MS) return '';
  return `certificate ${inMs < 0 ? 'ended' : 'ends'} ${at}`;
}
