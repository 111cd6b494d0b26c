/**
 * Sockets to rtnetlink: one that listens to its groups, and one a dump. Never one for both, for answers lost in a
 * flood of notifications, or notifications lost in a large dump, would be nobody's to notice.
 * An exception inside a callback of the netlink package ends the process, and so does closing there.
 */
import { getSystemErrorName } from 'node:util';
import { createNetlink, type NetlinkMessage, type NetlinkSocket, Protocol } from 'netlink';
import {
  type AddressMessage,
  decodeAddress,
  decodeErrno,
  decodeLink,
  encodeAddressDump,
  encodeLinkDump,
  type LinkMessage,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_ERROR,
  RTM_GETADDR,
  RTM_GETLINK,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_LINK,
} from '../protocol/rtnetlink.ts';

export interface KernelDump {
  readonly links: readonly LinkMessage[];
  readonly addresses: readonly AddressMessage[];
}

/** What the kernel may queue for the listener while this process is busy; the kernel caps it at net.core.rmem_max. */
const RECEIVE_BUFFER_BYTES = 1 << 20;
const DUMP_TIMEOUT_MS = 5_000;
/** A dump during which the table changed is asked for again. */
const MAX_INTERRUPTED_DUMPS = 5;

/**
 * Listens to links and IPv4 addresses. `failed` is called when notifications were lost or the socket broke: what
 * comes after that is of no use, so close it and open another. Returns what closes it. Throws ErrnoException.
 */
export function listenToKernel(
  heard: (messages: readonly NetlinkMessage[]) => void,
  failed: (error: Error) => void,
): () => void {
  const options = { ref: true, recvBufferSize: RECEIVE_BUFFER_BYTES, sendBufferSize: 0 };
  const socket = createNetlink(Protocol.ROUTE, options);
  socket.on('message', heard);
  socket.on('error', failed);
  try {
    socket.addMembership(RTNLGRP_LINK);
    socket.addMembership(RTNLGRP_IPV4_IFADDR);
  } catch (error) {
    closeLater(socket);
    throw error;
  }
  return () => closeLater(socket);
}

/** All links and IPv4 addresses of this network namespace. Rejects if the kernel does not answer. */
export async function dumpKernel(): Promise<KernelDump> {
  const socket = createNetlink(Protocol.ROUTE);
  try {
    const broken = new Promise<never>((_, reject) => {
      socket.on('error', reject);
    });
    const links = await Promise.race([dump(socket, RTM_GETLINK, encodeLinkDump(), decodeLink), broken]);
    const addresses = await Promise.race([
      dump(socket, RTM_GETADDR, encodeAddressDump(), decodeAddress),
      broken,
    ]);
    return { links, addresses };
  } finally {
    closeLater(socket);
  }
}

async function dump<T>(
  socket: NetlinkSocket,
  type: number,
  payload: Uint8Array,
  decode: (payload: Uint8Array) => T | null,
): Promise<T[]> {
  const options = { flags: NLM_F_DUMP, timeout: DUMP_TIMEOUT_MS, checkError: false };
  for (let attempt = 0; ; attempt++) {
    const [messages] = await socket.request(type, payload, options);
    const [first] = messages;
    if (first?.type === NLMSG_ERROR) {
      const errno = decodeErrno(first.data);
      throw new Error(`rtnetlink dump ${type}: ${errno ? getSystemErrorName(-errno) : 'no answer'}`);
    }
    const interrupted = messages.some((message) => (message.flags & NLM_F_DUMP_INTR) !== 0);
    if (interrupted && attempt < MAX_INTERRUPTED_DUMPS) continue;
    return messages.map((message) => decode(message.data)).filter((decoded) => decoded !== null);
  }
}

function closeLater(socket: NetlinkSocket): void {
  setImmediate(() => {
    try {
      socket.close();
    } catch {
      // It closed itself when polling failed.
    }
  });
}
