/** Region startup: vrrp_startup_delay and vrrp_delay_after_boot. Meanwhile nobody becomes master or hears adverts. */
import { vrrpSetup } from '../vrrp.setup.ts';

export const startup = vrrpSetup.createStateConfig({
  initial: 'free',
  states: {
    free: { on: { 'instance.started': { guard: 'mustHold', target: 'holding' } } },
    holding: {
      after: { startupHold: { target: 'free', actions: 'endHold' } },
      on: { 'shutdown.requested': 'free', 'instance.removed': 'free' },
    },
  },
});
