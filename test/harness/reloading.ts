/** A router on a LAN of its own that is asked to reload, and what the kernel, the wire and the journal tell of it. */
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { StoredRow } from '../../src/journal/model.ts';
import { JournalReader } from '../../src/journal/reader.ts';
import type { Lan } from '../../src/lab/namespaces.ts';
import { relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { type Capture, capture } from './capture.ts';
import { createLan, ip } from './lan.ts';
import { temporaryDirectory } from './leftovers.ts';
import { RouterProcess } from './router.ts';

export interface HeardAdvert {
  readonly family: 4 | 6;
  readonly id: number;
  readonly priority: number;
  /** From the VRRP header on, in hexadecimal. */
  readonly message: string;
  readonly atUs: number;
}

const IPV4_START = 2 * 34;
const IPV6_START = 2 * 54;
const ETHERTYPE_IPV6 = '86dd';
const MARKER = '192.0.2.9';

function heard(frame: string, atUs: number): HeardAdvert {
  const family = frame.slice(24, 28) === ETHERTYPE_IPV6 ? 6 : 4;
  const message = frame.slice(family === 6 ? IPV6_START : IPV4_START);
  const byte = (at: number): number => Number.parseInt(message.slice(2 * at, 2 * at + 2), 16);
  return { family, id: byte(1), priority: byte(2), message, atUs };
}

export class Reloading {
  readonly lan: Lan;
  readonly directory: string;
  /** What `ip monitor` prints of links, addresses, routes and rules. */
  readonly kernel: string[] = [];
  readonly #wire: Capture;
  readonly #router: RouterProcess;

  private constructor(lan: Lan, directory: string, wire: Capture, router: RouterProcess) {
    this.lan = lan;
    this.directory = directory;
    this.#wire = wire;
    this.#router = router;
    const watched = ['-o', '-ts', 'monitor', 'link', 'address', 'route', 'rule'];
    const monitor = lan.spawn('a', ['ip', ...watched]);
    createInterface({ input: monitor.stdout ?? process.stdin }).on('line', (line) => this.kernel.push(line));
  }

  /** relived on host `a`; `host` hears it. */
  static async start(configuration: string, directory = temporaryDirectory('reload')): Promise<Reloading> {
    const lan = await createLan({ hosts: ['a', 'host'], ipv6: true });
    const wire = await capture(lan, 'host', 'ip proto 112 or ip6 proto 112');
    const router = await RouterProcess.start(lan, 'a', { program: relived, configuration, directory });
    const scene = new Reloading(lan, directory, wire, router);
    await scene.#untilWatched();
    return scene;
  }

  async #untilWatched(): Promise<void> {
    const tells = async () => {
      for (const verb of ['add', 'del']) await this.ip('addr', verb, `${MARKER}/32`, 'dev', 'lo');
      return this.kernel.some((line) => line.includes(MARKER));
    };
    await waitFor(tells, { deadlineMs: 5_000, what: 'ip monitor tells' });
  }

  ip(...args: readonly string[]): Promise<string> {
    return ip(this.lan, 'a', ...args);
  }

  get log(): string {
    return this.#router.log;
  }

  get control(): string {
    return this.#router.files.control;
  }

  get journal(): string {
    return this.#router.files.journal;
  }

  adverts(id: number): HeardAdvert[] {
    const { frames, timesUs } = this.#wire;
    return frames.map((frame, at) => heard(frame, timesUs[at] ?? 0)).filter((advert) => advert.id === id);
  }

  /** Waits for this many more adverts of a virtual router. */
  async hears(id: number, count: number): Promise<HeardAdvert[]> {
    const from = this.adverts(id).length;
    const what = `${count} adverts of ${id}`;
    await this.until(() => this.adverts(id).length >= from + count, what);
    return this.adverts(id).slice(from);
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    await waitFor(condition, { deadlineMs: 15_000, what }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
  }

  /** Writes the file, asks for a reload, and waits until it has been carried out or refused. */
  async reload(configuration: string, sign = 'Reload complete'): Promise<void> {
    writeFileSync(this.#router.configuration, configuration);
    const count = () => this.log.split(sign).length;
    const before = count();
    this.#router.signal('SIGHUP');
    await this.until(() => count() > before, sign);
  }

  /** It does not run meanwhile, but lives. */
  async whilePaused(body: () => Promise<void>): Promise<void> {
    this.#router.signalAll('SIGSTOP');
    try {
      await body();
    } finally {
      this.#router.signalAll('SIGCONT');
    }
  }

  /** What the journal has, once it has this many reloads carried out. */
  async rows(reloads: number): Promise<readonly StoredRow[]> {
    let found: readonly StoredRow[] = [];
    const done = () => {
      const reader = new JournalReader(this.journal);
      try {
        found = [...reader.rows()];
      } finally {
        reader.close();
      }
      return found.filter(({ event }) => event.type === 'configuration.reloaded').length >= reloads;
    };
    await this.until(done, `${reloads} reloads in the journal`);
    return found;
  }

  async end(): Promise<void> {
    await this.#router.stop();
    await this.#wire.stop();
    await this.lan.destroy();
  }
}
