/** Lines of virtual_ipaddress and unicast_peer. */

import type { VirtualAddress } from '../machines/vrrp/vrrp.effects.ts';
import { parseIpv4 } from '../protocol/ipv4.ts';
import type { Entry } from './parse.ts';
import { type Place, type Problems, quoted, type Word } from './problems.ts';
import { reportAddress } from './values.ts';

/** An advert counts its addresses in one byte. */
export const MAX_ADDRESSES = 255;
/** keepalived's default for an address without prefix length: a host address. */
const HOST_PREFIX = 32;

/** Addresses in configuration order, which is the order of the advert. Unusable lines are reported and left out. */
export function resolveAddresses(
  entries: readonly Entry[],
  instanceInterface: string,
  problems: Problems,
): VirtualAddress[] {
  const addresses = new Map<string, VirtualAddress>();
  for (const { word, options } of entries) {
    const slash = word.text.indexOf('/');
    const address = slash < 0 ? word.text : word.text.slice(0, slash);
    if (parseIpv4(address) === null) {
      reportAddress(word, word, problems);
      continue;
    }
    const device = options.findLast((option) => option.spec.keyword === 'dev')?.value;
    const resolved = {
      address,
      prefixLength: slash < 0 ? HOST_PREFIX : prefixLength(word, slash, problems),
      interface: typeof device === 'string' ? device : instanceInterface,
      ...(options.some((option) => option.spec.keyword === 'no_track') ? { untracked: true as const } : {}),
    };
    if (addresses.has(address)) {
      const message = `${quoted(word)} is listed already: this line is ignored`;
      problems.add({ severity: 'note', code: 'duplicate-address', place: word, message });
    } else if (addresses.size === MAX_ADDRESSES) {
      const message = `an instance can have ${MAX_ADDRESSES} addresses: this one and those after it are too many`;
      problems.add({ severity: 'error', code: 'too-many-addresses', place: word, message });
      break;
    } else addresses.set(address, resolved);
  }
  return [...addresses.values()];
}

function prefixLength(word: Word, slash: number, problems: Problems): number {
  const text = word.text.slice(slash + 1);
  if (/^[0-9]+$/.test(text) && Number(text) <= 32) return Number(text);
  const quote = word.width > word.text.length ? 1 : 0;
  const place: Place = {
    line: word.line,
    column: word.column + quote + slash + 1,
    width: Math.max(1, text.length),
  };
  const message = `the prefix length must be 0 to 32: ${HOST_PREFIX} is in force`;
  problems.add({ severity: 'warning', code: 'invalid-prefix', place, message });
  return HOST_PREFIX;
}

/** Peers in order, each once. */
export function resolvePeers(entries: readonly Entry[], problems: Problems): string[] {
  const peers = new Set<string>();
  for (const { word } of entries) {
    if (parseIpv4(word.text) === null) {
      reportAddress(word, word, problems);
    } else if (peers.has(word.text)) {
      const message = `${quoted(word)} is listed already: this line is ignored`;
      problems.add({ severity: 'note', code: 'duplicate-peer', place: word, message });
    } else peers.add(word.text);
  }
  return [...peers];
}
