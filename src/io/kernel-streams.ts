/** What the Linux kernel does with links and IPv4 addresses, as streams. They tell; they decide nothing. */
import type { NetlinkMessage } from 'netlink';
import { defer, type Observable, Subject, startWith } from 'rxjs';
import {
  decodeAddress,
  decodeLink,
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
  /** Asks the kernel now; what differs from what was told is told before this resolves. Rejects if it cannot ask. */
  snapshot(): Promise<KernelSnapshot>;
  /** Ends the streams. */
  close(): void;
}

/** Notifications kept while a dump is under way. More than that, and the dump is repeated instead. */
const MAX_HELD_MESSAGES = 65_536;
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
    const link = decodeLink(message.data);
    if (link === null) return NOTHING;
    const former = links.get(link.index)?.interface;
    const name = message.type === RTM_DELLINK ? null : link.name;
    return {
      links: name === null ? dropLink(links, link.index) : putLink(links, link),
      addresses: former === undefined || former === name ? [] : followLink(addresses, link.index, name),
    };
  }
  if (message.type !== RTM_NEWADDR && message.type !== RTM_DELADDR) return NOTHING;
  const address = decodeAddress(message.data);
  if (address === null) return NOTHING;
  const gone = message.type === RTM_DELADDR;
  return {
    links: [],
    addresses: gone ? dropAddress(addresses, address) : putAddress(addresses, links, address),
  };
}

/** The kernel's tables as they are now. */
async function readTables(): Promise<Tables> {
  const dump = await dumpKernel();
  const tables: Tables = { links: new Map(), addresses: new Map() };
  for (const link of dump.links) putLink(tables.links, link);
  for (const address of dump.addresses) putAddress(tables.addresses, tables.links, address);
  return tables;
}

/**
 * Streams of the network namespace in which this is called. Listens first and asks afterwards, so that nothing
 * falls between. When notifications are lost, the tables are read again and the difference is told.
 * Throws ErrnoException if rtnetlink cannot be listened to.
 */
export function createKernelStreams(): KernelStreams {
  const links = new Subject<LinkState>();
  const addresses = new Subject<AddressChange>();
  const troubles = new Subject<Error>();
  let tables: Tables = { links: new Map(), addresses: new Map() };
  let held: NetlinkMessage[] = [];
  let drainScheduled = false;
  let closed = false;
  let stopListening: () => void = () => {};
  let syncing: Promise<void> | null = null;
  let syncAgain: Promise<void> | null = null;
  let retry: NodeJS.Timeout | undefined;

  const tell = (changes: Changes): void => {
    for (const change of changes.addresses) if (change.change === 'deleted') addresses.next(change);
    for (const link of changes.links) links.next(link);
    for (const change of changes.addresses) if (change.change === 'added') addresses.next(change);
  };

  const drain = (): void => {
    drainScheduled = false;
    if (closed || syncing !== null) return;
    const messages = held;
    held = [];
    for (const message of messages) tell(fold(tables, message));
  };

  const hear = (messages: readonly NetlinkMessage[]): void => {
    if (closed) return;
    held.push(...messages);
    if (held.length > MAX_HELD_MESSAGES) {
      stopListening();
      setImmediate(listenAgain, new Error(`more than ${MAX_HELD_MESSAGES} notifications of the kernel wait`));
    } else if (!drainScheduled) {
      drainScheduled = true;
      setImmediate(drain);
    }
  };

  const listen = (): void => {
    let current = true;
    const stop = listenToKernel(
      (messages) => {
        if (current) hear(messages);
      },
      (error) => {
        if (current) setImmediate(listenAgain, error);
        current = false;
      },
    );
    stopListening = () => {
      current = false;
      stop();
    };
  };

  // A new socket, because the old one may still hold messages older than what it lost: folded in after the dump,
  // they would stay for good.
  const listenAgain = (trouble: Error): void => {
    if (closed) return;
    stopListening();
    stopListening = () => {};
    held = [];
    troubles.next(trouble);
    try {
      listen();
    } catch (error) {
      retryLater(error);
      return;
    }
    sync().catch(retryLater);
  };

  const retryLater = (error: unknown): void => {
    if (closed) return;
    clearTimeout(retry);
    retry = setTimeout(
      listenAgain,
      RETRY_DELAY_MS,
      error instanceof Error ? error : new Error(String(error)),
    );
  };

  const readAndTell = async (): Promise<void> => {
    const fresh = await readTables();
    if (closed) return;
    for (const message of held) fold(fresh, message);
    held = [];
    const before = tables;
    tables = fresh;
    tell({
      links: linkChanges(before.links, fresh.links),
      addresses: addressChanges(before.addresses, fresh.addresses),
    });
  };

  const startSync = (): Promise<void> => {
    syncAgain = null;
    syncing = readAndTell().finally(() => {
      syncing = null;
      setImmediate(drain);
    });
    return syncing;
  };

  // A caller's answer must not be older than its question: a dump under way does not count.
  const sync = (): Promise<void> => {
    if (syncAgain !== null) return syncAgain;
    if (syncing === null) return startSync();
    syncAgain = syncing.catch(() => {}).then(startSync);
    return syncAgain;
  };

  listen();
  sync().catch(retryLater);

  return {
    links$: defer(() => links.pipe(startWith(...tables.links.values()))),
    addresses$: defer(() =>
      addresses.pipe(
        startWith(
          ...Array.from(tables.addresses.values(), (a): AddressChange => ({ ...a, change: 'added' })),
        ),
      ),
    ),
    troubles$: troubles.asObservable(),
    async snapshot() {
      if (closed) throw new Error('the kernel streams are closed');
      await sync();
      return { links: [...tables.links.values()], addresses: [...tables.addresses.values()] };
    },
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(retry);
      stopListening();
      for (const subject of [links, addresses, troubles]) subject.complete();
    },
  };
}
