/**
 * Requests to rtnetlink that are answered by an acknowledgement. Guards what the netlink package leaves open:
 * its socket overflows with about a thousand requests in flight, an `error` event without a listener or an
 * exception inside one of its callbacks ends the process, and closing inside a callback is a null pointer.
 */
import { createRequire } from 'node:module';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import type { NetlinkSocket } from 'netlink';
import { decodeErrno, NLMSG_ERROR } from '../protocol/netlink/message.ts';

const load = createRequire(import.meta.url);

/** Late, as few need it (src/io/late-modules.ts), and a part: the package as a whole brings 500 KB for Wi-Fi and WireGuard. */
export function loadNetlink(): Pick<typeof import('netlink'), 'createNetlink'> {
  return load('netlink/dist/netlink.js');
}

/** Protocol.ROUTE of the package. */
const NETLINK_ROUTE = 0;

/** `code` is an errno name (`EEXIST`), or empty if no answer came from the kernel. */
export interface RequestFailure {
  readonly code: string;
  readonly message: string;
}

export interface NetlinkRequests {
  /** Asks once; null when the kernel has done it. Never rejects. */
  request(type: number, flags: number, payload: Uint8Array): Promise<RequestFailure | null>;
  /** Everything still under way fails. */
  close(): void;
}

/** In flight at once. Far below the overflow, and few enough that adverts leave between two batches. */
const WINDOW = 64;
/** Requests that may wait for the window. */
const MAX_WAITING = 65_536;
/** The kernel answers within the system call; only a lost answer takes longer. */
const ANSWER_TIMEOUT_MS = 3_000;

/** Text of an errno as everything in this folder reports it: `EPERM: operation not permitted`. */
export function errnoFailure(errno: number): RequestFailure {
  const code = getSystemErrorName(-errno);
  return { code, message: `${code}: ${getSystemErrorMessage(-errno)}` };
}

function failureOf(error: unknown): RequestFailure {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { code, message: `netlink: ${message}` };
}

/** One socket for all instances, opened at the first request and again after it broke. */
export function createNetlinkRequests(): NetlinkRequests {
  let socket: NetlinkSocket | null = null;
  let closed = false;
  let inFlight = 0;
  const waiting: (() => void)[] = [];
  const breaks = new Set<(failure: RequestFailure) => void>();

  const drop = (failure: RequestFailure): void => {
    const broken = socket;
    socket = null;
    // Not from inside its own callback.
    if (broken !== null) setImmediate(() => closeQuietly(broken));
    for (const fail of [...breaks]) fail(failure);
  };

  const open = (): NetlinkSocket => {
    if (socket !== null) return socket;
    const fresh = loadNetlink().createNetlink(NETLINK_ROUTE);
    fresh.on('error', (error) => {
      if (fresh === socket) drop(failureOf(error));
    });
    socket = fresh;
    return fresh;
  };

  const ask = async (type: number, flags: number, payload: Uint8Array): Promise<RequestFailure | null> => {
    let fail: (failure: RequestFailure) => void = () => {};
    const broken = new Promise<RequestFailure>((resolve) => {
      fail = resolve;
    });
    breaks.add(fail);
    try {
      if (closed) return { code: '', message: 'netlink: closed' };
      const answer = open()
        .request(type, payload, { flags, timeout: ANSWER_TIMEOUT_MS, checkError: false })
        .then(([messages]) => {
          const first = messages[0];
          if (first?.type !== NLMSG_ERROR) return null;
          const errno = decodeErrno(first.data);
          return errno === 0 ? null : errnoFailure(errno ?? 71);
        });
      return await Promise.race([answer, broken]);
    } catch (error) {
      return failureOf(error);
    } finally {
      breaks.delete(fail);
    }
  };

  const turn = (): Promise<void> | undefined => {
    if (inFlight < WINDOW) {
      inFlight++;
      return undefined;
    }
    return new Promise((resolve) => waiting.push(resolve));
  };

  return {
    async request(type, flags, payload) {
      if (waiting.length >= MAX_WAITING)
        return { code: '', message: `netlink: ${MAX_WAITING} requests wait already` };
      await turn();
      try {
        return await ask(type, flags, payload);
      } finally {
        // The place in the window passes on to whoever waits.
        const next = waiting.shift();
        if (next !== undefined) next();
        else inFlight--;
      }
    },
    close() {
      closed = true;
      drop({ code: '', message: 'netlink: closed' });
    },
  };
}

function closeQuietly(socket: NetlinkSocket): void {
  try {
    socket.close();
  } catch {
    // It closed itself when polling failed.
  }
}
