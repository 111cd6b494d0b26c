/** Region addresses: who holds the addresses of the virtual router. */
import { addVips, removeVips } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

/**
 * One request to the Linux kernel at a time: whether its answer is still wanted is decided when it comes, so that no
 * answer is taken for that of a later request, and `absent` means that nothing is under way.
 */
export const addresses = vrrpSetup.createStateConfig({
  initial: 'unknown',
  states: {
    /** A predecessor that was killed may have left addresses: find out by deleting them. */
    unknown: { on: { 'instance.started': 'removing' } },
    absent: { entry: 'reviewRole', on: { 'mastership.gained': 'adding' } },
    adding: {
      entry: addVips,
      on: {
        'vips.added': [{ guard: 'isMaster', target: 'held' }, { target: 'removing' }],
        'vips.addFailed': [{ guard: 'isMaster', target: 'incomplete' }, { target: 'removing' }],
      },
    },
    held: { entry: ['reportHeld', 'reviewRole'], on: { 'mastership.lost': 'removing' } },
    /** At least one address could not be added. As keepalived does, stay master with the others. */
    incomplete: { entry: ['reportHeld', 'reviewRole'], on: { 'mastership.lost': 'removing' } },
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
