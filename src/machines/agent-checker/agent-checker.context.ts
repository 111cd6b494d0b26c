/** What a checker that asks an agent knows. */
import { parseAgentLine } from '../../protocol/agent-line.ts';
import type { CheckerContext } from '../checker/checker.context.ts';
import type { AgentWord } from '../signals.ts';
import type { AgentCheckerEvent } from './agent-checker.events.ts';
import type { AgentCheckerInput } from './agent-checker.input.ts';

export type AgentCheckerContext = {
  readonly input: AgentCheckerInput;
  /** Failures in a row to hear the agent. */
  readonly retriesUsed: number;
  /** The last report that was posted; null before the first. */
  readonly last: CheckerContext['last'];
  /** Whether it counts as failed; null: it has not said anything yet. */
  readonly passes: boolean | null;
  readonly word: AgentWord;
};

export function initialContext(input: AgentCheckerInput): AgentCheckerContext {
  return { input, retriesUsed: 0, last: null, passes: null, word: { percent: null, duty: 'ready' } };
}

/** HAProxy: what an agent does not speak of is not changed. One that has never said that it is down is up. */
export function saidAfter(
  { passes, word }: AgentCheckerContext,
  event: AgentCheckerEvent,
): Pick<AgentCheckerContext, 'passes' | 'word'> {
  if (event.type !== 'probe.reported' || event.outcome !== 'passed') return { passes, word };
  const line = parseAgentLine(event.detail);
  const { percent, duty } = word;
  return {
    passes: line?.passes ?? passes ?? true,
    word: { percent: line?.percent ?? percent, duty: line?.duty ?? duty },
  };
}
