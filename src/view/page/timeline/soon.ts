/** Work that is wanted more often than it can be done: one at a time, and of what waits only the newest. */
export class Soon {
  #waiting: (() => Promise<void>) | null = null;
  #busy = false;

  /** Failures are not told: the next wish tries again, and the connection's indicator tells. */
  want(work: () => Promise<void>): void {
    this.#waiting = work;
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting !== null) {
      const work = this.#waiting;
      this.#waiting = null;
      try {
        await work();
      } catch {
        // See want.
      }
    }
    this.#busy = false;
  }
}
