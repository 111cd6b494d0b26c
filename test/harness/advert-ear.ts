/** Adverts as a third host hears them: who sent each, its priority, and when the Linux kernel received it. */
import type { Lan } from '../../src/lab/namespaces.ts';
import { type Capture, capture } from './capture.ts';

export interface HeardAdvert {
  /** Unix time in microseconds. */
  readonly atUs: number;
  /** Source address of IPv4. */
  readonly source: string;
  readonly virtualRouterId: number;
  readonly priority: number;
}

const ETHERNET_BYTES = 14;
const SOURCE_AT = ETHERNET_BYTES + 12;

export class AdvertEar {
  readonly #capture: Capture;
  readonly #heard: HeardAdvert[] = [];

  private constructor(heard: Capture) {
    this.#capture = heard;
  }

  /** Resolves when it hears. */
  static async listen(lan: Lan, host: string): Promise<AdvertEar> {
    return new AdvertEar(await capture(lan, host, 'ip proto 112'));
  }

  /** So far, oldest first. */
  get adverts(): readonly HeardAdvert[] {
    const { frames, timesUs } = this.#capture;
    for (let at = this.#heard.length; at < frames.length; at++)
      this.#heard.push(advertOf(frames[at] ?? '', timesUs[at] ?? 0));
    return this.#heard;
  }

  stop(): Promise<void> {
    return this.#capture.stop();
  }
}

function advertOf(frame: string, atUs: number): HeardAdvert {
  const bytes = Buffer.from(frame, 'hex');
  const message = ETHERNET_BYTES + 4 * ((bytes[ETHERNET_BYTES] ?? 0) & 15);
  return {
    atUs,
    source: [...bytes.subarray(SOURCE_AT, SOURCE_AT + 4)].join('.'),
    virtualRouterId: bytes[message + 1] ?? 0,
    priority: bytes[message + 2] ?? 0,
  };
}
