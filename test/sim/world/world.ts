/** Plays a story: routers, networks and what befalls them, in one virtual time. The same story is always the same history. */

import type { JournalRow } from '../../../src/engine/types.ts';
import { VirtualClock } from '../../../src/engine/virtual-clock.ts';
import type { VirtualAddress } from '../../../src/machines/kernel-objects.ts';
import { filePath, ownAddress, scriptPath } from '../story/config-text.ts';
import { type Act, configsOf, durationOf, type Lan, type Story } from '../story/model.ts';
import { virtualAddresses } from '../story/text-blocks.ts';
import { Host } from './host.ts';
import { type Life, lanOf, type Sabotage } from './life.ts';
import { Network } from './network.ts';
import { Repeaters } from './repeaters.ts';
import { befallServices } from './service-acts.ts';
import { ServerTruths } from './simulated-probes.ts';
import type { Skipped } from './simulated-repeater.ts';

/** Looks on while a story is played. */
export interface Spectator {
  /** A statechart of a router has made a step; what it asks for has not been done. */
  row(host: Host, row: JournalRow): void;
  /** A router sends an advert; `left`: it does get onto the LAN. */
  sent(host: Host, lan: Lan, packet: Uint8Array, left: boolean): void;
  /** An advert reaches the sockets of a router, by its clock; or the newest of several that are alike has done so. */
  heard(host: Host, lan: Lan, packet: Uint8Array, atUs: number): void;
  /** Everything due at one moment has been done by somebody. */
  stepped(): void;
  /** Something befell, or ended. */
  befell(): void;
}

/** The last gratuitous ARP for an address. */
export interface Told {
  readonly by: number;
  readonly atUs: number;
}

/**
 * Who repeats adverts: somebody else, as with the native engine, without an event for each ('stretches') or with one ('each'); or the
 * heartbeat core, by deadlines of its own, as with raw sockets.
 */
export type Repeating = 'stretches' | 'each' | 'core';

/** Stories that are longer have quiet times to pass over. */
const LONG_US = 3_600_000_000;

const LANS: readonly Lan[] = [0, 1];

/** A history that takes more steps than that has come to something that asks for the same instant for ever. */
const MOST_STEPS = 200_000_000;

export class World {
  readonly story: Story;
  readonly time = new VirtualClock();
  readonly hosts: readonly Host[];
  readonly network: Network;
  readonly servers = new ServerTruths();
  /** By LAN and place: which router a host beside that router takes for the holder of an address, and since when. */
  readonly neighbours: readonly (readonly Map<string, Told>[])[];
  /** What is going on now, by LAN or router: faults that make promises void. */
  readonly lossy: [number, number] = [0, 0];
  readonly lopsided: [number, number] = [0, 0];
  readonly spectators: Spectator[] = [];
  readonly #repeaters: Repeaters | null;
  /** Whoever waits for a master cannot tell adverts that come later than that from lost ones. */
  readonly #mostLateUs: number;
  readonly #byName: ReadonlyMap<string, Host>;
  #isTouched = false;

  constructor(story: Story, sabotage: Sabotage = {}, repeating: Repeating) {
    this.story = story;
    this.#repeaters = repeating === 'core' ? null : this.#createRepeaters(repeating === 'each');
    const specs = configsOf(story).flatMap(({ instances }) => instances);
    this.#mostLateUs = Math.min(
      ...specs.map(({ intervalMs, downTimerAdverts = 3 }) => (downTimerAdverts - 1) * intervalMs * 1000),
    );
    this.hosts = story.routers.map(
      (router, index) =>
        new Host(router, index, {
          sabotage,
          time: this.time,
          kernelUs: story.kernelUs,
          drifts: (router) => story.acts.some((act) => act.type === 'drift' && act.router === router),
          repeaters: this.#repeaters,
          skippedProbes: skippedProbes(story, repeating),
          send: (lan, packet) => this.#send(index, lan, packet),
          garp: (vip) => this.#garp(index, vip),
          ...{ servers: this.servers, hasServices: configsOf(story).some(({ services }) => services) },
          onRow: (host, row) => this.#row(host, row),
          onEnd: () => this.#befell(),
        }),
    );
    this.#byName = new Map(this.hosts.map((host) => [host.name, host]));
    const stations = this.hosts.map((host) => ({
      linkUp: (lan: Lan) => host.linkUp(lan),
      takes: (lan: Lan, address: string) => host.takes(lan, address),
      receive: (lan: Lan, packet: Uint8Array) => {
        this.#heard(host, lan, packet, host.clock.monotonicUs());
        this.#repeaters?.arrived(host, packet);
        host.receive(lan, packet);
      },
    }));
    this.network = new Network(this.time, story.latencyUs, stations);
    this.neighbours = LANS.map(() => this.hosts.map(() => new Map()));
  }

  /** Every life there was, in order of routers. */
  get lives(): readonly Life[] {
    return this.hosts.flatMap(({ lives }) => lives);
  }

  host(name: string): Host {
    const host = this.#byName.get(name);
    if (host === undefined) throw new Error(`no router ${name}`);
    return host;
  }

  /** `goesOn` is asked after each step. `peaceUs`: what comes after the last thing that befalls. */
  async play(peaceUs: number, goesOn: () => boolean = () => true): Promise<void> {
    for (const host of this.hosts) host.start();
    for (const act of this.story.acts) this.time.at(act.atUs, () => this.#begin(act));
    const lastUs = Math.max(this.story.endUs, ...this.story.acts.map((act) => act.atUs + endOf(act)));
    const endUs = lastUs + peaceUs;
    if (this.#isAnythingUnderWay()) await turn();
    for (let step = 0; step < MOST_STEPS; step++) {
      const dueUs = this.time.nextUs() ?? Number.POSITIVE_INFINITY;
      const arrivesUs = this.network.nextUs;
      if (Math.min(dueUs, arrivesUs) > endUs) break;
      if (arrivesUs < dueUs) {
        this.time.stall(arrivesUs - this.time.monotonicUs());
        this.network.deliverNext();
      } else this.time.runNext();
      if (this.#isAnythingUnderWay()) await turn();
      if (!this.#isTouched) continue;
      this.#isTouched = false;
      for (const spectator of this.spectators) spectator.stepped();
      if (!goesOn()) return;
    }
    this.time.advanceTo(Math.max(endUs, this.time.monotonicUs()));
    this.#repeaters?.breakOff();
  }

  /** Spectators are asked to look once this moment is over. */
  touch(): void {
    this.#isTouched = true;
  }

  #isAnythingUnderWay(): boolean {
    let isAnything = false;
    for (const { life } of this.hosts) {
      if (life === null || (life.underWay === 0 && !life.isTurnWanted)) continue;
      life.isTurnWanted = false;
      isAnything = true;
    }
    return isAnything;
  }

  #createRepeaters(everyAdvert: boolean): Repeaters {
    return new Repeaters({
      ...{ time: this.time, everyAdvert },
      network: () => this.network,
      hosts: () => this.hosts,
      heard: (...heard) => this.#heard(...heard),
    });
  }

  #heard(host: Host, lan: Lan, packet: Uint8Array, atUs: number): void {
    for (const spectator of this.spectators) spectator.heard(host, lan, packet, atUs);
  }

  #row(host: Host, row: JournalRow): void {
    this.#repeaters?.disturb();
    this.#isTouched = true;
    for (const spectator of this.spectators) spectator.row(host, row);
  }

  #send(from: number, lan: Lan, packet: Uint8Array): string | null {
    const host = this.hosts[from];
    if (host === undefined) return 'No such device';
    const left = host.linkUp(lan);
    for (const spectator of this.spectators) spectator.sent(host, lan, packet, left);
    if (!left) return 'Network is down';
    this.network.transmit(lan, from, packet);
    return null;
  }

  #garp(from: number, vip: VirtualAddress): string | null {
    const lan = lanOf(vip.interface);
    if (this.hosts[from]?.linkUp(lan) !== true) return 'Network is down';
    const atUs = this.time.monotonicUs();
    this.neighbours[lan]?.forEach((cache, place) => {
      if (!this.network.reaches(lan, from, place)) return;
      if (cache.get(vip.address)?.by !== from) this.#isTouched = true;
      cache.set(vip.address, { by: from, atUs });
    });
    return null;
  }

  #begin(act: Act): void {
    this.#repeaters?.disturb();
    const undo = this.#carryOut(act);
    this.#befell();
    if (undo === null) return;
    this.time.at(this.time.monotonicUs() + durationOf(act), () => {
      this.#repeaters?.disturb();
      undo();
      this.#befell();
    });
  }

  #befell(): void {
    this.#isTouched = true;
    for (const spectator of this.spectators) spectator.befell();
  }

  /** Gives what ends it; null if it is over at once. */
  #carryOut(act: Act): (() => void) | null {
    switch (act.type) {
      case 'crash':
      case 'powerOff':
      case 'stop': {
        const host = this.host(act.router);
        if (act.type === 'crash') host.crash(act.warm);
        else if (act.type === 'powerOff') host.powerOff();
        else host.stop();
        if (act.backAfterUs !== null)
          this.time.at(this.time.monotonicUs() + act.backAfterUs, () => {
            this.#repeaters?.disturb();
            host.start();
            this.#befell();
          });
        return null;
      }
      case 'stall':
        return this.#stall(this.host(act.router));
      case 'linkDown': {
        const { kernel } = this.host(act.router);
        kernel.unplug(act.lan, 1);
        return () => kernel.unplug(act.lan, -1);
      }
      case 'addressLost':
        return this.#loseAddresses(this.host(act.router), act.lan);
      case 'part':
        return this.#part(act.lan === null ? LANS : [act.lan], act.side);
      case 'oneWay': {
        const [from, to] = [this.host(act.from).index, this.host(act.to).index];
        this.network.cut(act.lan, from, to, 1);
        this.lopsided[act.lan] += 1;
        return () => {
          this.network.cut(act.lan, from, to, -1);
          this.lopsided[act.lan] -= 1;
        };
      }
      case 'loss':
      case 'duplication':
      case 'delay': {
        const { type, rate, seed, lan } = act;
        const byUs = act.type === 'delay' ? act.byUs : 0;
        const end = this.network.begin(lan, { kind: type, rate, seed, byUs });
        const isLossy = type === 'loss' || byUs > this.#mostLateUs;
        if (isLossy) this.lossy[lan] += 1;
        return () => {
          end();
          if (isLossy) this.lossy[lan] -= 1;
        };
      }
      case 'server':
        return this.servers.set(act.server, act.truth, () => this.time.monotonicUs());
      case 'tableChanged':
      case 'tableRefuses':
      case 'order':
        return befallServices(act, this.host(act.router));
      default:
        return this.#befallHost(act, this.host(act.router));
    }
  }

  #befallHost(act: Extract<Act, { router: string }>, host: Host): (() => void) | null {
    switch (act.type) {
      case 'wallStep':
        host.clock.stepWall(act.byUs);
        return null;
      case 'drift':
        host.clock.drift(act.ppm);
        return () => host.clock.drift(0);
      case 'netlink': {
        for (const what of act.refuses) host.kernel.refuse(what, 1);
        host.kernel.lateUs += act.lateUs;
        return () => {
          for (const what of act.refuses) host.kernel.refuse(what, -1);
          host.kernel.lateUs -= act.lateUs;
          host.healedUs = this.time.monotonicUs();
        };
      }
      case 'script': {
        const { scripts } = host.truths;
        const path = scriptPath(act.name);
        const truth = { code: act.code, takesUs: act.takesUs };
        scripts.set(path, truth);
        return () => {
          if (scripts.get(path) === truth) scripts.delete(path);
        };
      }
      case 'file':
        host.truths.write(filePath(act.name), act.value);
        return null;
      case 'addressDeleted': {
        const instance = host.config.instances.find(({ name }) => name === act.instance);
        for (const vip of instance === undefined ? [] : virtualAddresses(instance))
          if (instance !== undefined)
            host.kernel.remove({ ...vip, interface: `eth${instance.lan}` } as VirtualAddress, false);
        return null;
      }
      case 'reload':
        host.reload(act.config);
        return null;
      case 'disk': {
        const { life } = host;
        if (life === null) return null;
        life.diskFails = true;
        return () => {
          life.diskFails = false;
        };
      }
      default:
        throw new Error(`${act.type} is carried out elsewhere`);
    }
  }

  #stall(host: Host): (() => void) | null {
    const { life } = host;
    if (life === null || life.isPaused) return null;
    life.pause();
    return () => {
      if (!life.isDead) life.resume();
    };
  }

  #loseAddresses({ kernel, number }: Host, lan: Lan): () => void {
    const own = [
      { address: ownAddress(lan, 'inet', number), prefixLength: 16 },
      { address: ownAddress(lan, 'inet6', number), prefixLength: 64 },
    ];
    for (const each of own) kernel.remove({ ...each, interface: `eth${lan}` } as VirtualAddress, false);
    return () => {
      for (const { address, prefixLength } of own) kernel.give(lan, address, prefixLength);
    };
  }

  #part(lans: readonly Lan[], side: readonly string[]): () => void {
    const inside = new Set(side);
    const pairs = lans.flatMap((lan) =>
      this.hosts.flatMap((from) =>
        this.hosts.flatMap((to) =>
          inside.has(from.name) === inside.has(to.name) ? [] : [{ lan, from: from.index, to: to.index }],
        ),
      ),
    );
    for (const { lan, from, to } of pairs) this.network.cut(lan, from, to, 1);
    return () => {
      for (const { lan, from, to } of pairs) this.network.cut(lan, from, to, -1);
    };
  }
}

function skippedProbes({ endUs }: Story, repeating: Repeating): Skipped {
  if (repeating !== 'stretches') return 'none';
  return endUs > LONG_US ? 'all' : 'connections';
}

/** How long after its beginning an act is over, with what follows from it. */
function endOf(act: Act): number {
  return 'backAfterUs' in act ? (act.backAfterUs ?? 0) : durationOf(act);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
