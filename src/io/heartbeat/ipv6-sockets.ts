/** VRRP over IPv6 on one channel: sockets of the addon, since raw-socket has no way to learn a hop limit. */

import type { Observable } from 'rxjs';
import { openRaw6Socket, type Raw6Socket, receiveRaw6, sendRaw6 } from '../../../native/index.ts';
import {
  closeSocket,
  droppedBySocket,
  type SystemError,
  setSocketOption,
  watchReadable,
} from '../../../native/socket.ts';
import type { Clock } from '../../engine/types.ts';
import { ipBytes, isLinkLocalIpv6, isMulticastIp } from '../../protocol/ip.ts';
import { VRRP_PROTOCOL } from '../../protocol/vrrp.ts';
import { Arrivals } from './arrivals.ts';
import {
  type ChannelNeeds,
  type ChannelSockets,
  DRAIN_PACKETS,
  RECEIVE_BUFFER_BYTES,
  type ReceivedPacket,
  reasonOf,
  WAKE_UP_PACKETS,
} from './channel-sockets.ts';
import { HeartbeatError } from './heartbeat-error.ts';
import { Memberships } from './memberships.ts';

const RAW_PROTOCOL = 255;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_RCVBUFFORCE = 33;
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

  /** Only link-local addresses and groups need the interface; for others the routing table may know better. */
  dropped(): number {
    return this.#closed ? 0 : droppedBySocket(this.#receiver);
  }

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
    let socket: Raw6Socket | null = null;
    try {
      socket = openRaw6Socket(protocol);
      if (this.name !== '') {
        setSocketOption(socket, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${this.name}\0`, 'latin1'));
      }
      configure(socket);
      return socket;
    } catch (error) {
      if (socket !== null) closeSocket(socket);
      const hint = (error as Partial<SystemError>).code === 'EPERM' ? ' (CAP_NET_RAW is missing)' : '';
      throw new HeartbeatError(this.name, `cannot open a raw socket: ${reasonOf(error)}${hint}`);
    }
  }

  /** struct ipv6_mreq: the group, and the interface's index in the machine's byte order. */
  #setMembership(option: number, group: string): void {
    const request = new Uint8Array(20);
    request.set(ipBytes(group) ?? []);
    new Int32Array(request.buffer, 16, 1)[0] = this.index ?? 0;
    setSocketOption(this.#receiver, IPPROTO_IPV6, option, request);
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

function setInteger(socket: Raw6Socket, level: number, option: number, value: number): void {
  setSocketOption(socket, level, option, new Uint8Array(Int32Array.of(value).buffer));
}

/** Past the system's limit if allowed, else up to it. */
function setReceiveBuffer(socket: Raw6Socket): void {
  try {
    setInteger(socket, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES);
  } catch {
    setInteger(socket, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
  }
}
