/** Lines of unicast_peer: `ADDRESS [min_ttl N] [max_ttl N]`. */
import { parseIp } from '../../../protocol/ip.ts';
import { withoutSuffix } from '../ip-kinds.ts';
import { integer } from '../kinds.ts';
import { formatOptions, optionValues, readOptions } from '../lines.ts';
import { ACTS, fixed, setting } from '../rows.ts';
import type { KeywordTable, LineSpec } from '../spec.ts';
import { reportAddress } from './address-line.ts';

export interface PeerEntry {
  readonly address: string;
  /** Adverts that arrive with another TTL are dropped. */
  readonly min_ttl: number;
  readonly max_ttl: number;
}

export const PEER_OPTIONS = {
  min_ttl: setting({
    kind: integer(0, 255),
    default: fixed(0),
    meaning: 'least TTL of an advert that counts; also compares the sender with the peers',
    standing: ACTS,
  }),
  max_ttl: setting({
    kind: integer(0, 255),
    default: fixed(255),
    meaning: 'greatest TTL of an advert that counts; also compares the sender with the peers',
    standing: ACTS,
  }),
} satisfies KeywordTable;

export function peerLine(): LineSpec<PeerEntry> {
  return {
    what: 'an address, as in 192.0.2.1',
    arguments: 'IP [min_ttl N] [max_ttl N]',
    options: PEER_OPTIONS,
    read: ([first], args) => {
      args.next();
      const given = readOptions(args, PEER_OPTIONS);
      const address = parseIp(withoutSuffix(args, first));
      if (address === null) return reportAddress(args, first);
      const entry = { address: address.text, ...optionValues(PEER_OPTIONS, given) } as PeerEntry;
      if (entry.min_ttl > entry.max_ttl) {
        const message = `min_ttl ${entry.min_ttl} is above max_ttl ${entry.max_ttl}: every advert of this peer is dropped`;
        args.report('warning', 'ttl-limits', first, message);
      }
      return entry;
    },
    format: ({ address, ...values }) => `${address}${formatOptions(PEER_OPTIONS, values)}`,
  };
}
