/** The clocks of one router: its monotonic time may run fast or slow, its wall time may be set. */
import type { Clock, Scheduler } from '../../../src/engine/types.ts';
import type { VirtualClock } from '../../../src/engine/virtual-clock.ts';

const MILLION = 1_000_000;

export class RouterClock implements Clock, Scheduler {
  readonly #time: VirtualClock;
  readonly #drifts: boolean;
  #ppm = 0;
  /** Since the rate changed last: the world's time then, and this clock's. */
  #worldUs = 0;
  #ownUs = 0;
  #wallUs: number;

  /** `drifts`: whether its rate changes at some time. Those that do not are simply the world's time. */
  constructor(time: VirtualClock, wallUs: number, drifts: boolean) {
    this.#time = time;
    this.#wallUs = wallUs;
    this.#drifts = drifts;
  }

  monotonicUs(): number {
    const passed = this.#time.monotonicUs() - this.#worldUs;
    return this.#ownUs + (this.#ppm === 0 ? passed : passed + Math.floor((passed * this.#ppm) / MILLION));
  }

  wallUs(): number {
    return this.monotonicUs() + this.#wallUs;
  }

  /** It runs as fast as the world's time. */
  get isSteady(): boolean {
    return this.#ppm === 0;
  }

  stepWall(byUs: number): void {
    this.#wallUs += byUs;
  }

  /** From now on it gains, or loses, so many microseconds a second. */
  drift(ppm: number): void {
    this.#ownUs = this.monotonicUs();
    this.#worldUs = this.#time.monotonicUs();
    this.#ppm = ppm;
  }

  /** Never early by this clock, whatever becomes of its rate meanwhile. */
  at(atUs: number, due: () => void): () => void {
    if (!this.#drifts) return this.#time.at(atUs, due);
    let cancel = () => {};
    const wait = (): void => {
      const leftUs = atUs - this.monotonicUs();
      if (leftUs <= 0) due();
      else cancel = this.#time.at(this.#time.monotonicUs() + this.#inWorld(leftUs), wait);
    };
    cancel = this.#time.at(
      this.#time.monotonicUs() + this.#inWorld(Math.max(0, atUs - this.monotonicUs())),
      wait,
    );
    return () => cancel();
  }

  #inWorld(us: number): number {
    return this.#ppm === 0 ? us : Math.ceil((us * MILLION) / (MILLION + this.#ppm));
  }
}
