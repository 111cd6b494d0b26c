/**
 * The statechart of one HTTP_GET or SSL_GET: its pages are fetched one after the other, and which of them is next depends
 * on what failed (keepalived 2.4.3). The schedule goes on to the next page after each one that passes, and from the last
 * to the first; it stays with one that fails, and tells only what may change something here.
 */

import { keepDownPace, keepPace, keepRisingPace, resumePace, retrySoon } from '../checker/checker.pace.ts';
import { adopting, expectProbe, probe } from '../checker/checker.parts.ts';
import { initialContext } from './http-checker.context.ts';
import {
  goOn,
  goOnFast,
  httpCheckerSetup,
  keepBlockedPace,
  startOver,
  tell,
  tellAssumed,
} from './http-checker.setup.ts';

/** The pages of a checker never change: with others it is another checker. */
const ADOPT = adopting('keepsAnotherPace', keepPace);

/** Until each page has passed once. The first failure counts as it is. */
const untried = httpCheckerSetup.createStateConfig({
  on: {
    'probe.reported': [
      { guard: 'hasPassedAll', target: 'passing', actions: ['record', resumePace('delayFailingUs')] },
      { guard: 'hasPassed', actions: ['record', 'allowRetries', goOnFast] },
      // keepalived: no script hears that what was assumed is true, other than by the checks of other kinds.
      { guard: 'hasFailedAsAssumed', target: 'failing', actions: ['record', tellAssumed] },
      { guard: 'hasFailedForGood', target: 'failing', actions: ['record', tell(false)] },
      { guard: 'hasFailed', actions: ['record', 'useRetry', retrySoon] },
      { actions: 'record' },
    ],
    'checker.reconfigured': ADOPT,
  },
});

const passing = httpCheckerSetup.createStateConfig({
  initial: 'steady',
  entry: ['complete', tell(true)],
  states: {
    /** Page after page, in turn, without a word. */
    steady: {
      entry: expectProbe('passed'),
      on: {
        'probe.reported': [
          { guard: 'hasFailedForGood', target: '#http-checker.failing', actions: ['record', tell(false)] },
          { guard: 'hasFailed', target: 'retrying', actions: ['record', 'useRetry'] },
          { actions: 'record' },
        ],
        'checker.reconfigured': ADOPT,
      },
    },
    /** A page has failed, but not often enough. What could not be tried is tried again at the usual pace. */
    retrying: {
      entry: [expectProbe(null), retrySoon],
      on: {
        'probe.reported': [
          { guard: 'hasPassed', target: 'steady', actions: ['record', 'restoreRetries'] },
          { guard: 'hasFailedForGood', target: '#http-checker.failing', actions: ['record', tell(false)] },
          { guard: 'hasFailed', actions: ['record', 'useRetry', retrySoon] },
          { actions: 'record' },
        ],
        'checker.reconfigured': adopting('keepsAnotherPace', retrySoon),
      },
    },
  },
});

/** Only the page that failed is fetched. */
const failing = httpCheckerSetup.createStateConfig({
  entry: ['restoreRetries', expectProbe('failed'), keepDownPace(true)],
  on: {
    'probe.reported': [
      { guard: 'hasPassed', target: 'recovering', actions: ['record', startOver] },
      { actions: 'record' },
    ],
    'checker.reconfigured': adopting('keepsAnotherDownPace', keepDownPace(true)),
  },
});

/** It passes again: all pages have to, before it counts. */
const recovering = httpCheckerSetup.createStateConfig({
  initial: 'checking',
  states: {
    checking: {
      entry: expectProbe(null),
      on: {
        'probe.reported': [
          {
            guard: 'hasPassedAll',
            target: '#http-checker.passing',
            actions: ['record', resumePace('delayFailingUs')],
          },
          { guard: 'hasPassed', actions: ['record', goOnFast] },
          { guard: 'hasFailed', target: 'blocked', actions: 'record' },
          { actions: 'record' },
        ],
        'checker.reconfigured': adopting('keepsAnotherPace', keepRisingPace),
      },
    },
    /** A page fails meanwhile: it is tried until it passes, and the pages before it need not be fetched again. */
    blocked: {
      entry: [expectProbe('failed'), keepBlockedPace],
      on: {
        'probe.reported': [
          { guard: 'hasPassedAll', target: '#http-checker.passing', actions: ['record', keepPace] },
          { guard: 'hasPassed', target: 'checking', actions: ['record', goOn] },
          { actions: 'record' },
        ],
        'checker.reconfigured': adopting('keepsAnotherPace', keepBlockedPace),
      },
    },
  },
});

export const httpCheckerMachine = httpCheckerSetup.createMachine({
  id: 'http-checker',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    /** Its real server does not exist yet. */
    idle: { on: { 'checker.started': { target: 'untried', actions: ['begin', probe] } } },
    untried,
    passing,
    failing,
    recovering,
    ended: { entry: { type: 'stopProbing', params: {} } },
  },
  on: {
    'checker.removed': '.ended',
    'shutdown.requested': '.ended',
  },
});
