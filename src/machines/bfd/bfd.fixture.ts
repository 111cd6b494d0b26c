/** One place for the defaults of a test session. Used by tests only. */
import type { ControlFact } from './bfd.events.ts';
import type { BfdInput } from './bfd.input.ts';

export function bfdInput(changes: Partial<BfdInput> = {}): BfdInput {
  return {
    name: 'wan',
    neighbor: '10.0.0.1',
    source: null,
    multihop: false,
    ttl: 255,
    maxHops: 0,
    minRxUs: 10_000,
    minTxUs: 20_000,
    idleTxUs: 1_000_000,
    multiplier: 5,
    passive: false,
    ...changes,
  };
}

/** A neighbour that is not up and does nothing special. */
export function controlFact(changes: Partial<ControlFact> = {}): ControlFact {
  return {
    state: 'down',
    diagnostic: 0,
    poll: false,
    final: false,
    demand: false,
    multiplier: 3,
    discriminator: 77,
    minTxUs: 1_000_000,
    minRxUs: 30_000,
    ...changes,
  };
}
