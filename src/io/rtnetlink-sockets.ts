/**
 * Sockets to rtnetlink: one that listens to its groups, and one for each dump. Never one for both, for an answer
 * lost in a flood of notifications, or a notification lost in a large dump, would be nobody's to notice.
 */

import { getSystemErrorName } from 'node:util';
import { openNetlinkSocket, receiveNetlink } from '../../native/index.ts';
import { askKernel } from '../../native/netlink.ts';
import { closeSocket, type OpenSocket, setSocketOption, watchReadable } from '../../native/socket.ts';
import {
  decodeMessages,
  type NetlinkMessage,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
} from '../protocol/netlink/message.ts';
import {
  type AddressMessage,
  decodeAddress,
  encodeAddressDump,
  RTM_GETADDR,
} from '../protocol/rtnetlink/address.ts';
import { decodeLink, encodeLinkDump, type LinkMessage, RTM_GETLINK } from '../protocol/rtnetlink/link.ts';
import {
  decodeRoute,
  encodeRouteDump,
  type RouteMessage,
  RTM_GETROUTE,
} from '../protocol/rtnetlink/route.ts';
import { decodeRule, encodeRuleDump, RTM_GETRULE, type RuleMessage } from '../protocol/rtnetlink/rule.ts';

export interface KernelDump {
  readonly links: readonly LinkMessage[];
  readonly addresses: readonly AddressMessage[];
}

export interface ObjectDump {
  readonly routes: readonly RouteMessage[];
  readonly rules: readonly RuleMessage[];
}

/** What the kernel may queue while this process is busy: about 2,000 notifications. */
const LISTEN_BUFFER_BYTES = 1 << 20;
const DUMP_BUFFER_BYTES = 256 * 1024;
/** Datagrams between two turns of the event loop. */
const DATAGRAMS_A_TURN = 64;
/** More than the buffer holds. */
const MOST_WAITING = 8_192;
/** A dump during which the table changed is asked for again. */
const MAX_INTERRUPTED_DUMPS = 5;
/** Has the kernel pick what a dump asks for (since 4.20): of a million routes only our own cross over. */
const SOL_NETLINK = 270;
const NETLINK_GET_STRICT_CHK = 12;

export interface KernelListener {
  /** Hears what the kernel has told so far, without waiting for a turn: what was asked and answered is in it. */
  hearNow(): void;
  close(): void;
}

/**
 * Listens to multicast groups (RTNLGRP_*). `failed` is called when notifications were lost or the socket broke: what
 * comes after that is of no use, so listening has ended; open another. Throws SystemError.
 */
export function listenToKernel(
  groups: readonly number[],
  heard: (messages: readonly NetlinkMessage[]) => void,
  failed: (error: Error) => void,
): KernelListener {
  const socket = openNetlinkSocket(groups, LISTEN_BUFFER_BYTES);
  let open = true;
  let stopWatching: () => void = () => {};
  const close = (): void => {
    if (!open) return;
    open = false;
    stopWatching();
    closeSocket(socket);
  };
  const read = (most: number): void => {
    try {
      for (let read = 0; open && read < most; read++) {
        const datagram = receiveNetlink(socket);
        if (datagram === null) return;
        heard(decodeMessages(datagram));
      }
    } catch (error) {
      close();
      failed(error instanceof Error ? error : new Error(String(error)));
    }
  };
  stopWatching = watchReadable(socket, () => read(DATAGRAMS_A_TURN));
  return { hearNow: () => read(MOST_WAITING), close };
}

/** All links and addresses of this network namespace. Throws if the kernel does not answer. */
export function dumpKernel(): KernelDump {
  const socket = openNetlinkSocket([], DUMP_BUFFER_BYTES);
  try {
    const links = dump(socket, RTM_GETLINK, encodeLinkDump(), decodeLink);
    const addresses = dump(socket, RTM_GETADDR, encodeAddressDump(), decodeAddress);
    return { links, addresses };
  } finally {
    closeSocket(socket);
  }
}

/** The routes and rules of one protocol in this network namespace. Throws if the kernel does not answer. */
export function dumpObjects(protocol: number): ObjectDump {
  const socket = openNetlinkSocket([], DUMP_BUFFER_BYTES);
  try {
    askStrictly(socket);
    const families = ['inet', 'inet6'] as const;
    const routes = families.flatMap((family) =>
      dump(socket, RTM_GETROUTE, encodeRouteDump(family, protocol), decodeRoute),
    );
    const rules = families.flatMap((family) => dump(socket, RTM_GETRULE, encodeRuleDump(family), decodeRule));
    return {
      routes: routes.filter((route) => route.protocol === protocol),
      // Kernels before 4.17 do not tell the protocol of a rule.
      rules: rules.filter((rule) => (rule.protocol ?? protocol) === protocol),
    };
  } finally {
    closeSocket(socket);
  }
}

function askStrictly(socket: OpenSocket): void {
  try {
    setSocketOption(socket, SOL_NETLINK, NETLINK_GET_STRICT_CHK, Uint8Array.of(1, 0, 0, 0));
  } catch {
    // An older kernel tells more than it is asked for.
  }
}

function dump<T>(
  socket: OpenSocket,
  type: number,
  payload: Uint8Array,
  decode: (payload: Uint8Array) => T | null,
): T[] {
  for (let attempt = 0; ; attempt++) {
    const { errno, messages } = askKernel(socket, type, NLM_F_DUMP, payload);
    if (errno !== 0) throw new Error(`rtnetlink refuses dump ${type}: ${getSystemErrorName(-errno)}`);
    const interrupted = messages.some((message) => (message.flags & NLM_F_DUMP_INTR) !== 0);
    if (interrupted && attempt < MAX_INTERRUPTED_DUMPS) continue;
    return messages.map((message) => decode(message.payload)).filter((decoded) => decoded !== null);
  }
}
