/** Region device: is there what the adverts leave from (a virtual MAC, an ipvlan), if the instance has such a thing? */
import { createDevices, removeDevices } from '../requests/device.ts';
import { open, setSource } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

export const device = vrrpSetup.createStateConfig({
  initial: 'planned',
  states: {
    planned: {
      on: { 'instance.started': [{ guard: 'hasDevices', target: 'creating' }, { target: 'none' }] },
    },
    none: {},
    creating: {
      entry: createDevices,
      on: {
        'device.created': 'present',
        'device.failed': 'missing',
        'shutdown.requested': 'leaving',
        'instance.removed': 'leaving',
      },
    },
    present: {
      entry: [open, setSource],
      on: {
        // Somebody else did it. Until it is there again the instance is in FAULT.
        'device.deleted': 'creating',
        'shutdown.requested': 'leaving',
        'instance.removed': 'leaving',
      },
    },
    missing: {
      after: { deviceRetry: 'creating' },
      on: { 'link.up': 'creating', 'shutdown.requested': 'leaving', 'instance.removed': 'leaving' },
    },
    /** Not before the addresses on it are gone. */
    leaving: {
      entry: 'reviewRole',
      on: { 'role.reviewed': { guard: 'addressesSettled', target: 'removing' } },
    },
    removing: { entry: removeDevices, on: { 'device.removed': 'absent', 'device.removeFailed': 'absent' } },
    absent: {},
  },
});
