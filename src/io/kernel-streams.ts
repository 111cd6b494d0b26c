/** What the Linux kernel does with links and addresses, as streams. They tell; they decide nothing. */
import { defer, type Observable, Subject, startWith } from 'rxjs';
import type { NetlinkMessage } from '../protocol/netlink/message.ts';
import {
  decodeAddress,
  RTM_DELADDR,
  RTM_NEWADDR,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
} from '../protocol/rtnetlink/address.ts';
import { decodeLink, RTM_DELLINK, RTM_NEWLINK, RTNLGRP_LINK } from '../protocol/rtnetlink/link.ts';
import {
  type AddressChange,
  type AddressTable,
  addressChanges,
  dropAddress,
  followLink,
  type HeldAddress,
  putAddress,
} from './addresses.ts';
import { listenForGood } from './lasting-listener.ts';
import { dropLink, type LinkState, type LinkTable, linkChanges, putLink } from './links.ts';
import { dumpKernel } from './rtnetlink-sockets.ts';

export interface KernelSnapshot {
  readonly links: readonly LinkState[];
  readonly addresses: readonly HeldAddress[];
}

export interface KernelStreams {
  /** Whoever subscribes hears the present state of every link first, then each change of one. */
  readonly links$: Observable<LinkState>;
  /** Whoever subscribes hears every present address as `added` first. */
  readonly addresses$: Observable<AddressChange>;
  /** Notifications were lost, or the kernel could not be asked. The streams have recovered, or will try again. */
  readonly troubles$: Observable<Error>;
  /** Asks the kernel now; what differs from what was told is told first. Rejects if it cannot ask. */
  snapshot(): Promise<KernelSnapshot>;
  /** Tells what the kernel has told so far: what it did for a request that it has answered is in it. */
  hearNow(): void;
  /** Ends the streams. */
  close(): void;
}

const GROUPS = [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR];

interface Tables {
  readonly links: LinkTable;
  readonly addresses: AddressTable;
}

interface Changes {
  readonly links: readonly LinkState[];
  readonly addresses: readonly AddressChange[];
}

const NOTHING: Changes = { links: [], addresses: [] };

/** Folds one notification into the tables. */
function fold(tables: Tables, message: NetlinkMessage): Changes {
  const { links, addresses } = tables;
  if (message.type === RTM_NEWLINK || message.type === RTM_DELLINK) {
    const link = decodeLink(message.payload);
    if (link === null) return NOTHING;
    const former = links.get(link.index)?.interface;
    const name = message.type === RTM_DELLINK ? null : link.name;
    return {
      links: name === null ? dropLink(links, link.index) : putLink(links, link),
      addresses: former === undefined || former === name ? [] : followLink(addresses, link.index, name),
    };
  }
  if (message.type !== RTM_NEWADDR && message.type !== RTM_DELADDR) return NOTHING;
  const address = decodeAddress(message.payload);
  if (address === null) return NOTHING;
  const gone = message.type === RTM_DELADDR;
  return {
    links: [],
    addresses: gone ? dropAddress(addresses, address, message.port) : putAddress(addresses, links, address),
  };
}

/** The kernel's tables as they are now. */
function readTables(): Tables {
  const dump = dumpKernel();
  const tables: Tables = { links: new Map(), addresses: new Map() };
  for (const link of dump.links) putLink(tables.links, link);
  for (const address of dump.addresses) putAddress(tables.addresses, tables.links, address);
  return tables;
}

/** The tables as they were told, and who is told. */
class Teller {
  readonly #links = new Subject<LinkState>();
  readonly #addresses = new Subject<AddressChange>();
  #tables: Tables = { links: new Map(), addresses: new Map() };

  readonly links$ = defer(() => this.#links.pipe(startWith(...this.#tables.links.values())));
  readonly addresses$ = defer(() => {
    const held = [...this.#tables.addresses.values()];
    return this.#addresses.pipe(
      startWith(...held.map((each): AddressChange => ({ ...each, change: 'added' }))),
    );
  });

  snapshot(): KernelSnapshot {
    return { links: [...this.#tables.links.values()], addresses: [...this.#tables.addresses.values()] };
  }

  hear(messages: readonly NetlinkMessage[]): void {
    for (const message of messages) this.#tell(fold(this.#tables, message));
  }

  /**
   * Reads the tables and tells what differs. Notifications still queued meanwhile are folded in later: older facts,
   * told in their order, that end where the tables are.
   */
  readAgain(): void {
    const before = this.#tables;
    this.#tables = readTables();
    this.#tell({
      links: linkChanges(before.links, this.#tables.links),
      addresses: addressChanges(before.addresses, this.#tables.addresses),
    });
  }

  end(): void {
    this.#links.complete();
    this.#addresses.complete();
  }

  #tell(changes: Changes): void {
    for (const change of changes.addresses) if (change.change === 'deleted') this.#addresses.next(change);
    for (const link of changes.links) this.#links.next(link);
    for (const change of changes.addresses) if (change.change === 'added') this.#addresses.next(change);
  }
}

/**
 * Streams of the network namespace in which this is called. When notifications are lost, the tables are read again and
 * the difference is told. Throws SystemError if rtnetlink cannot be listened to.
 */
export function createKernelStreams(): KernelStreams {
  const teller = new Teller();
  const troubles = new Subject<Error>();
  let closed = false;
  const listener = listenForGood({
    groups: GROUPS,
    heard: (messages) => teller.hear(messages),
    readAgain: () => teller.readAgain(),
    troubled: (error) => troubles.next(error),
  });
  return {
    links$: teller.links$,
    addresses$: teller.addresses$,
    troubles$: troubles.asObservable(),
    async snapshot() {
      if (closed) throw new Error('the kernel streams are closed');
      teller.readAgain();
      return teller.snapshot();
    },
    hearNow: () => listener.hearNow(),
    close() {
      closed = true;
      listener.close();
      teller.end();
      troubles.complete();
    },
  };
}
