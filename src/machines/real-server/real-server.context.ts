/** What a real server knows of its checkers. */
import type { WeightWord } from '../signals.ts';
import type { RealServerEvent } from './real-server.events.ts';
import type { RealServerInput } from './real-server.input.ts';

/** What an operator ordered last. */
export type Duty = 'ready' | 'drained' | 'maintenance';

export type RealServerContext = {
  readonly input: RealServerInput;
  /** Checkers that count as failed: those with alpha do so before their first result. */
  readonly failed: readonly string[];
  /** By checker: what those that have not failed say of the weight. */
  readonly weightWords: Readonly<Record<string, WeightWord>>;
  readonly duty: Duty;
  /** That an operator gave it in place of the configured one; null: none. */
  readonly ordered: number | null;
};

/** What IPVS takes. */
const LARGEST_WEIGHT = 2_147_483_647;

export function initialContext(input: RealServerInput): RealServerContext {
  return { input, failed: alphaCheckers(input), weightWords: {}, duty: 'ready', ordered: null };
}

function alphaCheckers({ checkers }: RealServerInput): string[] {
  return checkers.filter(({ alpha }) => alpha).map(({ actor }) => actor);
}

/** Who counts as failed after a fact. Checkers of others do not count. */
export function failedAfter({ input, failed }: RealServerContext, event: RealServerEvent): readonly string[] {
  if (event.type === 'real.reconfigured') return failedWith(failed, input, event.input);
  if (event.type !== 'checker.changed') return failed;
  const { checker, passed } = event;
  if (passed) return failed.includes(checker) ? failed.filter((actor) => actor !== checker) : failed;
  return !isOwn(input, checker) || failed.includes(checker) ? failed : [...failed, checker];
}

function isOwn({ checkers }: RealServerInput, checker: string): boolean {
  return checkers.some(({ actor }) => actor === checker);
}

/** keepalived: while others have failed, a new checker with alpha counts as failed, too; else only when it fails. */
function failedWith(failed: readonly string[], before: RealServerInput, now: RealServerInput): string[] {
  const known = new Set(before.checkers.map(({ actor }) => actor));
  const still = now.checkers.filter(({ actor }) => failed.includes(actor)).map(({ actor }) => actor);
  if (still.length === 0) return [];
  return [...still, ...alphaCheckers(now).filter((actor) => !known.has(actor))];
}

/** Of checkers that are no more, or have failed, nothing is left. */
export function weightWordsAfter(
  { input, weightWords }: RealServerContext,
  event: RealServerEvent,
): RealServerContext['weightWords'] {
  if (event.type === 'real.reconfigured') {
    const known = new Set(event.input.checkers.map(({ actor }) => actor));
    return pick(weightWords, (checker) => known.has(checker));
  }
  if (event.type !== 'checker.changed' || !isOwn(input, event.checker)) return weightWords;
  const { checker, passed, weight } = event;
  if (passed && weight !== undefined) return { ...weightWords, [checker]: weight };
  return pick(weightWords, (other) => other !== checker);
}

function pick(
  words: RealServerContext['weightWords'],
  isWanted: (checker: string) => boolean,
): RealServerContext['weightWords'] {
  const all = Object.entries(words);
  const wanted = all.filter(([checker]) => isWanted(checker));
  return wanted.length === all.length ? words : Object.fromEntries(wanted);
}

const DUTIES: Readonly<Record<string, Duty>> = {
  'operator.ready': 'ready',
  'operator.drain': 'drained',
  'operator.maintenance': 'maintenance',
};

export function dutyAfter({ duty }: RealServerContext, event: RealServerEvent): Duty {
  return DUTIES[event.type] ?? duty;
}

export type Weighed = Pick<RealServerContext, 'input' | 'weightWords' | 'duty' | 'ordered'>;

/** keepalived: what each checker makes of the configured weight adds up, to what IPVS takes. Drained: nothing new. */
export function weightOf({ input, weightWords, duty, ordered }: Weighed): number {
  if (duty === 'drained') return 0;
  const base = ordered ?? input.weight;
  let sum = base;
  for (const word of Object.values(weightWords)) sum += 'is' in word ? word.is - base : word.adds;
  return Math.min(Math.max(sum, 0), LARGEST_WEIGHT);
}

export function contextAfter(context: RealServerContext, event: RealServerEvent): RealServerContext {
  return {
    input: event.type === 'real.reconfigured' ? event.input : context.input,
    failed: failedAfter(context, event),
    weightWords: weightWordsAfter(context, event),
    duty: dutyAfter(context, event),
    ordered: event.type === 'operator.weight' ? event.weight : context.ordered,
  };
}
