/** AGENT_CHECK */
import { type Around, type PlannedCheck, probePath, type RealServerConfig } from './planned.ts';

export function agentChecks(
  check: RealServerConfig['AGENT_CHECK'][number],
  around: Around,
): readonly PlannedCheck[] {
  const probe = { kind: 'agent', ...probePath(check, around), send: check.send } as const;
  return [{ probe, timing: check, follows: null }];
}
