/** Keeps a distance in time between frames: keepalived's garp_interval, gna_interval and garp_group. */
import type { Clock, Scheduler } from '../engine/types.ts';

/** Frames of one kind for one address on one interface. */
export interface PacedFrame {
  /** Interfaces with the same limiter share one limit; gratuitous ARPs and advertisements do not. */
  readonly limiter: string;
  readonly intervalUs: number;
  /** The same frame asked for again is not queued twice. */
  readonly key: string;
  readonly repeat: number;
  /** Sends it once; null, or what is wrong. */
  readonly send: () => string | null;
}

/** What became of a frame: null, or the first error. */
export type PacedResult = string | null;

interface Waiting {
  readonly frame: PacedFrame;
  pending: number;
  error: string | null;
  readonly results: ((result: PacedResult) => void)[];
}

interface Limiter {
  readonly intervalUs: number;
  readonly queue: Waiting[];
  /** Monotonic time before which nothing leaves. */
  nextUs: number;
  cancel: (() => void) | null;
}

/** Below this a timer is too coarse: frames that are due by now leave together, so that the rate is kept. */
const COARSE_US = 2_000;

export class GarpPacer {
  readonly #clock: Pick<Clock, 'monotonicUs'>;
  readonly #scheduler: Scheduler;
  readonly #limiters = new Map<string, Limiter>();

  constructor(clock: Pick<Clock, 'monotonicUs'>, scheduler: Scheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /**
   * Sends the frames in turn, round after round, each as soon as its limiter lets it. One that waits already is sent at
   * most as often as the more demanding of both requests says: no queue grows (keepalived behaves the same).
   */
  send(frames: readonly PacedFrame[]): readonly Promise<PacedResult>[] {
    const results = frames.map((frame) => this.#enqueue(frame));
    for (const name of new Set(frames.map((frame) => frame.limiter))) this.#pump(name);
    return results;
  }

  /** What still waits under these keys is not sent any more. */
  drop(keys: ReadonlySet<string>, why: string): void {
    for (const [name, limiter] of this.#limiters) {
      const dropped = limiter.queue.filter(({ frame }) => keys.has(frame.key));
      if (dropped.length === 0) continue;
      const kept = limiter.queue.filter(({ frame }) => !keys.has(frame.key));
      limiter.queue.splice(0, limiter.queue.length, ...kept);
      for (const waiting of dropped) settle(waiting, waiting.error ?? why);
      this.#pump(name);
    }
  }

  /** Monotonic time before which a limiter lets nothing leave; null if it had nothing to do yet. */
  nextUs(limiter: string): number | null {
    return this.#limiters.get(limiter)?.nextUs ?? null;
  }

  #enqueue(frame: PacedFrame): Promise<PacedResult> {
    const limiter = this.#limiter(frame);
    const known = limiter.queue.find((waiting) => waiting.frame.key === frame.key);
    return new Promise((resolve) => {
      if (known !== undefined) {
        known.pending = Math.max(known.pending, frame.repeat);
        known.results.push(resolve);
      } else if (frame.repeat > 0) {
        limiter.queue.push({ frame, pending: frame.repeat, error: null, results: [resolve] });
      } else resolve(null);
    });
  }

  #limiter({ limiter: name, intervalUs }: PacedFrame): Limiter {
    const known = this.#limiters.get(name);
    if (known?.intervalUs === intervalUs) return known;
    // The configuration changed: what waits goes on under the new interval.
    known?.cancel?.();
    const fresh = { intervalUs, queue: known?.queue ?? [], nextUs: known?.nextUs ?? 0, cancel: null };
    this.#limiters.set(name, fresh);
    return fresh;
  }

  #pump(name: string): void {
    const limiter = this.#limiters.get(name);
    if (limiter === undefined) return;
    limiter.cancel?.();
    limiter.cancel = null;
    for (let next = limiter.queue[0]; next !== undefined; next = limiter.queue[0]) {
      const nowUs = this.#clock.monotonicUs();
      if (nowUs < limiter.nextUs) {
        limiter.cancel = this.#scheduler.at(limiter.nextUs, () => this.#pump(name));
        return;
      }
      limiter.queue.shift();
      const error = next.frame.send();
      next.error ??= error;
      const catchesUp = limiter.intervalUs < COARSE_US && nowUs - limiter.nextUs < COARSE_US;
      limiter.nextUs = (catchesUp ? limiter.nextUs : nowUs) + limiter.intervalUs;
      next.pending--;
      if (next.pending > 0) limiter.queue.push(next);
      else settle(next, next.error);
    }
  }
}

function settle({ results }: Waiting, result: PacedResult): void {
  for (const resolve of results) resolve(result);
}
