/** Network namespaces of one test process: made with its process id in their names, removed by those names. */
import { execFileSync } from 'node:child_process';

let made = 0;

export function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** True if the program can be found. Tests against other implementations are skipped where these are missing. */
export function isInstalled(program: string): boolean {
  try {
    run('sh', '-c', `command -v ${program}`);
    return true;
  } catch {
    return false;
  }
}

export interface Host {
  readonly namespace: string;
  readonly address: string;
}

/**
 * Hosts on one Ethernet: each has `eth0` in its own namespace, a bridge in another joins them.
 * `cut` takes a host off the bridge: its link stays up and its packets go nowhere.
 */
export class BridgedLan {
  readonly hosts: readonly Host[];
  readonly #bridge: string;

  constructor(addresses: readonly string[]) {
    const prefix = `relived-${process.pid}-${made++}`;
    this.#bridge = `${prefix}-br`;
    this.hosts = addresses.map((address, index) => ({ namespace: `${prefix}-${index}`, address }));
    try {
      run('ip', 'netns', 'add', this.#bridge);
      this.#inBridge('link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
      this.#inBridge('link', 'set', 'br0', 'up');
      this.hosts.forEach((host, index) => {
        run('ip', 'netns', 'add', host.namespace);
        this.ip(index, 'link', 'set', 'lo', 'up');
        this.replug(index);
      });
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Runs `ip` in a host's namespace. */
  ip(index: number, ...args: readonly string[]): string {
    return run('ip', '-n', this.#host(index).namespace, ...args);
  }

  /** Gives a host an `eth0` on the bridge, where it has none. */
  replug(index: number): void {
    const { namespace, address } = this.#host(index);
    this.#inBridge('link', 'add', `p${index}`, 'type', 'veth', 'peer', 'eth0', 'netns', namespace);
    this.#inBridge('link', 'set', `p${index}`, 'master', 'br0', 'up');
    this.ip(index, 'link', 'set', 'eth0', 'up');
    this.ip(index, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  }

  cut(index: number): void {
    this.#inBridge('link', 'set', `p${index}`, 'nomaster');
  }

  heal(index: number): void {
    this.#inBridge('link', 'set', `p${index}`, 'master', 'br0');
  }

  /** Words that run a program in a host's namespace, in this one's place: the process id stays the program's. */
  inside(index: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#host(index).namespace];
  }

  remove(): void {
    for (const name of [this.#bridge, ...this.hosts.map((host) => host.namespace)]) {
      try {
        run('ip', 'netns', 'delete', name);
      } catch {
        // It was never made.
      }
    }
  }

  #inBridge(...args: readonly string[]): void {
    run('ip', '-n', this.#bridge, ...args);
  }

  #host(index: number): Host {
    const host = this.hosts[index];
    if (host === undefined) throw new Error(`the LAN has no host ${index}`);
    return host;
  }
}
