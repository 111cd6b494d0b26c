/** The heartbeat service of one simulated host: the real core on simulated LANs in virtual time. */

import { HeartbeatCore } from '../../src/engine/heartbeat/core.ts';
import type { InterfaceCounters } from '../../src/engine/heartbeat/instance-table.ts';
import type { HeartbeatListener, HeartbeatPort, HeartbeatStatus } from '../../src/engine/heartbeat.ts';
import type { Clock, Scheduler } from '../../src/engine/types.ts';
import type { AdvertContent, AwaitedAdvert, WireIdentity } from '../../src/machines/vrrp/vrrp.effects.ts';
import type { LanStation, SimulatedLan } from './simulated-lan.ts';

export interface SimulatedHeartbeatOptions {
  /** Name of the host: what partitions are told. */
  readonly name: string;
  readonly time: Clock & Scheduler;
  /** Interface name to the LAN it is plugged into. */
  readonly interfaces: Readonly<Record<string, SimulatedLan>>;
  readonly listener: HeartbeatListener;
}

/** As many packets as a paused host's sockets keep; more are lost, as with a real receive buffer. */
const SOCKET_PACKETS = 1000;

class Interface implements LanStation {
  readonly name: string;
  readonly interfaceName: string;
  readonly lan: SimulatedLan;
  readonly waiting: Uint8Array[] = [];
  up = true;
  readonly #host: SimulatedHeartbeat;

  constructor(host: SimulatedHeartbeat, name: string, interfaceName: string, lan: SimulatedLan) {
    this.#host = host;
    this.name = name;
    this.interfaceName = interfaceName;
    this.lan = lan;
    lan.attach(this);
  }

  holds(address: string): boolean {
    return this.#host.addresses.has(address);
  }

  receive(packet: Uint8Array): void {
    if (!this.up) return;
    if (this.waiting.length < SOCKET_PACKETS) this.waiting.push(packet);
    this.#host.wake(this.interfaceName);
  }
}

export class SimulatedHeartbeat implements HeartbeatPort {
  /** Addresses at which unicast reaches this host. setSource adds to them. */
  readonly addresses = new Set<string>();
  readonly #time: Clock & Scheduler;
  readonly #core: HeartbeatCore;
  readonly #interfaces: ReadonlyMap<string, Interface>;
  #cancelTimer: (() => void) | null = null;
  #timerUs = Number.POSITIVE_INFINITY;
  #paused = false;
  #dead = false;

  constructor(options: SimulatedHeartbeatOptions) {
    this.#time = options.time;
    this.#interfaces = new Map(
      Object.entries(options.interfaces).map(([interfaceName, lan]) => [
        interfaceName,
        new Interface(this, options.name, interfaceName, lan),
      ]),
    );
    this.#core = new HeartbeatCore({
      send: (interfaceName, packet) => this.#send(interfaceName, packet),
      event: (actor, event) => options.listener.event(actor, event),
      run: (run) => options.listener.run(run),
    });
  }

  open(actor: string, identity: WireIdentity): void {
    this.#core.open(actor, identity);
    this.#arm();
  }

  close(actor: string): void {
    this.#core.close(actor);
    this.#arm();
  }

  setSource(actor: string, address: string): void {
    this.addresses.add(address);
    this.#core.setSource(actor, address);
  }

  announce(actor: string, content: AdvertContent): void {
    this.#core.announce(actor, content, this.#time.monotonicUs(), this.#time.wallUs());
    this.#arm();
  }

  revise(actor: string, content: AdvertContent): void {
    this.#core.revise(actor, content);
    this.#arm();
  }

  stopAnnouncing(actor: string): void {
    this.#core.stopAnnouncing(actor);
    this.#arm();
  }

  sendOnce(actor: string, content: AdvertContent): void {
    this.#core.sendOnce(actor, content, this.#time.monotonicUs(), this.#time.wallUs());
    this.#arm();
  }

  watch(actor: string, awaited: AwaitedAdvert | null, allowedUs: number, expectedIntervalUs: number): void {
    this.#core.watch(actor, awaited, allowedUs, expectedIntervalUs, this.#time.monotonicUs());
    this.#arm();
  }

  adjustWatch(actor: string, awaited: AwaitedAdvert | null, allowedUs: number): void {
    this.#core.adjustWatch(actor, awaited, allowedUs);
    this.#arm();
  }

  stopWatching(actor: string): void {
    this.#core.stopWatching(actor);
    this.#arm();
  }

  status(actor: string): HeartbeatStatus | null {
    return this.#core.status(actor);
  }

  interfaceCounters(interfaceName: string): InterfaceCounters {
    return this.#core.interfaceCounters(interfaceName);
  }

  /** The process stops running: packets wait in its sockets, deadlines pass. */
  pause(): void {
    this.#paused = true;
  }

  /** The process runs again. As in a real event loop overdue timers come first. */
  resume(): void {
    this.#paused = false;
    this.#turn();
    for (const interfaceName of this.#interfaces.keys()) this.wake(interfaceName);
  }

  /** The host is gone: power off. Nothing is sent, nothing is told. */
  kill(): void {
    this.#dead = true;
    this.#cancelTimer?.();
    for (const one of this.#interfaces.values()) one.lan.detach(one);
  }

  /** Sets a link up or down: down, nothing arrives and sending fails. */
  setLink(interfaceName: string, up: boolean): void {
    const one = this.#interfaces.get(interfaceName);
    if (one !== undefined) one.up = up;
  }

  /** Reads an interface's waiting packets, if the process runs. */
  wake(interfaceName: string): void {
    if (this.#paused || this.#dead) return;
    this.#drain(interfaceName);
    this.#arm();
  }

  #drain(interfaceName: string): void {
    const waiting = this.#interfaces.get(interfaceName)?.waiting ?? [];
    for (let packet = waiting.shift(); packet !== undefined; packet = waiting.shift())
      this.#core.packetReceived(packet, interfaceName, this.#time.monotonicUs(), this.#time.wallUs());
  }

  #send(interfaceName: string, packet: Uint8Array): string | null {
    const one = this.#interfaces.get(interfaceName);
    if (one === undefined) return 'No such device';
    if (!one.up) return 'Network is down';
    if (!this.#dead) one.lan.transmit(one, packet);
    return null;
  }

  #turn(): void {
    if (this.#paused || this.#dead) return;
    for (const interfaceName of this.#core.wantsDrain(this.#time.monotonicUs())) this.#drain(interfaceName);
    this.#core.due(this.#time.monotonicUs(), this.#time.wallUs());
    this.#arm();
  }

  /** A timer that comes too early only looks again, so one that is put off stays where it is. */
  #arm(): void {
    const dueUs = this.#core.nextDueUs();
    if (dueUs === null || dueUs >= this.#timerUs || this.#paused || this.#dead) return;
    this.#cancelTimer?.();
    this.#timerUs = dueUs;
    this.#cancelTimer = this.#time.at(dueUs, () => {
      this.#timerUs = Number.POSITIVE_INFINITY;
      this.#turn();
    });
  }
}
