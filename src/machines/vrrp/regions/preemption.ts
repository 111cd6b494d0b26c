/** Region preemption: may a master of lower priority be replaced yet? Only preempt_delay makes it wait. */
import { vrrpSetup } from '../vrrp.setup.ts';

export const preemption = vrrpSetup.createStateConfig({
  initial: 'idle',
  states: {
    idle: { on: { 'advert.received': { guard: 'startsPatience', target: 'delaying' } } },
    delaying: {
      after: { preemptDelay: { target: 'due', actions: 'allowPreemption' } },
      on: {
        'advert.received': { guard: 'endsPatience', target: 'idle' },
        'priority.changed': { guard: 'followsItsBetter', target: 'idle' },
        'mastership.gained': 'idle',
        'standing.bad': 'idle',
      },
    },
    due: {
      on: {
        'advert.received': { guard: 'endsPatience', target: 'idle' },
        'mastership.gained': 'idle',
        'standing.bad': 'idle',
      },
    },
  },
});
