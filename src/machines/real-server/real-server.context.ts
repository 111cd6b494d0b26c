/** What a real server knows of its checkers. */
import type { AgentWord, Duty, WeightWord } from '../signals.ts';
import type { RealServerEvent } from './real-server.events.ts';
import type { RealServerInput } from './real-server.input.ts';

export type RealServerContext = {
  readonly input: RealServerInput;
  /** Checkers that count as failed: those with alpha do so before their first result. */
  readonly failed: readonly string[];
  /** By checker: what those that have not failed say of the weight. */
  readonly weightWords: Readonly<Record<string, WeightWord>>;
  /** What an operator ordered last. */
  readonly duty: Duty;
  /** By checker: what agents on the server say of it. Without agents there is none. */
  readonly agents?: Readonly<Record<string, AgentWord>>;
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

/** Agents that are no more have nothing to say; one that its checks cannot reach has said what it said. */
function agentsAfter({ input, agents = {} }: RealServerContext, event: RealServerEvent): Agents {
  if (event.type === 'real.reconfigured') {
    const known = new Set(event.input.checkers.map(({ actor }) => actor));
    return pick(agents, (checker) => known.has(checker));
  }
  if (event.type !== 'agent.changed' || !isOwn(input, event.checker)) return agents;
  const { checker, percent, duty } = event;
  return { ...agents, [checker]: { percent, duty } };
}

type Agents = NonNullable<RealServerContext['agents']>;

function pick<T>(
  words: Readonly<Record<string, T>>,
  isWanted: (checker: string) => boolean,
): Readonly<Record<string, T>> {
  const all = Object.entries(words);
  const wanted = all.filter(([checker]) => isWanted(checker));
  return wanted.length === all.length ? words : Object.fromEntries(wanted);
}

const DUTIES: Readonly<Record<string, Duty>> = {
  'operator.ready': 'ready',
  'operator.drain': 'drained',
  'operator.maintenance': 'maintenance',
};

/** What an operator orders comes before what agents say; of several agents the one that wants least of it counts. */
export function dutyOf({ duty, agents }: Pick<RealServerContext, 'duty' | 'agents'>): Duty {
  if (duty !== 'ready' || agents === undefined) return duty;
  const said = new Set(Object.values(agents).map((word) => word.duty));
  return said.has('maintenance') ? 'maintenance' : said.has('drained') ? 'drained' : 'ready';
}

/** What it is once it has begun. */
export function standingOf(context: RealServerContext): 'up' | 'drained' | 'down' | 'maintenance' {
  const duty = dutyOf(context);
  if (duty === 'maintenance') return duty;
  if (context.failed.length > 0) return 'down';
  return duty === 'drained' ? duty : 'up';
}

export type Weighed = Pick<RealServerContext, 'input' | 'weightWords' | 'duty' | 'ordered' | 'agents'>;

/** keepalived: what each checker makes of the configured weight adds up, to what IPVS takes. Drained: nothing new. */
export function weightOf(context: Weighed): number {
  if (dutyOf(context) === 'drained') return 0;
  const base = baseWeight(context);
  let sum = base;
  for (const word of Object.values(context.weightWords)) sum += 'is' in word ? word.is - base : word.adds;
  return Math.min(Math.max(sum, 0), LARGEST_WEIGHT);
}

/** HAProxy: an agent gives its share of the configured weight. What is not 0 % is not nothing. */
function baseWeight({ input, ordered, agents }: Weighed): number {
  if (ordered !== null || agents === undefined) return ordered ?? input.weight;
  const shares = Object.values(agents).flatMap(({ percent }) => percent ?? []);
  return shares.length === 0 ? input.weight : Math.ceil((input.weight * Math.min(...shares)) / 100);
}

export function contextAfter(context: RealServerContext, event: RealServerEvent): RealServerContext {
  const agents = agentsAfter(context, event);
  return {
    input: event.type === 'real.reconfigured' ? event.input : context.input,
    failed: failedAfter(context, event),
    weightWords: weightWordsAfter(context, event),
    duty: DUTIES[event.type] ?? context.duty,
    ordered: event.type === 'operator.weight' ? event.weight : context.ordered,
    ...(context.agents === undefined && Object.keys(agents).length === 0 ? {} : { agents }),
  };
}
