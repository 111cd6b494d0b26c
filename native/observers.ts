/** Where the kernel tells of files and processes, and can be asked about links. Loads the addon at first use. */
import { loadAddon } from './load.ts';

interface Addon {
  openInotify(): number;
  addInotifyWatch(fd: number, directory: string): number;
  openProcessEvents(receiveBufferBytes: number, force: boolean, atFirstProcess: boolean): number;
  linkbeat(name: string, method: string): boolean | null;
}

const addon = (): Addon => loadAddon() as Addon;

/** A descriptor that is readable when something has happened. Throws SystemError (EMFILE). */
export function openInotify(): number {
  return addon().openInotify();
}

/**
 * Hears of files in the directory that were written and closed, deleted, or moved. Returns the number by which the
 * directory is called in what is read. Throws SystemError: ENOENT, ENOTDIR, ENOSPC (too many watches).
 */
export function addInotifyWatch(fd: number, directory: string): number {
  return addon().addInotifyWatch(fd, directory);
}

/**
 * A netlink socket that hears of processes once it is subscribed. `receiveBufferBytes` 0: as large as the kernel makes it.
 * `atFirstProcess`: in the network namespace of process 1, the only one in which the kernel tells of processes.
 * Throws SystemError: EPERM without CAP_NET_ADMIN (or CAP_SYS_ADMIN, for another namespace), EPROTONOSUPPORT.
 */
export function openProcessEvents(
  receiveBufferBytes: number,
  force: boolean,
  atFirstProcess: boolean,
): { readonly fd: number } {
  return { fd: addon().openProcessEvents(receiveBufferBytes, force, atFirstProcess) };
}

/** Whether the driver says that there is a link; null if it cannot be asked in this way. */
export function linkbeat(name: string, method: 'MII' | 'ETHTOOL' | 'IOCTL'): boolean | null {
  return addon().linkbeat(name, method);
}
