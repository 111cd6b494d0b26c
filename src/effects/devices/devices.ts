/** Makes and removes the devices of virtual routers through rtnetlink. */

import { interfaceIndex, openNetlinkSocket } from '../../../native/index.ts';
import { askKernel } from '../../../native/netlink.ts';
import { closeSocket, type OpenSocket } from '../../../native/socket.ts';
import type { ActorId } from '../../engine/types.ts';
import type { DeviceSpec } from '../../machines/vrrp/input/device.ts';
import type { VrrpEvent } from '../../machines/vrrp/vrrp.events.ts';
import { parseMac } from '../../protocol/arp.ts';
import { formatIpBytes, isLinkLocalIpv6 } from '../../protocol/ip.ts';
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL } from '../../protocol/netlink/message.ts';
import {
  type AddressOptions,
  decodeAddress,
  encodeAddress,
  encodeAddressDump,
  RTM_GETADDR,
  RTM_NEWADDR,
} from '../../protocol/rtnetlink/address.ts';
import {
  encodeDevice,
  encodeDeviceRemoval,
  encodeDeviceUpdate,
  encodeGroup,
  encodeNoGeneratedAddress,
  encodeUp,
} from '../../protocol/rtnetlink/device.ts';
import {
  decodeLink,
  encodeLinkDump,
  type LinkMessage,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
} from '../../protocol/rtnetlink/link.ts';
import { errnoFailure } from '../netlink-requests.ts';
import { planDevice } from './plan.ts';
import { SharedSettings, setDevice } from './settings.ts';

export type DevicesOutcome = Extract<VrrpEvent, { type: `device.${string}` }>;

export interface DeviceExecutor {
  /**
   * Makes what is missing, in the order given; what is there already is used. `beforeUp` of a device is awaited before it
   * is set up. Fails with the first error.
   */
  create(actor: ActorId, devices: readonly DeviceSpec[], beforeUp?: BeforeUp): Promise<DevicesOutcome>;
  /** Removes what was made or used for the actor, after `before` of it. One that is gone counts as removed. */
  remove(actor: ActorId, before?: (name: string) => Promise<void>): Promise<DevicesOutcome>;
  close(): void;
}

/** @param linkLocal what the base has, or would have from its MAC */
export type BeforeUp = (spec: DeviceSpec, linkLocal: string | null) => Promise<void>;

const EEXIST = 17;
const ENODEV = 19;
const RECEIVE_BUFFER_BYTES = 1_048_576;
const LINK_LOCAL_PREFIX = 64;

/** EUI-64 (RFC 4291 appendix A): what the kernel would make of the MAC of an interface. */
function linkLocalFrom(mac: string): string | null {
  const octets = parseMac(mac);
  if (octets === null) return null;
  const [first = 0, second = 0, third = 0, ...rest] = octets;
  const address = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, first ^ 2, second, third, 0xff, 0xfe, ...rest];
  return formatIpBytes(Uint8Array.from(address), 0, 'inet6');
}

/** One of IPv6 is deprecated, as keepalived sets it: adverts name it, and nothing else shall choose it. */
function ownAddress({ linkLocal, address }: DeviceSpec, ofBase: string | null): AddressOptions | null {
  if (address !== null) {
    const [text = '', prefixLength] = address.split('/');
    const given = { address: text, prefixLength: Number(prefixLength) };
    return text.includes(':') ? { ...given, preferredUs: 0 } : given;
  }
  const chosen = linkLocal === 'base' ? ofBase : linkLocal;
  return chosen === null ? null : { address: chosen, prefixLength: LINK_LOCAL_PREFIX, preferredUs: 0 };
}

class Devices implements DeviceExecutor {
  readonly #settings = new SharedSettings();
  readonly #made = new Map<ActorId, Map<string, DeviceSpec>>();
  #socket: OpenSocket | null = null;

  async create(
    actor: ActorId,
    devices: readonly DeviceSpec[],
    beforeUp: BeforeUp = async () => {},
  ): Promise<DevicesOutcome> {
    for (const spec of devices) {
      const error = await this.#createOne(actor, spec, beforeUp);
      if (error !== null) return { type: 'device.failed', error: `${spec.name}: ${error}` };
    }
    return { type: 'device.created' };
  }

  async remove(actor: ActorId, before?: (name: string) => Promise<void>): Promise<DevicesOutcome> {
    const made = [...(this.#made.get(actor)?.values() ?? [])].reverse();
    this.#made.delete(actor);
    const errors: string[] = [];
    for (const spec of made) {
      await before?.(spec.name);
      errors.push(...this.#removeOne(spec));
    }
    const [error] = errors;
    return error === undefined ? { type: 'device.removed' } : { type: 'device.removeFailed', error };
  }

  close(): void {
    if (this.#socket !== null) closeSocket(this.#socket);
    this.#socket = null;
  }

  async #createOne(actor: ActorId, spec: DeviceSpec, beforeUp: BeforeUp): Promise<string | null> {
    const links = this.#links();
    const plan = planDevice(spec, links);
    if (plan.step === 'fail') return plan.error;
    if (plan.step === 'replace') this.#ask(RTM_DELLINK, 0, encodeDeviceRemoval(plan.index));
    const base = links.find((link) => link.name === spec.base);
    if (base === undefined) return `interface ${spec.base} does not exist`;
    if (plan.step !== 'reuse') {
      const failure = this.#put(spec, base, links, plan.step === 'update' ? plan.index : null);
      if (failure !== null) return failure;
    }
    const index = interfaceIndex(spec.name);
    if (index === null) return 'it is gone again';
    this.#claim(actor, spec);
    const setting = setDevice(spec);
    if (setting !== null) return setting;
    const linkLocal = this.#linkLocalOf(base) ?? linkLocalFrom(base.mac);
    await beforeUp(spec, linkLocal);
    return this.#setUp(spec, index, base, linkLocal);
  }

  /** Makes the device, or corrects the one of this index. */
  #put(
    { name, device, group }: DeviceSpec,
    base: LinkMessage,
    links: readonly LinkMessage[],
    index: number | null,
  ): string | null {
    const vrf = links.find((link) => link.index === base.masterIndex && link.vrfTable !== null);
    const wanted = {
      device,
      name,
      baseIndex: base.index,
      group: group ?? base.group,
      masterIndex: vrf?.index ?? null,
    };
    const payload = index === null ? encodeDevice(wanted) : encodeDeviceUpdate(index, wanted);
    if (payload === null) return 'its MAC address is malformed';
    return this.#ask(RTM_NEWLINK, index === null ? NLM_F_CREATE | NLM_F_EXCL : 0, payload);
  }

  #claim(actor: ActorId, spec: DeviceSpec): void {
    const made = this.#made.get(actor) ?? new Map<string, DeviceSpec>();
    this.#made.set(actor, made);
    // It was deleted by somebody else, and is there again: its settings are shared once.
    if (made.has(spec.name)) return;
    made.set(spec.name, spec);
    if (spec.device.kind !== 'macvlan') return;
    this.#settings.takeFilter();
    if (spec.family === 'inet') this.#settings.takeBase(spec.base);
  }

  #setUp(spec: DeviceSpec, index: number, base: LinkMessage, linkLocal: string | null): string | null {
    if (spec.device.kind === 'macvlan') this.#ask(RTM_NEWLINK, 0, encodeNoGeneratedAddress(index));
    const up = this.#ask(RTM_NEWLINK, 0, encodeUp(index));
    if (up !== null) return up;
    const address = ownAddress(spec, linkLocal);
    if (address !== null) {
      const payload = encodeAddress(index, address);
      if (payload === null) return `${address.address} cannot be its address`;
      const failure = this.#ask(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, payload, EEXIST);
      if (failure !== null) return failure;
    }
    if (spec.notifiesBase) this.#ask(RTM_NEWLINK, 0, encodeGroup(base.index, base.group));
    return null;
  }

  #linkLocalOf(base: LinkMessage): string | null {
    const { messages } = askKernel(this.#open(), RTM_GETADDR, NLM_F_DUMP, encodeAddressDump());
    for (const { payload } of messages) {
      const found = decodeAddress(payload);
      if (found?.index === base.index && isLinkLocalIpv6(found.address)) return found.address;
    }
    return null;
  }

  #removeOne(spec: DeviceSpec): readonly string[] {
    const index = interfaceIndex(spec.name);
    const failure = index === null ? null : this.#ask(RTM_DELLINK, 0, encodeDeviceRemoval(index), ENODEV);
    if (spec.device.kind === 'macvlan') {
      if (spec.family === 'inet') this.#settings.releaseBase(spec.base);
      this.#settings.releaseFilter();
    }
    return failure === null ? [] : [`${spec.name}: ${failure}`];
  }

  #links(): LinkMessage[] {
    const { messages } = askKernel(this.#open(), RTM_GETLINK, NLM_F_DUMP, encodeLinkDump());
    return messages.flatMap(({ payload }) => decodeLink(payload) ?? []);
  }

  /** Null, or what the kernel said; `welcome` is an errno that counts as success. */
  #ask(type: number, flags: number, payload: Uint8Array, welcome = 0): string | null {
    const { errno } = askKernel(this.#open(), type, flags, payload);
    return errno === 0 || errno === welcome ? null : errnoFailure(errno).message;
  }

  #open(): OpenSocket {
    this.#socket ??= openNetlinkSocket([], RECEIVE_BUFFER_BYTES);
    return this.#socket;
  }
}

/** Devices in the network namespace of this process. */
export function createDeviceExecutor(): DeviceExecutor {
  return new Devices();
}
