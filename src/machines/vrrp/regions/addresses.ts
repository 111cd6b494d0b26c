/** Region addresses: who holds the addresses of the virtual router. */
import { addCome, removeGone } from '../requests/reload.ts';
import { addVips, removeVips, reportToGroup } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

/** Last of all that a reload does here: what came before compares with the former configuration. */
const ADOPT = ['adoptInput', reportToGroup, 'recordReport', 'reviewStanding'] as const;

/** A reload in the midst of addresses that are held: only what differs is touched. */
const exchange = [
  { guard: 'changesBoth', target: 'exchanging', actions: [removeGone, addCome, ...ADOPT] },
  { guard: 'gainsAddresses', target: 'extending', actions: [addCome, ...ADOPT] },
  { guard: 'losesAddresses', target: 'shedding', actions: [removeGone, ...ADOPT] },
  { actions: [...ADOPT] },
] as const;

/** While an answer is awaited: those to this come after it, and change nothing any more. */
const exchangeLater = [
  { guard: 'changesAddresses', actions: [removeGone, addCome, ...ADOPT] },
  { actions: [...ADOPT] },
] as const;

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
        'instance.reconfigured': [...exchangeLater],
      },
    },
    held: {
      entry: ['reportHeld', 'reviewRole'],
      on: { 'mastership.lost': 'removing', 'instance.reconfigured': [...exchange] },
    },
    /** At least one address could not be added. As keepalived does, stay master with the others. */
    incomplete: {
      entry: ['reportHeld', 'reviewRole'],
      on: { 'mastership.lost': 'removing', 'instance.reconfigured': [...exchange] },
    },
    /** A reload took addresses and gave others: both were asked for, in this order. */
    exchanging: {
      on: {
        'vips.removed': 'extending',
        'vips.removeFailed': 'extending',
        'instance.reconfigured': [...exchangeLater],
      },
    },
    extending: {
      on: {
        'vips.added': [{ guard: 'isMaster', target: 'held' }, { target: 'removing' }],
        'vips.addFailed': [{ guard: 'isMaster', target: 'incomplete' }, { target: 'removing' }],
        'instance.reconfigured': [...exchangeLater],
      },
    },
    shedding: {
      on: {
        'vips.removed': [{ guard: 'isMaster', target: 'held' }, { target: 'removing' }],
        'vips.removeFailed': [{ guard: 'isMaster', target: 'held' }, { target: 'removing' }],
        'instance.reconfigured': [...exchangeLater],
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
  on: { 'instance.reconfigured': { actions: [...ADOPT] } },
});
