/** MISC_CHECK */
import type { PlannedCheck, RealServerConfig } from './planned.ts';

export function miscChecks(check: RealServerConfig['MISC_CHECK'][number]): readonly PlannedCheck[] {
  const { misc_path: program, user: who } = check;
  // It has been reported that it has no program.
  if (program === null) return [];
  const probe = {
    kind: 'misc',
    command: program.command,
    user: who?.user ?? null,
    group: who?.group ?? null,
    timeoutUs: check.misc_timeout,
    dynamic: check.misc_dynamic,
  } as const;
  return [{ probe, timing: check, follows: null }];
}
