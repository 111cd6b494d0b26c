/** The states of a tracker, each with what ends it. */
import type { TrackerContext } from './tracker.context.ts';
import type { TrackerEvent } from './tracker.events.ts';
import { trackerSetup } from './tracker.setup.ts';

/** The same for every fact that may carry a verdict. */
function facts<const T>(transitions: T) {
  return { 'result.observed': transitions, 'bfd.up': transitions, 'bfd.down': transitions };
}

export const observe = {
  type: 'observe' as const,
  params: ({ context, event }: { context: TrackerContext; event: TrackerEvent }) => {
    const { source } = context.input;
    const first = event.type === 'tracker.started' && !event.atReload;
    return { source: source.kind === 'file' && !first ? { ...source, initial: null } : source };
  },
};
export const stopObserving = { type: 'stopObserving' as const, params: {} };

const adopt = (...tellers: ('tellWell' | 'tellFailed' | 'tellValue')[]) => ({
  'tracker.reconfigured': [
    { guard: 'looksElsewhere' as const, actions: ['adopt' as const, observe, ...tellers] },
    { actions: ['adopt' as const, ...tellers] },
  ],
  'followers.returned': { actions: ['forgetReturned' as const, ...tellers] },
});

/** keepalived: the first result is final, whatever rise and fall say. */
export const pending = trackerSetup.createStateConfig({
  on: {
    ...facts([
      { guard: 'isGood', target: 'well', actions: 'record' },
      { guard: 'isBad', target: 'failed', actions: 'record' },
      { guard: 'isNumber', target: 'measured', actions: 'record' },
    ]),
    ...adopt(),
  },
});

export const well = trackerSetup.createStateConfig({
  initial: 'steady',
  entry: ['restartCount', 'rememberWell', 'tellWell', 'expectSame', 'settleUp'],
  states: {
    steady: {
      on: facts([
        { guard: 'isBadForNow', target: 'losing', actions: 'record' },
        { guard: 'isBadForGood', target: '#tracker.failed', actions: 'record' },
        { guard: 'isBad', actions: ['record', 'count', 'expectAny'] },
        { guard: 'isGood', actions: ['record', 'restartCount', 'expectSame'] },
      ]),
    },
    /** Lost, but not for long enough. */
    losing: {
      after: { lossDelay: '#tracker.failed' },
      on: facts([
        { guard: 'isGood', target: 'steady', actions: 'record' },
        { guard: 'isBad', actions: 'record' },
      ]),
    },
  },
  on: adopt('tellWell'),
});

export const failed = trackerSetup.createStateConfig({
  initial: 'steady',
  entry: ['restartCount', 'tellFailed', 'expectSame', 'settleDown'],
  states: {
    steady: {
      on: facts([
        { guard: 'isGoodForNow', target: 'gaining', actions: 'record' },
        { guard: 'isGoodForGood', target: '#tracker.well', actions: 'record' },
        { guard: 'isGood', actions: ['record', 'count', 'expectAny'] },
        { guard: 'isBad', actions: ['record', 'restartCount', 'expectSame'] },
      ]),
    },
    /** Gained, but not for long enough. */
    gaining: {
      after: { gainDelay: '#tracker.well' },
      on: facts([
        { guard: 'isBad', target: 'steady', actions: 'record' },
        { guard: 'isGood', actions: 'record' },
      ]),
    },
  },
  on: adopt('tellFailed'),
});

/** A file with a number: neither well nor failed, but worth something different to each follower. */
export const measured = trackerSetup.createStateConfig({
  entry: 'tellValue',
  on: {
    'result.observed': { guard: 'isNumber', actions: ['record', 'tellValue'] },
    ...adopt('tellValue'),
  },
});
