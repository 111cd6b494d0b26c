/** The watchdog as the worker sees it: signs of life, what goes to the service manager, and what it saw before this life. */
import { readlinkSync, statSync, writeFileSync } from 'node:fs';
import type { ActorEvent } from '../../engine/types.ts';
import type { WatchdogEvent } from '../../machines/watchdog/watchdog.events.ts';
import { realClock } from '../clock.ts';
import { LifePage, type SaidToServiceManager, type WatchdogNote } from './life-page.ts';

/** Number of the watchdog's process and of descriptors: of the memory that it shares with this one, and of that for a configuration. */
const VARIABLE = 'RELIVED_WATCHDOG';
const BEAT_MS = 500;
/** After its start by then the journal is written, where it can be. */
const WRITTEN_MS = 1_500;
/** Does nothing by itself: the watchdog looks at once instead of soon. */
const POKE = 'SIGURG';

/** In the order of native/starter/watchdog-table.h. */
const FACTS: readonly ((note: WatchdogNote) => WatchdogEvent)[] = [
  () => ({ type: 'watch.begun' }),
  () => ({ type: 'worker.ready' }),
  ({ spanUs }) => ({ type: 'worker.hung', allowedUs: Math.round(spanUs) }),
  () => ({ type: 'worker.dying' }),
  (note) => died(note, false),
  (note) => died(note, true),
  ({ exitCode }) => ({ type: 'worker.ended', exitCode }),
  () => ({ type: 'lease.ended' }),
  (note) => ({ type: 'better.heard', instances: note.signal, priority: note.exitCode }),
  kept,
  () => ({ type: 'stop.requested' }),
];
const PAUSE_OVER = { type: 'timer.expired', timer: 'watchdog.pause' };

function died({ pid, signal, exitCode, spanUs }: WatchdogNote, sound: boolean): WatchdogEvent {
  return { type: 'worker.died', pid, signal, exitCode, ranUs: Math.round(spanUs), sound };
}

function kept({ signal, exitCode, spanUs, gapUs }: WatchdogNote): WatchdogEvent {
  return {
    ...{ type: 'announcing.ended', instances: signal, adverts: exitCode },
    ...{ spanUs: Math.round(spanUs), largestGapUs: Math.round(gapUs) },
  };
}

function eventOf(note: WatchdogNote): ActorEvent {
  const event = FACTS[note.fact]?.(note) ?? PAUSE_OVER;
  return { ...event, atUs: Math.round(note.atUs), atWallUs: Math.round(note.atWallUs) } as ActorEvent;
}

export class Watch {
  /** Number of the watchdog's process: the daemon's, as others see it. */
  readonly pid: number;
  readonly page: LifePage;
  /** Notes that were given to this process's history. */
  #given = 0;
  #isReady = false;
  #news: ((event: ActorEvent) => void) | null = null;

  readonly #configurationPath: string;

  private constructor(pid: number, page: LifePage, configurationPath: string) {
    this.pid = pid;
    this.page = page;
    this.#configurationPath = configurationPath;
  }

  /** Null: nobody watches over this process. No program that it starts is to think that somebody does. */
  static take(): Watch | null {
    const [pid = 0, fd = 0, configuration = 0] = (process.env[VARIABLE] ?? '').split(':').map(Number);
    delete process.env[VARIABLE];
    if (pid !== process.ppid || pid === 0) return null;
    try {
      const page = new LifePage(`/proc/${pid}/fd/${fd}`);
      // For what the one before was master of this counts already.
      page.beat(realClock.monotonicUs());
      return new Watch(pid, page, `/proc/${pid}/fd/${configuration}`);
    } catch {
      // A starter of another version. A daemon without a watchdog is one all the same.
      return null;
    }
  }

  /** From now on an end of this process is one that the watchdog does something about. `pidFiles`: descriptors that lock them. */
  begin(pidFiles: readonly number[], respawns: boolean): void {
    this.page.beat(realClock.monotonicUs());
    for (const [index, fd] of pidFiles.entries()) this.page.lockedBy(index, fd);
    this.page.watchMe(respawns);
    this.poke();
    setInterval(() => {
      this.page.beat(realClock.monotonicUs());
      this.#giveNews();
    }, BEAT_MS);
  }

  /** `news`: hears of what the watchdog sees from now on, within half a second. */
  follow(news: (event: ActorEvent) => void): void {
    this.#news = news;
  }

  ready(): void {
    this.page.ready();
    this.poke();
    this.#isReady = true;
    this.#giveNews();
    this.#tellSoon();
  }

  say(what: SaidToServiceManager): void {
    this.page.say(what, realClock.monotonicUs());
    this.poke();
  }

  /**
   * The configuration that is in force, for the next worker: it must not run another one because files were edited. It has
   * secrets, and is in memory only. Without it the next worker reads the files.
   */
  keepConfiguration(text: string): void {
    try {
      // What is not whole is not taken for a configuration.
      writeFileSync(this.#configurationPath, text);
    } catch {
      // Memory is short. A part of a text is none.
    }
  }

  /** What happened since the history ended: for the actor that is the watchdog, in this order. */
  past(): readonly ActorEvent[] {
    const { notes, end, wasReady, quickDeaths } = this.page.untold();
    this.#given = end;
    const begun = notes.length === 0 ? {} : { wasReady, quickDeaths };
    return [{ type: 'watch.begun', ...begun }, ...notes.map(eventOf)];
  }

  #giveNews(): void {
    if (!this.#isReady || this.page.notes === this.#given) return;
    const { notes, end } = this.page.untold(this.#given);
    this.#given = end;
    // That it is told to stop it hears itself.
    for (const event of notes.map(eventOf)) if (event.type !== 'stop.requested') this.#news?.(event);
    this.#tellSoon();
  }

  /** Rather told twice than not at all: until then the history may not have it. */
  #tellSoon(): void {
    const given = this.#given;
    setTimeout(() => this.page.told(given), WRITTEN_MS).unref();
  }

  /** The file is locked by the watchdog, which has it from a former worker. */
  hasLocked(path: string): boolean {
    const wanted = statSync(path, { throwIfNoEntry: false });
    if (wanted === undefined || this.page.life === 1) return false;
    return this.page.heldByWatchdog().some((fd) => {
      const held = statSync(`/proc/${this.pid}/fd/${fd}`, { throwIfNoEntry: false });
      return held?.ino === wanted.ino && held.dev === wanted.dev;
    });
  }

  /** Path of the program that it is. */
  get program(): string {
    return readlinkSync(`/proc/${this.pid}/exe`);
  }

  poke(): void {
    try {
      process.kill(this.pid, POKE);
    } catch {
      // It is gone, and this process will be.
    }
  }
}
