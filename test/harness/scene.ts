/** Two routers with up to two virtual routers, what they hold, and what the LAN hears of them, in each pairing of programs. */
import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Lan } from '../../src/lab/namespaces.ts';
import { keepalived, relived } from '../../src/lab/routers.ts';
import { waitFor } from '../../src/lab/run.ts';
import { type Capture, capture } from './capture.ts';
import { interfaceOf, ip, withLan } from './lan.ts';
import { temporaryDirectory } from './leftovers.ts';
import { RouterProcess } from './router.ts';

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
  readonly extra?: string;
}

/** Virtual router 51 holds 10.77.0.101, and 52 holds 10.77.0.102. */
export function instance({ number, priority, state = 'BACKUP', extra = '' }: Instance): string {
  return `vrrp_instance VI_${number} {
  state ${state}
  interface eth0
  virtual_router_id ${50 + number}
  priority ${priority}
  version 3
  advert_int 1
  ${extra}
  virtual_ipaddress {
    10.77.0.10${number}/24
  }
}
`;
}

/** Both in one sync group. */
export const GROUP = 'vrrp_sync_group VG {\n  group {\n    VI_1\n    VI_2\n  }\n}\n';

export class Scene {
  readonly lan: Lan;
  readonly #programs: Readonly<Record<Host, Program>>;
  readonly #configurations: Readonly<Record<Host, string>>;
  readonly #directory = temporaryDirectory('semantics');
  readonly #routers = new Map<Host, RouterProcess>();
  readonly #heard: Capture;

  constructor(lan: Lan, heard: Capture, programs: Scene['programs'], configurations: Record<Host, string>) {
    this.lan = lan;
    this.#heard = heard;
    this.#programs = programs;
    this.#configurations = configurations;
  }

  get programs(): Readonly<Record<Host, Program>> {
    return this.#programs;
  }

  async start(host: Host): Promise<void> {
    const router = await RouterProcess.start(this.lan, host, {
      program: PROGRAMS[this.#programs[host]],
      configuration: `global_defs {\n  router_id ${host}\n}\n${this.#configurations[host]}`,
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

  /** Adverts of a virtual router as `a150`, one for each run of the same. */
  adverts(number: 1 | 2): string {
    const told = this.#heard.frames.flatMap((frame) => {
      const bytes = Buffer.from(frame, 'hex');
      const vrrp = 14 + 20;
      if (bytes[vrrp + 1] !== 50 + number) return [];
      const source = [...bytes.subarray(26, 30)].join('.');
      const host = source === this.lan.address('a') ? 'a' : 'b';
      return [`${host}${bytes[vrrp + 2]}`];
    });
    return told.filter((each, at) => each !== told[at - 1]).join(' ');
  }

  async end(): Promise<void> {
    for (const router of this.#routers.values()) await router.kill();
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

/** Each story with each pairing: the same holders, and the same adverts in the same order. */
export function tell(stories: readonly Story[], pairs: readonly Pairing[]): void {
  describe.concurrent.each(stories)('$what', ({ configurations, play, adverts }) => {
    it.concurrent.each(pairs)(
      '%s and %s',
      async (a, b) => {
        await withLan({ hosts: ['a', 'b', 'host'] }, async (lan) => {
          await ip(lan, 'a', 'link', 'add', 't0', 'type', 'veth', 'peer', 'name', 't1');
          for (const name of ['t0', 't1']) await ip(lan, 'a', 'link', 'set', name, 'up');
          const heard = await capture(lan, 'host', 'proto 112');
          const scene = new Scene(lan, heard, { a, b }, configurations);
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
