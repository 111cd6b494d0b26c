/** Facts that reach a checker that asks an agent: those of any checker; `detail` of a report that passed is its line. */
import type { CheckerEvent } from '../checker/checker.events.ts';
import type { AgentCheckerInput } from './agent-checker.input.ts';

export type AgentCheckerEvent =
  | Exclude<CheckerEvent, { readonly type: 'checker.reconfigured' }>
  | { readonly type: 'checker.reconfigured'; readonly input: AgentCheckerInput };
