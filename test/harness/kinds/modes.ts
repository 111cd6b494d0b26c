/** What the servers of this story may do, and where they are. */
export const PORTS = { smtp: 2525, dns: 5353, udp: 5454, any: 5455 } as const;

export interface Modes {
  readonly smtp: 'good' | 'closed' | 'silent' | 'drip' | 'endless' | 'refuse' | 'rude' | 'reset';
  readonly dns: 'good' | 'closed' | 'silent' | 'unknown' | 'stranger' | 'query' | 'short';
  readonly udp: 'good' | 'closed' | 'silent' | 'wrong' | 'short' | 'long';
  readonly any: 'good' | 'closed';
}

export const GOOD: Modes = { smtp: 'good', dns: 'good', udp: 'good', any: 'good' };

/**
 * Of a server of pages.
 * - `plain`: no TLS, where TLS is spoken otherwise.
 * - `cut`: the header does not end.
 * - `late`: the page begins as it should, and does not go on.
 */
export type WebMode =
  | 'good'
  | 'closed'
  | 'silent'
  | 'reset'
  | 'empty'
  | 'cut'
  | 'late'
  | 'status'
  | 'other'
  | 'plain';

export const PAGE = 'it is fine here';
