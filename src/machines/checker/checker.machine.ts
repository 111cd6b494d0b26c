/**
 * The statechart of one check of one real server: when a probe that fails, or passes, counts (keepalived 2.4.3). What a
 * probe is, and when each one leaves, is the business of the schedule; it tells only what may change something here.
 */
import { initialContext } from './checker.context.ts';
import { checkerSetup, expectProbe, keepPace, probe, retrySoon, tell } from './checker.setup.ts';

/** The plan of a checker never changes: with another one it is another checker. */
const ADOPT = [{ guard: 'keepsAnotherPace', actions: ['adopt', keepPace] }, { actions: 'adopt' }] as const;

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
          { guard: 'hasPassed', target: 'steady', actions: ['record', 'restoreRetries'] },
          { guard: 'hasFailedForGood', target: '#checker.failing', actions: 'record' },
          { guard: 'hasFailed', actions: ['record', 'useRetry', retrySoon] },
          { actions: 'record' },
        ],
        'checker.reconfigured': [
          { guard: 'keepsAnotherPace', actions: ['adopt', retrySoon] },
          { actions: 'adopt' },
        ],
      },
    },
  },
});

/** One success is enough. */
const failing = checkerSetup.createStateConfig({
  entry: ['restoreRetries', expectProbe('failed'), tell(false)],
  on: {
    'probe.reported': [{ guard: 'hasPassed', target: 'passing', actions: 'record' }, { actions: 'record' }],
    'checker.reconfigured': ADOPT,
  },
});

export const checkerMachine = checkerSetup.createMachine({
  id: 'checker',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    /** Its real server does not exist yet. */
    idle: { on: { 'checker.started': { target: 'untried', actions: ['allowRetries', probe] } } },
    untried,
    passing,
    failing,
    ended: { entry: { type: 'stopProbing', params: {} } },
  },
  on: {
    'checker.removed': '.ended',
    'shutdown.requested': '.ended',
  },
});
