/** Which instance a packet is for: by interface, family and VRID, and by its addresses where several share those. */
import { formatIpBytes } from '../../protocol/ip.ts';
import { destinationOffset, packetFamily, sourceOffset } from '../../protocol/ip-packet.ts';
import { IPV4_HEADER_BYTES } from '../../protocol/ipv4-header.ts';
import { IPV6_HEADER_BYTES } from '../../protocol/ipv6-header.ts';
import { AH_BYTES, AH_PROTOCOL } from '../../protocol/vrrp-authentication.ts';
import type { StrangeAdvert } from '../heartbeat.ts';
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
  /** By VRID, plus 256 for IPv6. */
  readonly byVrid: Map<number, Instance[]>;
  unknownVirtualRouter: number;
  malformed: number;
}

const IPV6_KEYS = 256;

export class InstanceTable {
  readonly #byActor = new Map<ActorId, Instance>();
  readonly #byInterface = new Map<string, InterfaceEntry>();
  readonly #stranger: (advert: StrangeAdvert) => void;

  constructor(stranger: (advert: StrangeAdvert) => void = () => {}) {
    this.#stranger = stranger;
  }

  get(actor: ActorId): Instance | null {
    return this.#byActor.get(actor) ?? null;
  }

  all(): Iterable<Instance> {
    return this.#byActor.values();
  }

  add(instance: Instance): void {
    this.#byActor.set(instance.actor, instance);
    const { byVrid } = this.#entry(instance.channel);
    const key = keyOf(instance);
    const sharing = byVrid.get(key);
    if (sharing === undefined) byVrid.set(key, [instance]);
    else sharing.push(instance);
  }

  remove(instance: Instance): void {
    this.#byActor.delete(instance.actor);
    const { byVrid } = this.#entry(instance.channel);
    const key = keyOf(instance);
    const left = (byVrid.get(key) ?? []).filter((other) => other !== instance);
    if (left.length > 0) byVrid.set(key, left);
    else byVrid.delete(key);
  }

  /** Those with the same VRID on the same channel, itself among them. */
  sharing(instance: Instance): readonly Instance[] {
    return this.#entry(instance.channel).byVrid.get(keyOf(instance)) ?? [];
  }

  /** The instance a packet is for; null if there is none, which is counted. */
  find(packet: Uint8Array, interfaceName: string): Instance | null {
    const entry = this.#entry(interfaceName);
    const vrid = packet[vridOffset(packet)];
    if (vrid === undefined || packet.length < IPV4_HEADER_BYTES) {
      entry.malformed++;
      return null;
    }
    const sharing = entry.byVrid.get(vrid + (packetFamily(packet) === 'inet6' ? IPV6_KEYS : 0));
    const first = sharing?.[0];
    if (sharing === undefined || first === undefined) {
      if (interfaceName === '') return null;
      entry.unknownVirtualRouter++;
      this.#tellStranger(packet, interfaceName, vrid);
      return null;
    }
    const found = sharing.length === 1 ? first : chooseByAddress(sharing, first, packet);
    // Sockets without an interface also hear what is meant for others.
    return found.identity.interface === '' && !found.isAddressed(packet) ? null : found;
  }

  interfaceCounters(interfaceName: string): InterfaceCounters {
    const entry = this.#entry(interfaceName);
    return { unknownVirtualRouter: entry.unknownVirtualRouter, malformed: entry.malformed };
  }

  #tellStranger(packet: Uint8Array, interfaceName: string, virtualRouterId: number): void {
    const family = packetFamily(packet);
    const source = formatIpBytes(packet, sourceOffset(family), family);
    this.#stranger({ interface: interfaceName, virtualRouterId, source });
  }

  #entry(interfaceName: string): InterfaceEntry {
    const known = this.#byInterface.get(interfaceName);
    if (known !== undefined) return known;
    const entry: InterfaceEntry = { byVrid: new Map(), unknownVirtualRouter: 0, malformed: 0 };
    this.#byInterface.set(interfaceName, entry);
    return entry;
  }
}

function keyOf({ identity }: Instance): number {
  return identity.virtualRouterId + (identity.family === 'inet6' ? IPV6_KEYS : 0);
}

function vridOffset(packet: Uint8Array): number {
  if (packetFamily(packet) === 'inet6') return IPV6_HEADER_BYTES + 1;
  const start = ((packet[0] ?? 0) & 15) * 4;
  return start + (packet[PROTOCOL_AT] === AH_PROTOCOL ? AH_BYTES : 0) + 1;
}

const PROTOCOL_AT = 9;

/** One that is sent adverts of this kind, unicast or multicast. */
function nearest(sharing: readonly Instance[], packet: Uint8Array): Instance | undefined {
  const family = packetFamily(packet);
  const first = packet[destinationOffset(family)] ?? 0;
  const unicast = family === 'inet' ? first >>> 4 !== 0xe : first !== 0xff;
  return sharing.find((instance) => instance.unicast === unicast);
}

/**
 * The one that listens where the packet was sent to. If several do (unicast from one address to different peers): the
 * one that heard this sender last, else one that has it for a peer, as keepalived. An advert that nobody listens for
 * still counts as a fault of one of them.
 */
function chooseByAddress(sharing: readonly Instance[], first: Instance, packet: Uint8Array): Instance {
  const addressed = sharing.filter((instance) => instance.isAddressed(packet));
  const [only, second] = addressed;
  if (only === undefined) return nearest(sharing, packet) ?? first;
  if (second === undefined) return only;
  const family = packetFamily(packet);
  const source = formatIpBytes(packet, sourceOffset(family), family);
  return (
    addressed.find(({ lastAdvert }) => lastAdvert?.source === source) ??
    addressed.find(({ identity }) => identity.unicastPeers.includes(source)) ??
    only
  );
}
