/** Links that are asked for once a second, because their drivers do not tell by themselves (keepalived 2.4.3). */
import { linkbeat } from '../../native/observers.ts';

export type LinkbeatMethod = 'MII' | 'ETHTOOL' | 'IOCTL';

/** keepalived tries them in this order; the last one always answers. */
const METHODS: readonly LinkbeatMethod[] = ['MII', 'ETHTOOL', 'IOCTL'];
const POLL_MS = 1_000;

interface Polled {
  readonly name: string;
  readonly wanted: LinkbeatMethod | null;
  /** The one that has answered. */
  method: LinkbeatMethod | null;
  up: boolean | null;
}

export interface LinkbeatOptions {
  readonly changed: (name: string, up: boolean) => void;
  readonly log: (line: string) => void;
}

export class LinkbeatPoll {
  readonly #options: LinkbeatOptions;
  #polled: Polled[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: LinkbeatOptions) {
    this.#options = options;
  }

  /** Asks for these from now on, and at once. */
  watch(interfaces: ReadonlyMap<string, LinkbeatMethod | null>): void {
    const known = new Map(this.#polled.map((polled) => [polled.name, polled]));
    this.#polled = [...interfaces].map(([name, wanted]) => {
      const before = known.get(name);
      return before?.wanted === wanted ? before : { name, wanted, method: null, up: before?.up ?? null };
    });
    this.close();
    if (this.#polled.length > 0) this.#poll();
  }

  /** Whether what the kernel says by itself of this interface does not count. */
  covers(name: string): boolean {
    return this.#polled.some((polled) => polled.name === name);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #poll(): void {
    for (const polled of this.#polled) {
      const up = this.#ask(polled);
      if (up === polled.up) continue;
      polled.up = up;
      this.#options.changed(polled.name, up);
    }
    this.#timer = setTimeout(() => this.#poll(), POLL_MS);
  }

  /** An interface that is not there has no link. */
  #ask(polled: Polled): boolean {
    const { name, wanted } = polled;
    if (polled.method !== null) {
      const up = linkbeat(name, polled.method);
      if (up !== null) return up;
      polled.method = null;
    }
    for (const method of wanted === null ? METHODS : [wanted, ...METHODS.filter((one) => one !== wanted)]) {
      const up = linkbeat(name, method);
      if (up === null) continue;
      polled.method = method;
      if (wanted !== null && wanted !== method) {
        this.#options.log(`(${name}): Configured linkbeat type ${wanted} not supported, using ${method}`);
      }
      return up;
    }
    return false;
  }
}
