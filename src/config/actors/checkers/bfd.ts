/** BFD_CHECK */
import { trackerActor } from '../standing.ts';
import { AT_ONCE, type PlannedCheck, type RealServerConfig } from './planned.ts';

export function bfdChecks({ name, alpha }: RealServerConfig['BFD_CHECK'][number]): readonly PlannedCheck[] {
  // It has been reported that there is no such session.
  if (name === null) return [];
  const probe = { kind: 'bfd', tracker: trackerActor('bfd', name) } as const;
  // Not to be up is all that can be wrong with a session.
  return [{ probe, timing: { ...AT_ONCE, alpha }, follows: { weight: 0, reverse: false } }];
}
