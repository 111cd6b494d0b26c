/** Virtual servers: what stands in the table, who is taken out of it and when, and what is told of the quorum. */

import type { IpvsRequest } from '../../../src/effects/ipvs/request.ts';
import type { JournalRow } from '../../../src/engine/types.ts';
import { destinationKey } from '../../../src/protocol/ipvs/destination.ts';
import { targetKey } from '../../../src/protocol/ipvs/service.ts';
import type { ConfigSpec } from '../story/model.ts';
import type { ServerSpec, ServiceSpec } from '../story/service-model.ts';
import { serverAddress } from '../story/service-text.ts';
import type { Host } from '../world/host.ts';
import type { Life } from '../world/life.ts';
import { destinationName, isStranger } from '../world/table-kernel.ts';
import type { Spectator, World } from '../world/world.ts';
import { isOrderedOut, isWell, quorumOf, serviceKey, wantedTable, weightOf } from './service-truth.ts';
import type { Violations } from './violations.ts';

const MICROSECONDS = 1_000_000;

export class Tables implements Spectator {
  readonly #world: World;
  readonly #violations: Violations;
  readonly #settlingUs: number;
  /** Since when each router has this configuration, as text, whatever became of its process. */
  readonly #configs = new Map<Host, { readonly text: string; readonly sinceUs: number }>();
  /** After a reload of what is there already, in peace, nothing is asked of the table until something befalls. */
  readonly #quiet = new Set<Host>();
  /** By virtual server, when it began: how much its life had told of others, and whether it had a sorry server. */
  readonly #begun = new Map<string, { readonly told: number; readonly hasSorry: boolean }>();
  /** Destinations that a life was ever configured with. What a killed one left that the next never knew is somebody else's. */
  readonly #own = new WeakMap<Life, Set<string>>();
  /** When an instance's addresses last came, by router and actor. */
  readonly #heldSinceUs = new Map<string, number>();
  #befellUs = 0;
  #befellBeforeUs = 0;

  constructor(world: World, violations: Violations, settlingUs: number) {
    this.#world = world;
    this.#violations = violations;
    this.#settlingUs = settlingUs;
    for (const host of world.hosts) {
      this.#configured(host);
      host.premises.table.asked = (request) => this.#asked(host, request);
    }
  }

  row(host: Host, { actor, event }: JournalRow): void {
    if (event.type === 'vips.added')
      this.#heldSinceUs.set(`${host.index} ${actor}`, this.#world.time.monotonicUs());
    if (event.type === 'virtual.started')
      this.#begun.set(`${host.index} ${actor}`, {
        told: host.life?.services?.told.length ?? 0,
        hasSorry: hasSorryServer(host.life, actor),
      });
    if (event.type !== 'process.started' && event.type !== 'configuration.reloaded') return;
    this.#note(host);
    const isSame = this.#configured(host);
    this.#forgetOrders(host);
    if (event.type === 'process.started' || actor === '') return;
    const nowUs = this.#world.time.monotonicUs();
    const wasPeace = nowUs === this.#befellUs && nowUs - this.#befellBeforeUs > this.#settlingUs;
    if (isSame && wasPeace && host.isActive) this.#quiet.add(host);
  }

  sent(): void {}
  heard(): void {}
  stepped(): void {}

  befell(): void {
    const nowUs = this.#world.time.monotonicUs();
    this.#quiet.clear();
    if (nowUs === this.#befellUs) return;
    this.#befellBeforeUs = this.#befellUs;
    this.#befellUs = nowUs;
  }

  /** In peace. */
  look(): void {
    for (const host of this.#world.hosts) {
      const { life } = host;
      if (life === null || !host.isActive || life.services === null) continue;
      for (const service of life.config.services ?? []) this.#lookAt(host, life, service);
      if (!host.premises.table.isRefusing) this.#lookForDropped(host, life);
    }
  }

  /** What a reload has dropped goes, also if the kernel refused it at first. */
  #lookForDropped({ name, premises }: Host, life: Life): void {
    const configured = new Set(
      (life.config.services ?? []).map((service) => serviceKey(service, life.config)),
    );
    const own = new Set([...(this.#own.get(life) ?? [])].map((entry) => entry.split(' ')[0] ?? ''));
    for (const key of own)
      if (!configured.has(key) && premises.table.weightsOf(key) !== null)
        this.#violations.add('what is dropped goes', `${name} ${key}`, 'stands in the table');
  }

  /** What the present process has had to do with. */
  #note({ life }: Host): void {
    if (life === null) return;
    const own = this.#own.get(life) ?? new Set<string>();
    for (const service of life.config.services ?? []) {
      const { servers, sorry } = service;
      for (const { number } of [...servers, ...(sorry === undefined ? [] : [sorry])])
        own.add(`${serviceKey(service, life.config)} ${destinationName(number)}`);
    }
    this.#own.set(life, own);
  }

  /** Gives whether it is the one that it was. */
  #configured(host: Host): boolean {
    const text = JSON.stringify(host.life?.config ?? host.config);
    if (this.#configs.get(host)?.text === text) return true;
    this.#configs.set(host, { text, sinceUs: this.#world.time.monotonicUs() });
    return false;
  }

  /** Those for servers that are not configured any more do not hold any longer. */
  #forgetOrders({ life, premises: { standing } }: Host): void {
    const known = new Set(
      (life?.config.services ?? []).flatMap(({ number, servers }) =>
        servers.map((server) => `${number} ${server.number}`),
      ),
    );
    for (const key of [...standing.keys()]) if (!known.has(key)) standing.delete(key);
  }

  /** Before the kernel does what a router asks of its table. */
  #asked(host: Host, request: IpvsRequest): void {
    const { life } = host;
    if (life === null || life.isStopping) return;
    if (this.#quiet.has(host))
      this.#violations.add(
        'a reload of the same leaves the table alone',
        host.name,
        `${request.does} is asked for`,
      );
    if (request.does === 'flush') return;
    const takesOut =
      request.does === 'remove' ||
      request.does === 'removeDestination' ||
      (request.does === 'changeDestination' && request.settings.weight === 0);
    if (!takesOut) return;
    const service = life.config.services?.find(
      (one) => serviceKey(one, life.config) === targetKey(request.service),
    );
    if (service === undefined || this.#isSorry(host, service)) return;
    for (const server of service.servers) {
      if (request.does !== 'remove' && destinationKey(request.destination) !== destinationName(server.number))
        continue;
      if (this.#mustStay(host, life.config, service, server))
        this.#violations.add(
          'who is well stays',
          `${host.name} ${targetKey(request.service)}`,
          `${request.does} of ${serverAddress(server.number)}, with which nothing is wrong`,
        );
    }
  }

  /** The sorry server may be right: others do not serve then. All others must have been heard of. */
  #isSorry(host: Host, service: ServiceSpec): boolean {
    if (service.sorry === undefined) return false;
    const since = service.servers.map(({ number }) => host.premises.servers.sinceUs(serverAddress(number)));
    const isOld = this.#world.time.monotonicUs() - Math.max(...since) > this.#settlingUs;
    return !isOld || quorumOf(host, service) !== true;
  }

  /** It is well, and has been for longer than any probe of before lasts, and nobody wants it out. */
  #mustStay(host: Host, config: ConfigSpec, service: ServiceSpec, server: ServerSpec): boolean {
    const nowUs = this.#world.time.monotonicUs();
    // What the kernel once refused is asked for until it is known that it is not wanted any more.
    const graceUs = host.premises.table.hasRefused
      ? this.#settlingUs
      : (2 * service.timeoutS + 1) * MICROSECONDS;
    const sinceUs = Math.max(
      host.premises.servers.sinceUs(serverAddress(server.number)),
      this.#configs.get(host)?.sinceUs ?? 0,
      host.life?.resumedUs ?? 0,
    );
    if (nowUs - sinceUs < graceUs || config.services === undefined) return false;
    return (
      !isOrderedOut(host, service, server) &&
      isWell(host, service, server) &&
      weightOf(host, service, server) !== 0
    );
  }

  #lookAt(host: Host, life: Life, service: ServiceSpec): void {
    const key = serviceKey(service, life.config);
    const who = `${host.name} ${key}`;
    const view = life.engine.view(`virtual/${key}`);
    if (view === null) {
      this.#violations.add('all run', who, 'is configured and does not run');
      return;
    }
    const { table } = host.premises;
    const has = view.context.hasQuorum === true;
    const isIdle = service.standsWith !== undefined && !this.#isHeld(host, life.config, service);
    const wanted = quorumOf(host, service);
    if (isIdle) return;
    if (wanted !== null && wanted !== has)
      this.#violations.add(
        'the quorum is counted',
        who,
        `it has ${wanted ? 'a' : 'no'} quorum, and its chart says otherwise`,
      );
    this.#lookAtNotices(host, life, service, has);
    if (table.isRefusing) return;
    const weights = table.weightsOf(key);
    if (weights === null) {
      this.#violations.add('the table is whole', who, 'does not stand in the table');
      return;
    }
    const text = (entries: Iterable<readonly [string, number]>): string =>
      [...entries]
        .map(([name, weight]) => `${name} ${weight}`)
        .sort()
        .join(', ');
    const found = text(
      [...weights].filter(([name]) => !isStranger(name) && this.#own.get(life)?.has(`${key} ${name}`)),
    );
    const should = text(wantedTable(host, service, wanted ?? has));
    if (found !== should)
      this.#violations.add(
        'the table is who is alive',
        who,
        `has ${found || 'nobody'} instead of ${should || 'nobody'}`,
      );
    const { table: known } = view.state as { readonly table?: unknown };
    if (known !== 'applied')
      this.#violations.add('the table is known', who, `is as it shall be, and its chart says ${known}`);
  }

  /** ha_suspend: what is known stays as it is while the address is elsewhere, and for as long as checks need when it comes. */
  #isHeld(host: Host, config: ConfigSpec, service: ServiceSpec): boolean {
    const lan = config.instances.find(({ name }) => name === service.standsWith)?.lan ?? 0;
    const [, address = ''] = /^\[(.*)\]/.exec(serviceKey(service, config)) ?? [];
    const sinceUs = this.#heldSinceUs.get(`${host.index} vrrp/${service.standsWith}`) ?? 0;
    const isLong = this.#world.time.monotonicUs() - sinceUs > this.#settlingUs;
    return isLong && host.kernel.holds(lan, address);
  }

  /** keepalived: that there is none from the start is told only where somebody else serves instead. */
  #lookAtNotices(
    { index, name }: Host,
    { services, config }: Life,
    service: ServiceSpec,
    has: boolean,
  ): void {
    const key = serviceKey(service, config);
    const [actor, who] = [`virtual/${key}`, `${name} ${key}`];
    const begun = this.#begun.get(`${index} ${actor}`);
    const own = (services?.told ?? []).slice(begun?.told ?? 0);
    const told = own.filter((notice) => notice.actor === actor).map(({ state }) => state);
    const twice = told.find((state, at) => state === told[at - 1]);
    if (twice !== undefined) this.#violations.add('a quorum is told once', who, `told ${told.join(' ')}`);
    const last = told.at(-1) ?? 'DOWN';
    if (last !== (has ? 'UP' : 'DOWN') || (told.length === 0 && begun?.hasSorry === true))
      this.#violations.add(
        'a quorum is told',
        who,
        `told ${told.join(' ') || 'nothing'}, and is ${has ? 'up' : 'down'}`,
      );
  }
}

function hasSorryServer(life: Life | null, actor: string): boolean {
  const { input } = (life?.engine.view(actor)?.context ?? {}) as {
    readonly input?: { sorryServer?: unknown };
  };
  return (input?.sorryServer ?? null) !== null;
}
