/** What can be seen of real routers from outside: the addresses that their kernels hold, and the adverts on the LANs. */
import { createInterface } from 'node:readline';
import { waitFor } from '../../../src/lab/run.ts';
import { ownAddress } from '../story/config-text.ts';
import type { Lan, RouterSpec } from '../story/model.ts';
import type { RealLan } from './real-lan.ts';

const LANS: readonly Lan[] = [0, 1];

export interface Change {
  readonly atMs: number;
  readonly router: string;
  readonly lan: Lan;
  readonly address: string;
  readonly held: boolean;
}

export class Watch {
  readonly changes: Change[] = [];
  readonly #held = new Set<string>();
  /** When an advert that is no resignation was seen last, by LAN, VRID, family and router. */
  readonly #announced = new Map<string, number>();

  static async begin(lan: RealLan, routers: readonly RouterSpec[]): Promise<Watch> {
    const watch = new Watch();
    for (const { name } of routers) {
      const monitor = lan.spawn(name, ['ip', '-o', 'monitor', 'address']);
      createInterface({ input: monitor.stdout ?? process.stdin }).on('line', (line) =>
        watch.#address(name, line),
      );
    }
    await Promise.all(LANS.map((each) => watch.#listen(lan, each, routers)));
    return watch;
  }

  async #listen(lan: RealLan, at: Lan, routers: readonly RouterSpec[]): Promise<void> {
    const argv = [
      'tcpdump',
      '-l',
      '-n',
      '--immediate-mode',
      '-v',
      '-i',
      `br${at}`,
      'ip proto 112 or ip6 proto 112',
    ];
    const child = lan.spawnAtSwitch(argv);
    let words = '';
    child.stderr?.on('data', (chunk) => {
      words += String(chunk);
    });
    const senders = new Map(
      routers.flatMap(({ name, number }) =>
        (['inet', 'inet6'] as const).map((family) => [ownAddress(at, family, number), name] as const),
      ),
    );
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      const found = /(?:^|\s)([0-9a-f.:]+) > [0-9a-f.:]+: .*vrid (\d+), prio (\d+)/i.exec(line);
      const router = senders.get(found?.[1] ?? '');
      if (found === null || router === undefined || found[3] === '0') return;
      const family = found[1]?.includes(':') ? 'inet6' : 'inet';
      this.#announced.set(`${at} ${found[2]} ${family} ${router}`, performance.now());
    });
    await waitFor(() => words.includes('listening on'), {
      deadlineMs: 10_000,
      what: `tcpdump hears br${at}`,
    });
  }

  holds(router: string, lan: Lan, address: string): boolean {
    return this.#held.has(`${router} ${lan} ${address}`);
  }

  /** How long ago its last advert was; Infinity: there was none. */
  announcedAgoMs(router: string, lan: Lan, family: string, vrid: number): number {
    return (
      performance.now() -
      (this.#announced.get(`${lan} ${vrid} ${family} ${router}`) ?? Number.NEGATIVE_INFINITY)
    );
  }

  #address(router: string, line: string): void {
    const [, name = '', address = ''] = /(eth[01])\s+inet6? ([0-9a-f.:]+)/.exec(line) ?? [];
    if (address === '') return;
    const lan: Lan = name === 'eth1' ? 1 : 0;
    const held = !line.startsWith('Deleted');
    const key = `${router} ${lan} ${address}`;
    if (held === this.#held.has(key)) return;
    if (held) this.#held.add(key);
    else this.#held.delete(key);
    this.changes.push({ atMs: performance.now(), router, lan, address, held });
  }
}
