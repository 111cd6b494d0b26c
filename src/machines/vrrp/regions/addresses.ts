/** Region addresses: who holds the addresses of the virtual router. */
import { addCome, removeGone } from '../requests/reload.ts';
import { addVips, removeLeftover, removeVips, reportToGroup } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

/** Last of all that a reload does here: what came before compares with the former configuration. */
const ADOPT = ['adoptInput', reportToGroup, 'recordReport', 'reviewStanding'] as const;

/** The kernel holds, or may hold, what the former configuration says: that must not be forgotten with it. */
const ADOPT_HOLDING = ['rememberGone', ...ADOPT] as const;

/** A reload in the midst of addresses that are held: only what differs is touched. */
const exchange = [
  { guard: 'changesBoth', target: 'exchanging', actions: [removeGone, addCome, ...ADOPT_HOLDING] },
  { guard: 'gainsAddresses', target: 'extending', actions: [addCome, ...ADOPT_HOLDING] },
  { guard: 'losesAddresses', target: 'shedding', actions: [removeGone, ...ADOPT_HOLDING] },
  { actions: [...ADOPT] },
] as const;

/** The same where the kernel does not hold what it should: everything is asked for again. */
const renew = [
  { guard: 'changesAddresses', target: 'renewing', actions: [...ADOPT_HOLDING] },
  { actions: [...ADOPT] },
] as const;

/** While an answer is awaited: what differs is asked for after it. */
const exchangeLater = [
  { guard: 'changesAddresses', actions: ['markOutdated', ...ADOPT_HOLDING] },
  { actions: [...ADOPT] },
] as const;

/** What is there when the answer comes is not what was asked for. */
const deprived = { guard: 'isForeignDeletion', actions: 'markOutdated' } as const;

/** The last answer to what was asked; `state` is where the instance is if everything is as it should be. */
function settled<T extends string>(state: T) {
  return [
    { guard: 'mustRenew', target: 'renewing' },
    { guard: 'mustTidy', target: 'untidy' },
    { guard: 'isMaster', target: state },
    { target: 'removing' },
  ] as const;
}

/**
 * One request to the Linux kernel at a time: whether its answer is still wanted is decided when it comes, so that no
 * answer is taken for that of a later request, and `absent` means that nothing is under way.
 */
export const addresses = vrrpSetup.createStateConfig({
  initial: 'unknown',
  states: {
    /** A predecessor that was killed may have left addresses: find out by deleting them. */
    unknown: {
      on: { 'instance.started': [{ guard: 'mayResume', target: 'inherited' }, { target: 'removing' }] },
    },
    /** Those of a former worker stay where they are while it may go on. */
    inherited: {
      on: {
        'mastership.gained': 'adding',
        'resumption.ended': 'removing',
        'instance.reconfigured': { target: 'removing', actions: [...ADOPT_HOLDING] },
      },
    },
    absent: { entry: 'reviewRole', on: { 'mastership.gained': 'adding' } },
    adding: {
      entry: [addVips, 'markCurrent'],
      on: {
        'vips.added': [...settled('held')],
        'vips.addFailed': [...settled('incomplete')],
        'object.deleted': deprived,
        'instance.reconfigured': [...exchangeLater],
      },
    },
    held: {
      entry: ['reportHeld', 'reviewRole'],
      on: { 'mastership.lost': 'removing', 'instance.reconfigured': [...exchange] },
    },
    /** At least one address could not be added. As keepalived does, stay master with the others; try again now and then. */
    incomplete: {
      entry: ['reportHeld', 'reviewRole'],
      after: { addRetry: 'completing' },
      on: { 'mastership.lost': 'removing', 'instance.reconfigured': [...renew] },
    },
    completing: {
      entry: [addVips, 'markCurrent'],
      on: {
        'vips.added': [
          { guard: 'mustRenew', target: 'renewing' },
          { guard: 'mustTidy', target: 'untidy', actions: 'reportCompleted' },
          { guard: 'isMaster', target: 'held', actions: 'reportCompleted' },
          { target: 'removing' },
        ],
        'vips.addFailed': [...settled('incomplete')],
        'object.deleted': deprived,
        'instance.reconfigured': [...exchangeLater],
      },
    },
    /** A reload took addresses and gave others: both were asked for, in this order. */
    exchanging: {
      on: {
        'vips.removed': [
          { guard: 'isOutdated', target: 'extending' },
          { target: 'extending', actions: 'forgetLeftover' },
        ],
        'vips.removeFailed': 'extending',
        'object.deleted': deprived,
        'instance.reconfigured': [...exchangeLater],
      },
    },
    extending: {
      on: {
        'vips.added': [...settled('held')],
        'vips.addFailed': [...settled('incomplete')],
        'object.deleted': deprived,
        'instance.reconfigured': [...exchangeLater],
      },
    },
    shedding: {
      on: {
        'vips.removed': [
          { guard: 'mustRenew', target: 'renewing' },
          { guard: 'isMaster', target: 'held', actions: 'forgetLeftover' },
          { target: 'removing' },
        ],
        'vips.removeFailed': [...settled('held')],
        'object.deleted': deprived,
        'instance.reconfigured': [...exchangeLater],
      },
    },
    /** Another reload came while the kernel was at work, or it did not let go: from what is held to what shall be. */
    renewing: {
      entry: [removeLeftover, 'markCurrent'],
      on: {
        'vips.removed': [
          { guard: 'mustRenew', target: 'renewing', reenter: true },
          { guard: 'isMaster', target: 'adding', actions: 'forgetLeftover' },
          { target: 'removing' },
        ],
        'vips.removeFailed': [{ guard: 'isMaster', target: 'adding' }, { target: 'removing' }],
        'object.deleted': deprived,
        'instance.reconfigured': [...exchangeLater],
      },
    },
    /** Everything is held, and something that a reload took, too: try until it is gone. */
    untidy: {
      entry: ['reportHeld', 'reviewRole'],
      after: { tidyRetry: 'renewing' },
      on: {
        'mastership.lost': 'removing',
        'instance.reconfigured': [...renew],
      },
    },
    removing: {
      entry: [removeVips, 'markCurrent'],
      on: {
        'vips.removed': [
          { guard: 'isMaster', target: 'adding', actions: 'forgetLeftover' },
          { target: 'absent', actions: 'forgetLeftover' },
        ],
        'vips.removeFailed': [{ guard: 'isMaster', target: 'adding' }, { target: 'stuck' }],
        'instance.reconfigured': { actions: [...ADOPT_HOLDING] },
      },
    },
    /** An address that stays behind is a second holder on the LAN: try until it is gone. */
    stuck: {
      entry: 'reviewRole',
      after: { removeRetry: 'removing' },
      on: {
        'mastership.gained': 'adding',
        'instance.reconfigured': { actions: [...ADOPT_HOLDING] },
      },
    },
  },
  on: { 'instance.reconfigured': { actions: [...ADOPT] } },
});
