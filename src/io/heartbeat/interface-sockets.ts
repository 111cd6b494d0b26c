/** One interface's ear and mouth for VRRP over IPv4. */
import { createSocket, type Socket } from 'raw-socket';
import { type Observable, Subject } from 'rxjs';
import type { Clock } from '../../engine/types.ts';
import { VRRP_MULTICAST_GROUP, VRRP_PROTOCOL } from '../../protocol/vrrp.ts';
import { HeartbeatError } from './heartbeat-error.ts';
import * as option from './socket-options.ts';

/** A packet as it came from the wire, IP header included. */
export interface ReceivedPacket {
  readonly interfaceName: string;
  /** Valid only while it is delivered: the next packet is read into the same buffer. */
  readonly bytes: Uint8Array;
  readonly monotonicUs: number;
  readonly wallUs: number;
}

/** IPPROTO_RAW: brings its own IP header, never receives. */
const RAW_PROTOCOL = 255;
const IPV4 = 1;
/** More than the longest advert (60 + 8 + 255 * 4 + 8); what is longer is cut and then refused for its length. */
const PACKET_BYTES = 2048;
const RECEIVE_BUFFER_BYTES = 1 << 20;
/** One wake-up reads at most this much, so that a flood cannot keep timers from running. */
const WAKE_UP_PACKETS = 512;
/** Before silence is declared: as much as the receive buffer may hold. */
const DRAIN_PACKETS = 8192;
const ERRORS_IN_A_ROW = 16;
const EPERM_TEXT = 'Operation not permitted';
const EAGAIN_TEXT = 'Resource temporarily unavailable';

/** A socket that nobody references is collected and goes silent without an error; these are referenced until closed. */
const openSockets = new Set<Socket>();

export class InterfaceSockets {
  readonly name: string;
  readonly index: number;
  /** Packets of protocol 112 on this interface. Errors with HeartbeatError if the socket breaks, completes on close. */
  readonly packets$: Observable<ReceivedPacket>;
  readonly #clock: Clock;
  readonly #received = new Subject<ReceivedPacket>();
  readonly #buffer = new Uint8Array(PACKET_BYTES);
  readonly #onPacket: (buffer: Uint8Array, bytes: number) => void;
  readonly #receiver: Socket;
  readonly #sender: Socket;
  #inGroup = false;
  #closed = false;
  #errorsInARow = 0;

  /** Throws HeartbeatError: no permission, or the interface went away meanwhile. */
  constructor(name: string, index: number, clock: Clock) {
    this.name = name;
    this.index = index;
    this.#clock = clock;
    this.packets$ = this.#received.asObservable();
    this.#onPacket = (_buffer, bytes) => this.#deliver(bytes);
    this.#receiver = this.#open(VRRP_PROTOCOL, (socket) => {
      option.bindToDevice(socket, name);
      option.hearOnlyJoinedGroups(socket);
      option.setReceiveBuffer(socket, RECEIVE_BUFFER_BYTES);
    });
    try {
      this.#sender = this.#open(RAW_PROTOCOL, (socket) => {
        socket.pauseRecv();
        option.bindToDevice(socket, name);
        option.sendMulticastBy(socket, index);
      });
    } catch (error) {
      dispose(this.#receiver);
      throw error;
    }
    this.#discardWaiting();
    this.#listen();
  }

  /** Joins or leaves 224.0.0.18 on this interface. Throws HeartbeatError. */
  setMulticast(wanted: boolean): void {
    if (this.#closed || wanted === this.#inGroup) return;
    try {
      if (wanted) option.joinGroup(this.#receiver, VRRP_MULTICAST_GROUP, this.index);
      else option.leaveGroup(this.#receiver, VRRP_MULTICAST_GROUP, this.index);
    } catch (error) {
      if (wanted)
        throw new HeartbeatError(this.name, `cannot join ${VRRP_MULTICAST_GROUP}: ${textOf(error)}`);
    }
    this.#inGroup = wanted;
  }

  /** Reads the socket empty, now. */
  drain(): void {
    this.#read(DRAIN_PACKETS);
  }

  /** Null, or why the packet did not leave. */
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
    dispose(this.#receiver);
    dispose(this.#sender);
    this.#received.complete();
  }

  #open(protocol: number, configure: (socket: Socket) => void): Socket {
    let socket: Socket | null = null;
    try {
      socket = createSocket({ protocol, addressFamily: IPV4, bufferSize: 1 });
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
  #listen(): void {
    const { wrap } = this.#receiver;
    wrap.removeAllListeners('recvReady');
    wrap.on('recvReady', () => this.#read(WAKE_UP_PACKETS));
    wrap.removeAllListeners('error');
    wrap.on('error', (error) => this.#break(error));
  }

  /** Between its creation and its binding the socket heard every interface. */
  #discardWaiting(): void {
    try {
      for (let count = 0; count < DRAIN_PACKETS; count++)
        this.#receiver.wrap.recv(this.#buffer, ignoreReceived);
    } catch {
      // Empty: the error is EAGAIN, and any other comes again when the socket is read in earnest.
    }
  }

  /** Subscribers cannot throw into the native caller: RxJS throws their errors later, from a timer. */
  #read(limit: number): void {
    try {
      for (let count = 0; count < limit && !this.#closed; count++) {
        this.#receiver.wrap.recv(this.#buffer, this.#onPacket);
        this.#errorsInARow = 0;
      }
    } catch (error) {
      if (textOf(error) !== EAGAIN_TEXT) this.#readFailed(error);
    }
  }

  /** Reading takes a pending error away (ENETDOWN when the link goes down); one that stays would be read for ever. */
  #readFailed(error: unknown): void {
    if (++this.#errorsInARow > ERRORS_IN_A_ROW) this.#break(error);
  }

  #break(error: unknown): void {
    if (this.#closed) return;
    this.#received.error(new HeartbeatError(this.name, `the socket broke: ${textOf(error)}`));
    this.close();
  }

  #deliver(bytes: number): void {
    this.#received.next({
      interfaceName: this.name,
      bytes: this.#buffer.subarray(0, bytes),
      monotonicUs: this.#clock.monotonicUs(),
      wallUs: this.#clock.wallUs(),
    });
  }
}

function ignoreSent(): void {}
function ignoreReceived(): void {}

function dispose(socket: Socket): void {
  openSockets.delete(socket);
  socket.close();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
