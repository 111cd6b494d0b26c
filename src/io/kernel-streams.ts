/** What the Linux kernel does with links and IPv4 addresses, as streams. They tell; they decide nothing. */
import { defer, type Observable, Subject, startWith } from 'rxjs';
import {
  decodeAddress,
  decodeLink,
  type NetlinkMessage,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_NEWADDR,
  RTM_NEWLINK,
} from '../protocol/rtnetlink.ts';
import {
  type AddressChange,
  type AddressTable,
  addressChanges,
  dropAddress,
  followLink,
  type HeldAddress,
  putAddress,
} from './addresses.ts';
import { dropLink, type LinkState, type LinkTable, linkChanges, putLink } from './links.ts';
import { dumpKernel, listenToKernel } from './rtnetlink-sockets.ts';

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
  /** Ends the streams. */
  close(): void;
}

/** How long after the kernel could not be listened to it is tried again. */
const RETRY_DELAY_MS = 1_000;

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
    addresses: gone ? dropAddress(addresses, address) : putAddress(addresses, links, address),
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

/**
 * Streams of the network namespace in which this is called. Listens first and asks afterwards, so that nothing
 * falls between. When notifications are lost, the tables are read again and the difference is told.
 * Throws SystemError if rtnetlink cannot be listened to.
 */
export function createKernelStreams(): KernelStreams {
  const links = new Subject<LinkState>();
  const addresses = new Subject<AddressChange>();
  const troubles = new Subject<Error>();
  let tables: Tables = { links: new Map(), addresses: new Map() };
  let closed = false;
  let stopListening: () => void = () => {};
  let retry: NodeJS.Timeout | undefined;

  const tell = (changes: Changes): void => {
    for (const change of changes.addresses) if (change.change === 'deleted') addresses.next(change);
    for (const link of changes.links) links.next(link);
    for (const change of changes.addresses) if (change.change === 'added') addresses.next(change);
  };

  // What is still queued when this reads the tables is folded in later: older facts, told in their order, that end
  // where the tables are.
  const readAgain = (): void => {
    const before = tables;
    tables = readTables();
    tell({
      links: linkChanges(before.links, tables.links),
      addresses: addressChanges(before.addresses, tables.addresses),
    });
  };

  const listen = (): void => {
    stopListening = listenToKernel(
      (messages) => {
        for (const message of messages) tell(fold(tables, message));
      },
      (error) => listenAgain(error),
    );
  };

  // Always a new socket: the old one may hold facts older than those it lost, and nothing would correct them once
  // they are folded into tables read after the loss.
  const listenAgain = (trouble: Error): void => {
    if (closed) return;
    troubles.next(trouble);
    try {
      listen();
      readAgain();
    } catch (error) {
      stopListening();
      retry = setTimeout(
        listenAgain,
        RETRY_DELAY_MS,
        error instanceof Error ? error : new Error(String(error)),
      );
    }
  };

  const close = (): void => {
    if (closed) return;
    closed = true;
    clearTimeout(retry);
    stopListening();
    for (const subject of [links, addresses, troubles]) subject.complete();
  };

  try {
    listen();
    readAgain();
  } catch (error) {
    close();
    throw error;
  }

  const present = (): AddressChange[] =>
    Array.from(tables.addresses.values(), (held) => ({ ...held, change: 'added' }));
  return {
    links$: defer(() => links.pipe(startWith(...tables.links.values()))),
    addresses$: defer(() => addresses.pipe(startWith(...present()))),
    troubles$: troubles.asObservable(),
    async snapshot() {
      if (closed) throw new Error('the kernel streams are closed');
      readAgain();
      return { links: [...tables.links.values()], addresses: [...tables.addresses.values()] };
    },
    close,
  };
}
