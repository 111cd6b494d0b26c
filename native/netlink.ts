/** A question to rtnetlink and its whole answer, at once: the kernel has answered when the send returns. */

import {
  decodeErrno,
  decodeMessages,
  encodeMessage,
  type NetlinkMessage,
  NLM_F_ACK,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../src/protocol/netlink/message.ts';
import { receiveNetlink, sendNetlink } from './index.ts';
import type { OpenSocket } from './socket.ts';

export interface NetlinkAnswer {
  /** 0, or the positive errno with which the kernel refused. */
  readonly errno: number;
  /** What a dump returned. */
  readonly messages: readonly NetlinkMessage[];
}

/** A dump of 16 million links would need more. */
const MAX_DATAGRAMS = 1_000_000;
let lastSequence = 0;

/**
 * Asks and collects the answer up to its acknowledgement. Throws SystemError (ENOBUFS: the answer was lost, though
 * the request may have been carried out) and Error if the kernel is silent, which it never is.
 */
export function askKernel(
  socket: OpenSocket,
  type: number,
  flags: number,
  payload: Uint8Array,
): NetlinkAnswer {
  lastSequence = (lastSequence % 0xffff_ffff) + 1;
  const sequence = lastSequence;
  sendNetlink(socket, encodeMessage({ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, sequence, payload }));
  const messages: NetlinkMessage[] = [];
  for (let datagrams = 0; datagrams < MAX_DATAGRAMS; datagrams++) {
    const datagram = receiveNetlink(socket);
    if (datagram === null) break;
    for (const message of decodeMessages(datagram)) {
      // Whatever is left over from a question whose answer was lost.
      if (message.sequence !== sequence) continue;
      if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
        return { errno: decodeErrno(message.payload) ?? 0, messages };
      }
      messages.push(message);
    }
  }
  throw new Error(`rtnetlink gave no whole answer to request ${type}`);
}
