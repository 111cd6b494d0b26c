/** VRRP over IPv6 on one channel: sockets of the addon, since raw-socket has no way to learn a hop limit. */

import type { Observable } from 'rxjs';
import { openRaw6Socket, type Raw6Socket, receiveRaw6, sendRaw6 } from '../../../native/index.ts';
import { closeSocket, droppedBySocket, setSocketOption, watchReadable } from '../../../native/socket.ts';
import type { Clock } from '../../engine/types.ts';
import { isLinkLocalIpv6, isMulticastIp } from '../../protocol/ip.ts';
import { VRRP_PROTOCOL } from '../../protocol/vrrp.ts';
import {
  multicastRequest,
  openOnInterface,
  RAW_PROTOCOL,
  setInteger,
  setReceiveBuffer,
} from './addon-sockets.ts';
import { Arrivals } from './arrivals.ts';
import {
  type ChannelNeeds,
  type ChannelSockets,
  DRAIN_PACKETS,
  type ReceivedPacket,
  reasonOf,
  WAKE_UP_PACKETS,
} from './channel-sockets.ts';
import { Memberships } from './memberships.ts';

const IPPROTO_IPV6 = 41;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_ADD_MEMBERSHIP = 20;
const IPV6_DROP_MEMBERSHIP = 21;
const IPV6_MULTICAST_ALL = 29;

export class Ipv6Sockets implements ChannelSockets {
  readonly family = 'inet6';
  readonly name: string;
  readonly index: number | null;
  readonly packets$: Observable<ReceivedPacket>;
  readonly #arrivals: Arrivals;
  readonly #receiver: Raw6Socket;
  readonly #sender: Raw6Socket;
  readonly #unwatch: () => void;
  readonly #memberships: Memberships;
  #closed = false;

  /** Throws HeartbeatError: no permission, no IPv6, or the interface went away meanwhile. */
  constructor(name: string, index: number | null, clock: Clock) {
    this.name = name;
    this.index = index;
    this.#arrivals = new Arrivals(name, clock);
    this.packets$ = this.#arrivals.packets$;
    this.#memberships = new Memberships(
      name,
      (group) => this.#setMembership(IPV6_ADD_MEMBERSHIP, group),
      (group) => this.#setMembership(IPV6_DROP_MEMBERSHIP, group),
    );
    this.#receiver = this.#open(VRRP_PROTOCOL, (socket) => {
      setInteger(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
      setReceiveBuffer(socket);
    });
    try {
      this.#sender = this.#open(RAW_PROTOCOL, (socket) => {
        setInteger(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
        if (index !== null) setInteger(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
      });
    } catch (error) {
      closeSocket(this.#receiver);
      throw error;
    }
    this.#discardWaiting();
    this.#unwatch = watchReadable(this.#receiver, () => this.#read(WAKE_UP_PACKETS));
  }

  adjust({ groups }: ChannelNeeds): void {
    if (!this.#closed) this.#memberships.become(groups);
  }

  drain(): void {
    this.#read(DRAIN_PACKETS);
  }

  dropped(): number {
    return this.#closed ? 0 : droppedBySocket(this.#receiver);
  }

  /** Only link-local addresses and groups need the interface; for others the routing table may know better. */
  send(packet: Uint8Array, destination: string): string | null {
    if (this.#closed) return 'socket is closed';
    const local = isLinkLocalIpv6(destination) || isMulticastIp(destination);
    try {
      sendRaw6(this.#sender, packet, local ? (this.index ?? 0) : 0);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch();
    closeSocket(this.#receiver);
    closeSocket(this.#sender);
    this.#arrivals.end();
  }

  #open(protocol: number, configure: (socket: Raw6Socket) => void): Raw6Socket {
    return openOnInterface(this.name, () => openRaw6Socket(protocol), configure);
  }

  #setMembership(option: number, group: string): void {
    setSocketOption(this.#receiver, IPPROTO_IPV6, option, multicastRequest(group, this.index ?? 0));
  }

  /** Between its creation and its binding the socket heard every interface. */
  #discardWaiting(): void {
    try {
      for (let count = 0; count < DRAIN_PACKETS; count++)
        if (receiveRaw6(this.#receiver, this.#arrivals.buffer) === 0) return;
    } catch {
      // It comes again when the socket is read in earnest.
    }
  }

  #read(limit: number): void {
    try {
      for (let count = 0; count < limit && !this.#closed; count++) {
        const bytes = receiveRaw6(this.#receiver, this.#arrivals.buffer);
        if (bytes === 0) return;
        this.#arrivals.deliver(bytes);
      }
    } catch (error) {
      if (this.#arrivals.failed()) this.#break(error);
    }
  }

  #break(error: unknown): void {
    if (this.#closed) return;
    this.#arrivals.break(error);
    this.close();
  }
}
