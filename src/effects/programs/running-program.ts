/** One program from its start to its end, whatever it does. */
import { constants } from 'node:os';
import {
  closeDescriptor,
  reapProgram,
  type StartedProgram,
  watchDescriptor,
} from '../../../native/program.ts';
import { OutputTail } from './output-tail.ts';

/** What is done to a program that takes too long: asked to end and then made to, or made to at once. */
export interface ProgramLimit {
  readonly afterUs: number;
  readonly first: 'SIGTERM' | 'SIGKILL';
}

/** How it ended. `timedOut`: by our signal; one that ends by itself when asked to has `exited`. */
export type ProgramEnding =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timedOut' };

export type Ended = ProgramEnding & {
  /** Last bytes of what it wrote, if it was to be kept. */
  readonly output: string;
  readonly outputBytes: number;
};

/** keepalived: two seconds after each of the first two signals, then ten. */
const SECOND_SIGNAL_MS = 2_000;
const LATER_SIGNALS_MS = 10_000;

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

export class RunningProgram {
  readonly #started: StartedProgram;
  readonly #output: OutputTail | null;
  readonly #ended: (ending: Ended) => void;
  readonly #unwatch: () => void;
  #timer: NodeJS.Timeout | null = null;
  /** Signals sent because it took too long. */
  #signals: string[] = [];
  #over = false;

  constructor(started: StartedProgram, limit: ProgramLimit | null, ended: (ending: Ended) => void) {
    this.#started = started;
    this.#ended = ended;
    this.#output = started.outputFd < 0 ? null : new OutputTail(started.outputFd);
    this.#unwatch = watchDescriptor(started.exitFd, () => this.#exited());
    if (limit !== null) this.#timer = setTimeout(() => this.#late(limit.first), limit.afterUs / 1000);
  }

  /** A signal to it and to all that it has started and that have not left its process group. */
  signal(name: NodeJS.Signals): void {
    if (this.#over) return;
    try {
      process.kill(-this.#started.pid, name);
    } catch {
      // Nobody is left, or they have become somebody else's: its end will be seen.
    }
  }

  /** It has taken too long, or is not wanted any longer. */
  #late(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#signals.push(signal);
    this.signal(signal);
    const delay = this.#signals.length <= 2 ? SECOND_SIGNAL_MS : LATER_SIGNALS_MS;
    this.#timer = setTimeout(() => this.#late('SIGKILL'), delay);
  }

  #exited(): void {
    if (this.#over) return;
    // Before its number is free, so that nobody else is hit: what it started must not outlive a time-out.
    if (this.#signals.length > 0) this.signal('SIGKILL');
    const end = reapProgram(this.#started.pid);
    if (end === null) return;
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#unwatch();
    closeDescriptor(this.#started.exitFd);
    const output = this.#output?.finish() ?? '';
    this.#ended({ ...this.#ending(end), output, outputBytes: this.#output?.bytes ?? 0 });
  }

  #ending({ code, signal }: { code: number | null; signal: number | null }): ProgramEnding {
    if (signal === null) return { kind: 'exited', code: code ?? 0 };
    const name = signalNames.get(signal) ?? `signal ${signal}`;
    return this.#signals.includes(name) ? { kind: 'timedOut' } : { kind: 'killed', signal: name };
  }
}
