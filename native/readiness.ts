/**
 * What happens to sockets of which there are many and none lives long, such as those of probes. One epoll instance hears
 * for them all: a watch of its own (watchReadable) would cost a probe six system calls, this costs it one.
 */
import { loadAddon } from './load.ts';
import type { OpenSocket } from './socket.ts';

interface Readiness {
  add(fd: number, token: number): void;
  remove(fd: number): void;
  keepAlive(wanted: boolean): void;
}

interface Addon {
  readonly Readiness: new (events: Int32Array, heard: (count: number) => void) => Readiness;
}

const READABLE = 1;
const WRITABLE = 2;
const FAILED = 4;
/** Events in one call from the addon. */
const MOST_EVENTS = 256;
/** Tokens are reused after so many sockets, of which the oldest is long closed. */
const TOKENS = 2 ** 31;

/** Since it was told last. */
export interface SocketChange {
  /** Something can be read, or the other side sends no more. */
  readonly readable: boolean;
  /** A connection stands, or there is room for more. */
  readonly writable: boolean;
  /** An error waits (socketError). */
  readonly failed: boolean;
}

type Heard = (change: SocketChange) => void;

/** In the socket itself: in a WeakMap it would outlive the young generation, at the price of a collection of the old one. */
type Followed = OpenSocket & { token?: number | undefined };

const events = new Int32Array(2 * MOST_EVENTS);
const listeners = new Map<number, Heard>();
/** By the bits of an event: what is told is made once. */
const CHANGES: readonly SocketChange[] = Array.from({ length: 8 }, (_, bits) => ({
  readable: (bits & READABLE) > 0,
  writable: (bits & WRITABLE) > 0,
  failed: (bits & FAILED) > 0,
}));
let readiness: Readiness | null = null;
let lastToken = 0;

/**
 * Tells of every change of the socket, each once: who hears that it is readable has to read until nothing waits. A socket
 * that is followed already has another listener from now on, who may have missed what the former one was told. Keeps the
 * process alive. Returns what ends it; the socket then has to be closed, or given away (see `unfollow`).
 * Throws SystemError (ENOSPC: too many watches of this user).
 */
export function followSocket(socket: OpenSocket, heard: Heard): () => void {
  readiness ??= new (loadAddon() as Addon).Readiness(events, tell);
  const followed = socket as Followed;
  const token = followed.token ?? freeToken();
  if (followed.token === undefined) readiness.add(socket.fd, token);
  followed.token = token;
  if (listeners.size === 0) readiness.keepAlive(true);
  listeners.set(token, heard);
  return () => {
    if (listeners.get(token) !== heard) return;
    listeners.delete(token);
    if (listeners.size === 0) readiness?.keepAlive(false);
  };
}

/** Before the descriptor of a socket gets another owner. */
export function unfollow(socket: OpenSocket): void {
  const followed = socket as Followed;
  if (followed.token === undefined) return;
  followed.token = undefined;
  readiness?.remove(socket.fd);
}

function freeToken(): number {
  do lastToken = (lastToken + 1) % TOKENS;
  while (listeners.has(lastToken));
  return lastToken;
}

function tell(count: number): void {
  for (let at = 0; at < 2 * count; at += 2) {
    // A socket of which one has heard before in this very turn may be closed by now.
    const heard = listeners.get(events[at] ?? 0);
    const change = CHANGES[events[at + 1] ?? 0];
    if (change !== undefined) heard?.(change);
  }
}
