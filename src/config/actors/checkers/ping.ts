/** PING_CHECK */
import { type Around, type PlannedCheck, probePath, type RealServerConfig } from './planned.ts';

export function pingChecks(
  check: RealServerConfig['PING_CHECK'][number],
  around: Around,
): readonly PlannedCheck[] {
  return [{ probe: { kind: 'ping', ...probePath(check, around) }, timing: check, follows: null }];
}
