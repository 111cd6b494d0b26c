/** FRR's bfdd on a host of a LAN: the other implementation of BFD. */
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lan } from '../../src/lab/namespaces.ts';
import { run, waitFor } from '../../src/lab/run.ts';

const FOLDER = '/usr/lib/frr';
const START_DEADLINE_MS = 15_000;

/** Whether the Debian package is installed; scripts/setup.sh asks for it. */
export const hasFrr = existsSync(join(FOLDER, 'bfdd'));

export interface FrrPeer {
  readonly status: 'up' | 'down' | 'init' | 'shutdown';
  readonly id: number;
  readonly 'remote-id': number;
  readonly 'receive-interval': number;
  readonly 'transmit-interval': number;
  readonly 'remote-receive-interval': number;
  readonly 'remote-transmit-interval': number;
  readonly 'remote-detect-multiplier': number;
}

export class Frr {
  readonly #lan: Lan;
  readonly #host: string;
  readonly #sockets: string;

  private constructor(lan: Lan, host: string, sockets: string) {
    this.#lan = lan;
    this.#host = host;
    this.#sockets = sockets;
  }

  /** zebra and bfdd with these lines in frr.conf; the LAN's end ends them. */
  static async start(lan: Lan, host: string, directory: string, lines: readonly string[]): Promise<Frr> {
    const own = join(directory, `frr-${host}`);
    await mkdir(own, { mode: 0o755 });
    const user = Number((await run(['id', '-u', 'frr'])).stdout);
    const group = Number((await run(['id', '-g', 'frr'])).stdout);
    await chown(own, user, group);
    await chmod(directory, 0o755);
    const configuration = join(own, 'frr.conf');
    await writeFile(configuration, `${lines.join('\n')}\n`, { mode: 0o644 });
    const zserv = join(own, 'zserv.api');
    const logs: string[] = [];
    const start = (daemon: string, ...more: readonly string[]): void => {
      const files = ['-f', configuration, '-i', join(own, `${daemon}.pid`), '-z', zserv, '--vty_socket', own];
      const child = lan.spawn(host, [join(FOLDER, daemon), ...files, '--log', 'stdout', ...more]);
      for (const stream of [child.stdout, child.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => logs.push(text));
    };
    const appeared = (file: string) =>
      waitFor(() => existsSync(join(own, file)), {
        deadlineMs: START_DEADLINE_MS,
        what: `${file} of FRR`,
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${logs.join('')}`);
      });
    start('zebra');
    await appeared('zserv.api');
    start('bfdd', '--bfdctl', join(own, 'bfdd.sock'));
    await appeared('bfdd.vty');
    return new Frr(lan, host, own);
  }

  /** Commands as one types them. */
  async command(...lines: readonly string[]): Promise<string> {
    const commands = lines.flatMap((line) => ['-c', line]);
    const argv = ['vtysh', '--vty_socket', this.#sockets, '-d', 'bfdd', ...commands];
    return (await this.#lan.exec(this.#host, argv)).stdout;
  }

  async peers(): Promise<readonly FrrPeer[]> {
    return JSON.parse(await this.command('show bfd peers json'));
  }

  async configure(...lines: readonly string[]): Promise<void> {
    await this.command('configure terminal', ...lines);
  }

  /** Its file, to tell what it was given. */
  configuration(): Promise<string> {
    return readFile(join(this.#sockets, 'frr.conf'), 'utf8');
  }
}
