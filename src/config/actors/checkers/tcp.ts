/** TCP_CHECK */
import { type Around, type PlannedCheck, probePath, type RealServerConfig } from './planned.ts';

export function tcpChecks(
  check: RealServerConfig['TCP_CHECK'][number],
  around: Around,
): readonly PlannedCheck[] {
  return [{ probe: { kind: 'tcp', ...probePath(check, around) }, timing: check, follows: null }];
}
