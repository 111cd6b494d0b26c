/** Datagrams to a Unix socket, as the system log takes them. Loads the addon at first use. */
import { loadAddon } from './load.ts';

interface Addon {
  openDatagramSocket(path: string): number;
  sendDatagram(fd: number, bytes: Uint8Array): void;
  closeSocket(fd: number): void;
}

const addon = (): Addon => loadAddon() as Addon;

/** Throws SystemError: ENOENT (no such socket), ECONNREFUSED (nobody listens), EPROTOTYPE (it takes streams). */
export function openDatagramSocket(path: string): number {
  return addon().openDatagramSocket(path);
}

/** Never waits. Throws SystemError: EAGAIN (the reader is behind), ECONNREFUSED or ENOTCONN (it has gone), EMSGSIZE. */
export function sendDatagram(fd: number, bytes: Uint8Array): void {
  addon().sendDatagram(fd, bytes);
}

export function closeDatagramSocket(fd: number): void {
  addon().closeSocket(fd);
}
