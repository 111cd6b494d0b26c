/** Time that moves only when told: what the simulator and the tests run on. */
import type { Clock, Scheduler } from './types.ts';

interface Appointment {
  readonly atUs: number;
  readonly sequence: number;
  readonly due: () => void;
  cancelled: boolean;
}

/**
 * A clock and its scheduler. Appointments are kept in order of (deadline, order of asking); now moves to each deadline
 * as it is run, so a callback that asks again is served in the same advance. Wall time runs beside monotonic time.
 */
export class VirtualClock implements Clock, Scheduler {
  #nowUs: number;
  #wallOffsetUs: number;
  #sequence = 0;
  readonly #appointments: Appointment[] = [];

  constructor(startUs = 0, startWallUs = 1_700_000_000_000_000) {
    this.#nowUs = startUs;
    this.#wallOffsetUs = startWallUs - startUs;
  }

  monotonicUs(): number {
    return this.#nowUs;
  }

  wallUs(): number {
    return this.#nowUs + this.#wallOffsetUs;
  }

  /** Steps the wall clock, as an operator or NTP would. Appointments do not notice. */
  stepWall(byUs: number): void {
    this.#wallOffsetUs += byUs;
  }

  /** A deadline that has passed is due at the next advance. */
  at(atUs: number, due: () => void): () => void {
    const appointment: Appointment = { atUs, sequence: this.#sequence++, due, cancelled: false };
    const list = this.#appointments;
    let child = list.length;
    list.push(appointment);
    // Its sequence is the highest, so that only a later deadline makes way.
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = list[parent] as Appointment;
      if (above.atUs <= atUs) break;
      list[child] = above;
      child = parent;
    }
    list[child] = appointment;
    return () => {
      appointment.cancelled = true;
    };
  }

  /** Deadline of the next appointment, null if there is none. */
  nextUs(): number | null {
    this.#dropCancelled();
    return this.#appointments[0]?.atUs ?? null;
  }

  /** Runs the next appointment, moving now to its deadline. False if there is none. */
  runNext(): boolean {
    this.#dropCancelled();
    const next = this.#appointments[0];
    if (next === undefined) return false;
    this.#removeFirst();
    this.#nowUs = Math.max(this.#nowUs, next.atUs);
    next.due();
    return true;
  }

  /**
   * Runs everything due up to `untilUs` and leaves now there. Throws RangeError after `maxSteps` appointments: something
   * asks for the same instant for ever.
   */
  advanceTo(untilUs: number, maxSteps = 10_000_000): void {
    for (let step = 0; step < maxSteps; step++) {
      const nextUs = this.nextUs();
      if (nextUs === null || nextUs > untilUs) {
        this.#nowUs = Math.max(this.#nowUs, untilUs);
        return;
      }
      this.runNext();
    }
    throw new RangeError(`more than ${maxSteps} appointments before ${untilUs} us`);
  }

  advanceBy(us: number): void {
    this.advanceTo(this.#nowUs + us);
  }

  /** Moves now without running anything: the process was stopped, its timers are late. */
  stall(us: number): void {
    this.#nowUs += us;
  }

  #dropCancelled(): void {
    while (this.#appointments[0]?.cancelled) this.#removeFirst();
  }

  #removeFirst(): void {
    const list = this.#appointments;
    const last = list.pop();
    if (last === undefined || list.length === 0) return;
    let parent = 0;
    for (;;) {
      let child = parent * 2 + 1;
      let below = list[child];
      if (below === undefined) break;
      const right = list[child + 1];
      if (right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (!isBefore(below, last)) break;
      list[parent] = below;
      parent = child;
    }
    list[parent] = last;
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.atUs === b.atUs ? a.sequence < b.sequence : a.atUs < b.atUs;
}
