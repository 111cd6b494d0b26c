/**
 * The statechart of one check of one real server: when a probe that fails, or passes, counts (keepalived 2.4.3). What a
 * probe is, and when each one leaves, is the business of the schedule; it tells only what may change something here.
 */
import { initialContext } from './checker.context.ts';
import { keepDownPace, keepPace, resumePace, retrySoon, slowDown } from './checker.pace.ts';
import { expectProbe, probe } from './checker.parts.ts';
import { checkerSetup, revise, tell } from './checker.setup.ts';

/** Where it probes, and for what, never changes: with another target it is another checker. */
const ADOPT = [
  { guard: 'keepsAnotherPace', actions: [revise, 'adopt', keepPace] },
  { actions: [revise, 'adopt'] },
] as const;

/** The first result counts as it is. */
const untried = checkerSetup.createStateConfig({
  on: {
    'probe.reported': [
      { guard: 'hasPassed', target: 'passing', actions: 'record' },
      { guard: 'hasFailedForGood', target: 'failing', actions: 'record' },
      { guard: 'hasFailed', actions: ['record', 'useRetry', retrySoon] },
      { actions: 'record' },
    ],
    'checker.reconfigured': ADOPT,
  },
});

const passing = checkerSetup.createStateConfig({
  initial: 'steady',
  entry: ['restoreRetries', tell(true)],
  states: {
    steady: {
      entry: expectProbe('passed'),
      on: {
        'probe.reported': [
          { guard: 'passesWithOtherWeight', actions: ['record', tell(true)] },
          { guard: 'hasFailedForGood', target: '#checker.failing', actions: 'record' },
          { guard: 'hasFailed', target: 'retrying', actions: ['record', 'useRetry'] },
          { actions: 'record' },
        ],
        'checker.reconfigured': ADOPT,
      },
    },
    /** It has failed, but not often enough. What could not be tried is tried again at the usual pace. */
    retrying: {
      entry: [expectProbe(null), retrySoon],
      on: {
        'probe.reported': [
          {
            guard: 'passesWithOtherWeight',
            target: 'steady',
            actions: ['record', 'restoreRetries', tell(true)],
          },
          { guard: 'hasPassed', target: 'steady', actions: ['record', 'restoreRetries'] },
          { guard: 'hasFailedForGood', target: '#checker.failing', actions: 'record' },
          { guard: 'hasFailed', actions: ['record', 'useRetry', retrySoon] },
          { actions: 'record' },
        ],
        'checker.reconfigured': [
          { guard: 'keepsAnotherPace', actions: [revise, 'adopt', retrySoon] },
          { actions: [revise, 'adopt'] },
        ],
      },
    },
  },
});

/** One success is enough. */
const failing = checkerSetup.createStateConfig({
  entry: ['restoreRetries', 'dropWeight', expectProbe('failed'), slowDown, tell(false)],
  on: {
    'probe.reported': [
      { guard: 'hasPassed', target: 'passing', actions: ['record', resumePace('delayDownUs')] },
      { actions: 'record' },
    ],
    'checker.reconfigured': [
      { guard: 'keepsAnotherDownPace', actions: [revise, 'adopt', keepDownPace(false)] },
      { actions: [revise, 'adopt'] },
    ],
  },
});

/** Its tracker tells what is new, and nothing else. */
const FOLLOWED = [
  { guard: 'isFault', target: '#checker.followed.failing', actions: 'record' },
  { target: '#checker.followed.passing', actions: 'record' },
] as const;

/** A number in a file, or a BFD session, in place of probes: each word counts at once. */
const followed = checkerSetup.createStateConfig({
  initial: 'passing',
  states: {
    passing: { entry: tell(true) },
    failing: { entry: ['dropWeight', tell(false)] },
  },
  on: {
    'tracker.changed': FOLLOWED,
    'checker.reconfigured': { actions: 'adopt' },
  },
});

export const checkerMachine = checkerSetup.createMachine({
  id: 'checker',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    /** Its real server does not exist yet, or what it follows has not said anything yet. */
    idle: {
      on: {
        'checker.started': { target: 'untried', actions: ['allowRetries', probe] },
        // keepalived 2.4.3: also a session that was never up fails its server, once it has said so.
        'tracker.changed': FOLLOWED,
        'checker.reconfigured': { actions: 'adopt' },
      },
    },
    untried,
    passing,
    failing,
    followed,
    ended: { entry: { type: 'stopProbing', params: {} } },
  },
  on: {
    'checker.removed': '.ended',
    'shutdown.requested': '.ended',
  },
});
