import type { AnnouncingInput } from '../../machines/vrrp/input/announcing.ts';
import type { VrrpInstanceConfig } from '../model.ts';

export function announcingInput(instance: VrrpInstanceConfig): AnnouncingInput {
  return {
    garpMasterRepeat: instance.garp_master_repeat,
    garpMasterDelayUs: instance.garp_master_delay,
    garpLowerPriorityRepeat: instance.garp_lower_prio_repeat,
  };
}
