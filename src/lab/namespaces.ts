/**
 * A small LAN of network namespaces: one for the switch (a bridge), one for each host, whose `eth0` is a cable into it.
 * Nothing outside namespaces named `relived-<id>-*` is touched. Needs root and iproute2.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { formatIpv4, parseIpv4 } from '../protocol/ipv4.ts';
import { addNamespaces, deleteNamespaces, ipBatch, listNamespaces, processesIn } from './netns.ts';
import { terminate } from './process.ts';
import { type CommandResult, LabError, type RunOptions, run, waitFor } from './run.ts';

export interface LanOptions {
  /** Part of every namespace's name: letters, digits, dashes. Two LANs at one time need two ids. */
  readonly id: string;
  /** Host names: letters and digits. The nth host gets the nth address of the subnet. */
  readonly hosts: readonly string[];
  /** IPv4 network in prefix notation; 10.77.0.0/24. */
  readonly subnet?: string;
  /** Leave IPv6 on. Off by default, which keeps neighbour discovery out of captures. */
  readonly ipv6?: boolean;
}

/** Which frames a block drops, seen from the host: the ones it sends, the ones it should hear, or all. */
export type BlockDirection = 'out' | 'in' | 'both';

export interface LinkState {
  /** False after cut(): the host's interface has no carrier. */
  readonly carrier: boolean;
  readonly blocked: BlockDirection | null;
}

interface BridgePort {
  readonly state?: string;
  readonly locked?: boolean;
  readonly flood?: boolean;
}

const bridge = 'br0';
const graceMs = 3_000;
const linkDeadlineMs = 5_000;

export class Lan {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly prefixLength: number;
  readonly #firstAddress: number;
  readonly #ipv6: boolean;

  private constructor(options: LanOptions) {
    if (!/^[a-z0-9][a-z0-9-]{0,40}$/i.test(options.id)) throw new LabError(`not a LAN id: '${options.id}'`);
    for (const host of options.hosts) {
      if (!/^[a-z][a-z0-9]{0,9}$/i.test(host) || host === 'sw')
        throw new LabError(`not a host name: '${host}'`);
    }
    if (new Set(options.hosts).size !== options.hosts.length)
      throw new LabError('two hosts have the same name');
    const [network = '', length = ''] = (options.subnet ?? '10.77.0.0/24').split('/');
    const base = parseIpv4(network);
    const prefixLength = Number(length);
    if (base === null || !Number.isInteger(prefixLength) || prefixLength < 8 || prefixLength > 30) {
      throw new LabError(`not an IPv4 subnet of /8 to /30: '${options.subnet}'`);
    }
    if (options.hosts.length > 2 ** (32 - prefixLength) - 2) throw new LabError('more hosts than addresses');
    this.id = options.id;
    this.hosts = options.hosts;
    this.prefixLength = prefixLength;
    this.#firstAddress = base + 1;
    this.#ipv6 = options.ipv6 ?? false;
  }

  /** Builds the LAN; on failure nothing of it is left. */
  static async create(options: LanOptions): Promise<Lan> {
    const lan = new Lan(options);
    const taken = listNamespaces().filter((name) => lan.namespaces.includes(name));
    if (taken.length > 0) throw new LabError(`namespaces exist already: ${taken.join(' ')}`);
    const made: string[] = [];
    try {
      await lan.#build(made);
    } catch (error) {
      await lan.#remove(made);
      throw error;
    }
    return lan;
  }

  /** A handle on a LAN that another process has built with the same options. */
  static open(options: LanOptions): Lan {
    return new Lan(options);
  }

  /** The switch's and every host's namespace. */
  get namespaces(): readonly string[] {
    return [this.#switch, ...this.hosts.map((host) => this.namespace(host))];
  }

  namespace(host: string): string {
    if (!this.hosts.includes(host)) {
      throw new LabError(`no host '${host}' here; there are ${this.hosts.join(', ')}`);
    }
    return `relived-${this.id}-${host}`;
  }

  address(host: string): string {
    this.namespace(host);
    return formatIpv4(this.#firstAddress + this.hosts.indexOf(host));
  }

  /** Every IPv4 address on the host's eth0, virtual ones too. */
  async addresses(host: string): Promise<string[]> {
    const { stdout } = await run([
      'ip',
      '-n',
      this.namespace(host),
      '-j',
      '-4',
      'addr',
      'show',
      'dev',
      'eth0',
    ]);
    const links: { addr_info?: { local?: string }[] }[] = JSON.parse(stdout || '[]');
    return links.flatMap((link) => (link.addr_info ?? []).flatMap((info) => info.local ?? []));
  }

  /** Command line that runs `argv` inside the host's namespace. It becomes `argv`: same process id. */
  argv(host: string, argv: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.namespace(host), ...argv];
  }

  exec(host: string, argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return run(this.argv(host, argv), options);
  }

  /** Starts a process inside the host's namespace; destroy() ends it. */
  spawn(host: string, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [file = 'ip', ...args] = this.argv(host, argv);
    return spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  }

  /** Pulls the cable: the host's eth0 loses its carrier. */
  async cut(host: string): Promise<void> {
    await run(['ip', '-n', this.#switch, 'link', 'set', this.#port(host), 'down']);
  }

  /** The switch drops the host's frames while the carrier stays, as a broken switch or filter does. */
  async block(host: string, direction: BlockDirection = 'both'): Promise<void> {
    await this.#openPort(host);
    if (direction === 'both') return this.#setPort(host, ['state', 'disabled']);
    if (direction === 'out') {
      await this.#setPort(host, ['learning', 'off', 'locked', 'on']);
    } else {
      await this.#setPort(host, [
        'learning',
        'off',
        'flood',
        'off',
        'mcast_flood',
        'off',
        'bcast_flood',
        'off',
      ]);
    }
    await this.#forgetStations(host);
  }

  /** Undoes cut() and block(); resolves when frames pass. */
  async heal(host: string): Promise<void> {
    await run(['ip', '-n', this.#switch, 'link', 'set', this.#port(host), 'up']);
    await this.#operational([host]);
    await this.#openPort(host);
  }

  async link(host: string): Promise<LinkState> {
    const show = ['-n', this.#switch, '-d', '-j', 'link', 'show', 'dev', this.#port(host)];
    const links: { flags: string[] }[] = JSON.parse((await run(['ip', ...show])).stdout);
    const ports: BridgePort[] = JSON.parse((await run(['bridge', ...show])).stdout || '[]');
    const carrier = links[0]?.flags.includes('UP') ?? false;
    const port = ports[0];
    // A port that is down is 'disabled' too: only a port that is up says something about a block.
    const blocked =
      carrier && port?.state === 'disabled'
        ? 'both'
        : port?.locked
          ? 'out'
          : port?.flood === false
            ? 'in'
            : null;
    return { carrier, blocked };
  }

  /** Ends every process in these namespaces (SIGTERM, after 3 s SIGKILL) and deletes them. Safe to call twice. */
  destroy(): Promise<void> {
    return this.#remove(this.namespaces);
  }

  async #remove(names: readonly string[]): Promise<void> {
    const existing = listNamespaces().filter((name) => names.includes(name));
    await terminate(processesIn(existing), graceMs);
    // What a dying process started in the meantime.
    await terminate(processesIn(existing), 0);
    await deleteNamespaces(existing);
  }

  get #switch(): string {
    return `relived-${this.id}-sw`;
  }

  #port(host: string): string {
    this.namespace(host);
    return `to-${host}`;
  }

  /**
   * Waits until both ends of the hosts' cables can send. The Linux kernel acts on a carrier's return up to a second
   * later, and an interface whose carrier is up already drops what it is given until then.
   */
  async #operational(hosts: readonly string[]): Promise<void> {
    await areOperational(
      this.#switch,
      hosts.map((host) => this.#port(host)),
    );
    await Promise.all(hosts.map((host) => areOperational(this.namespace(host), ['eth0'])));
  }

  async #build(made: string[]): Promise<void> {
    await addNamespaces(this.namespaces, { ipv6: this.#ipv6, made });
    await ipBatch(this.#switch, [
      `link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
      `link set ${bridge} up`,
      ...this.hosts.flatMap((host) => [
        `link add ${this.#port(host)} type veth peer name eth0 netns ${this.namespace(host)}`,
        `link set ${this.#port(host)} master ${bridge} up`,
      ]),
    ]);
    const bringUp = async (host: string) => {
      const address = `${this.address(host)}/${this.prefixLength}`;
      await ipBatch(this.namespace(host), [`addr add ${address} brd + dev eth0`, 'link set eth0 up']);
    };
    await Promise.all(this.hosts.map(bringUp));
    await this.#operational(this.hosts);
  }

  async #setPort(host: string, settings: readonly string[]): Promise<void> {
    await run(['bridge', '-n', this.#switch, 'link', 'set', 'dev', this.#port(host), ...settings]);
  }

  async #openPort(host: string): Promise<void> {
    const on = ['flood', 'mcast_flood', 'bcast_flood', 'learning'].flatMap((setting) => [setting, 'on']);
    await this.#setPort(host, [...on, 'locked', 'off']);
    // The bridge itself puts a port forward when its carrier returns, and refuses the change before that.
    if ((await this.link(host)).carrier) await this.#setPort(host, ['state', 'forwarding']);
  }

  /** Drops what the switch has learnt on this port, so that the port's flags alone decide. */
  async #forgetStations(host: string): Promise<void> {
    const at = ['-n', this.#switch];
    const { stdout } = await run(['bridge', ...at, '-j', 'fdb', 'show', 'brport', this.#port(host)]);
    const entries: { mac: string; master?: string; state?: string }[] = JSON.parse(stdout || '[]');
    for (const { mac } of entries.filter((entry) => entry.master && entry.state !== 'permanent')) {
      const remove = ['bridge', ...at, 'fdb', 'del', mac, 'dev', this.#port(host), 'master'];
      // It may have aged out meanwhile.
      await run(remove, { allowFailure: true });
    }
  }
}

/** Resolves when the interfaces of the namespace can send, or are down on purpose. */
async function areOperational(namespace: string, devices: readonly string[]): Promise<void> {
  const look = async () => {
    const { stdout } = await run(['ip', '-n', namespace, '-j', 'link', 'show']);
    const links: { ifname: string; flags: string[]; operstate: string }[] = JSON.parse(stdout);
    return links
      .filter(({ ifname }) => devices.includes(ifname))
      .every(({ flags, operstate }) => operstate === 'UP' || !flags.includes('UP'));
  };
  const what = `${devices.join(', ')} in ${namespace} operational`;
  await waitFor(look, { deadlineMs: linkDeadlineMs, intervalMs: 100, what });
}
