/** What a virtual server knows of its real servers, and its quorum (keepalived 2.4.3). */
import type { VirtualServerInput } from './virtual-server.input.ts';

/**
 * What each real server weighs now, in the order of the input; DOWN while it is down, ASSUMED while that is only assumed. In blocks, each a key of the context
 * of its own: a row holds the keys that have changed, and must not grow with the number of real servers.
 */
type WeightBlocks = { readonly [block: `weights${number}`]: readonly number[] };

export type VirtualServerContext = WeightBlocks & {
  readonly input: VirtualServerInput;
  /** Together, of those that are alive. */
  readonly liveWeight: number;
  /** Null until its real servers have begun. */
  readonly hasQuorum: boolean | null;
};

const DOWN = -1;
const ASSUMED = -2;
const BLOCK = 64;

export function initialContext(input: VirtualServerInput): VirtualServerContext {
  const weights = input.realServers.map(({ startWeight }) => startWeight ?? ASSUMED);
  return { input, hasQuorum: null, ...packed(weights) };
}

/** Null: it is down. */
export function weightAt(context: VirtualServerContext, place: number): number | null {
  const weight = rawAt(context, place);
  return weight < 0 ? null : weight;
}

/** It starts down (alpha), and nothing has been heard of it. */
export function isAssumedDown(context: VirtualServerContext, place: number): boolean {
  return rawAt(context, place) === ASSUMED;
}

function rawAt(context: VirtualServerContext, place: number): number {
  return context[`weights${Math.floor(place / BLOCK)}`]?.[place % BLOCK] ?? DOWN;
}

type Weighed = WeightBlocks & Pick<VirtualServerContext, 'liveWeight'>;

function packed(weights: readonly number[]): Weighed {
  const blocks: Record<`weights${number}`, readonly number[]> = {};
  for (let at = 0; at < weights.length; at += BLOCK) {
    blocks[`weights${at / BLOCK}`] = weights.slice(at, at + BLOCK);
  }
  const liveWeight = weights.reduce((sum, weight) => sum + Math.max(weight, 0), 0);
  return { liveWeight, ...blocks } as Weighed;
}

/** The same with another weight in one place. */
export function withWeight(
  context: VirtualServerContext,
  place: number,
  weight: number | null,
): VirtualServerContext {
  const name = `weights${Math.floor(place / BLOCK)}` as const;
  const liveWeight = context.liveWeight - (weightAt(context, place) ?? 0) + (weight ?? 0);
  const block = (context[name] ?? []).with(place % BLOCK, weight ?? DOWN);
  return { ...context, liveWeight, [name]: block } as VirtualServerContext;
}

/** A reload: those that are still there weigh what they did, others what they start with. */
export function withInput(context: VirtualServerContext, input: VirtualServerInput): VirtualServerContext {
  const weights = input.realServers.map(({ actor, startWeight }) => {
    const before = placeOf(context.input, actor);
    return before === null ? (startWeight ?? ASSUMED) : rawAt(context, before);
  });
  // A block that nobody needs any more stays, empty: a journal cannot tell that a key is gone.
  const blocks = Object.keys(context).filter((key) => key.startsWith('weights'));
  const empty = Object.fromEntries(blocks.map((key) => [key, []]));
  return { ...context, ...empty, ...packed(weights), input } as VirtualServerContext;
}

const places = new WeakMap<readonly object[], ReadonlyMap<string, number>>();

/** Where the input has a real server; null: it is another one's. */
export function placeOf({ realServers }: VirtualServerInput, actor: string): number | null {
  const known = places.get(realServers) ?? new Map(realServers.map((real, place) => [real.actor, place]));
  places.set(realServers, known);
  return known.get(actor) ?? null;
}

/** What must be reached to gain the quorum, and what must not be gone below to keep it. */
export function gainThreshold({ input }: Pick<VirtualServerContext, 'input'>): number {
  return input.quorum + input.hysteresis;
}

export function lossThreshold({ input }: Pick<VirtualServerContext, 'input'>): number {
  return input.quorum - input.hysteresis;
}
