/** The heartbeat service of one simulated host: the real core on simulated LANs in virtual time. */
import { VirtualHeartbeat } from '../../src/engine/heartbeat/virtual-heartbeat.ts';
import type { HeartbeatListener } from '../../src/engine/heartbeat.ts';
import type { Clock, Scheduler } from '../../src/engine/types.ts';
import type { LanStation, SimulatedLan } from './simulated-lan.ts';

export interface SimulatedHeartbeatOptions {
  /** Name of the host: what partitions are told. */
  readonly name: string;
  readonly time: Clock & Scheduler;
  /** Interface name to the LAN it is plugged into. */
  readonly interfaces: Readonly<Record<string, SimulatedLan>>;
  readonly listener: HeartbeatListener;
}

class Interface implements LanStation {
  readonly name: string;
  readonly interfaceName: string;
  readonly lan: SimulatedLan;
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
    if (this.up) this.#host.arrive(this.interfaceName, packet);
  }

  /** Null, or why it did not leave. */
  send(packet: Uint8Array): string | null {
    if (!this.up) return 'Network is down';
    this.lan.transmit(this, packet);
    return null;
  }
}

export class SimulatedHeartbeat extends VirtualHeartbeat {
  /** Addresses at which unicast reaches this host. setSource adds to them. */
  readonly addresses = new Set<string>();
  readonly #interfaces: ReadonlyMap<string, Interface>;

  constructor({ name, time, interfaces, listener }: SimulatedHeartbeatOptions) {
    super({
      time,
      listener,
      send: (interfaceName, packet) => {
        const one = this.#interfaces.get(interfaceName);
        return one === undefined ? 'No such device' : one.send(packet);
      },
    });
    this.#interfaces = new Map(
      Object.entries(interfaces).map(([interfaceName, lan]) => [
        interfaceName,
        new Interface(this, name, interfaceName, lan),
      ]),
    );
  }

  override setSource(actor: string, address: string): void {
    this.addresses.add(address);
    super.setSource(actor, address);
  }

  override kill(): void {
    super.kill();
    for (const one of this.#interfaces.values()) one.lan.detach(one);
  }

  /** Sets a link up or down: down, nothing arrives and sending fails. */
  setLink(interfaceName: string, up: boolean): void {
    const one = this.#interfaces.get(interfaceName);
    if (one !== undefined) one.up = up;
  }
}
