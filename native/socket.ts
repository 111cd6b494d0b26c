/** Sockets of every kind: the addon's part with types. */
import { loadAddon } from './load.ts';

/** What the addon throws when a system call fails. */
export interface SystemError extends Error {
  /** `ENETDOWN` and the like. */
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

/** Belongs to the network namespace in which it was opened. */
export interface OpenSocket {
  /** File descriptor; -1 once it is closed. */
  readonly fd: number;
}

/** Owns the descriptor from now on. */
export function openSocket(fd: number): OpenSocket {
  return { fd, token: undefined } as OpenSocket;
}

interface Watch {
  close(): void;
}

interface Addon {
  setSocketOption(fd: number, level: number, option: number, value: Uint8Array): void;
  socketError(fd: number): string | null;
  droppedBySocket(fd: number): number;
  closeSocket(fd: number): void;
  readOutput(fd: number, into: Uint8Array): number;
  sendConnected(fd: number, bytes: Uint8Array): number;
  readonly SocketWatch: new (fd: number, readable: () => void) => Watch;
}

const addon = (): Addon => loadAddon() as Addon;

/** setsockopt(2) with the bytes of a struct. Throws SystemError. */
export function setSocketOption(socket: OpenSocket, level: number, option: number, value: Uint8Array): void {
  addon().setSocketOption(socket.fd, level, option, value);
}

/** What has failed since it was asked last, `ECONNREFUSED` and the like; null: nothing. */
export function socketError(socket: OpenSocket): string | null {
  return addon().socketError(socket.fd);
}

/** Packets that there was no room for in its receive buffer, modulo 2^32. Throws SystemError. */
export function droppedBySocket(socket: OpenSocket): number {
  return addon().droppedBySocket(socket.fd);
}

/** Closes the socket; closing it again does nothing. */
export function closeSocket(socket: OpenSocket): void {
  const fd = releaseSocket(socket);
  if (fd >= 0) addon().closeSocket(fd);
}

/** The descriptor for a new owner, who closes it; -1 if the socket is closed. To this one it is closed from now on. */
export function releaseSocket(socket: OpenSocket): number {
  const { fd } = socket;
  // A number that is closed twice may by then be somebody else's file.
  (socket as { fd: number }).fd = -1;
  return fd;
}

/**
 * Calls `readable` from the event loop as long as something can be read or an error waits there. Keeps the process
 * alive. Returns what ends the watch, which has to come before the socket is closed.
 */
export function watchReadable(socket: OpenSocket, readable: () => void): () => void {
  const { SocketWatch } = addon();
  const watching = new SocketWatch(socket.fd, readable);
  return () => watching.close();
}

/** read(2) of what has come; -1: nothing yet, 0: the other side sends no more. Throws SystemError. */
export function readSocket(socket: OpenSocket, into: Uint8Array): number {
  return addon().readOutput(socket.fd, into);
}

/** send(2) without a wait and without SIGPIPE; gives how many bytes were taken. Throws SystemError: EAGAIN, EPIPE, ECONNRESET. */
export function sendSocket(socket: OpenSocket, bytes: Uint8Array): number {
  return addon().sendConnected(socket.fd, bytes);
}
