/** Two routers with up to two virtual routers, what they hold, and what the LAN hears of them, in each pairing of programs. */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, relived } from '../../src/lab/routers.ts';
import { run, waitFor } from '../../src/lab/run.ts';
import { writeIpv4HeaderChecksum } from '../../src/protocol/ipv4-header.ts';
import { encodeAdvertPacket, VRRP_MULTICAST_GROUP } from '../../src/protocol/vrrp.ts';
import { hexOf } from './advert-packets.ts';
import { type Capture, capture } from './capture.ts';
import type { FrameService } from './frame-service.ts';
import { JsonLinesChild } from './json-lines-child.ts';
import { interfaceOf, ip, withLan } from './lan.ts';
import { temporaryDirectory } from './leftovers.ts';
import { RouterProcess, routerFiles } from './router.ts';

const FRAME_SERVICE = fileURLToPath(new URL('frame-service.ts', import.meta.url));
const PROGRAMS = { relived, keepalived };
type Program = keyof typeof PROGRAMS;
type Host = 'a' | 'b';

type Pairing = readonly [a: Program, b: Program];

/** One of each. */
export const MIXED_PAIRS: readonly Pairing[] = [
  ['relived', 'keepalived'],
  ['keepalived', 'relived'],
];

/** Two keepalived are the oracle. */
export const PAIRS: readonly Pairing[] = [
  ['keepalived', 'keepalived'],
  ...MIXED_PAIRS,
  ['relived', 'relived'],
];

/** One vrrp_instance of a story. */
export interface Instance {
  readonly number: 1 | 2;
  readonly priority: number;
  readonly state?: 'MASTER' | 'BACKUP';
  /** Seconds; 1. */
  readonly advertInt?: number;
  readonly extra?: string;
}

/** Virtual router 51 holds 10.77.0.101, and 52 holds 10.77.0.102. */
export function instance({
  number,
  priority,
  state = 'BACKUP',
  advertInt = 1,
  extra = '',
}: Instance): string {
  return `vrrp_instance VI_${number} {
  state ${state}
  interface eth0
  virtual_router_id ${50 + number}
  priority ${priority}
  version 3
  advert_int ${advertInt}
  ${extra}
  virtual_ipaddress {
    10.77.0.10${number}/24
  }
}
`;
}

/** Both in one sync group. */
export const GROUP = 'vrrp_sync_group VG {\n  group {\n    VI_1\n    VI_2\n  }\n}\n';

/** An advert of virtual router 51, made by the test. */
export interface Forged {
  readonly priority: number;
  readonly source: string;
  readonly advertIntervalUs?: number;
  readonly addresses?: readonly string[];
  readonly hopLimit?: number;
  /** Unicast to this host instead of the group. */
  readonly to?: Host;
}

/** Something that the LAN heard. */
export interface Heard {
  readonly host: Host | null;
  readonly atUs: number;
}

const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
const ETHERTYPE_ARP = 0x0806;

export class Scene {
  readonly lan: Lan;
  readonly #programs: Readonly<Record<Host, Program>>;
  readonly #configurations: Readonly<Record<Host, string>>;
  readonly #directory = temporaryDirectory('semantics');
  readonly #routers = new Map<Host, RouterProcess>();
  readonly #heard: Capture;
  readonly #macs: Readonly<Record<Host, string>>;
  #sender: JsonLinesChild<FrameService, never> | null = null;

  constructor(
    lan: Lan,
    heard: Capture,
    macs: Readonly<Record<Host, string>>,
    story: Pick<Scene, 'programs'> & Pick<Story, 'configurations'>,
  ) {
    this.lan = lan;
    this.#heard = heard;
    this.#macs = macs;
    this.#programs = story.programs;
    this.#configurations = story.configurations;
  }

  get programs(): Readonly<Record<Host, Program>> {
    return this.#programs;
  }

  /**
   * @param globals further lines of global_defs
   * @param within command that starts the program
   */
  async start(host: Host, globals = '', within: readonly string[] = []): Promise<void> {
    const program = PROGRAMS[this.#programs[host]];
    const router = await RouterProcess.start(this.lan, host, {
      program: (place) => [...within, ...program(place)],
      configuration: `global_defs {\n  router_id ${host}\n  ${globals}\n}\n${this.#configurations[host]}`,
      directory: this.#directory,
    });
    this.#routers.set(host, router);
    await router.waitForLog('Startup complete');
  }

  async stop(host: Host): Promise<void> {
    await this.#routers.get(host)?.stop();
    this.#routers.delete(host);
  }

  async kill(host: Host): Promise<void> {
    await this.#routers.get(host)?.kill();
    this.#routers.delete(host);
  }

  /** The router does not run, but lives: SIGSTOP to everything it started. */
  pause(host: Host): void {
    this.#routers.get(host)?.signalAll('SIGSTOP');
  }

  resume(host: Host): void {
    this.#routers.get(host)?.signalAll('SIGCONT');
  }

  /** Control socket of a relived. */
  control(host: Host): string {
    return routerFiles(this.#directory, host).control;
  }

  log(host: Host): string {
    return this.#routers.get(host)?.log ?? '';
  }

  /** Sends an advert that no router made, from the third host; gives the time, in milliseconds since the epoch. */
  async forge({ priority, source, addresses = ['10.77.0.101'], to, ...rest }: Forged): Promise<number> {
    await this.prepareToForge();
    const { advertIntervalUs = 1_000_000, hopLimit = 255 } = rest;
    const destination = to === undefined ? VRRP_MULTICAST_GROUP : this.lan.address(to);
    const packet = encodeAdvertPacket(
      { version: 3, virtualRouterId: 51, priority, advertIntervalUs, addresses },
      { source, destination, hopLimit },
    );
    writeIpv4HeaderChecksum(packet);
    const atMs = Date.now();
    await this.#sender?.ask('send', [hexOf(packet)], to === undefined ? undefined : this.#macs[to]);
    return atMs;
  }

  /** The first forged advert takes the time that a program needs to start, unless this was done before. */
  async prepareToForge(): Promise<void> {
    this.#sender ??= new JsonLinesChild(this.lan.argv('host', [process.execPath, FRAME_SERVICE]));
    await this.#sender.ask('send', []);
  }

  /** Last part of each virtual address that the host holds. */
  async held(host: Host): Promise<string> {
    const { held } = await interfaceOf(this.lan, host, 'eth0');
    return held
      .flatMap((each) => /^10\.77\.0\.(10[12])\//.exec(each)?.[1] ?? [])
      .toSorted()
      .join(' ');
  }

  async waitForHolder(host: Host, addresses: string): Promise<void> {
    const other = host === 'a' ? 'b' : 'a';
    let seen = '';
    const settled = async () => {
      const [own, others] = [await this.held(host), await this.held(other)];
      seen = `${host}: ${own}, ${other}: ${others}`;
      return own === addresses && (!this.#routers.has(other) || others === '');
    };
    await waitFor(settled, { deadlineMs: 20_000, what: `${host} holding ${addresses}` }).catch((error) => {
      const logs = [...this.#routers].map(([name, router]) => `--- ${name}\n${router.log}`);
      throw new Error(`${error.message}; ${seen}\n${logs.join('\n')}`);
    });
  }

  /** Adverts of a virtual router, oldest first. */
  advertsOf(number: 1 | 2): readonly (Heard & { readonly priority: number })[] {
    return this.#frames().flatMap(({ bytes, ...heard }) => {
      const vrrp = ETHERNET_BYTES + IPV4_BYTES;
      if (bytes.readUInt16BE(12) === ETHERTYPE_ARP || bytes[vrrp + 1] !== 50 + number) return [];
      return [{ ...heard, priority: bytes[vrrp + 2] ?? 0 }];
    });
  }

  /** Adverts of a virtual router as `a150`, one for each run of the same. */
  adverts(number: 1 | 2): string {
    const told = this.advertsOf(number).map(({ host, priority }) => `${host}${priority}`);
    return told.filter((each, at) => each !== told[at - 1]).join(' ');
  }

  /** Gratuitous ARPs for an address, oldest first. */
  garps(address: string): readonly Heard[] {
    const wanted = Buffer.from(address.split('.').map(Number));
    return this.#frames().flatMap(({ bytes, ...heard }) => {
      const about = (at: number): boolean => bytes.subarray(at, at + 4).equals(wanted);
      return bytes.readUInt16BE(12) === ETHERTYPE_ARP && about(28) && about(38) ? [heard] : [];
    });
  }

  #frames(): readonly (Heard & { readonly bytes: Buffer })[] {
    const { frames, timesUs } = this.#heard;
    return frames.map((frame, at) => {
      const bytes = Buffer.from(frame, 'hex');
      const sender = bytes.toString('hex', 6, 12);
      const host = sender === this.#macs.a ? 'a' : sender === this.#macs.b ? 'b' : null;
      return { bytes, host, atUs: timesUs[at] ?? 0 };
    });
  }

  async end(): Promise<void> {
    for (const router of this.#routers.values()) await router.kill();
    await this.#sender?.kill();
    await this.#heard.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

export interface Story {
  readonly what: string;
  readonly configurations: Readonly<Record<Host, string>>;
  readonly play: (scene: Scene) => Promise<void>;
  /** Adverts of the first virtual router, and of the second if there is one. */
  readonly adverts: readonly string[];
}

/** A hub, so that the third host hears what is sent to one of the others, too. */
async function hear(lan: Lan): Promise<Capture> {
  const [hub = ''] = lan.namespaces;
  await run(['ip', '-n', hub, 'link', 'set', 'br0', 'type', 'bridge', 'ageing_time', '0']);
  return capture(lan, 'host', 'ip proto 112 or arp');
}

async function stage(lan: Lan, story: ConstructorParameters<typeof Scene>[3]): Promise<Scene> {
  await ip(lan, 'a', 'link', 'add', 't0', 'type', 'veth', 'peer', 'name', 't1');
  for (const name of ['t0', 't1']) await ip(lan, 'a', 'link', 'set', name, 'up');
  const mac = async (host: Host) => (await interfaceOf(lan, host, 'eth0')).mac.replaceAll(':', '');
  const macs = { a: await mac('a'), b: await mac('b') };
  return new Scene(lan, await hear(lan), macs, story);
}

/** Each story with each pairing: the same holders, and the same adverts in the same order. */
export function tell(stories: readonly Story[], pairs: readonly Pairing[]): void {
  describe.concurrent.each(stories)('$what', ({ configurations, play, adverts }) => {
    it.concurrent.each(pairs)(
      '%s and %s',
      async (a, b) => {
        await withLan({ hosts: ['a', 'b', 'host'] }, async (lan) => {
          const scene = await stage(lan, { programs: { a, b }, configurations });
          try {
            await play(scene);
            adverts.forEach((expected, at) => {
              expect(scene.adverts(at === 0 ? 1 : 2)).toBe(expected);
            });
          } finally {
            await scene.end();
          }
        });
      },
      90_000,
    );
  });
}
