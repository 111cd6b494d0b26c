/** One AGENT_CHECK of one real server. */
import type { AgentProbe, CheckerInput } from '../checker/checker.input.ts';

export type AgentCheckerInput = Omit<CheckerInput, 'probe'> & { readonly probe: AgentProbe };
