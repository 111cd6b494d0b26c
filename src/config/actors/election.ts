import type { ElectionInput } from '../../machines/vrrp/input/election.ts';
import type { VrrpInstanceConfig } from '../model.ts';

export function electionInput(instance: VrrpInstanceConfig, own: string): ElectionInput {
  return {
    name: instance.name,
    interface: own,
    priority: instance.priority,
    startAsMaster: instance.state === 'MASTER',
    nopreempt: instance.nopreempt,
    lowerPriorityNoAdvert: instance.lower_prio_no_advert,
  };
}
