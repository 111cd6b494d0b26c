/** VRRP of one family on one channel by the addon's engine, which owns the sockets and reads them. */
import { type Observable, Subject } from 'rxjs';
import type { HeartbeatEngine } from '../../../native/heartbeat-engine.ts';
import { openRaw4Socket, openRaw6Socket } from '../../../native/index.ts';
import { droppedBySocket, type OpenSocket, setSocketOption } from '../../../native/socket.ts';
import type { IpFamily } from '../../protocol/ip.ts';
import { VRRP_PROTOCOL } from '../../protocol/vrrp.ts';
import { AH_PROTOCOL } from '../../protocol/vrrp-authentication.ts';
import {
  multicastRequest,
  openOnInterface,
  RAW_PROTOCOL,
  setInteger,
  setReceiveBuffer,
  stampArrivals,
} from './addon-sockets.ts';
import type { ChannelNeeds, ChannelSockets, ReceivedPacket } from './channel-sockets.ts';
import { HeartbeatError } from './heartbeat-error.ts';
import { Memberships } from './memberships.ts';

interface FamilyOptions {
  readonly level: number;
  readonly multicastIf: number;
  readonly multicastLoop: number;
  readonly multicastAll: number;
  readonly join: number;
  readonly leave: number;
  readonly open: (protocol: number) => OpenSocket;
}

const OPTIONS: Readonly<Record<IpFamily, FamilyOptions>> = {
  inet: {
    ...{ level: 0, multicastIf: 32, multicastLoop: 34, multicastAll: 49, join: 35, leave: 36 },
    open: openRaw4Socket,
  },
  inet6: {
    ...{ level: 41, multicastIf: 17, multicastLoop: 19, multicastAll: 29, join: 20, leave: 21 },
    open: openRaw6Socket,
  },
};

export interface NativeChannel {
  readonly engine: HeartbeatEngine;
  /** By which the engine knows the channel. */
  readonly number: number;
  /** Delivers what the engine has to tell. */
  readonly hear: () => void;
  readonly closed: () => void;
}

export class NativeSockets implements ChannelSockets {
  readonly family: IpFamily;
  readonly name: string;
  readonly index: number | null;
  readonly packets$: Observable<ReceivedPacket>;
  readonly #channel: NativeChannel;
  readonly #options: FamilyOptions;
  readonly #received = new Subject<ReceivedPacket>();
  readonly #memberships: Memberships;
  /** By protocol. One hears adverts; a second one those with an authentication header, once somebody wants them. */
  readonly #receivers = new Map<number, OpenSocket>();
  #closed = false;

  /** Throws HeartbeatError: no permission, no such family, or the interface went away meanwhile. */
  constructor(name: string, index: number | null, family: IpFamily, channel: NativeChannel) {
    this.name = name;
    this.index = index;
    this.family = family;
    this.#channel = channel;
    this.#options = OPTIONS[family];
    this.packets$ = this.#received.asObservable();
    const onEach = (option: number) => (group: string) => {
      for (const receiver of this.#receivers.values()) this.#setMembership(receiver, option, group);
    };
    const { join, leave } = this.#options;
    this.#memberships = new Memberships(name, onEach(join), onEach(leave));
    const sender = this.#open(RAW_PROTOCOL, (socket) => {
      setInteger(socket, this.#options.level, this.#options.multicastLoop, 0);
      if (index !== null) this.#sendMulticastBy(socket, index);
    });
    channel.engine.native.openChannel(channel.number, family === 'inet6', index ?? 0, sender.fd);
    try {
      this.#addReceiver(VRRP_PROTOCOL);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  adjust({ groups, authenticated }: ChannelNeeds): void {
    if (this.#closed) return;
    if (authenticated && this.family === 'inet' && !this.#receivers.has(AH_PROTOCOL)) {
      const receiver = this.#addReceiver(AH_PROTOCOL);
      this.#memberships.share((group) => this.#setMembership(receiver, this.#options.join, group));
    }
    this.#memberships.become(groups);
  }

  drain(): void {
    if (this.#closed) return;
    this.#channel.engine.native.drain(this.#channel.number);
    this.#channel.hear();
  }

  dropped(): number {
    return [...this.#receivers.values()].reduce((sum, receiver) => sum + droppedBySocket(receiver), 0);
  }

  /** The destination stands in the packet. */
  send(packet: Uint8Array): string | null {
    return this.#closed ? 'socket is closed' : this.#channel.engine.native.send(this.#channel.number, packet);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#receivers.clear();
    this.#channel.engine.native.closeChannel(this.#channel.number);
    this.#channel.closed();
    this.#received.complete();
  }

  /** A packet that has come. Subscribers cannot throw into it: RxJS throws their errors later. */
  deliver(bytes: Uint8Array, monotonicUs: number, wallUs: number): void {
    this.#received.next({ interfaceName: this.name, bytes, monotonicUs, wallUs });
  }

  /** Nothing can be read from a socket any more. */
  break(error: string): void {
    if (this.#closed) return;
    this.#received.error(new HeartbeatError(this.name, `the socket broke: ${error}`));
    this.close();
  }

  #addReceiver(protocol: number): OpenSocket {
    const { level, multicastAll } = this.#options;
    const receiver = this.#open(protocol, (socket) => {
      // Without this it hears every group that any process on the machine has joined.
      setInteger(socket, level, multicastAll, 0);
      stampArrivals(socket);
      setReceiveBuffer(socket);
      this.#channel.engine.native.addReceiver(this.#channel.number, socket.fd, protocol);
    });
    this.#receivers.set(protocol, receiver);
    return receiver;
  }

  #open(protocol: number, configure: (socket: OpenSocket) => void): OpenSocket {
    return openOnInterface(this.name, () => this.#options.open(protocol), configure);
  }

  #sendMulticastBy(socket: OpenSocket, index: number): void {
    const { level, multicastIf } = this.#options;
    if (this.family === 'inet6') setInteger(socket, level, multicastIf, index);
    else setSocketOption(socket, level, multicastIf, multicastRequest('0.0.0.0', index));
  }

  #setMembership(socket: OpenSocket, option: number, group: string): void {
    setSocketOption(socket, this.#options.level, option, multicastRequest(group, this.index ?? 0));
  }
}
