/**
 * The statechart of one vrrp_sync_group: its members are master together, or none of them is (keepalived). They say what
 * each would be by itself; the group says what all are to be.
 */
import { assign, raise, setup } from 'xstate';
import { type ActorEvent, actorEffects } from '../declare.ts';
import type { GroupSignal, Notice } from '../signals.ts';
import {
  agrees,
  hasEnded,
  hasFault,
  initialContext,
  isIncomplete,
  isNewcomer,
  type SyncGroupContext,
  standingsAfter,
  standingsOf,
  standingsWithout,
  unwilling,
} from './sync-group.context.ts';
import { syncGroupEffects } from './sync-group.effects.ts';
import type { GroupState, SyncGroupEvent, SyncGroupInternalEvent } from './sync-group.events.ts';
import type { SyncGroupInput } from './sync-group.input.ts';

type AnyEvent = SyncGroupEvent | SyncGroupInternalEvent;
type Args = { readonly context: SyncGroupContext; readonly event: AnyEvent };

function decide(state: GroupState, resigning = false) {
  const event: Extract<GroupSignal, { type: 'group.decided' }> = { type: 'group.decided', state, resigning };
  return {
    type: 'signalActors' as const,
    params: ({ context }: Args) => ({ actors: context.input.members, event: event as ActorEvent }),
  };
}

/** What holds, for one that could not hear it when it was decided. */
function repeat(state: GroupState) {
  const event: Extract<GroupSignal, { type: 'group.decided' }> = {
    ...{ type: 'group.decided', state, resigning: false },
  };
  return {
    type: 'signalActor' as const,
    params: ({ event: said }: Args) =>
      said.type === 'member.reported' ? { actor: said.member, event: event as ActorEvent } : null,
  };
}

/** Told once the members have done it: this signal is behind theirs in the inbox. */
function settle(state: GroupState) {
  return {
    type: 'signalActor' as const,
    params: ({ context }: Args) => ({
      actor: context.input.actor,
      event: { type: 'group.settled', state } as ActorEvent,
    }),
  };
}

const contestOthers = {
  type: 'signalActors' as const,
  params: ({ context, event }: Args) => {
    if (event.type !== 'member.contested') return null;
    const actors = context.input.members.filter((member) => member !== event.member);
    return { actors, event: { type: 'group.contested' } as ActorEvent };
  },
};

function notice(name: string, state: Notice['state']): Notice {
  return { scope: 'GROUP', name, state, priority: 0 };
}

const NOTICE_OF = { master: 'MASTER', backup: 'BACKUP', fault: 'FAULT' } as const;

const notifySettled = {
  type: 'notify' as const,
  params: ({ context, event }: Args) =>
    event.type === 'group.settled' ? notice(context.input.name, NOTICE_OF[event.state]) : null,
};
const notifyStop = {
  type: 'notify' as const,
  params: ({ context }: Args) => notice(context.input.name, 'STOP'),
};

const syncGroupSetup = setup({
  types: {
    context: {} as SyncGroupContext,
    events: {} as AnyEvent,
    input: {} as SyncGroupInput,
  },
  actions: {
    ...syncGroupEffects,
    ...actorEffects,
    recordStanding: assign(({ context, event }) => ({ standings: standingsAfter(context, event) })),
    recordTold: assign(({ event }) => (event.type === 'group.settled' ? { told: event.state } : {})),
    forgetWillingness: assign(({ context }) => ({ standings: unwilling(context) })),
    forgetTold: assign({ told: null }),
    takeInput: assign(({ context, event }) =>
      event.type === 'group.reconfigured'
        ? { input: event.input, standings: standingsOf(context, event.input) }
        : {},
    ),
    forgetReturned: assign(({ context, event }) =>
      event.type === 'members.returned' ? { standings: standingsWithout(context, event.members) } : {},
    ),
    review: raise({ type: 'standings.reviewed' }),
  },
  guards: {
    hasFault: ({ context }) => hasFault(context),
    isIncomplete: ({ context }) => isIncomplete(context),
    hasUnwilling: ({ context }) => !agrees(context),
    claimIsAgreed: ({ context, event }) => agrees({ ...context, standings: standingsAfter(context, event) }),
    isNewcomer: ({ context, event }) => isNewcomer(context, event),
    hasEnded: ({ context }) => hasEnded(context),
    /** It is still so, and nobody was told. */
    masterIsNews: ({ context, event }) =>
      event.type === 'group.settled' && event.state === 'master' && context.told !== 'master',
    backupIsNews: ({ context, event }) =>
      event.type === 'group.settled' && event.state === 'backup' && context.told !== 'backup',
    faultIsNews: ({ context, event }) =>
      event.type === 'group.settled' && event.state === 'fault' && context.told !== 'fault',
  },
});

const record = { actions: ['recordStanding', 'review'] } as const;
const TELL = [notifySettled, 'recordTold'] as const;
const TO_BACKUP = [decide('backup'), settle('backup')] as const;

export const syncGroupMachine = syncGroupSetup.createMachine({
  id: 'group',
  context: ({ input }) => initialContext(input),
  initial: 'initialize',
  states: {
    /** Not every member knows yet whether it can take part. */
    initialize: {
      on: {
        'standings.reviewed': [
          { guard: 'hasFault', target: 'fault' },
          { guard: 'isIncomplete' },
          { target: 'backup', actions: [...TO_BACKUP] },
        ],
      },
    },
    backup: {
      on: {
        'member.claimed': [
          { guard: 'claimIsAgreed', target: 'master', actions: 'recordStanding' },
          { actions: 'recordStanding' },
        ],
        'standings.reviewed': { guard: 'hasFault', target: 'fault' },
        'member.reported': { guard: 'isNewcomer', actions: ['recordStanding', repeat('backup'), 'review'] },
        'group.settled': { guard: 'backupIsNews', actions: [...TELL] },
      },
    },
    master: {
      entry: [decide('master'), settle('master')],
      on: {
        // keepalived: all resign and claim again; nobody is told of the moment between.
        'member.resigned': {
          target: 'backup',
          actions: ['recordStanding', 'forgetWillingness', 'forgetTold', decide('backup', true)],
        },
        'standings.reviewed': [
          { guard: 'hasFault', target: 'fault' },
          { guard: 'hasUnwilling', target: 'backup', actions: ['forgetWillingness', ...TO_BACKUP] },
        ],
        'group.settled': { guard: 'masterIsNews', actions: [...TELL] },
      },
    },
    fault: {
      entry: ['forgetWillingness', decide('fault'), settle('fault')],
      on: {
        'standings.reviewed': [
          { guard: 'hasFault' },
          { guard: 'isIncomplete', target: 'initialize' },
          { target: 'backup', actions: [...TO_BACKUP] },
        ],
        'member.reported': { guard: 'isNewcomer', actions: ['recordStanding', repeat('fault'), 'review'] },
        'group.settled': { guard: 'faultIsNews', actions: [...TELL] },
      },
    },
    /** The program ends: the last to say so, after its members. */
    ending: { on: { 'standings.reviewed': { guard: 'hasEnded', target: 'ended', actions: notifyStop } } },
    ended: {},
  },
  on: {
    'member.reported': record,
    'member.claimed': record,
    'member.resigned': record,
    'member.contested': { actions: contestOthers },
    'group.reconfigured': { actions: ['takeInput', 'review'] },
    'members.returned': { actions: 'forgetReturned' },
    'group.removed': { target: '.ended' },
    'shutdown.requested': { target: '.ending', actions: 'review' },
  },
});
