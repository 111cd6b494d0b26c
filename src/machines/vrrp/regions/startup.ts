/**
 * Region startup: whether it begins at once. vrrp_startup_delay and vrrp_delay_after_boot let nobody become master or hear adverts;
 * a former worker that was master when it died lets it go on as one, if nothing stands against it before others may take over.
 */
import { reportToGroup } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

const END = ['endResumption', reportToGroup, 'recordReport', 'reportResumptionEnd', 'reviewRole'] as const;

export const startup = vrrpSetup.createStateConfig({
  initial: 'free',
  states: {
    free: {
      on: {
        'instance.started': [
          { guard: 'mayResume', target: 'resuming' },
          { guard: 'mustHold', target: 'holding' },
        ],
      },
    },
    resuming: {
      after: { lease: { target: 'free', actions: [...END] } },
      on: {
        'mastership.gained': 'free',
        'standing.bad': { target: 'free', actions: [...END] },
        'shutdown.requested': { target: 'free', actions: [...END] },
        'instance.removed': { target: 'free', actions: [...END] },
      },
    },
    holding: {
      after: { startupHold: { target: 'free', actions: 'endHold' } },
      on: { 'shutdown.requested': 'free', 'instance.removed': 'free' },
    },
  },
});
