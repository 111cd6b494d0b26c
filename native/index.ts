/** Interfaces, packets and rtnetlink: the addon's part with types. */
import { loadAddon } from './load.ts';

/** IFF_* bits (linux/if.h) that this project asks about. */
export const INTERFACE_UP = 0x1;
export const INTERFACE_RUNNING = 0x40;
export const INTERFACE_NOARP = 0x80;

/** ARPHRD_ETHER (linux/if_arp.h): the only hardware whose address is a six-byte MAC. */
export const HARDWARE_ETHERNET = 1;

export interface InterfaceInfo {
  /** Interface index in this process's network namespace. */
  readonly index: number;
  /** ARPHRD_* (linux/if_arp.h). */
  readonly hardwareType: number;
  /** First six bytes of the hardware address, `02:00:5e:00:00:01`. */
  readonly mac: string;
  /** IFF_*, the lower 16 bits. */
  readonly flags: number;
}

/** What the addon throws when a system call fails. */
export interface SystemError extends Error {
  /** `ENETDOWN` and the like. */
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

/** A packet socket. Belongs to the network namespace in which it was opened. */
export interface PacketSocket {
  /** File descriptor; -1 once it is closed. */
  readonly fd: number;
}

/** A socket to rtnetlink. Belongs to the network namespace in which it was opened. */
export interface NetlinkSocket {
  /** File descriptor; -1 once it is closed. */
  readonly fd: number;
}

interface Watch {
  close(): void;
}

interface Addon {
  openPacketSocket(): number;
  sendFrame(fd: number, ifindex: number, frame: Uint8Array): void;
  openNetlinkSocket(groups: readonly number[], receiveBufferBytes: number): number;
  sendNetlink(fd: number, datagram: Uint8Array): void;
  receiveNetlink(fd: number): Uint8Array | null;
  closeSocket(fd: number): void;
  readonly ReadableWatch: new (fd: number, readable: () => void) => Watch;
  interfaceInfo(name: string): InterfaceInfo | null;
  interfaceIndex(name: string): number | null;
  makeFifo(path: string, mode: number): void;
}

const addon = (): Addon => loadAddon() as Addon;

/** Opens a socket that sends Ethernet frames and receives nothing. Throws SystemError: EPERM without CAP_NET_RAW. */
export function openPacketSocket(): PacketSocket {
  return { fd: addon().openPacketSocket() };
}

/**
 * Sends one frame, Ethernet header included, checksum excluded. Never waits.
 * Throws SystemError: EAGAIN or ENOBUFS when the queue is full, ENETDOWN, ENXIO (no such interface), EBADF (closed).
 */
export function sendFrame(socket: PacketSocket, ifindex: number, frame: Uint8Array): void {
  addon().sendFrame(socket.fd, ifindex, frame);
}

/** Closes the socket; closing it again does nothing. */
export function closePacketSocket(socket: PacketSocket): void {
  closeOnce(socket);
}

/**
 * Opens a socket to rtnetlink that hears these multicast groups (RTNLGRP_*; none for a socket that only asks).
 * `receiveBufferBytes` is what the kernel may queue, capped by net.core.rmem_max without CAP_NET_ADMIN.
 * Throws SystemError.
 */
export function openNetlinkSocket(groups: readonly number[], receiveBufferBytes: number): NetlinkSocket {
  return { fd: addon().openNetlinkSocket(groups, receiveBufferBytes) };
}

/** Sends one datagram to the kernel, which has dealt with it and queued its answer when this returns. */
export function sendNetlink(socket: NetlinkSocket, datagram: Uint8Array): void {
  addon().sendNetlink(socket.fd, datagram);
}

/**
 * The next datagram from the kernel, null if none waits. Never waits.
 * Throws SystemError, once each time: ENOBUFS when datagrams were lost; those still queued can be read after it.
 */
export function receiveNetlink(socket: NetlinkSocket): Uint8Array | null {
  return addon().receiveNetlink(socket.fd);
}

/**
 * Calls `readable` from the event loop as long as something can be read or an error waits there. Keeps the process
 * alive. Returns what ends the watch, which has to come before the socket is closed.
 */
export function watchReadable(socket: NetlinkSocket, readable: () => void): () => void {
  const { ReadableWatch } = addon();
  const watch = new ReadableWatch(socket.fd, readable);
  return () => watch.close();
}

/** Closes the socket; closing it again does nothing. */
export function closeNetlinkSocket(socket: NetlinkSocket): void {
  closeOnce(socket);
}

function closeOnce(socket: { readonly fd: number }): void {
  const { fd } = socket;
  if (fd < 0) return;
  // Forgotten first: a number that is closed twice may by then be somebody else's file.
  (socket as { fd: number }).fd = -1;
  addon().closeSocket(fd);
}

/** What the kernel knows about an interface of this network namespace; null if there is none of that name. */
export function interfaceInfo(name: string): InterfaceInfo | null {
  return addon().interfaceInfo(name);
}

/** Index of an interface of this network namespace; null if there is none of that name. */
export function interfaceIndex(name: string): number | null {
  return addon().interfaceIndex(name);
}

/** Makes a named pipe; the process's umask is taken off `mode`. Throws SystemError: EEXIST, ENOENT, EACCES, EROFS. */
export function makeFifo(path: string, mode: number): void {
  addon().makeFifo(path, mode);
}
