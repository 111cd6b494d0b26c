/** Interfaces, packets and rtnetlink: the addon's part with types. */
import { loadAddon } from './load.ts';
import type { OpenSocket } from './socket.ts';

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

/** A raw IPv6 socket. */
export interface Raw6Socket extends OpenSocket {
  /** Next header that it hears; IPPROTO_RAW: it only sends. */
  readonly protocol: number;
}

interface Addon {
  openPacketSocket(): number;
  sendFrame(fd: number, ifindex: number, frame: Uint8Array): void;
  openNetlinkSocket(
    groups: readonly number[],
    receiveBufferBytes: number,
    protocol: number,
    namespace: string | null,
  ): number;
  sendNetlink(fd: number, datagram: Uint8Array): void;
  receiveNetlink(fd: number): Uint8Array | null;
  openRaw4Socket(protocol: number): number;
  openRaw6Socket(protocol: number): number;
  receiveRaw6(fd: number, protocol: number, buffer: Uint8Array): number;
  sendRaw6(fd: number, packet: Uint8Array, ifindex: number): void;
  interfaceInfo(name: string): InterfaceInfo | null;
  interfaceIndex(name: string): number | null;
  makeFifo(path: string, mode: number): void;
}

/** Of linux/netlink.h. */
const NETLINK_ROUTE = 0;
const NETLINK_GENERIC = 16;

const addon = (): Addon => loadAddon() as Addon;

/** Opens a socket that sends Ethernet frames and receives nothing. Throws SystemError: EPERM without CAP_NET_RAW. */
export function openPacketSocket(): OpenSocket {
  return { fd: addon().openPacketSocket() };
}

/**
 * Sends one frame, Ethernet header included, checksum excluded. Never waits.
 * Throws SystemError: EAGAIN or ENOBUFS when the queue is full, ENETDOWN, ENXIO (no such interface), EBADF (closed).
 */
export function sendFrame(socket: OpenSocket, ifindex: number, frame: Uint8Array): void {
  addon().sendFrame(socket.fd, ifindex, frame);
}

/**
 * Opens a socket to rtnetlink that hears these multicast groups (RTNLGRP_*; none for a socket that only asks).
 * `receiveBufferBytes` is what the kernel may queue, capped by net.core.rmem_max without CAP_NET_ADMIN.
 * Throws SystemError.
 */
export function openNetlinkSocket(groups: readonly number[], receiveBufferBytes: number): OpenSocket {
  return { fd: addon().openNetlinkSocket(groups, receiveBufferBytes, NETLINK_ROUTE, null) };
}

/**
 * Opens a socket to generic netlink that asks and hears nothing else. `namespace`: file of the network namespace that it
 * shall belong to (`/run/netns/NAME`); null: that of this process. Throws SystemError: ENOENT if there is none.
 */
export function openGenericNetlinkSocket(receiveBufferBytes: number, namespace: string | null): OpenSocket {
  return { fd: addon().openNetlinkSocket([], receiveBufferBytes, NETLINK_GENERIC, namespace) };
}

/** Sends one datagram to the kernel, which has dealt with it and queued its answer when this returns. */
export function sendNetlink(socket: OpenSocket, datagram: Uint8Array): void {
  addon().sendNetlink(socket.fd, datagram);
}

/**
 * The next datagram from the kernel, null if none waits. Never waits.
 * Throws SystemError, once each time: ENOBUFS when datagrams were lost; those still queued can be read after it.
 */
export function receiveNetlink(socket: OpenSocket): Uint8Array | null {
  return addon().receiveNetlink(socket.fd);
}

/** Opens a raw IPv4 socket; with IPPROTO_RAW it brings its own header. Throws SystemError: EPERM without CAP_NET_RAW. */
export function openRaw4Socket(protocol: number): OpenSocket {
  return { fd: addon().openRaw4Socket(protocol) };
}

/** Opens a raw IPv6 socket. Throws SystemError: EPERM without CAP_NET_RAW, EAFNOSUPPORT without IPv6. */
export function openRaw6Socket(protocol: number): Raw6Socket {
  return { fd: addon().openRaw6Socket(protocol), protocol };
}

/**
 * Writes the next packet with the IPv6 header that it had (but for its flow label and extension headers) to `buffer`
 * and returns its length, 0 if none waits. What does not fit is cut. Never waits. Throws SystemError.
 */
export function receiveRaw6(socket: Raw6Socket, buffer: Uint8Array): number {
  return addon().receiveRaw6(socket.fd, socket.protocol, buffer);
}

/**
 * Sends a packet that brings its own IPv6 header, through an interface or (`ifindex` 0) where the routing table says.
 * Never waits. Throws SystemError.
 */
export function sendRaw6(socket: Raw6Socket, packet: Uint8Array, ifindex: number): void {
  addon().sendRaw6(socket.fd, packet, ifindex);
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
