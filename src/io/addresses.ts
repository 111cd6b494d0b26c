/** Addresses of both families: a table that rtnetlink messages are folded into, and what a listener must hear of it. */
import type { AddressMessage } from '../protocol/rtnetlink/address.ts';
import type { LinkTable } from './links.ts';

/** An address that an interface holds. */
export interface HeldAddress {
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
}

export interface AddressChange extends HeldAddress {
  readonly change: 'added' | 'deleted';
  /** Netlink port of who deleted it, often the number of a process; absent: the kernel, or it is not known. */
  readonly by?: number;
}

/** By interface index, address and prefix length: the kernel's own identity of an address. */
export type AddressTable = Map<string, HeldAddress>;

const keyOf = (message: AddressMessage): string =>
  `${message.index} ${message.address}/${message.prefixLength}`;
const added = (held: HeldAddress): AddressChange => ({ ...held, change: 'added' });
const deleted = (held: HeldAddress): AddressChange => ({ ...held, change: 'deleted' });

/** Folds a RTM_NEWADDR in. The same address again (new lifetimes, say) is nothing new; a tentative one is none yet. */
export function putAddress(table: AddressTable, links: LinkTable, message: AddressMessage): AddressChange[] {
  const link = links.get(message.index);
  // The link went before its address could be read, and took the address with it.
  if (link === undefined) return [];
  const key = keyOf(message);
  if (message.tentative || table.has(key)) return [];
  const held = { interface: link.interface, address: message.address, prefixLength: message.prefixLength };
  table.set(key, held);
  return [added(held)];
}

/** Folds a RTM_DELADDR in. */
export function dropAddress(table: AddressTable, message: AddressMessage, port: number): AddressChange[] {
  const key = keyOf(message);
  const held = table.get(key);
  table.delete(key);
  return held === undefined ? [] : [{ ...deleted(held), ...(port === 0 ? {} : { by: port }) }];
}

/** Addresses follow their link to its new name, or go with it if there is none. */
export function followLink(table: AddressTable, index: number, name: string | null): AddressChange[] {
  const changes: AddressChange[] = [];
  for (const [key, held] of [...table]) {
    if (!key.startsWith(`${index} `) || held.interface === name) continue;
    changes.push(deleted(held));
    if (name === null) {
      table.delete(key);
      continue;
    }
    const renamed = { ...held, interface: name };
    table.set(key, renamed);
    changes.push(added(renamed));
  }
  return changes;
}

/** What a listener who knows `before` must hear to know `after`; what is gone comes first. */
export function addressChanges(before: AddressTable, after: AddressTable): AddressChange[] {
  const missingIn = (table: AddressTable, [key, held]: [string, HeldAddress]): boolean =>
    table.get(key)?.interface !== held.interface;
  return [
    ...[...before].filter((entry) => missingIn(after, entry)).map(([, held]) => deleted(held)),
    ...[...after].filter((entry) => missingIn(before, entry)).map(([, held]) => added(held)),
  ];
}
