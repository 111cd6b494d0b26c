/** What the servers of this story may do, and where they are. */
export const PORTS = { smtp: 2525, dns: 5353, udp: 5454, any: 5455 } as const;

export interface Modes {
  readonly smtp: 'good' | 'silent' | 'drip' | 'endless' | 'refuse' | 'rude' | 'reset';
  readonly dns: 'good' | 'silent' | 'unknown' | 'stranger' | 'query' | 'short';
  readonly udp: 'good' | 'silent' | 'wrong' | 'short' | 'long';
  readonly any: 'good' | 'closed';
}

export const GOOD: Modes = { smtp: 'good', dns: 'good', udp: 'good', any: 'good' };
