/** What a virtual server knows of its real servers, and its quorum (keepalived 2.4.3). */
import type { VirtualServerEvent, VirtualServerInternalEvent } from './virtual-server.events.ts';
import type { VirtualServerInput } from './virtual-server.input.ts';

export type VirtualServerContext = {
  readonly input: VirtualServerInput;
  /** What each real server weighs now, in the order of the input; 0 while it is down. Short, as every change is a row. */
  readonly weights: readonly number[];
};

export function initialContext(input: VirtualServerInput): VirtualServerContext {
  return { input, weights: input.startWeights };
}

/** What they weigh after a fact. Servers of others do not count. */
export function weightsAfter(
  { input, weights }: VirtualServerContext,
  event: VirtualServerEvent | VirtualServerInternalEvent,
): readonly number[] {
  if (event.type !== 'real.changed') return weights;
  const index = input.realServers.indexOf(event.real);
  const weight = event.alive ? event.weight : 0;
  return index < 0 || weights[index] === weight ? weights : weights.with(index, weight);
}

/** A reload: those that are still there weigh what they did, others what they start with. */
export function weightsOf(
  { input, weights }: VirtualServerContext,
  now: VirtualServerInput,
): readonly number[] {
  const known = new Map(input.realServers.map((actor, index) => [actor, weights[index]]));
  return now.realServers.map((actor, index) => known.get(actor) ?? now.startWeights[index] ?? 0);
}

/** Together, of those that are alive. */
export function liveWeight({ weights }: VirtualServerContext): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

/** What must be reached to gain the quorum, and what must not be gone below to keep it. */
export function gainThreshold({ input }: VirtualServerContext): number {
  return input.quorum + input.hysteresis;
}

export function lossThreshold({ input }: VirtualServerContext): number {
  return input.quorum - input.hysteresis;
}
