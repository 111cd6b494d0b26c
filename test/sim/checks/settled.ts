/** What holds once nothing has befallen for the settling time (bounds.ts): one holder in each connected part, and the right one. */

import type { JournalRow } from '../../../src/engine/types.ts';
import type { InstanceSpec, Lan } from '../story/model.ts';
import { virtualAddresses } from '../story/text-blocks.ts';
import type { Host } from '../world/host.ts';
import type { Spectator, World } from '../world/world.ts';
import { actorOf, groupOf, heldBy, instanceOf, priorityOf, sharedFaultOf } from './truth.ts';
import { protocolPath, viewOf } from './views.ts';
import type { Violations } from './violations.ts';

const LANS: readonly Lan[] = [0, 1];

/** An instance of a router that runs. */
interface Member {
  readonly host: Host;
  readonly instance: InstanceSpec;
}

export class Settled implements Spectator {
  readonly #world: World;
  readonly #violations: Violations;
  readonly #settlingUs: number;
  /** When an instance last became master, or heard another one while it was. */
  readonly #spoke = new Map<string, number>();
  readonly #paths = new Map<string, string>();
  #befellUs = 0;
  #isAwaited = false;
  /** How often everything was looked at in peace. */
  looks = 0;
  /** Others who have something to look at then. */
  readonly #also: () => void;

  constructor(world: World, violations: Violations, settlingUs: number, also: () => void) {
    this.#world = world;
    this.#violations = violations;
    this.#settlingUs = settlingUs;
    this.#also = also;
    this.#await();
  }

  row(host: Host, { actor, state, event }: JournalRow): void {
    if (!actor.startsWith('vrrp/')) return;
    const key = `${host.index} ${actor}`;
    const path = protocolPath(state);
    const isNew = path === 'master' && this.#paths.get(key) !== 'master';
    const isContested = path === 'master' && event.type === 'advert.received' && event.priority !== 0;
    const instance = host.life?.config.instances.find((each) => actorOf(each) === actor);
    if (isNew || (isContested && instance?.lowerPriorityGarps !== 0))
      this.#spoke.set(key, this.#world.time.monotonicUs());
    this.#paths.set(key, path);
  }

  sent(): void {}
  heard(): void {}

  befell(): void {
    this.#befellUs = this.#world.time.monotonicUs();
    this.#await();
  }

  stepped(): void {
    if (this.#world.time.monotonicUs() - this.#befellUs >= this.#settlingUs) this.#look();
  }

  /** One appointment at a time, put off as long as things go on befalling. */
  #await(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#world.time.at(this.#befellUs + this.#settlingUs, () => {
      this.#isAwaited = false;
      if (this.#world.time.monotonicUs() - this.#befellUs < this.#settlingUs) this.#await();
      else this.#world.touch();
    });
  }

  #look(): void {
    this.looks += 1;
    this.#also();
    for (const host of this.#world.hosts) this.#lookAt(host);
    for (const lan of LANS) {
      if (this.#world.lossy[lan] > 0 || this.#world.lopsided[lan] > 0) continue;
      for (const part of this.#partsOf(lan)) this.#lookAtPart(lan, part);
    }
  }

  /** A router by itself. */
  #lookAt(host: Host): void {
    const { life } = host;
    if (life === null || !host.isActive) return;
    if (life.underWay > 0) this.#violations.add('reloads end', host.name, 'a reload has not come to its end');
    for (const instance of life.config.instances) {
      const view = viewOf(life, actorOf(instance));
      const who = `${host.name} ${actorOf(instance)}`;
      const fault = sharedFaultOf(host, life.config, instance);
      if (view === null) {
        this.#violations.add('all run', who, 'is configured and does not run');
        continue;
      }
      if (fault === null && view.role !== 'master' && view.role !== 'backup')
        this.#violations.add('every fault has an exit', who, `is ${view.role}, and nothing is wrong`);
      if (fault !== null && view.role !== 'fault')
        this.#violations.add('a fault is one', who, `is ${view.role}, and ${fault}`);
      const priority = priorityOf(host, life.config, instance);
      if (view.priority !== priority)
        this.#violations.add('weights count', who, `has priority ${view.priority} instead of ${priority}`);
    }
  }

  /** Routers that hear each other. */
  #partsOf(lan: Lan): Host[][] {
    const parts: Host[][] = [];
    for (const host of this.#world.hosts) {
      const near = parts.find(
        ([first]) => first !== undefined && this.#world.network.reaches(lan, first.index, host.index),
      );
      if (near === undefined) parts.push([host]);
      else near.push(host);
    }
    return parts;
  }

  #lookAtPart(lan: Lan, part: readonly Host[]): void {
    const running = part.filter((host) => host.isActive);
    const virtualRouters = new Map<string, Member[]>();
    for (const host of running) {
      for (const instance of host.life?.config.instances ?? []) {
        if (instance.lan !== lan) continue;
        const key = `${instance.family} ${instance.vrid}`;
        virtualRouters.set(key, [...(virtualRouters.get(key) ?? []), { host, instance }]);
      }
    }
    for (const members of virtualRouters.values())
      if (isOfOneMind(members)) this.#lookAtRouter(lan, part, members);
  }

  /** One virtual router in one part. */
  #lookAtRouter(lan: Lan, part: readonly Host[], members: readonly Member[]): void {
    const [first] = members;
    if (first === undefined) return;
    const who = `eth${lan} virtual router ${first.instance.vrid} of ${part.map(({ name }) => name).join('+')}`;
    const holders = members.filter(({ host, instance }) => heldBy(host, instance).length > 0);
    const masters = members.filter(
      ({ host, instance }) => viewOf(host.life, actorOf(instance))?.role === 'master',
    );
    // The kernel of one that cannot let go is no fault of the cluster.
    const held = holders.filter(({ host }) => !host.kernel.isRefusing('remove'));
    if (held.length > 1) this.#violations.add('one holder', who, `held by ${names(held)}`);
    if (masters.length > 1) this.#violations.add('one master', who, `${names(masters)} are masters`);
    const able = members.filter((member) => this.#isAble(member));
    if (able.length === 0 || !this.#canAgree(members)) return;
    const [master] = masters;
    if (master === undefined) {
      this.#violations.add('a master', who, `nobody is master; ${names(able)} can be`);
      return;
    }
    if (!master.host.kernel.isRefusing('add')) this.#lookAtHolder(lan, master, who);
    if (master.instance.priority === 255) return;
    const better = able.find(
      ({ host, instance }) =>
        host !== master.host &&
        instance.nopreempt !== true &&
        priorityIn({ host, instance }) > priorityIn(master),
    );
    if (better !== undefined) {
      const [own, other] = [priorityIn(master), priorityIn(better)];
      this.#violations.add(
        'the best is master',
        who,
        `${master.host.name} (${own}) and not ${better.host.name} (${other})`,
      );
    }
  }

  #lookAtHolder(lan: Lan, { host, instance }: Member, who: string): void {
    const wanted = virtualAddresses(instance).map(({ address }) => address);
    const held = heldBy(host, instance);
    if (held.length < wanted.length)
      this.#violations.add('a holder', who, `${host.name} is master and holds [${held.join()}]`);
    const wrong = wanted.find((address) => this.#isUntold(lan, host, instance, address));
    if (wrong !== undefined)
      this.#violations.add(
        'the LAN is told',
        who,
        `${host.name} holds ${wrong}, and no gratuitous ARP said so`,
      );
  }

  /**
   * Its own neighbourhood takes another for the holder, though the holder had a reason to speak after that one: it became master
   * later, or heard of it later. One that yields before it was heard leaves nobody with a reason (keepalived: that is what
   * higher_prio_send_advert is for).
   */
  #isUntold(lan: Lan, host: Host, instance: InstanceSpec, address: string): boolean {
    const told = this.#world.neighbours[lan]?.[host.index]?.get(address);
    if (told === undefined) return true;
    return told.by !== host.index && (this.#spoke.get(`${host.index} ${actorOf(instance)}`) ?? 0) > told.atUs;
  }

  #isAble({ host, instance }: Member): boolean {
    const { life } = host;
    return life !== null && sharedFaultOf(host, life.config, instance) === null;
  }

  /**
   * Members of a sync group can only be master together: if its LANs are parted in different ways, or its members are not
   * the same everywhere, the groups of two routers may keep each other from it (keepalived, too).
   */
  #canAgree(members: readonly Member[]): boolean {
    const shapes = members.map(({ host, instance }) => {
      const config = host.life?.config;
      const group = config === undefined ? null : groupOf(config, instance.name);
      return group === null || config === undefined
        ? ''
        : group.members.map((name) => memberShape(instanceOf(config, name))).join();
    });
    if (new Set(shapes).size > 1) return false;
    if (shapes[0] === '') return true;
    if (this.#world.lossy.some((count) => count > 0) || this.#world.lopsided.some((count) => count > 0))
      return false;
    return this.#isPartedAlike();
  }

  #isPartedAlike(): boolean {
    const { hosts, network } = this.#world;
    return hosts.every((a) =>
      hosts.every((b) => network.reaches(0, a.index, b.index) === network.reaches(1, a.index, b.index)),
    );
  }
}

/** They would be one virtual router: nobody refuses the adverts of another. */
function isOfOneMind(members: readonly Member[]): boolean {
  const terms = members.map(({ instance }) =>
    JSON.stringify([instance.version, instance.intervalMs, instance.addresses, instance.peers !== undefined]),
  );
  return new Set(terms).size === 1;
}

function memberShape(instance: InstanceSpec | null): string {
  return instance === null ? '?' : `${instance.lan}${instance.family}${instance.vrid}`;
}

function priorityIn({ host, instance }: Member): number {
  const { life } = host;
  return life === null ? 0 : priorityOf(host, life.config, instance);
}

function names(members: readonly Member[]): string {
  return members.map(({ host }) => host.name).join(' and ');
}
