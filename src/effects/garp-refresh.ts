/** Bursts that are repeated while an instance is master. They keep going without a word; only a failure is told. */
import type { ActorId, Clock, Scheduler } from '../engine/types.ts';
import type { GarpRefresh } from '../machines/vrrp/vrrp.effects.ts';
import type { GarpExecutor, GarpsOutcome } from './garp.ts';

interface Running {
  readonly abort: AbortController;
  readonly cancels: Map<GarpRefresh, () => void>;
}

export class GarpRefreshes {
  readonly #garp: Pick<GarpExecutor, 'send'>;
  readonly #clock: Pick<Clock, 'monotonicUs'>;
  readonly #scheduler: Scheduler;
  readonly #running = new Map<ActorId, Running>();

  constructor(garp: Pick<GarpExecutor, 'send'>, clock: Pick<Clock, 'monotonicUs'>, scheduler: Scheduler) {
    this.#garp = garp;
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  /** Takes the place of what was running for the actor. `failed` hears of the first failure after a success. */
  start(actor: ActorId, refreshes: readonly GarpRefresh[], failed: (outcome: GarpsOutcome) => void): void {
    this.stop(actor);
    const running: Running = { abort: new AbortController(), cancels: new Map() };
    this.#running.set(actor, running);
    for (const refresh of refreshes) this.#run(running, refresh, failed);
  }

  stop(actor: ActorId): void {
    const running = this.#running.get(actor);
    if (running === undefined) return;
    this.#running.delete(actor);
    running.abort.abort();
    for (const cancel of running.cancels.values()) cancel();
  }

  close(): void {
    for (const actor of [...this.#running.keys()]) this.stop(actor);
  }

  #run({ abort, cancels }: Running, refresh: GarpRefresh, failed: (outcome: GarpsOutcome) => void): void {
    let dueUs = this.#clock.monotonicUs() + refresh.firstUs;
    let busy = false;
    let broken = false;
    const burst = async (): Promise<void> => {
      busy = true;
      const outcome = await this.#garp.send(refresh, abort.signal);
      busy = false;
      if (abort.signal.aborted) return;
      if (outcome.type === 'garps.failed' && !broken) failed(outcome);
      broken = outcome.type === 'garps.failed';
    };
    const due = (): void => {
      // A burst that its pace stretches beyond the interval is not doubled.
      if (!busy) void burst();
      // After a stall the schedule goes on from now: what was missed is not made up for.
      const nowUs = this.#clock.monotonicUs();
      dueUs = (dueUs + refresh.everyUs > nowUs ? dueUs : nowUs) + refresh.everyUs;
      cancels.set(refresh, this.#scheduler.at(dueUs, due));
    };
    cancels.set(refresh, this.#scheduler.at(dueUs, due));
  }
}
