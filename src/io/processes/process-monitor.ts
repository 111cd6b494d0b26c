/** Keeps count of processes: by the kernel's events, or where there are none by looking at /proc once a second. */

import { receiveNetlink, sendNetlink } from '../../../native/index.ts';
import { openProcessEvents } from '../../../native/observers.ts';
import { closeSocket, watchReadable } from '../../../native/socket.ts';
import type { ProcessSource } from '../../machines/tracker/tracker.input.ts';
import { decodeProcessEvent, encodeProcessSubscription } from '../../protocol/process-events.ts';
import { procFiles } from './proc-files.ts';
import { type Count, ProcessTable } from './process-table.ts';

export interface ProcessMonitorOptions {
  readonly counted: (count: Count) => void;
  /** Something that the operator must know; the tracker of this id is told. */
  readonly troubled: (id: string, error: string) => void;
  /** process_monitor_rcv_bufs; 0: as the kernel has it. */
  readonly receiveBufferBytes?: number;
  readonly forceBuffer?: boolean;
}

/** keepalived: a kernel that has not answered by then has no such events. */
const ANSWER_MS = 100;
const POLL_MS = 1_000;
/** keepalived: the storm that overflowed the buffer is given time to calm down. */
const QUIET_MS = 1_000;
/** Processes that are looked at before others get their turn. */
const PIDS_A_TURN = 32;
/** Datagrams that are read before others get their turn; the rest is read in the next. */
const EVENTS_A_TURN = 256;

let openedEarly: { readonly fd: number } | null = null;

/**
 * For a process that is about to enter another network namespace, where the kernel does not tell of processes: the next
 * monitor uses what is opened here. Without the permission nothing happens; the monitor will say so.
 */
export function openProcessEventsEarly(receiveBufferBytes: number, force: boolean): void {
  try {
    openedEarly ??= subscribed(receiveBufferBytes, force, false);
  } catch {
    openedEarly = null;
  }
}

/** @throws SystemError */
function subscribed(bytes: number, force: boolean, atFirstProcess: boolean): { readonly fd: number } {
  const socket = openProcessEvents(bytes, force, atFirstProcess);
  try {
    sendNetlink(socket, encodeProcessSubscription());
    return socket;
  } catch (error) {
    closeSocket(socket);
    throw error;
  }
}

export class ProcessMonitor {
  readonly #options: ProcessMonitorOptions;
  readonly #table = new ProcessTable(procFiles);
  readonly #ids = new Set<string>();
  #socket: { readonly fd: number } | null = null;
  #unwatch: (() => void) | null = null;
  #timers = new Set<NodeJS.Timeout>();
  #answered = false;
  #polling: string | null = null;
  #scanning = false;

  constructor(options: ProcessMonitorOptions) {
    this.#options = options;
  }

  /** Tells the present number before it returns, then every one that crosses the bounds. */
  observe(id: string, source: ProcessSource): void {
    // Listens first: whatever happens during the look at /proc is heard afterwards.
    if (this.#ids.size === 0 && this.#socket === null && this.#polling === null) this.#listen();
    this.#ids.add(id);
    this.#options.counted(this.#table.add(id, source));
    if (this.#polling !== null) this.#options.troubled(id, this.#polling);
  }

  stop(id: string): void {
    this.#table.remove(id);
    this.#ids.delete(id);
    if (this.#ids.size === 0) this.close();
  }

  /** How many there are now. */
  count(id: string): number {
    return this.#table.count(id);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#hangUp();
    this.#polling = null;
    this.#answered = false;
  }

  #listen(): void {
    try {
      const socket = this.#subscribe();
      this.#socket = socket;
      this.#unwatch = watchReadable(socket, () => this.#read(socket));
      this.#later(ANSWER_MS, () => {
        if (!this.#answered) this.#poll('the kernel has no process events');
      });
    } catch (error) {
      this.#poll(error instanceof Error ? error.message : String(error));
    }
  }

  /** In a network namespace of its own nobody answers; then in that of the first process, as keepalived does. */
  #subscribe(): { readonly fd: number } {
    const { receiveBufferBytes = 0, forceBuffer = false } = this.#options;
    const early = openedEarly;
    openedEarly = null;
    if (early !== null) return early;
    try {
      return subscribed(receiveBufferBytes, forceBuffer, false);
    } catch {
      return subscribed(receiveBufferBytes, forceBuffer, true);
    }
  }

  #hangUp(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    if (this.#socket !== null) closeSocket(this.#socket);
    this.#socket = null;
  }

  #read(socket: { readonly fd: number }): void {
    for (let events = 0; events < EVENTS_A_TURN && socket.fd >= 0; events++) {
      let datagram: Uint8Array | null;
      try {
        datagram = receiveNetlink(socket);
      } catch {
        // Events were lost: the table may be wrong until everything was looked at again.
        this.#later(QUIET_MS, () => this.#scan());
        return;
      }
      if (datagram === null) return;
      const event = decodeProcessEvent(datagram);
      if (event === null) continue;
      if (event.what === 'acknowledged') this.#answered = true;
      for (const count of this.#table.hear(event)) this.#options.counted(count);
    }
  }

  #poll(why: string): void {
    this.#hangUp();
    this.#polling = `processes are looked for once a second: ${why}`;
    for (const id of this.#ids) this.#options.troubled(id, this.#polling);
    const again = (): void => {
      this.#scan();
      this.#later(POLL_MS, again);
    };
    this.#later(POLL_MS, again);
  }

  #scan(): void {
    if (this.#scanning) return;
    this.#scanning = true;
    const steps = this.#table.scan();
    const turn = (): void => {
      for (let pids = 0; pids < PIDS_A_TURN; pids++) {
        const step = steps.next();
        if (!step.done) continue;
        this.#scanning = false;
        for (const count of step.value) this.#options.counted(count);
        return;
      }
      setImmediate(turn);
    };
    turn();
  }

  #later(milliseconds: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, milliseconds);
    this.#timers.add(timer);
  }
}
