/** What carries packets: it opens the sockets of channels and, where it can, repeats what need not be thought about. */
import type { LeaseLoss, Repetition } from '../../engine/heartbeat/repetition.ts';
import type { ActorId } from '../../engine/types.ts';
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import type { IpFamily } from '../../protocol/ip.ts';
import type { ChannelSockets } from './channel-sockets.ts';

/** A deadline that has passed, with nothing waiting in the sockets. */
export interface FoundSilence {
  readonly actor: ActorId;
  /** For whoever repeats: it tells whether it still is one. */
  readonly generation: number;
  readonly deadlineUs: number;
}

export interface CarrierListener {
  /** Something can be heard. `hear` delivers it, packets by their sockets, and gives the silences that are left. */
  hear(hear: () => readonly FoundSilence[]): void;
  stalled(actor: ActorId, stalledUs: number): void;
  leaseLost(actor: ActorId, loss: LeaseLoss): void;
  /** The first advert of an actor has left by itself at its deadline. Told before what was heard after that. */
  led(actor: ActorId, deadlineUs: number, sentUs: number): void;
  /** What is repeated: the packet of this index cannot be sent, which may be the end of the device that the sockets are bound to. */
  sendingFailed(actor: ActorId, packet: number, error: string): void;
  sendingRecovered(actor: ActorId): void;
}

export interface Carrier {
  /** Before anything else. */
  start(listener: CarrierListener): void;
  /** Sockets of a family on an interface or VRF, '' and null: on none. Throws HeartbeatError. */
  open(name: string, index: number | null, family: IpFamily): ChannelSockets;
  /** Null: nobody repeats for it. */
  repetitionOf(actor: ActorId, identity: WireIdentity): Repetition | null;
  /** Whatever it has told so far has been acted on. */
  answered(): void;
  /** Packets that it had no room for itself. */
  readonly lost: number;
  /** Of its thread, if it has one: 1 to 99, 0 for ordinary scheduling. Throws SystemError (EPERM). */
  setRealtime(priority: number): void;
  stop(): void;
}
