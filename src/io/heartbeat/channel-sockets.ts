/** Ear and mouth for VRRP of one family on one channel: an interface, a VRF, or wherever the routing table leads. */
import type { Observable } from 'rxjs';
import type { IpFamily } from '../../protocol/ip.ts';

/** A packet as it came from the wire, IP header included. */
export interface ReceivedPacket {
  readonly interfaceName: string;
  /** Valid only while it is delivered: the next packet is read into the same buffer. */
  readonly bytes: Uint8Array;
  readonly monotonicUs: number;
  readonly wallUs: number;
}

/** What the instances on a channel want to hear. */
export interface ChannelNeeds {
  readonly groups: ReadonlySet<string>;
  /** Adverts with an authentication header, which are of another IP protocol. */
  readonly authenticated: boolean;
}

export interface ChannelSockets {
  readonly family: IpFamily;
  /** Name of the interface or VRF; '' for none. */
  readonly name: string;
  /** Index of that interface; null for none. */
  readonly index: number | null;
  /** Errors with HeartbeatError if the socket breaks, completes on close. */
  readonly packets$: Observable<ReceivedPacket>;
  /** Joins and leaves groups. Throws HeartbeatError. */
  adjust(needs: ChannelNeeds): void;
  /** Reads the sockets empty, now. */
  drain(): void;
  /** Packets that the kernel had no room for, since they were opened. */
  dropped(): number;
  /** Null, or why the packet did not leave. */
  send(packet: Uint8Array, destination: string): string | null;
  close(): void;
}

/** More than the longest advert (60 + 24 + 8 + 255 * 16 + 28); what is longer is cut and then refused for its length. */
export const PACKET_BYTES = 8192;
export const RECEIVE_BUFFER_BYTES = 1 << 20;
/** One wake-up reads at most this much, so that a flood cannot keep timers from running. */
export const WAKE_UP_PACKETS = 512;
/** Before silence is declared: as much as the receive buffer may hold. */
export const DRAIN_PACKETS = 8192;
/** One channel has sockets of each family that is in use there. */
export function channelKey(name: string, family: IpFamily): string {
  return `${family} ${name}`;
}

/** What the operator reads, whoever opened the socket: `Network is unreachable`. */
export function reasonOf(error: unknown): string {
  const text = textOf(error);
  const reason = text.slice(text.indexOf(': ') + 2);
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
