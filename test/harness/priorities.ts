/** What one router says of itself on the wire: the priorities of its adverts, in their order, each once. */

import type { Lan } from '../../src/lab/namespaces.ts';
import { waitFor } from '../../src/lab/run.ts';
import { type Capture, capture } from './capture.ts';

const ETHERNET_BYTES = 14;

/** Priority of the VRRP message in an Ethernet frame with IPv4. */
function priorityOf(frame: string): number {
  const byteAt = (at: number): number => Number.parseInt(frame.slice(2 * at, 2 * at + 2), 16);
  const headerBytes = 4 * (byteAt(ETHERNET_BYTES) & 15);
  return byteAt(ETHERNET_BYTES + headerBytes + 2);
}

export class Priorities {
  readonly #capture: Capture;

  private constructor(heard: Capture) {
    this.#capture = heard;
  }

  /** Listens on another host of the LAN. */
  static async listen(lan: Lan, host: string): Promise<Priorities> {
    return new Priorities(await capture(lan, host, 'ip proto 112'));
  }

  /** Without repetitions: 100 90 100 0. */
  get story(): readonly number[] {
    return this.#capture.frames.map(priorityOf).filter((one, at, all) => one !== all[at - 1]);
  }

  /** Waits until the newest advert has this priority; gives the milliseconds that took. */
  async settle(priority: number, deadlineMs: number): Promise<number> {
    const began = performance.now();
    const what = `priority ${priority} on the wire, after ${this.story.join(' ')}`;
    await waitFor(() => this.story.at(-1) === priority, { deadlineMs, intervalMs: 5, what });
    return performance.now() - began;
  }

  stop(): Promise<void> {
    return this.#capture.stop();
  }
}
