/** Facilities of the system log (RFC 3164 section 4.1.1). */

/** keepalived's facility unless another is asked for. */
export const FACILITY_DAEMON = 3;
const FACILITY_USER = 1;
const LOCAL0 = 16;

/** keepalived's words for facilities: `0` to `7` and `local0` to `local7`, `user`, `daemon`; null for others. */
export function facilityCode(word: string): number | null {
  const local = /^(?:local)?([0-7])$/i.exec(word)?.[1];
  if (local !== undefined) return LOCAL0 + Number(local);
  if (word.toLowerCase() === 'daemon') return FACILITY_DAEMON;
  return word.toLowerCase() === 'user' ? FACILITY_USER : null;
}
