/** How the process is scheduled, named and limited, as global_defs says. What cannot be had is told, and the router runs. */
import fs from 'node:fs';
import os from 'node:os';
import {
  LIMIT_CORE,
  LIMIT_REALTIME,
  lockMemory,
  NO_LIMIT,
  setAffinity,
  setCommandName,
  setLimit,
  setRealtime,
  unlockMemory,
  watchSignal,
} from '../../native/process.ts';
import type { ConfigTree } from '../config/model.ts';

export interface ProcessSettings {
  readonly name: string;
  /** Nice value of every thread. */
  readonly priority: number;
  /** 1 to 99; 0: ordinary scheduling. */
  readonly realtimePriority: number;
  /** Time on a processor without a rest after which a warning is due, while realtime. */
  readonly realtimeLimitUs: number;
  readonly locksMemory: boolean;
  /** null: all processors. */
  readonly processors: readonly number[] | null;
  readonly umask: number;
}

const OWN_NAME = 'relived';

/** `umask` is what the command line says; it overrides the configuration. */
export function processSettings(
  { global_defs: [globals] }: ConfigTree,
  umask: number | null,
): ProcessSettings {
  return {
    name: nameOf(globals),
    priority: globals?.vrrp_priority ?? 0,
    realtimePriority: globals?.vrrp_rt_priority ?? 0,
    realtimeLimitUs: globals?.vrrp_rlimit_rttime ?? 0,
    locksMemory: globals?.vrrp_no_swap === true,
    processors: globals?.vrrp_cpu_affinity ?? null,
    umask: umask ?? globals?.umask ?? 0o177,
  };
}

/** keepalived has a name for its VRRP process and one for its first process; here the two are one. */
function nameOf(globals: ConfigTree['global_defs'][number] | undefined): string {
  const given = [globals?.vrrp_process_name, globals?.process_name];
  return given.find((name) => name !== undefined && name !== KEEPALIVED_NAME) ?? OWN_NAME;
}

/** keepalived's default, which says nothing. */
const KEEPALIVED_NAME = 'keepalived';
const LOWEST_REALTIME = 1;

export interface AutoPriority {
  /** Highest realtime priority that lateness may lead to; below 1: never. */
  readonly highest: number;
  /** Lateness that raises it. */
  readonly delayUs: number;
}

export class Scheduling {
  readonly #log: (line: string) => void;
  #applied: ProcessSettings | null = null;
  #realtime = 0;
  #nice = 0;
  #stopWatching: (() => void) | null = null;
  #alsoRealtime: (priority: number) => void = () => {};

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** A thread that has the realtime priority of this one, now and whenever it changes. `set` may throw. */
  alsoRealtime(set: (priority: number) => void): void {
    this.#alsoRealtime = set;
    if (this.#realtime > 0) this.#try(`set realtime priority ${this.#realtime}`, () => set(this.#realtime));
  }

  /** At the start and after each reload; does what differs from before. */
  apply(settings: ProcessSettings): void {
    const before = this.#applied;
    this.#applied = settings;
    process.umask(settings.umask);
    if (before?.name !== settings.name)
      this.#try('set the process name', () => setCommandName(settings.name));
    if (settings.realtimePriority !== (before?.realtimePriority ?? 0)) {
      this.#setRealtime(settings.realtimePriority, settings.realtimeLimitUs);
    }
    // As keepalived: where realtime is asked for, nice values mean nothing.
    const nice = settings.realtimePriority > 0 ? 0 : settings.priority;
    if (nice !== this.#nice) this.#setNice(nice);
    if (settings.locksMemory !== (before?.locksMemory ?? false)) {
      this.#try('lock process in memory', settings.locksMemory ? lockMemory : unlockMemory);
    }
    if (String(settings.processors) !== String(before?.processors ?? null)) this.#useProcessors(settings);
  }

  /** This process ran so late that it would be better off with a higher priority. */
  ranLate(lateUs: number, { highest, delayUs }: AutoPriority): void {
    if (lateUs <= delayUs || highest < LOWEST_REALTIME || this.#realtime >= highest) return;
    const priority = Math.max(this.#realtime + 1, LOWEST_REALTIME);
    this.#setRealtime(priority, this.#applied?.realtimeLimitUs ?? 0);
    this.#log(`Set realtime priority ${priority}`);
  }

  /**
   * keepalived limits the time without a rest hard, too, and the kernel kills who exceeds it. A collection of garbage may
   * take longer than its default, so here only the warning comes: a router that lives late beats one that is dead.
   */
  #setRealtime(priority: number, limitUs: number): void {
    this.#try(`set realtime priority ${priority}`, () => {
      setRealtime(priority);
      this.#realtime = priority;
      this.#alsoRealtime(priority);
      const soft = priority > 0 && limitUs > 0 ? Math.floor(limitUs / 2) : NO_LIMIT;
      if (soft !== NO_LIMIT) this.#watchRealtimeLimit();
      setLimit(LIMIT_REALTIME, soft, NO_LIMIT);
    });
  }

  #watchRealtimeLimit(): void {
    this.#stopWatching ??= watchSignal(os.constants.signals.SIGXCPU, () => {
      this.#log('ran longer than vrrp_rlimit_rttime allows without a rest');
    });
  }

  /**
   * Linux keeps a nice value for each thread, and a thread begins with that of the one that starts it. keepalived is one thread: here all
   * have the same value, so that none, the one that writes the journal least of all, comes before the one that speaks VRRP.
   */
  #setNice(nice: number): void {
    this.#nice = nice;
    this.#try(`set process priority to ${nice}`, () => everyThread((thread) => os.setPriority(thread, nice)));
  }

  #useProcessors({ processors }: ProcessSettings): void {
    const all = processors ?? os.cpus().map((_, index) => index);
    this.#try('set cpu affinity', () => everyThread((thread) => setAffinity(thread, all)));
  }

  #try(what: string, how: () => void): void {
    try {
      how();
    } catch (error) {
      this.#log(`Unable to ${what} - ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Those of V8 and libuv are there before anything is set. One that ends meanwhile needs nothing. */
function everyThread(act: (thread: number) => void): void {
  for (const thread of fs.readdirSync('/proc/self/task')) {
    try {
      act(Number(thread));
    } catch (error) {
      if (fs.existsSync(`/proc/self/task/${thread}`)) throw error;
    }
  }
}

const CORE_PATTERN_FILE = '/proc/sys/kernel/core_pattern';

/**
 * --core-dump and --core-dump-pattern: no limit to the size of a core file, and what it is called unless ''. Returns what
 * puts the former name back.
 */
export function allowCoreDumps(pattern: string, log: (line: string) => void): () => void {
  try {
    setLimit(LIMIT_CORE, NO_LIMIT, NO_LIMIT);
    if (pattern === '') return () => {};
    const former = fs.readFileSync(CORE_PATTERN_FILE, 'utf8');
    fs.writeFileSync(CORE_PATTERN_FILE, pattern);
    return () => fs.writeFileSync(CORE_PATTERN_FILE, former);
  } catch (error) {
    log(`cannot allow core files: ${error instanceof Error ? error.message : String(error)}`);
    return () => {};
  }
}
