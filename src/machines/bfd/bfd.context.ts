/** What a BFD session knows (the state variables of RFC 5880 section 6.8.1), and what follows from it. */
import { type BfdControl, type BfdState, DIAGNOSTIC_NONE } from '../../protocol/bfd.ts';
import type { BfdIdentity } from './bfd.effects.ts';
import type { ControlFact } from './bfd.events.ts';
import type { BfdInput } from './bfd.input.ts';

/** Intervals of this end that hold until a poll sequence has ended. */
export type Intervals = { readonly minTxUs: number; readonly minRxUs: number };

export type BfdContext = {
  readonly input: BfdInput;
  /** bfd.LocalDiscr; 0 before the session has started. */
  readonly discriminator: number;
  /** The next one. */
  readonly spareDiscriminator: number;
  /** bfd.LocalDiag. */
  readonly diagnostic: number;
  /** What the neighbour said last; null once it has been silent for a Detection Time. */
  readonly remote: ControlFact | null;
  /** A poll sequence is under way. */
  readonly polling: boolean;
  /** In force besides the configured ones while a change of these is being polled. */
  readonly former: Intervals | null;
  /** Why there is no socket, and why packets cannot leave; null while they can. */
  readonly socketError: string | null;
  readonly sendError: string | null;
  /** Last time this process did not run when it should have; null if never. */
  readonly lastStallUs: number | null;
};

export function initialContext(input: BfdInput): BfdContext {
  return {
    input,
    discriminator: 0,
    spareDiscriminator: 0,
    diagnostic: DIAGNOSTIC_NONE,
    remote: null,
    polling: false,
    former: null,
    socketError: null,
    sendError: null,
    lastStallUs: null,
  };
}

export function identityOf({ input }: BfdContext): BfdIdentity {
  const { neighbor, source, multihop, ttl, maxHops } = input;
  return { neighbor, source, multihop, ttl, maxHops };
}

/** RFC 5880 section 6.8.7, the contents of a packet. */
export function packetOf(context: BfdContext, state: BfdState): BfdControl {
  const { input, remote } = context;
  return {
    state,
    diagnostic: context.diagnostic,
    poll: context.polling,
    final: false,
    demand: false,
    multiplier: input.multiplier,
    myDiscriminator: context.discriminator,
    yourDiscriminator: remote?.discriminator ?? 0,
    desiredMinTxUs: state === 'up' ? input.minTxUs : input.idleTxUs,
    requiredMinRxUs: input.minRxUs,
  };
}

/**
 * Interval between periodic packets before jitter, null if none may be sent (RFC 5880 sections 6.8.2, 6.8.3, 6.8.7):
 * a passive end waits for the neighbour, a neighbour may want no packets at all, and demand mode wants none while
 * both ends are up.
 */
export function transmitIntervalUs(context: BfdContext, state: BfdState): number | null {
  const { input, remote, former, polling } = context;
  if (state === 'adminDown' || (input.passive && remote === null) || remote?.minRxUs === 0) return null;
  if (state === 'up' && remote?.demand && remote.state === 'up' && !polling) return null;
  // A longer interval counts only once the neighbour has acknowledged it.
  const upUs = Math.min(input.minTxUs, former?.minTxUs ?? input.minTxUs);
  return Math.max(state === 'up' ? upUs : input.idleTxUs, remote?.minRxUs ?? 0);
}

/** Detection Time in asynchronous mode (RFC 5880 section 6.8.4); null while nothing has been heard. */
export function detectUs({ input, remote, former }: BfdContext): number | null {
  if (remote === null) return null;
  // A shorter interval counts only once the neighbour has acknowledged it.
  const minRxUs = Math.max(input.minRxUs, former?.minRxUs ?? 0);
  return remote.multiplier * Math.max(minRxUs, remote.minTxUs);
}

/** The packets that only confirm what is known. While down, those of a neighbour that is down or in init do more. */
export function awaitedIn({ remote }: BfdContext, state: BfdState): ControlFact | null {
  const moves = state === 'down' && (remote?.state === 'down' || remote?.state === 'init');
  return moves ? null : remote;
}
