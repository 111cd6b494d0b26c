/** Named timers of actors. Arming a timer again replaces it; an expiry that was overtaken by a disarm is void. */
import type { ActorId, Scheduler } from './types.ts';

interface Armed {
  readonly generation: number;
  readonly cancel: () => void;
}

/** `cause` is the row that armed the timer. */
export type TimerExpired = (actor: ActorId, timer: string, generation: number, cause: number) => void;

export class Timers {
  readonly #scheduler: Scheduler;
  readonly #expired: TimerExpired;
  readonly #armed = new Map<ActorId, Map<string, Armed>>();
  #generation = 0;

  constructor(scheduler: Scheduler, expired: TimerExpired) {
    this.#scheduler = scheduler;
    this.#expired = expired;
  }

  /** `dueUs` is monotonic time. */
  arm(actor: ActorId, timer: string, dueUs: number, cause: number): void {
    this.disarm(actor, timer);
    this.#generation += 1;
    const generation = this.#generation;
    const cancel = this.#scheduler.at(dueUs, () => this.#expired(actor, timer, generation, cause));
    const timers = this.#armed.get(actor) ?? new Map<string, Armed>();
    timers.set(timer, { generation, cancel });
    this.#armed.set(actor, timers);
  }

  disarm(actor: ActorId, timer: string): void {
    const timers = this.#armed.get(actor);
    timers?.get(timer)?.cancel();
    timers?.delete(timer);
  }

  disarmAll(actor: ActorId): void {
    for (const { cancel } of this.#armed.get(actor)?.values() ?? []) cancel();
    this.#armed.delete(actor);
  }

  /** True once, for the arming that is still in force: the expiry waited in the inbox and may have been overtaken. */
  consume(actor: ActorId, timer: string, generation: number): boolean {
    const timers = this.#armed.get(actor);
    if (timers?.get(timer)?.generation !== generation) return false;
    timers.delete(timer);
    return true;
  }
}
