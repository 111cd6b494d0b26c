/** What a virtual server knows of its real servers, and its quorum (keepalived 2.4.3). */
import type { VirtualServerEvent, VirtualServerInternalEvent } from './virtual-server.events.ts';
import type { VirtualServerInput } from './virtual-server.input.ts';

export type RealServerState = { readonly alive: boolean; readonly weight: number };

export type VirtualServerContext = {
  readonly input: VirtualServerInput;
  /** What each real server said last; one that has said nothing is not in it. */
  readonly reals: Readonly<Record<string, RealServerState>>;
};

export function initialContext(input: VirtualServerInput): VirtualServerContext {
  return { input, reals: {} };
}

/** What is known after a fact. Servers of others do not count. */
export function realsAfter(
  { input, reals }: VirtualServerContext,
  event: VirtualServerEvent | VirtualServerInternalEvent,
): VirtualServerContext['reals'] {
  if (event.type !== 'real.changed' || !input.realServers.includes(event.real)) return reals;
  return { ...reals, [event.real]: { alive: event.alive, weight: event.weight } };
}

/** A reload: what is known of those that are still there. */
export function realsOf({ reals }: VirtualServerContext, { realServers }: VirtualServerInput) {
  return Object.fromEntries(Object.entries(reals).filter(([actor]) => realServers.includes(actor)));
}

/** Together, of those that are alive. */
export function liveWeight({ reals }: VirtualServerContext): number {
  return Object.values(reals).reduce((sum, { alive, weight }) => (alive ? sum + weight : sum), 0);
}

/** What must be reached to gain the quorum, and what must not be gone below to keep it. */
export function gainThreshold({ input }: VirtualServerContext): number {
  return input.quorum + input.hysteresis;
}

export function lossThreshold({ input }: VirtualServerContext): number {
  return input.quorum - input.hysteresis;
}
