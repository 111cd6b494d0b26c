/** Region standing: may the instance take part at all? Its reasons are in the context, see vrrp.standing.ts. */
import { reportToGroup, setSource } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

const RECORD = ['recordStanding', reportToGroup, 'recordReport', 'reviewStanding'] as const;
const record = { actions: [...RECORD] };

export const standing = vrrpSetup.createStateConfig({
  initial: 'unknown',
  states: {
    unknown: {
      on: {
        'instance.started': {
          target: 'waiting',
          actions: ['recordStart', reportToGroup, 'recordReport', 'reviewStanding'],
        },
      },
    },
    /** Nothing speaks against it yet: a tracker has no result, or the sync group has not decided. */
    waiting: {
      on: {
        'standing.reviewed': [
          { guard: 'hasFault', target: 'bad' },
          { guard: 'mustWait' },
          { target: 'good' },
        ],
      },
    },
    good: { entry: 'reportGood', on: { 'standing.reviewed': { guard: 'hasFault', target: 'bad' } } },
    bad: {
      entry: 'reportBad',
      on: {
        'standing.reviewed': [{ guard: 'hasFault' }, { guard: 'mustWait' }, { target: 'good' }],
      },
    },
    ended: {},
  },
  on: {
    'link.up': record,
    'link.down': record,
    'source.found': { actions: [...RECORD, setSource] },
    'source.lost': record,
    'device.created': record,
    'device.failed': record,
    'device.deleted': record,
    'fault.found': record,
    'fault.cleared': record,
    'tracker.changed': [{ guard: 'changesPriority', actions: [...RECORD, 'changePriority'] }, record],
    'group.decided': record,
    'shutdown.requested': { target: '.ended', actions: 'recordFarewell' },
    'instance.removed': { target: '.ended', actions: 'recordFarewell' },
  },
});
