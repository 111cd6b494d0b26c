/** What a process is to the Linux kernel, and signals that Node does not know: the addon's part with types. */
import { loadAddon } from './load.ts';

/** RLIMIT_* (bits/resource.h). */
export const LIMIT_CORE = 4;
export const LIMIT_FILES = 7;
export const LIMIT_REALTIME = 15;
export const NO_LIMIT = -1;

interface Addon {
  setCommandName(name: string): void;
  setRealtime(priority: number): void;
  setAffinity(thread: number, processors: readonly number[]): void;
  setLimit(resource: number, soft: number, hard: number): void;
  lockMemory(): void;
  unlockMemory(): void;
  lockFile(fd: number): boolean;
  sendDatagram(path: string, data: Uint8Array): boolean;
  enterNetworkNamespace(path: string): void;
  bindPrivately(source: string, target: string): void;
  unmount(target: string): void;
  mapFile(path: string, bytes: number): ArrayBuffer;
  readonly SignalWatch: new (number: number, came: () => void) => { close(): void };
}

const addon = (): Addon => loadAddon() as Addon;

/** The name that ps and pgrep show, cut to 15 bytes; of the calling thread, which is the process for the main one. */
export function setCommandName(name: string): void {
  addon().setCommandName(name);
}

/**
 * Round-robin realtime scheduling of the calling thread at this priority (1 to 99), 0 for ordinary scheduling. What it
 * starts, threads and programs, is ordinary. Throws SystemError: EPERM without CAP_SYS_NICE.
 */
export function setRealtime(priority: number): void {
  addon().setRealtime(priority);
}

/** Processors that a thread (0: the calling one) may run on. Throws SystemError: EINVAL if none of them exists. */
export function setAffinity(thread: number, processors: readonly number[]): void {
  addon().setAffinity(thread, processors);
}

/** Soft and hard limit of a LIMIT_* resource. Throws SystemError: EPERM to raise a hard one without CAP_SYS_RESOURCE. */
export function setLimit(resource: number, soft: number, hard: number): void {
  addon().setLimit(resource, soft, hard);
}

/** Keeps every page that is used, now or later, out of swap. Throws SystemError: EPERM or ENOMEM (RLIMIT_MEMLOCK). */
export function lockMemory(): void {
  addon().lockMemory();
}

export function unlockMemory(): void {
  addon().unlockMemory();
}

/** Locks a file for as long as this descriptor is open. False: another process holds the lock. */
export function lockFile(fd: number): boolean {
  return addon().lockFile(fd);
}

/** One datagram to a Unix socket; `@name` is in the abstract namespace. Never waits. False: nobody took it. */
export function sendDatagram(path: string, data: Uint8Array): boolean {
  return addon().sendDatagram(path, data);
}

/** Moves the calling thread to another network namespace. Throws SystemError: ENOENT, EINVAL, EPERM. */
export function enterNetworkNamespace(path: string): void {
  addon().enterNetworkNamespace(path);
}

/** Mounts a directory over another one where only the calling thread and its successors see it. Throws SystemError. */
export function bindPrivately(source: string, target: string): void {
  addon().bindPrivately(source, target);
}

/** Takes the newest mount on a directory away, for those who share the calling thread's mounts. Throws SystemError. */
export function unmount(target: string): void {
  addon().unmount(target);
}

/**
 * Memory of a file, shared with whoever else has it mapped, for as long as the buffer lives. Throws SystemError: ENOENT, EACCES,
 * EINVAL if the file is shorter.
 */
export function mapFile(path: string, bytes: number): ArrayBuffer {
  return addon().mapFile(path, bytes);
}

/** Calls back whenever the signal of this number comes, in place of its default action. Returns what ends that. */
export function watchSignal(number: number, came: () => void): () => void {
  const { SignalWatch } = addon();
  const watch = new SignalWatch(number, came);
  return () => watch.close();
}
