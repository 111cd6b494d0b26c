import { createInterface } from 'node:readline';
import type { Lan } from '../../src/lab/namespaces.ts';
import { run, waitFor } from '../../src/lab/run.ts';

export interface AddressChange {
  readonly address: string;
  readonly held: boolean;
  /** Unix time in milliseconds, with microseconds as the fraction, at which the Linux kernel's word came. */
  readonly atMs: number;
}

/** Comes and goes until it is seen: the watch has begun. */
const MARKER = '192.0.2.1';

/** Addresses that come to a host's eth0 and go from it, as the Linux kernel tells it: no moment is missed. */
export class AddressWatch {
  readonly changes: AddressChange[] = [];
  readonly #held = new Set<string>();

  private constructor(lan: Lan, host: string) {
    const monitor = lan.spawn(host, ['ip', '-o', '-4', 'monitor', 'address', 'dev', 'eth0']);
    createInterface({ input: monitor.stdout ?? process.stdin }).on('line', (line) => this.#take(line));
  }

  /** Begins to watch; what was there before is not told. It ends with the LAN. */
  static async start(lan: Lan, host: string): Promise<AddressWatch> {
    const watch = new AddressWatch(lan, host);
    const marker = [`${MARKER}/32`, 'dev', 'eth0'];
    const hears = async () => {
      for (const verb of ['add', 'del'])
        await run(['ip', '-n', lan.namespace(host), 'addr', verb, ...marker]);
      return watch.changes.length > 0;
    };
    await waitFor(hears, { deadlineMs: 5_000, intervalMs: 5, what: `the watch on ${host} begins` });
    await waitFor(() => !watch.holds(MARKER), {
      deadlineMs: 5_000,
      intervalMs: 5,
      what: 'the marker is gone',
    });
    return watch;
  }

  holds(address: string): boolean {
    return this.#held.has(address);
  }

  #take(line: string): void {
    const address = /\sinet ([0-9.]+)/.exec(line)?.[1];
    if (address === undefined) return;
    const held = !line.startsWith('Deleted');
    this.changes.push({ address, held, atMs: performance.timeOrigin + performance.now() });
    if (held) this.#held.add(address);
    else this.#held.delete(address);
  }
}
