/** Which processes each tracker counts (keepalived 2.4.3, track_process). It tells numbers; it decides nothing. */
import type { ProcessSource } from '../../machines/tracker/tracker.input.ts';
import type { ProcessEvent } from '../../protocol/process-events.ts';
import type { ProcFiles } from './proc-files.ts';

export type CountedBy = 'scan' | 'fork' | 'exec' | 'exit';

/** A number of processes that the one who asked must hear. */
export interface Count {
  readonly id: string;
  readonly count: number;
  readonly by: CountedBy;
}

/** Whether a process is one of those that are counted. Command lines of others need not be read. */
export function matches(source: ProcessSource, name: string | null, commandLine: string | null): boolean {
  if (!source.fullCommand) return name === source.program;
  const end = commandLine?.indexOf('\0') ?? -1;
  if (commandLine === null || end < 0 || commandLine.slice(0, end) !== source.program) return false;
  if (source.match === null) return true;
  const given = commandLine.slice(end + 1);
  const wanted = source.parameters.map((parameter) => `${parameter}\0`).join('');
  switch (source.match) {
    case 'exact':
      return given === wanted;
    case 'partial':
      return given.startsWith(wanted);
    case 'initial':
      // The last one may go on.
      return given.length >= wanted.length && given.startsWith(wanted.slice(0, -1));
    default:
      return source.match satisfies never;
  }
}

interface Entry {
  readonly source: ProcessSource;
  pids: Set<number>;
  /** During a scan: what it has found so far. Events count for this, too. */
  found: Set<number> | null;
}

type Counted = Pick<Entry, 'source' | 'pids'>;

/** What a count means to its bounds: as long as that is the same nobody needs to hear of it. */
function sideOf({ least, most }: ProcessSource, count: number): 'few' | 'many' | 'right' {
  if (count < least) return 'few';
  return most !== null && count > most ? 'many' : 'right';
}

export class ProcessTable {
  readonly #files: ProcFiles;
  readonly #entries = new Map<string, Entry>();

  constructor(files: ProcFiles) {
    this.#files = files;
  }

  get size(): number {
    return this.#entries.size;
  }

  count(id: string): number {
    return this.#entries.get(id)?.pids.size ?? 0;
  }

  /** Counts for this one from now on, and what it counts now. */
  add(id: string, source: ProcessSource): Count {
    const entry: Entry = { source, pids: new Set(), found: null };
    this.#entries.set(id, entry);
    for (const pid of this.#files.pids()) if (this.#isCounted(source, pid)) entry.pids.add(pid);
    return { id, count: entry.pids.size, by: 'scan' };
  }

  remove(id: string): void {
    this.#entries.delete(id);
  }

  /** Looks at all processes again, in steps between which others may work. Gives what changed. */
  *scan(): Generator<void, Count[]> {
    for (const entry of this.#entries.values()) entry.found = new Set();
    for (const pid of this.#files.pids()) {
      for (const { source, found } of this.#entries.values()) {
        if (found !== null && this.#isCounted(source, pid)) found.add(pid);
      }
      yield;
    }
    return [...this.#entries].flatMap(([id, entry]) =>
      this.#change(id, entry, 'scan', () => {
        entry.pids = entry.found ?? entry.pids;
        entry.found = null;
      }),
    );
  }

  /** Folds an event in. Gives the counts that somebody must hear. */
  hear(event: ProcessEvent): Count[] {
    switch (event.what) {
      case 'acknowledged':
        return [];
      case 'forked':
        return this.#each('fork', ({ pids }) => {
          // It is the same program until it becomes another one.
          if (pids.has(event.parent)) pids.add(event.child);
        });
      case 'exited':
        return this.#each('exit', ({ pids }) => pids.delete(event.pid));
      case 'renamed':
        return this.#each('exec', ({ pids, source }) => {
          if (source.fullCommand) return;
          if (source.program === event.name) pids.add(event.pid);
          else pids.delete(event.pid);
        });
      case 'executed':
        return this.#each('exec', ({ pids, source }) => {
          if (this.#isCounted(source, event.pid)) pids.add(event.pid);
          else pids.delete(event.pid);
        });
      default:
        return event satisfies never;
    }
  }

  #each(by: CountedBy, change: (counted: Counted) => void): Count[] {
    return [...this.#entries].flatMap(([id, entry]) =>
      this.#change(id, entry, by, () => {
        change(entry);
        if (entry.found !== null) change({ source: entry.source, pids: entry.found });
      }),
    );
  }

  #change(id: string, entry: Entry, by: CountedBy, change: () => void): Count[] {
    const before = sideOf(entry.source, entry.pids.size);
    change();
    const count = entry.pids.size;
    return sideOf(entry.source, count) === before ? [] : [{ id, count, by }];
  }

  #isCounted(source: ProcessSource, pid: number): boolean {
    // Reading a command line reads that process's memory, which may have to be fetched from a disk.
    return source.fullCommand
      ? matches(source, null, this.#files.commandLine(pid))
      : matches(source, this.#files.name(pid), null);
  }
}
