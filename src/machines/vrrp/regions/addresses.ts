/** Region addresses: who holds the addresses of the virtual router. */
import { garpMaster } from '../requests/garp.ts';
import { addMissing, addVips, removeSurplus, removeVips } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

/** A reload may have come while the kernel was asked for something else. */
const REST = [
  { guard: 'isNoMaster' as const, target: 'removing' as const },
  { guard: 'hasSurplus' as const, target: 'trimming' as const },
  { guard: 'hasMissing' as const, target: 'extending' as const },
];
const RELOADED = [
  { guard: 'dropsObjects' as const, target: 'trimming' as const },
  { guard: 'gainsObjects' as const, target: 'extending' as const },
];

/**
 * One request to the Linux kernel at a time: whether its answer is still wanted is decided when it comes, so that no
 * answer is taken for that of a later request, and `absent` means that nothing is under way.
 */
export const addresses = vrrpSetup.createStateConfig({
  initial: 'unknown',
  states: {
    /** A predecessor that was killed may have left addresses: find out by deleting them. */
    unknown: { on: { 'instance.started': 'removing' } },
    absent: {
      entry: ['forgetSurplus', 'reviewRole'],
      on: { 'mastership.gained': 'adding' },
    },
    adding: {
      entry: ['forgetMissing', addVips],
      on: {
        'vips.added': [...REST, { target: 'held' }],
        'vips.addFailed': [...REST, { target: 'incomplete' }],
      },
    },
    held: {
      entry: ['reportHeld', 'reviewRole'],
      on: { 'mastership.lost': 'removing', 'instance.reconfigured': RELOADED },
    },
    /** At least one address could not be added. As keepalived does, stay master with the others. */
    incomplete: {
      entry: ['reportHeld', 'reviewRole'],
      on: { 'mastership.lost': 'removing', 'instance.reconfigured': RELOADED },
    },
    /** A reload dropped some addresses: only those go. */
    trimming: {
      entry: [removeSurplus, 'forgetSurplus'],
      on: {
        'vips.removed': [...REST, { target: 'held' }],
        'vips.removeFailed': [...REST, { target: 'held' }],
      },
    },
    /** A reload brought some addresses: only those are added. */
    extending: {
      entry: [addMissing, 'forgetMissing'],
      on: {
        'vips.added': [...REST, { target: 'held', actions: garpMaster }],
        'vips.addFailed': [...REST, { target: 'incomplete', actions: garpMaster }],
      },
    },
    removing: {
      entry: removeVips,
      on: {
        'vips.removed': [{ guard: 'isMaster', target: 'adding' }, { target: 'absent' }],
        'vips.removeFailed': [{ guard: 'isMaster', target: 'adding' }, { target: 'stuck' }],
      },
    },
    /** An address that stays behind is a second holder on the LAN: try until it is gone. */
    stuck: {
      entry: 'reviewRole',
      after: { removeRetry: 'removing' },
      on: { 'mastership.gained': 'adding' },
    },
  },
});
