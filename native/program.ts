/** Programs of others: started, waited for, listened to. Loads the addon at first use. */

import { loadAddon } from './load.ts';
import { watchReadable } from './socket.ts';

export interface ProgramStart {
  /** Absolute, or relative to the working directory; no search in PATH. */
  readonly path: string;
  /** With the name of the program first. */
  readonly arguments: readonly string[];
  /** `NAME=value` */
  readonly environment: readonly string[];
  readonly uid: number;
  readonly gid: number;
  /** All supplementary groups. */
  readonly groups: readonly number[];
  /** -20 to 19 */
  readonly niceness: number;
  /** False: its output goes to /dev/null. */
  readonly keepOutput: boolean;
}

export interface StartedProgram {
  /** Also the number of its process group. */
  readonly pid: number;
  /** A pidfd: readable once the program has ended. */
  readonly exitFd: number;
  /** What it writes to standard output and standard error; -1 if it is not kept. */
  readonly outputFd: number;
}

/** One of both is null. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: number | null;
}

interface Addon {
  startProgram(start: ProgramStart): Promise<StartedProgram>;
  reapProgram(pid: number): ProgramEnd | null;
  readOutput(fd: number, into: Uint8Array): number;
  closeSocket(fd: number): void;
}

const addon = (): Addon => loadAddon() as Addon;

/**
 * Starts a program in a process group of its own: other identity, default signals, ordinary scheduling, SIGTERM when
 * this process dies. Resolves once it runs. Rejects with SystemError; `syscall` says what failed (`execve`, `setuid`).
 */
export function startProgram(start: ProgramStart): Promise<StartedProgram> {
  return addon().startProgram(start);
}

/** How it ended; null while it runs. Its number is free afterwards. Throws SystemError (ECHILD). */
export function reapProgram(pid: number): ProgramEnd | null {
  return addon().reapProgram(pid);
}

/** Reads what waits; -1: nothing, 0: nobody writes any more. Throws SystemError. */
export function readOutput(fd: number, into: Uint8Array): number {
  return addon().readOutput(fd, into);
}

export function closeDescriptor(fd: number): void {
  addon().closeSocket(fd);
}

/** As `watchReadable` of a socket. */
export function watchDescriptor(fd: number, readable: () => void): () => void {
  return watchReadable({ fd }, readable);
}
