/** Requests to IPVS by generic netlink: many in one datagram, each with its own answer. */
import { getSystemErrorName } from 'node:util';
import { openGenericNetlinkSocket } from '../../../native/index.ts';
import { askKernel, askKernelAll, genericFamily } from '../../../native/netlink.ts';
import { closeSocket, type OpenSocket } from '../../../native/socket.ts';
import { IPVS_CMD_GET_CONFIG, IPVS_FAMILY, IPVS_VERSION } from '../../protocol/ipvs/commands.ts';
import { decodeTimeouts, type IpvsTimeouts } from '../../protocol/ipvs/daemon.ts';
import { encodeGeneric } from '../../protocol/netlink/generic.ts';
import { encodeRequest, type IpvsRequest } from './request.ts';

const BUFFER_BYTES = 1 << 20;
/** Of a request that cannot be written down: an address is none. */
const MALFORMED = 'EINVAL';

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
