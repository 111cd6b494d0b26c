/** Requests to IPVS by generic netlink: many in one datagram, each with its own answer. */
import { getSystemErrorName } from 'node:util';
import { openGenericNetlinkSocket } from '../../../native/index.ts';
import { askKernel, askKernelAll, genericFamily } from '../../../native/netlink.ts';
import { closeSocket, type OpenSocket } from '../../../native/socket.ts';
import {
  IPVS_CMD_DEL_DEST,
  IPVS_CMD_DEL_SERVICE,
  IPVS_CMD_FLUSH,
  IPVS_CMD_GET_CONFIG,
  IPVS_CMD_NEW_DEST,
  IPVS_CMD_NEW_SERVICE,
  IPVS_CMD_SET_DEST,
  IPVS_CMD_SET_SERVICE,
  IPVS_FAMILY,
  IPVS_VERSION,
} from '../../protocol/ipvs/commands.ts';
import { decodeTimeouts, type IpvsTimeouts } from '../../protocol/ipvs/daemon.ts';
import {
  type DestinationSettings,
  type DestinationTarget,
  destinationKey,
  encodeDestination,
  encodeDestinationTarget,
} from '../../protocol/ipvs/destination.ts';
import {
  encodeService,
  encodeTarget,
  type ServiceSettings,
  type ServiceTarget,
  targetKey,
} from '../../protocol/ipvs/service.ts';
import { encodeGeneric } from '../../protocol/netlink/generic.ts';

export type IpvsRequest =
  | { readonly does: 'add' | 'change'; readonly service: ServiceTarget; readonly settings: ServiceSettings }
  | { readonly does: 'remove'; readonly service: ServiceTarget }
  | {
      readonly does: 'addDestination' | 'changeDestination';
      readonly service: ServiceTarget;
      readonly destination: DestinationTarget;
      readonly settings: DestinationSettings;
    }
  | {
      readonly does: 'removeDestination';
      readonly service: ServiceTarget;
      readonly destination: DestinationTarget;
    }
  | { readonly does: 'flush' };

/** What the request is called in the log of keepalived, which has the names of an older interface of the kernel. */
export const COMMAND_NAMES = {
  add: 'IP_VS_SO_SET_ADD(1154)',
  change: 'IP_VS_SO_SET_EDIT(1155)',
  remove: 'IP_VS_SO_SET_DEL(1156)',
  flush: 'IP_VS_SO_SET_FLUSH(1157)',
  addDestination: 'IP_VS_SO_SET_ADDDEST(1159)',
  removeDestination: 'IP_VS_SO_SET_DELDEST(1160)',
  changeDestination: 'IP_VS_SO_SET_EDITDEST(1161)',
} as const;

const BUFFER_BYTES = 1 << 20;
/** Of a request that cannot be written down: an address is none. */
const MALFORMED = 'EINVAL';

/** A service, and its destination: `[10.0.0.1]:tcp:80 -> [10.0.0.2]:80`. */
export function entryText(request: IpvsRequest): string {
  if (request.does === 'flush') return '';
  const service = targetKey(request.service);
  return 'destination' in request ? `${service} -> ${destinationKey(request.destination)}` : service;
}

/** Payload of a request; null if it cannot be written down: an address is none. */
export function encodeRequest(request: IpvsRequest): Uint8Array | null {
  switch (request.does) {
    case 'add':
      return encodeService(IPVS_CMD_NEW_SERVICE, request.service, request.settings);
    case 'change':
      return encodeService(IPVS_CMD_SET_SERVICE, request.service, request.settings);
    case 'remove':
      return encodeTarget(IPVS_CMD_DEL_SERVICE, request.service);
    case 'flush':
      return encodeGeneric(IPVS_CMD_FLUSH, IPVS_VERSION);
    case 'addDestination':
    case 'changeDestination': {
      const command = request.does === 'addDestination' ? IPVS_CMD_NEW_DEST : IPVS_CMD_SET_DEST;
      return encodeDestination(command, request.service, request.destination, request.settings);
    }
    case 'removeDestination':
      return encodeDestinationTarget(IPVS_CMD_DEL_DEST, request.service, request.destination);
  }
}

/** One socket of a network namespace (`/run/netns/NAME`; null: that of this process), opened when it is needed. */
export class IpvsRequests {
  readonly #namespace: string | null;
  #open: { readonly socket: OpenSocket; readonly family: number } | null = null;

  constructor(namespace: string | null) {
    this.#namespace = namespace;
  }

  /** In this order. Gives the errno name of each that the kernel refused, null where it did what it was asked. */
  perform(requests: readonly IpvsRequest[]): readonly (string | null)[] {
    return this.ask(requests.map(encodeRequest));
  }

  /** The same of payloads; one that is null counts as malformed. */
  ask(payloads: readonly (Uint8Array | null)[]): readonly (string | null)[] {
    const whole = payloads.filter((payload) => payload !== null);
    const answers = this.#answers(whole).values();
    return payloads.map((payload) => (payload === null ? MALFORMED : (answers.next().value ?? null)));
  }

  /** As they are set; null if they cannot be had. */
  timeouts(): IpvsTimeouts | null {
    try {
      const { socket, family } = this.#opened();
      const question = encodeGeneric(IPVS_CMD_GET_CONFIG, IPVS_VERSION);
      const [answer] = askKernel(socket, family, 0, question).messages;
      return answer === undefined ? null : decodeTimeouts(answer.payload);
    } catch {
      this.close();
      return null;
    }
  }

  #answers(payloads: readonly Uint8Array[]): readonly (string | null)[] {
    if (payloads.length === 0) return [];
    try {
      const { socket, family } = this.#opened();
      return askKernelAll(socket, family, 0, payloads).map((errno) =>
        errno === 0 ? null : getSystemErrorName(-errno),
      );
    } catch (error) {
      // What has been done of them is not known: the table is read again.
      this.close();
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
      return payloads.map(() => code);
    }
  }

  #opened(): { readonly socket: OpenSocket; readonly family: number } {
    if (this.#open !== null) return this.#open;
    const socket = openGenericNetlinkSocket(BUFFER_BYTES, this.#namespace);
    try {
      const family = genericFamily(socket, IPVS_FAMILY);
      if (family === null) throw Object.assign(new Error('this kernel has no IPVS'), { code: 'ENOPROTOOPT' });
      this.#open = { socket, family };
      return this.#open;
    } catch (error) {
      closeSocket(socket);
      throw error;
    }
  }

  close(): void {
    if (this.#open !== null) closeSocket(this.#open.socket);
    this.#open = null;
  }
}
