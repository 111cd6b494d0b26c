/** Which instance a packet is for: by interface and VRID, and by unicast address where several share those. */
import { IPV4_HEADER_BYTES } from '../../protocol/ipv4-header.ts';
import type { ActorId } from '../types.ts';
import type { Instance } from './instance.ts';

/** Packets on an interface that belong to no instance. */
export interface InterfaceCounters {
  /** A VRID that no instance here has. */
  readonly unknownVirtualRouter: number;
  /** Too short to hold a VRID. */
  readonly malformed: number;
}

interface InterfaceEntry {
  readonly byVrid: Map<number, Instance[]>;
  unknownVirtualRouter: number;
  malformed: number;
}

export class InstanceTable {
  readonly #byActor = new Map<ActorId, Instance>();
  readonly #byInterface = new Map<string, InterfaceEntry>();

  get(actor: ActorId): Instance | null {
    return this.#byActor.get(actor) ?? null;
  }

  /** How many instances use the interface. */
  countOn(interfaceName: string): number {
    let count = 0;
    for (const instance of this.#byActor.values()) if (instance.identity.interface === interfaceName) count++;
    return count;
  }

  add(instance: Instance): void {
    this.#byActor.set(instance.actor, instance);
    const entry = this.#entry(instance.identity.interface);
    const sharing = entry.byVrid.get(instance.identity.virtualRouterId);
    if (sharing === undefined) entry.byVrid.set(instance.identity.virtualRouterId, [instance]);
    else sharing.push(instance);
  }

  remove(instance: Instance): void {
    this.#byActor.delete(instance.actor);
    const entry = this.#entry(instance.identity.interface);
    const vrid = instance.identity.virtualRouterId;
    const left = (entry.byVrid.get(vrid) ?? []).filter((other) => other !== instance);
    if (left.length > 0) entry.byVrid.set(vrid, left);
    else entry.byVrid.delete(vrid);
  }

  /** The instance a packet is for; null if there is none, which is counted. */
  find(packet: Uint8Array, interfaceName: string): Instance | null {
    const entry = this.#entry(interfaceName);
    const vrid = packet[((packet[0] ?? 0) & 15) * 4 + 1];
    if (vrid === undefined || packet.length < IPV4_HEADER_BYTES) {
      entry.malformed++;
      return null;
    }
    const sharing = entry.byVrid.get(vrid);
    const first = sharing?.[0];
    if (sharing === undefined || first === undefined) {
      entry.unknownVirtualRouter++;
      return null;
    }
    return sharing.length === 1 ? first : chooseByAddress(sharing, first, packet);
  }

  interfaceCounters(interfaceName: string): InterfaceCounters {
    const entry = this.#entry(interfaceName);
    return { unknownVirtualRouter: entry.unknownVirtualRouter, malformed: entry.malformed };
  }

  #entry(interfaceName: string): InterfaceEntry {
    const known = this.#byInterface.get(interfaceName);
    if (known !== undefined) return known;
    const entry: InterfaceEntry = { byVrid: new Map(), unknownVirtualRouter: 0, malformed: 0 };
    this.#byInterface.set(interfaceName, entry);
    return entry;
  }
}

/** Multicast goes to the multicast instance, unicast to the one it is addressed to, else to one that has the peer. */
function chooseByAddress(sharing: readonly Instance[], first: Instance, packet: Uint8Array): Instance {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const source = view.getUint32(12);
  const destination = view.getUint32(16);
  const unicast = destination >>> 28 !== 0xe;
  const alike = sharing.filter((instance) => instance.unicast === unicast);
  return (
    alike.find((instance) => instance.sourceValue === destination) ??
    alike.find((instance) => instance.peerValues.has(source)) ??
    alike[0] ??
    first
  );
}
