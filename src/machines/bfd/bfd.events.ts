/** Facts that reach a BFD session. Times are integers in microseconds (suffix Us). */
import type { BfdState } from '../../protocol/bfd.ts';
import type { BfdInput } from './bfd.input.ts';

/** What the neighbour said about itself, after every receive check passed (RFC 5880 section 6.8.6). */
export type ControlFact = {
  readonly state: BfdState;
  /** Its diagnostic, an index into BFD_DIAGNOSTICS. */
  readonly diagnostic: number;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  readonly multiplier: number;
  readonly discriminator: number;
  readonly minTxUs: number;
  readonly minRxUs: number;
};

export type BfdEvent =
  /** First event of every session: two discriminators that no other session has, one of them for later. */
  | { readonly type: 'session.started'; readonly discriminator: number; readonly spare: number }
  /** The answer to `drawDiscriminator`. */
  | { readonly type: 'discriminator.drawn'; readonly discriminator: number }
  /** Packets can leave and be heard, or cannot: an address that the machine does not have, say. */
  | { readonly type: 'socket.opened' }
  | { readonly type: 'socket.failed'; readonly error: string }
  /** A valid packet that is not simply the same again (the packet service counts those). */
  | ({ readonly type: 'control.received' } & ControlFact)
  /** The Detection Time ran out: the socket was drained, and nothing from the neighbour was in it. */
  | {
      readonly type: 'neighbor.silent';
      /** Since the last packet. */
      readonly silentUs: number;
      readonly allowedUs: number;
      /** Own lateness in noticing. */
      readonly lateUs: number;
    }
  /** This process did not run when it should have. */
  | { readonly type: 'self.stalled'; readonly stalledUs: number }
  /** Packets cannot leave (first failure after success), or leave again. */
  | { readonly type: 'control.sendFailed'; readonly error: string }
  | { readonly type: 'control.sendRecovered' }
  /** Somebody who did not listen so far wants to know: told if the session is up. */
  | { readonly type: 'state.asked' }
  /** The configuration was read again; the session goes on with it. */
  | { readonly type: 'session.reconfigured'; readonly input: BfdInput }
  /** The configuration does not have it any more. */
  | { readonly type: 'session.removed' }
  | { readonly type: 'shutdown.requested'; readonly reason: string };
