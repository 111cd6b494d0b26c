/** DNS_CHECK */
import { type Around, type PlannedCheck, probePath, type RealServerConfig } from './planned.ts';

export function dnsChecks(
  check: RealServerConfig['DNS_CHECK'][number],
  around: Around,
): readonly PlannedCheck[] {
  const { type, name } = check;
  return [{ probe: { kind: 'dns', ...probePath(check, around), type, name }, timing: check, follows: null }];
}
