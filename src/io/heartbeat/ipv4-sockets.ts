/** VRRP over IPv4 on one channel: raw sockets of the npm package. */
import type { Socket } from 'raw-socket';
import type { Observable } from 'rxjs';
import type { Clock } from '../../engine/types.ts';
import { VRRP_PROTOCOL } from '../../protocol/vrrp.ts';
import { AH_PROTOCOL } from '../../protocol/vrrp-authentication.ts';
import { lateRawSocket } from '../late-modules.ts';
import { Arrivals } from './arrivals.ts';
import {
  type ChannelNeeds,
  type ChannelSockets,
  DRAIN_PACKETS,
  RECEIVE_BUFFER_BYTES,
  type ReceivedPacket,
  textOf,
  WAKE_UP_PACKETS,
} from './channel-sockets.ts';
import { HeartbeatError } from './heartbeat-error.ts';
import { Memberships } from './memberships.ts';
import * as option from './socket-options.ts';

/** IPPROTO_RAW: brings its own IP header, never receives. */
const RAW_PROTOCOL = 255;
const IPV4 = 1;
const EPERM_TEXT = 'Operation not permitted';
const EAGAIN_TEXT = 'Resource temporarily unavailable';

/** A socket that nobody references is collected and goes silent without an error; these are referenced until closed. */
const openSockets = new Set<Socket>();

export class Ipv4Sockets implements ChannelSockets {
  readonly family = 'inet';
  readonly name: string;
  readonly index: number | null;
  readonly packets$: Observable<ReceivedPacket>;
  readonly #arrivals: Arrivals;
  readonly #onPacket: (buffer: Uint8Array, bytes: number) => void;
  /** One hears adverts; a second one those with an authentication header, once somebody wants them. */
  readonly #receivers = new Map<number, Socket>();
  readonly #sender: Socket;
  readonly #memberships: Memberships;
  #closed = false;

  /** Throws HeartbeatError: no permission, or the interface went away meanwhile. */
  constructor(name: string, index: number | null, clock: Clock) {
    this.name = name;
    this.index = index;
    this.#arrivals = new Arrivals(name, clock);
    this.packets$ = this.#arrivals.packets$;
    this.#onPacket = (_buffer, bytes) => this.#arrivals.deliver(bytes);
    const onEach = (change: typeof option.joinGroup) => (group: string) => {
      for (const receiver of this.#receivers.values()) change(receiver, group, index ?? 0);
    };
    this.#memberships = new Memberships(name, onEach(option.joinGroup), onEach(option.leaveGroup));
    this.#addReceiver(VRRP_PROTOCOL);
    try {
      this.#sender = this.#open(RAW_PROTOCOL, (socket) => {
        socket.pauseRecv();
        this.#bind(socket);
        option.sendMulticastBy(socket, index ?? 0);
      });
    } catch (error) {
      for (const receiver of this.#receivers.values()) dispose(receiver);
      throw error;
    }
  }

  adjust({ groups, authenticated }: ChannelNeeds): void {
    if (this.#closed) return;
    if (authenticated && !this.#receivers.has(AH_PROTOCOL)) {
      const receiver = this.#addReceiver(AH_PROTOCOL);
      this.#memberships.share((group) => option.joinGroup(receiver, group, this.index ?? 0));
    }
    this.#memberships.become(groups);
  }

  drain(): void {
    for (const receiver of this.#receivers.values()) this.#read(receiver, DRAIN_PACKETS);
  }

  dropped(): number {
    if (this.#closed) return 0;
    return [...this.#receivers.values()].reduce((sum, receiver) => sum + option.droppedBy(receiver), 0);
  }

  send(packet: Uint8Array, destination: string): string | null {
    if (this.#closed) return 'socket is closed';
    try {
      this.#sender.wrap.send(packet, 0, packet.length, destination, ignoreSent);
      return null;
    } catch (error) {
      return textOf(error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const receiver of this.#receivers.values()) dispose(receiver);
    dispose(this.#sender);
    this.#arrivals.end();
  }

  #addReceiver(protocol: number): Socket {
    const receiver = this.#open(protocol, (socket) => {
      this.#bind(socket);
      option.hearOnlyJoinedGroups(socket);
      option.setReceiveBuffer(socket, RECEIVE_BUFFER_BYTES);
    });
    this.#receivers.set(protocol, receiver);
    this.#discardWaiting(receiver);
    this.#listen(receiver);
    return receiver;
  }

  #bind(socket: Socket): void {
    if (this.name !== '') option.bindToDevice(socket, this.name);
  }

  #open(protocol: number, configure: (socket: Socket) => void): Socket {
    let socket: Socket | null = null;
    try {
      socket = lateRawSocket().createSocket({ protocol, addressFamily: IPV4, bufferSize: 1 });
      openSockets.add(socket);
      configure(socket);
      return socket;
    } catch (error) {
      if (socket !== null) dispose(socket);
      const text = textOf(error);
      const hint = text === EPERM_TEXT ? ' (CAP_NET_RAW is missing)' : '';
      throw new HeartbeatError(this.name, `cannot open a raw socket: ${text}${hint}`);
    }
  }

  /** Takes the place of raw-socket's own reader, which reads one packet for each turn of the loop. */
  #listen(receiver: Socket): void {
    const { wrap } = receiver;
    wrap.removeAllListeners('recvReady');
    wrap.on('recvReady', () => this.#read(receiver, WAKE_UP_PACKETS));
    wrap.removeAllListeners('error');
    wrap.on('error', (error) => this.#break(error));
  }

  /** Between its creation and its binding the socket heard every interface. */
  #discardWaiting(receiver: Socket): void {
    try {
      for (let count = 0; count < DRAIN_PACKETS; count++)
        receiver.wrap.recv(this.#arrivals.buffer, ignoreReceived);
    } catch {
      // Empty: the error is EAGAIN, and any other comes again when the socket is read in earnest.
    }
  }

  #read(receiver: Socket, limit: number): void {
    try {
      for (let count = 0; count < limit && !this.#closed; count++) {
        receiver.wrap.recv(this.#arrivals.buffer, this.#onPacket);
      }
    } catch (error) {
      if (textOf(error) !== EAGAIN_TEXT && this.#arrivals.failed()) this.#break(error);
    }
  }

  #break(error: unknown): void {
    if (this.#closed) return;
    this.#arrivals.break(error);
    this.close();
  }
}

function ignoreSent(): void {}
function ignoreReceived(): void {}

function dispose(socket: Socket): void {
  openSockets.delete(socket);
  socket.close();
}
