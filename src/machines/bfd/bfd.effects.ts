/** What a BFD session may ask for. Parameters are plain JSON; times are integers in microseconds. */
import type { BfdControl } from '../../protocol/bfd.ts';
import { type EffectOf, effect } from '../declare.ts';
import type { BfdSignal } from '../signals.ts';
import type { ControlFact } from './bfd.events.ts';

/** How a session is on the wire. */
export type BfdIdentity = {
  readonly neighbor: string;
  readonly source: string | null;
  readonly multihop: boolean;
  readonly ttl: number;
  readonly maxHops: number;
};

export const bfdEffects = {
  /** Opens the session's sockets, anew if they are open. Answered by `socket.opened` or `socket.failed`. */
  openSession: effect<{ identity: BfdIdentity }>(),
  /**
   * Send this packet every interval less its jitter, until told otherwise; null: only what is asked for here.
   * A packet that says something new, and an answer to a poll, leave at once.
   */
  transmitControl: effect<{ packet: BfdControl; intervalUs: number | null; answerPoll: boolean }>(),
  /**
   * Tell every packet but those that say the same as `awaited`, and post `neighbor.silent` when nothing has come for
   * this long; null: silence does not matter.
   */
  awaitControl: effect<{ awaited: ControlFact | null; detectUs: number | null }>(),
  /** Answered by `discriminator.drawn`. */
  drawDiscriminator: effect<Record<string, never>>(),
  closeSession: effect<Record<string, never>>(),
  /** To the tracker that follows the session. */
  signalActor: effect<{ actor: string; event: BfdSignal }>(),
};

export type BfdEffect = EffectOf<typeof bfdEffects>;
/** What src/effects performs; signals stay within the engine. */
export type BfdSessionEffect = Exclude<BfdEffect, { type: 'signalActor' }>;
