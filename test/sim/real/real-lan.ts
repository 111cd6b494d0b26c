/**
 * The two Ethernets of a story as network namespaces: one with two bridges, and one for each router, whose `eth0` and `eth1` are
 * cables into them. What the bridges do not forward is decided by nftables in the bridges' own namespace.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import {
  addNamespaces,
  deleteNamespaces,
  ipBatch,
  listNamespaces,
  processesIn,
} from '../../../src/lab/netns.ts';
import { terminate } from '../../../src/lab/process.ts';
import { run, waitFor } from '../../../src/lab/run.ts';
import { uniqueLanId } from '../../harness/lan.ts';
import { removeInTheEnd } from '../../harness/leftovers.ts';
import { interfaceOf, ownAddress } from '../story/config-text.ts';
import type { Lan, RouterSpec } from '../story/model.ts';

const LANS: readonly Lan[] = [0, 1];
const GRACE_MS = 3_000;
const LINK_DEADLINE_MS = 10_000;

const FILTER = `table bridge story {
  set cut { type ifname . ifname; }
  chain lost { }
  chain forwarded {
    type filter hook forward priority 0; policy accept;
    iifname . oifname @cut drop
    jump lost
  }
}
`;

const port = (lan: Lan, router: string): string => `p${lan}-${router}`;

/** Own addresses of a router on a LAN, with their prefix lengths. */
function ownAddresses(lan: Lan, number: number): readonly string[] {
  return [`${ownAddress(lan, 'inet', number)}/16`, `${ownAddress(lan, 'inet6', number)}/64`];
}

export class RealLan {
  readonly #id: string;
  readonly #routers: readonly RouterSpec[];
  readonly #cuts = new Map<string, number>();
  readonly #losses: { readonly lan: Lan; readonly rate: number }[] = [];

  private constructor(id: string, routers: readonly RouterSpec[]) {
    this.#id = id;
    this.#routers = routers;
  }

  /** On failure nothing of it is left. */
  static async create(routers: readonly RouterSpec[]): Promise<RealLan> {
    const lan = new RealLan(uniqueLanId(), routers);
    removeInTheEnd({ kind: 'lan', id: lan.#id, hosts: routers.map(({ name }) => name) });
    try {
      await lan.#build();
    } catch (error) {
      await lan.destroy();
      throw error;
    }
    return lan;
  }

  get switch(): string {
    return this.#namespace('sw');
  }

  #namespace(host: string): string {
    return `relived-${this.#id}-${host}`;
  }

  get #namespaces(): readonly string[] {
    return [this.switch, ...this.#routers.map(({ name }) => this.#namespace(name))];
  }

  async #build(): Promise<void> {
    await addNamespaces(this.#namespaces, { ipv6: true, made: [] });
    await ipBatch(
      this.switch,
      LANS.flatMap((lan) => [
        `link add br${lan} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
        `link set br${lan} up`,
        ...this.#routers.flatMap(({ name }) => [
          `link add ${port(lan, name)} type veth peer name ${interfaceOf(lan)} netns ${this.#namespace(name)}`,
          `link set ${port(lan, name)} master br${lan} up`,
        ]),
      ]),
    );
    for (const { name, number } of this.#routers)
      await ipBatch(
        this.#namespace(name),
        LANS.flatMap((lan) => [
          `link set ${interfaceOf(lan)} addrgenmode none`,
          ...ownAddresses(lan, number).map((own) => `addr add ${own} dev ${interfaceOf(lan)} nodad`),
          `link set ${interfaceOf(lan)} up`,
        ]),
      );
    await this.#nft(FILTER);
    await Promise.all(this.#routers.map(({ name }) => this.#operational(name)));
  }

  async #operational(router: string): Promise<void> {
    const look = async (): Promise<boolean> => {
      const { stdout } = await run(['ip', '-n', this.#namespace(router), '-j', 'link', 'show']);
      const links: { ifname: string; operstate: string }[] = JSON.parse(stdout);
      return (
        links.filter(({ ifname, operstate }) => ifname.startsWith('eth') && operstate === 'UP').length === 2
      );
    };
    await waitFor(look, { deadlineMs: LINK_DEADLINE_MS, intervalMs: 100, what: `the links of ${router}` });
  }

  /** For RouterProcess. */
  spawn(host: string, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return this.#spawnIn(this.#namespace(host), argv, options);
  }

  spawnAtSwitch(argv: readonly string[]): ChildProcess {
    return this.#spawnIn(this.switch, argv, {});
  }

  #spawnIn(namespace: string, argv: readonly string[], options: SpawnOptions): ChildProcess {
    return spawn('ip', ['netns', 'exec', namespace, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
  }

  /** Carrier of a router's interface. */
  async setLink(router: string, lan: Lan, up: boolean): Promise<void> {
    await run(['ip', '-n', this.switch, 'link', 'set', port(lan, router), up ? 'up' : 'down']);
  }

  /** An address of a router comes or goes; it may be gone already. */
  async setAddress(router: string, lan: Lan, address: string, held: boolean): Promise<void> {
    const verb = held
      ? ['replace', address, 'dev', interfaceOf(lan), 'nodad']
      : ['del', address, 'dev', interfaceOf(lan)];
    await run(['ip', '-n', this.#namespace(router), 'addr', ...verb], { allowFailure: true });
  }

  /** One reason more, or less, for nothing to get from one router to the other. */
  async cut(lan: Lan, from: string, to: string, by: 1 | -1): Promise<void> {
    const pair = `"${port(lan, from)}" . "${port(lan, to)}"`;
    const count = (this.#cuts.get(pair) ?? 0) + by;
    this.#cuts.set(pair, count);
    if (count === 1 && by === 1) await this.#nft(`add element bridge story cut { ${pair} }\n`);
    if (count === 0) await this.#nft(`delete element bridge story cut { ${pair} }\n`);
  }

  reaches(lan: Lan, from: string, to: string): boolean {
    return from === to || (this.#cuts.get(`"${port(lan, from)}" . "${port(lan, to)}"`) ?? 0) === 0;
  }

  /** Whether packets get lost, or a way is open in one direction only: nobody can promise who is master. */
  get isUnsure(): boolean {
    const isCut = ([pair, count]: readonly [string, number]): boolean => count > 0 && !this.#isCutBack(pair);
    return this.#losses.length > 0 || [...this.#cuts].some(isCut);
  }

  #isCutBack(pair: string): boolean {
    return (this.#cuts.get(pair.split(' . ').reverse().join(' . ')) ?? 0) > 0;
  }

  /** A part of what is forwarded on a LAN is lost. Gives what ends it. */
  async lose(lan: Lan, rate: number): Promise<() => Promise<void>> {
    const loss = { lan, rate };
    this.#losses.push(loss);
    await this.#setLosses();
    return () => {
      this.#losses.splice(this.#losses.indexOf(loss), 1);
      return this.#setLosses();
    };
  }

  #setLosses(): Promise<void> {
    const rules = this.#losses.map(
      ({ lan, rate }) =>
        `add rule bridge story lost iifname "p${lan}-*" numgen random mod 1000 < ${Math.round(rate * 1000)} drop\n`,
    );
    return this.#nft(`flush chain bridge story lost\n${rules.join('')}`);
  }

  async #nft(text: string): Promise<void> {
    await run(['ip', 'netns', 'exec', this.switch, 'nft', '-f', '-'], { input: text });
  }

  /** Ends every process in its namespaces and deletes them. Safe to call twice. */
  async destroy(): Promise<void> {
    const existing = listNamespaces().filter((name) => this.#namespaces.includes(name));
    await terminate(processesIn(existing), GRACE_MS);
    await terminate(processesIn(existing), 0);
    await deleteNamespaces(existing);
  }
}
