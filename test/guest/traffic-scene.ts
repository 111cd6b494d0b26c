/**
 * A director, `b`, between clients on `c` and three hosts with a real server for each of two services: one with translated
 * addresses (NAT), one whose servers have its address and answer for themselves (DR).
 */
import { fileURLToPath } from 'node:url';
import type { Lan } from '../../src/lab/namespaces.ts';
import { run } from '../../src/lab/run.ts';
import { JsonLinesChild } from '../harness/json-lines-child.ts';
import { ip, withLan } from '../harness/lan.ts';
import type { TrafficService } from '../harness/traffic-service.ts';
import { type Echo, echo } from './ipvs-scene.ts';

const SERVICE = fileURLToPath(new URL('../harness/traffic-service.ts', import.meta.url));
export const HOSTS = ['s1', 's2', 's3'] as const;
export type Host = (typeof HOSTS)[number];
export const METHODS = ['NAT', 'DR'] as const;
export type Method = (typeof METHODS)[number];

const SERVICES = { NAT: ['10.9.0.1', 80], DR: ['10.9.0.2', 8080] } as const;
/** Where a service's real servers are. */
const PORT = 8080;
/** What is checked of them, by method. */
const HEALTH = { NAT: 9001, DR: 9002 } as const;

export type Traffic = JsonLinesChild<TrafficService, never>;

export class TrafficScene {
  readonly lan: Lan;
  readonly clients: Traffic;
  readonly director: Traffic;
  readonly servers: Readonly<Record<Host, Echo>>;

  constructor(lan: Lan) {
    this.lan = lan;
    const traffic = (host: string): Traffic =>
      new JsonLinesChild(
        lan.argv(host, [process.execPath, '--disable-warning=ExperimentalWarning', SERVICE]),
      );
    [this.clients, this.director] = [traffic('c'), traffic('b')];
    this.servers = { s1: echo(lan, 's1'), s2: echo(lan, 's2'), s3: echo(lan, 's3') };
  }

  service(method: Method): readonly [address: string, port: number] {
    return SERVICES[method];
  }

  /** As the table has it. */
  server(host: Host): readonly [address: string, port: number] {
    return [this.lan.address(host), PORT];
  }

  #at(method: Method, host: Host): string {
    return method === 'NAT' ? this.lan.address(host) : SERVICES.DR[0];
  }

  async serve(method: Method, host: Host): Promise<void> {
    await this.servers[host].ask('listen', host, this.#at(method, host), PORT);
  }

  async stopServing(method: Method, host: Host): Promise<void> {
    await this.servers[host].ask('shut', this.#at(method, host), PORT);
  }

  async beWell(method: Method, host: Host): Promise<void> {
    await this.servers[host].ask('listen', 'health', this.lan.address(host), HEALTH[method]);
  }

  async beIll(method: Method, host: Host): Promise<void> {
    await this.servers[host].ask('shut', this.lan.address(host), HEALTH[method]);
  }

  /** keepalived.conf, whose checks take a moment. */
  configuration(lines: readonly string[] = []): string {
    const services = METHODS.map((method) => {
      const reals = HOSTS.map(
        (host) => `  real_server ${this.server(host).join(' ')} {
    TCP_CHECK {
      connect_port ${HEALTH[method]}
    }
  }
`,
      );
      return `virtual_server ${SERVICES[method].join(' ')} {
  delay_loop 0.3
  connect_timeout 1
  retry 0
  warmup 0
  lvs_sched rr
  lvs_method ${method}
  protocol TCP
${reals.join('')}}
`;
    });
    return `global_defs {\n  router_id r\n  ${lines.join('\n  ')}\n}\n${services.join('')}`;
  }
}

export async function withTraffic<T>(body: (scene: TrafficScene) => Promise<T>): Promise<T> {
  return withLan({ hosts: ['b', 'c', ...HOSTS] }, async (lan) => {
    await routes(lan);
    const scene = new TrafficScene(lan);
    for (const host of HOSTS) {
      for (const method of METHODS) {
        await scene.serve(method, host);
        await scene.beWell(method, host);
      }
    }
    return await body(scene);
  });
}

/** The clients are on a network of their own behind the director, so that answers to translated packets pass it. */
async function routes(lan: Lan): Promise<void> {
  const director = lan.address('b');
  const commands: readonly (readonly [string, string])[] = [
    ['c', 'addr add 10.88.0.1/24 dev eth0'],
    ['c', `route add 10.9.0.0/24 via ${director} src 10.88.0.1`],
    ['b', 'route add 10.88.0.0/24 dev eth0'],
    ['b', 'addr add 10.9.0.1/32 dev lo'],
    ['b', 'addr add 10.9.0.2/32 dev lo'],
    ...HOSTS.flatMap((host): [string, string][] => [
      [host, `route add 10.88.0.0/24 via ${director}`],
      // Without translation answers go to the client themselves.
      [host, 'addr add 10.9.0.2/32 dev lo'],
      [host, 'route add 10.88.0.0/24 dev eth0 table 100'],
      [host, 'rule add from 10.9.0.2 lookup 100'],
    ]),
  ];
  for (const [host, command] of commands) await ip(lan, host, ...command.split(' '));
  const settings = ['ip_forward=1', 'conf.all.send_redirects=0', 'conf.eth0.send_redirects=0'];
  await run(lan.argv('b', ['sysctl', '-qw', ...settings.map((setting) => `net.ipv4.${setting}`)]));
}
