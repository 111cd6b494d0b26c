/** FILE_CHECK */
import { NO_WEIGHT } from '../../registry/weights.ts';
import { trackerActor } from '../standing.ts';
import { type Around, AT_ONCE, type PlannedCheck, type RealServerConfig } from './planned.ts';

/** keepalived: the state of a file is known from the start, so alpha does not count. */
export function fileChecks(
  { track_file: name, weight }: RealServerConfig['FILE_CHECK'][number],
  { tree }: Around,
): readonly PlannedCheck[] {
  // It has been reported that there is no such file.
  if (name === null) return [];
  const file = tree.track_file.find((block) => block.name === name);
  const { value, reverse } = weight ?? file?.weight ?? NO_WEIGHT;
  const probe = { kind: 'file', tracker: trackerActor('file', name) } as const;
  return [{ probe, timing: AT_ONCE, follows: { weight: value, reverse } }];
}
