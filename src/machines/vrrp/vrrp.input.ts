/** One vrrp_instance with every default applied; each part says what one concern needs. */
import type { AnnouncingInput } from './input/announcing.ts';
import type { DeviceInput } from './input/device.ts';
import type { ElectionInput } from './input/election.ts';
import type { ObjectsInput } from './input/objects.ts';
import type { StandingInput } from './input/standing.ts';
import type { WireInput } from './input/wire.ts';

export type VrrpInput = ElectionInput &
  StandingInput &
  WireInput &
  DeviceInput &
  ObjectsInput &
  AnnouncingInput;
