/** Questions to netlink and their whole answers, at once: the kernel has answered when the send returns. */
import { getSystemErrorName } from 'node:util';
import { joined } from '../src/protocol/netlink/attributes.ts';
import { decodeFamilyId, encodeFamilyRequest, GENL_ID_CTRL } from '../src/protocol/netlink/generic.ts';
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
/** EINTR */
const INTERRUPTED = 4;
/** ENOENT */
const NO_SUCH_FAMILY = 2;
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
  const messages: NetlinkMessage[] = [];
  const parts = kernelAnswers(socket, type, flags, payload);
  for (;;) {
    const { done, value } = parts.next();
    if (done) return { errno: value, messages };
    messages.push(...value);
  }
}

/**
 * The same, one datagram after the other, and at the end 0 or the positive errno: the kernel writes each part of a dump
 * when the one before it was read. Whoever does something else meanwhile asks nothing on this socket.
 */
export function* kernelAnswers(
  socket: OpenSocket,
  type: number,
  flags: number,
  payload: Uint8Array,
): Generator<readonly NetlinkMessage[], number, void> {
  const sequence = nextSequence();
  sendNetlink(socket, encodeMessage({ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, sequence, payload }));
  for (let datagrams = 0; datagrams < MAX_DATAGRAMS; datagrams++) {
    const datagram = receiveNetlink(socket);
    if (datagram === null) break;
    const messages: NetlinkMessage[] = [];
    for (const message of decodeMessages(datagram)) {
      // Whatever is left over from a question whose answer was lost.
      if (message.sequence !== sequence) continue;
      if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
        if (messages.length > 0) yield messages;
        return decodeErrno(message.payload) ?? 0;
      }
      messages.push(message);
    }
    yield messages;
  }
  throw new Error(`netlink gave no whole answer to request ${type}`);
}

function nextSequence(): number {
  lastSequence = (lastSequence % 0xffff_ffff) + 1;
  return lastSequence;
}

/**
 * Several requests of one type in one datagram: the kernel carries them out in this order, and goes on after one that it
 * refuses. Gives 0 or a positive errno for each; EINTR: it was not acknowledged. Throws as `askKernel`; also if they are too many for the buffers of the
 * socket, of which an answer takes about a thousand bytes and a request its own length.
 */
export function askKernelAll(
  socket: OpenSocket,
  type: number,
  flags: number,
  payloads: readonly Uint8Array[],
): readonly number[] {
  const places = new Map<number, number>();
  const messages = payloads.map((payload, place) => {
    const sequence = nextSequence();
    places.set(sequence, place);
    return encodeMessage({ type, flags: flags | NLM_F_REQUEST | NLM_F_ACK, sequence, payload });
  });
  const errnos = payloads.map(() => 0);
  sendNetlink(socket, joined(...messages));
  while (places.size > 0) {
    const datagram = receiveNetlink(socket);
    // The kernel acknowledges everything but what was interrupted.
    if (datagram === null) {
      for (const place of places.values()) errnos[place] = INTERRUPTED;
      break;
    }
    for (const { type: kind, sequence, payload } of decodeMessages(datagram)) {
      const place = kind === NLMSG_ERROR ? places.get(sequence) : undefined;
      if (place === undefined) continue;
      places.delete(sequence);
      errnos[place] = decodeErrno(payload) ?? 0;
    }
  }
  return errnos;
}

/**
 * Message type of a family of generic netlink; null if the kernel has no such family. Throws as `askKernel`, and Error with
 * a `code` where the kernel does not tell for another reason: that there is no such family is not known then.
 */
export function genericFamily(socket: OpenSocket, name: string): number | null {
  const { errno, messages } = askKernel(socket, GENL_ID_CTRL, 0, encodeFamilyRequest(name));
  if (errno !== 0 && errno !== NO_SUCH_FAMILY) {
    const code = getSystemErrorName(-errno);
    throw Object.assign(new Error(`netlink does not tell of its family ${name}: ${code}`), { code });
  }
  const [told] = messages;
  return told === undefined ? null : decodeFamilyId(told.payload);
}
