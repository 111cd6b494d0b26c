/** Region protocol: who speaks for the virtual router (RFC 9568 section 6.4). */
import { garpContested, remindPeers, remindPeersAtLast } from '../requests/garp.ts';
import {
  adjustListening,
  adjustSkewing,
  announceAnew,
  reopen,
  restoreSource,
  tellBackupPriority,
  tellMasterPriority,
  watchAnewHeldBack,
  watchAnewListening,
  watchAnewSkewing,
} from '../requests/reload.ts';
import {
  announce,
  answerNow,
  claimInGroup,
  closeHeartbeat,
  contestInGroup,
  notifyBackupPriority,
  notifyContested,
  notifyMasterPriority,
  open,
  reportToGroup,
  resign,
  resignInGroup,
  reviseAnnouncement,
  reviseListening,
  reviseSkewing,
  setSource,
  stopAnnouncing,
  stopWatching,
  watchListening,
  watchRival,
  watchSkewing,
} from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

const REPORT = [reportToGroup, 'recordReport'] as const;
const REOPEN = [reopen, restoreSource] as const;
const CONTEST = [garpContested, 'reportContested', notifyContested, contestInGroup] as const;

const initialize = vrrpSetup.createStateConfig({
  entry: 'reviewRole',
  on: {
    // Of an instance that waits for its device, the device opens it.
    'instance.started': [{ guard: 'hasDevices' }, { actions: [open, setSource] }],
    'standing.bad': 'fault',
    'standing.good': [
      { guard: 'resumesInGroup', target: 'backup.wanting', actions: watchListening },
      { guard: 'isResuming', target: 'master' },
      { guard: 'isHeld', target: 'backup.holding' },
      { guard: 'claimsAtOnce', target: 'master', actions: remindPeersAtLast },
      { guard: 'claimsInGroup', target: 'backup.wanting', actions: [watchListening, remindPeersAtLast] },
      { target: 'backup', actions: remindPeersAtLast },
    ],
    'instance.reconfigured': { guard: 'goesOn', actions: [...REOPEN] },
    'shutdown.requested': { actions: [closeHeartbeat, 'reviewRole'] },
    'instance.removed': { actions: [closeHeartbeat, 'reviewRole'] },
  },
});

const backup = vrrpSetup.createStateConfig({
  initial: 'listening',
  entry: [...REPORT, 'reviewRole'],
  exit: stopWatching,
  states: {
    /** It does not even listen: keepalived swallows adverts during the startup delay. */
    holding: { on: { 'advert.received': {} } },
    listening: {
      entry: watchListening,
      on: {
        'priority.changed': { actions: [reviseListening, notifyBackupPriority] },
        'preemption.due': { actions: reviseListening },
        'instance.reconfigured': {
          actions: [...REOPEN, watchAnewListening, adjustListening, tellBackupPriority],
        },
      },
    },
    skewing: {
      entry: watchSkewing,
      on: {
        'priority.changed': { actions: [reviseSkewing, notifyBackupPriority] },
        'instance.reconfigured': {
          actions: [...REOPEN, watchAnewSkewing, adjustSkewing, tellBackupPriority],
        },
      },
    },
    /** It would be master, and waits for the other members of its sync group to want the same. */
    wanting: {
      entry: ['wantMaster', claimInGroup, 'recordReport'],
      on: {
        // A master of lower priority stays one for as long as the group cannot agree: that is no news each time.
        'advert.received': { guard: 'isPassedOver', actions: ['noteRival', watchRival] },
      },
    },
  },
  on: {
    'advert.received': [
      { guard: 'isDeaf' },
      // The skew still follows the interval learned from the master that resigns.
      { guard: 'isPriorityZero', target: '.skewing', actions: 'restoreOwner' },
      {
        guard: 'isAcceptable',
        target: '.listening',
        actions: ['restoreOwner', 'learnMaster', 'forgetRival', 'wantBackup', ...REPORT],
      },
      { actions: ['restoreOwner', 'noteRival'] },
    ],
    'master.silent': [{ guard: 'mustAgree', target: '.wanting' }, { target: 'master' }],
    'hold.ended': [
      { guard: 'claimsAtOnce', target: 'master' },
      { guard: 'claimsInGroup', target: '.wanting', actions: watchListening },
      { target: '.listening' },
    ],
    'group.decided': { guard: 'isPromoted', target: 'master' },
    'resumption.ended': '.listening',
    'standing.bad': 'fault',
    'priority.changed': { actions: notifyBackupPriority },
    'instance.reconfigured': { actions: [...REOPEN, watchAnewHeldBack, tellBackupPriority] },
    'shutdown.requested': { target: 'initialize', actions: closeHeartbeat },
    'instance.removed': { target: 'initialize', actions: closeHeartbeat },
  },
});

const master = vrrpSetup.createStateConfig({
  tags: 'holdsVips',
  entry: ['restoreOwner', 'forgetMaster', 'wantMaster', announce, 'gainMastership', 'reviewRole'],
  exit: [stopAnnouncing, 'wantBackup', 'loseMastership'],
  on: {
    'advert.received': [
      { guard: 'isDeaf' },
      // RFC 9568 section 6.4.3: answer a resignation at once, so that no backup starts to count.
      { guard: 'isPriorityZero', actions: answerNow },
      { guard: 'winsAfterOneMore', target: 'backup', actions: [answerNow, 'learnMaster', 'forgetRival'] },
      { guard: 'winsAgainstUs', target: 'backup', actions: ['learnMaster', 'forgetRival'] },
      { guard: 'isStubbornOwner', target: 'backup', actions: ['concede', 'learnMaster', 'forgetRival'] },
      { guard: 'isOurselves', actions: 'noteRival' },
      { guard: 'staysQuietToLower', actions: ['noteRival', ...CONTEST] },
      { actions: ['noteRival', answerNow, ...CONTEST] },
    ],
    'group.contested': { actions: [garpContested, 'reportContested'] },
    'group.decided': [
      { guard: 'isDemotedForNow', target: 'backup.skewing', actions: resign },
      { guard: 'isDemoted', target: 'backup' },
    ],
    // keepalived: resign and claim again after the skew, so that every address is added afresh.
    'object.deleted': {
      guard: 'isDeprived',
      target: 'backup.skewing',
      actions: [resign, resignInGroup, 'recordReport'],
    },
    'self.stalled': { guard: 'mayHaveBeenReplaced', target: 'backup', actions: 'recordStall' },
    // Whoever repeats its adverts has resigned for it: a backup may have taken over since.
    'self.leaseLost': { target: 'backup', actions: 'recordStall' },
    'standing.bad': { target: 'fault', actions: resign },
    'priority.changed': { actions: [reviseAnnouncement, notifyMasterPriority] },
    'instance.reconfigured': { actions: [...REOPEN, announceAnew, tellMasterPriority] },
    'shutdown.requested': { target: 'initialize', actions: [resign, closeHeartbeat] },
    'instance.removed': { target: 'initialize', actions: [resign, closeHeartbeat] },
  },
});

const fault = vrrpSetup.createStateConfig({
  entry: ['forgetMaster', 'wantBackup', ...REPORT, 'reviewRole'],
  on: {
    'standing.good': [
      { guard: 'isHeld', target: 'backup.holding' },
      { target: 'backup', actions: remindPeers },
    ],
    'priority.changed': { actions: notifyBackupPriority },
    'instance.reconfigured': { actions: [...REOPEN, tellBackupPriority] },
    'shutdown.requested': { target: 'initialize', actions: closeHeartbeat },
    'instance.removed': { target: 'initialize', actions: closeHeartbeat },
  },
});

export const protocol = vrrpSetup.createStateConfig({
  initial: 'initialize',
  states: { initialize, backup, master, fault },
  on: {
    'self.stalled': { actions: 'recordStall' },
    'adverts.sendFailed': { actions: 'recordSendError' },
    'adverts.sendRecovered': { actions: 'recordSendError' },
  },
});
