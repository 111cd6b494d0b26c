/** Lines of unicast_peer: `ADDRESS [min_ttl N] [max_ttl N]`. */
import { parseIpv4 } from '../../protocol/ipv4.ts';
import { reportAddress } from './address-line.ts';
import { readOptions } from './lines.ts';
import type { KeywordTable, LineSpec } from './spec.ts';

export interface PeerEntry {
  readonly address: string;
}

export function peerLine(options: KeywordTable): LineSpec<PeerEntry> {
  return {
    what: 'an address, as in 192.0.2.1',
    arguments: 'IP [min_ttl N] [max_ttl N]',
    options,
    read: ([first], args) => {
      args.next();
      readOptions(args, options);
      return parseIpv4(first.text) === null ? reportAddress(args, first) : { address: first.text };
    },
    format: ({ address }) => address,
  };
}
