import type { ElectionInput } from '../../machines/vrrp/input/election.ts';
import type { ConfigTree, VrrpInstanceConfig } from '../model.ts';

export function electionInput(
  instance: VrrpInstanceConfig,
  own: string,
  [globals]: ConfigTree['global_defs'],
): ElectionInput {
  return {
    name: instance.name,
    interface: own,
    priority: instance.priority,
    startAsMaster: instance.state === 'MASTER',
    nopreempt: instance.nopreempt,
    preemptDelayUs: instance.preempt_delay,
    downTimerAdverts: instance.down_timer_adverts,
    lowerPriorityNoAdvert: instance.lower_prio_no_advert,
    higherPrioritySendAdvert: instance.higher_prio_send_advert,
    ownerIgnoreAdverts: instance.owner_ignore_adverts,
    expiredTimerPriority: instance.timer_expired_backup,
    startupDelayUs: globals?.vrrp_startup_delay ?? 0,
    delayAfterBootUs: globals?.vrrp_delay_after_boot ?? 0,
    declaresFirstAdvert: true,
  };
}
