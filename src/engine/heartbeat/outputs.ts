/** What the core tells and asks of whoever drives it, and what it is told by whoever repeats. */
import type { WireIdentity } from '../../machines/vrrp/vrrp.effects.ts';
import type { HeartbeatListener } from '../heartbeat.ts';
import type { ActorId } from '../types.ts';
import type { Repetition } from './repetition.ts';

export interface HeartbeatOutputs extends HeartbeatListener {
  /**
   * Sends a whole IP packet. The bytes are reused after the call returns. Returns null, or why it did not leave.
   * May not call back into the core.
   */
  send(interfaceName: string, packet: Uint8Array, destination: string): string | null;
  /** An advert of its schedule has left. */
  announced?(actor: ActorId, nowUs: number): void;
  /** Who repeats what an instance sends and awaits; null: the core does. */
  repetitionOf?(actor: ActorId, identity: WireIdentity): Repetition | null;
  /** Events that were told wait for their turn; never, without it. */
  isBusy?(): boolean;
}

/** Of an advert that left by itself, monotonic times. */
export interface LedSilence {
  readonly deadlineUs: number;
  readonly sentUs: number;
}
