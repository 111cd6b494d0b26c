/** Region protocol: who speaks for the virtual router (RFC 9568 section 6.4). */
import { garpContested } from '../requests/garp.ts';
import {
  announce,
  answerNow,
  closeHeartbeat,
  open,
  resign,
  setSource,
  stopAnnouncing,
  stopWatching,
  watchListening,
  watchSkewing,
  watchStarting,
} from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

export const protocol = vrrpSetup.createStateConfig({
  initial: 'initialize',
  states: {
    initialize: {
      on: {
        'instance.started': [
          { guard: 'cannotTakePart', target: 'fault', actions: ['recordStart', open] },
          { guard: 'isOwner', target: 'master', actions: ['recordStart', open, setSource] },
          { guard: 'startsAsMaster', target: 'backup.starting', actions: ['recordStart', open, setSource] },
          { target: 'backup', actions: ['recordStart', open, setSource] },
        ],
      },
    },
    backup: {
      initial: 'listening',
      exit: stopWatching,
      states: {
        starting: { entry: watchStarting },
        listening: { entry: watchListening },
        skewing: { entry: watchSkewing },
      },
      on: {
        'advert.received': [
          // The skew still follows the interval learned from the master that resigns.
          { guard: 'isPriorityZero', target: '.skewing' },
          { guard: 'isAcceptable', target: '.listening', actions: ['learnMaster', 'forgetRival'] },
          { actions: 'noteRival' },
        ],
        'master.silent': 'master',
        'source.found': { actions: ['adoptSource', setSource] },
        'link.down': { target: 'fault', actions: 'recordFault' },
        'source.lost': { target: 'fault', actions: 'recordFault' },
        'shutdown.requested': { target: 'initialize', actions: [closeHeartbeat] },
      },
    },
    master: {
      tags: 'holdsVips',
      entry: ['forgetMaster', announce, 'gainMastership'],
      exit: [stopAnnouncing, 'loseMastership'],
      on: {
        'advert.received': [
          // RFC 9568 section 6.4.3: answer a resignation at once, so that no backup starts to count.
          { guard: 'isPriorityZero', actions: answerNow },
          { guard: 'winsAgainstUs', target: 'backup', actions: ['learnMaster', 'forgetRival'] },
          { guard: 'isOurselves', actions: 'noteRival' },
          { guard: 'staysQuietToLower', actions: ['noteRival', garpContested, 'reportContested'] },
          { actions: ['noteRival', answerNow, garpContested, 'reportContested'] },
        ],
        'source.found': { actions: ['adoptSource', setSource] },
        // keepalived: resign and claim again after the skew, so that every address is added afresh.
        'object.deleted': { guard: 'holdsAddresses', target: 'backup.skewing', actions: resign },
        'link.down': { target: 'fault', actions: [resign, 'recordFault'] },
        'source.lost': { target: 'fault', actions: [resign, 'recordFault'] },
        'shutdown.requested': { target: 'initialize', actions: [resign, closeHeartbeat] },
      },
    },
    fault: {
      entry: 'forgetMaster',
      on: {
        'link.down': { actions: 'recordFault' },
        'source.lost': { actions: 'recordFault' },
        'link.up': [
          { guard: 'isLastFault', target: 'backup', actions: ['clearFault', setSource] },
          { actions: 'clearFault' },
        ],
        'source.found': [
          { guard: 'isLastFault', target: 'backup', actions: ['clearFault', setSource] },
          { actions: 'clearFault' },
        ],
        'shutdown.requested': { target: 'initialize', actions: closeHeartbeat },
      },
    },
  },
  on: {
    'self.stalled': { actions: 'recordStall' },
    'adverts.sendFailed': { actions: 'recordSendError' },
    'adverts.sendRecovered': { actions: 'recordSendError' },
  },
});
