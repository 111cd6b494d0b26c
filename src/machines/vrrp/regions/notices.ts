/**
 * Region notices: what scripts, FIFOs and mail were told last, and what they are to be told next. As keepalived does, a role
 * is told once the kernel has what belongs to it: a new master when its addresses are there, any other role when they are
 * gone. A role that is over before that is told when it ends, so that every role is told, in the order of the roles.
 */
import { notifyBackup, notifyFarewell, notifyFault, notifyMaster, reportToGroup } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

const toMaster = { guard: 'isMaster', target: 'masterNext' } as const;
const toBackup = { guard: 'isBackup', target: 'backupNext' } as const;
const toFault = { guard: 'isFault', target: 'faultNext' } as const;
const toEnd = { guard: 'hasSaidGoodbye', target: 'endNext' } as const;

export const notices = vrrpSetup.createStateConfig({
  initial: 'none',
  states: {
    // Nobody is told of a way to where it was.
    none: { on: { 'role.reviewed': [{ guard: 'isResuming' }, toMaster, toBackup, toFault, toEnd] } },
    masterNext: { entry: 'reviewRole', on: { 'role.reviewed': { guard: 'masterIsDue', target: 'master' } } },
    master: {
      entry: [notifyMaster, 'forgetFormer', 'reviewRole'],
      on: { 'role.reviewed': [toBackup, toFault, toEnd] },
    },
    backupNext: { entry: 'reviewRole', on: { 'role.reviewed': { guard: 'backupIsDue', target: 'backup' } } },
    backup: {
      entry: [notifyBackup, 'reviewRole'],
      on: { 'role.reviewed': [toMaster, toFault, toEnd] },
    },
    faultNext: { entry: 'reviewRole', on: { 'role.reviewed': { guard: 'faultIsDue', target: 'fault' } } },
    fault: {
      entry: [notifyFault, 'reviewRole'],
      on: { 'role.reviewed': [toMaster, toBackup, toEnd] },
    },
    endNext: { entry: 'reviewRole', on: { 'role.reviewed': { guard: 'addressesSettled', target: 'ended' } } },
    ended: { entry: [notifyFarewell, reportToGroup, 'recordReport'] },
  },
});
