/**
 * Region notices: what scripts, FIFOs and mail were told last. As keepalived does, a role is told once the kernel has
 * what belongs to it: a new master when its addresses are there, any other role when they are gone. A role that is over
 * before that is not told.
 */
import { notifyBackup, notifyFarewell, notifyFault, notifyMaster, reportToGroup } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

export const notices = vrrpSetup.createStateConfig({
  initial: 'none',
  states: {
    none: {},
    master: { entry: notifyMaster },
    backup: { entry: notifyBackup },
    fault: { entry: notifyFault },
    ended: { entry: [notifyFarewell, reportToGroup, 'recordReport'] },
  },
  on: {
    'role.reviewed': [
      { guard: 'masterIsNews', target: '.master' },
      { guard: 'backupIsNews', target: '.backup' },
      { guard: 'faultIsNews', target: '.fault' },
      { guard: 'endIsNews', target: '.ended' },
    ],
  },
});
