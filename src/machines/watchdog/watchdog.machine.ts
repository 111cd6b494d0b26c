/**
 * The statechart of the watchdog: the worker runs VRRP and checks; it is started again when it dies, and ended when it hangs.
 *
 * As keepalived: at once if it ran for a minute, otherwise after 0, 1, 2, 4 ... 32, 60 seconds. The next worker may go on with
 * what the dead one held, if it is there in time (vrrp: `resumption`); until then it is announced as it was. Where it cannot be, that
 * is released.
 *
 * The watchdog is no Node: native/starter/watchdog-table.h is this chart, state by state (src/daemon/watchdog/table.ts).
 */
import { assign, setup } from 'xstate';
import { watchdogEffects } from './watchdog.effects.ts';
import type { WatchdogEvent } from './watchdog.events.ts';

export type WatchdogInput = Record<string, never>;

export type WatchdogContext = {
  readonly input: WatchdogInput;
  /** Deaths in a row of workers that did not last, as far as they make a difference. */
  readonly quickDeaths: number;
};

const SECOND_US = 1_000_000;
/** keepalived 2.4.3 (behaviour): by the number of quick deaths before this one. */
const PAUSES_US = [0, 1, 2, 4, 8, 16, 32, 60].map((seconds) => seconds * SECOND_US);
const MOST_COUNTED = PAUSES_US.length;
/** A worker that starts so long after the death of another may still be in time. */
const BRIEF_US = SECOND_US;

type Args = { readonly context: WatchdogContext; readonly event: WatchdogEvent };

function deathsAfter({ context, event }: Args): number {
  if (event.type !== 'worker.died' || event.sound) return 0;
  return Math.min(context.quickDeaths + 1, MOST_COUNTED);
}

function pauseUs(deaths: number): number {
  return PAUSES_US[deaths - 1] ?? 0;
}

const watchdogSetup = setup({
  types: {
    context: {} as WatchdogContext,
    events: {} as WatchdogEvent,
    input: {} as WatchdogInput,
  },
  actions: {
    ...watchdogEffects,
    countDeath: assign((args) => ({ quickDeaths: deathsAfter(args) })),
    recall: assign(({ event }) =>
      event.type === 'watch.begun' ? { quickDeaths: event.quickDeaths ?? 0 } : {},
    ),
  },
  guards: {
    wasReady: ({ event }) => event.type === 'watch.begun' && event.wasReady === true,
    startsAtOnce: (args) => pauseUs(deathsAfter(args)) === 0,
    pausesBriefly: (args) => pauseUs(deathsAfter(args)) <= BRIEF_US,
  },
  delays: { pause: ({ context }) => pauseUs(context.quickDeaths) },
});

const startWorker = { type: 'startWorker' as const, params: {} };
const killWorker = { type: 'killWorker' as const, params: {} };
const releaseHeld = { type: 'releaseHeld' as const, params: {} };
const keepAnnouncing = { type: 'keepAnnouncing' as const, params: {} };
const yieldHeld = { type: 'yieldHeld' as const, params: {} };
const endWatch = { type: 'endWatch' as const, params: {} };

/** The dead worker may have held addresses: the next one goes on with them if it is there in time. */
const died = [
  { guard: 'startsAtOnce', target: 'starting', actions: ['countDeath', keepAnnouncing, startWorker] },
  { guard: 'pausesBriefly', target: 'pausing', actions: ['countDeath', keepAnnouncing] },
  { target: 'pausing', actions: ['countDeath', releaseHeld] },
] as const;

/** Nobody goes on with what it held. */
const diedStopping = { target: 'ended', actions: releaseHeld } as const;

export const watchdogMachine = watchdogSetup.createMachine({
  id: 'watchdog',
  context: ({ input }) => ({ input, quickDeaths: 0 }),
  initial: 'idle',
  on: {
    'better.heard': { actions: yieldHeld },
    'announcing.ended': {},
  },
  states: {
    idle: {
      on: {
        'watch.begun': [
          { guard: 'wasReady', target: 'watching', actions: 'recall' },
          { target: 'starting', actions: ['recall', startWorker] },
        ],
      },
    },
    /** The worker reads its configuration and takes its place. */
    starting: {
      on: {
        'worker.ready': 'watching',
        'worker.hung': 'killing',
        'worker.dying': { actions: keepAnnouncing },
        'worker.died': [...died],
        'worker.ended': 'ended',
        'lease.ended': { actions: releaseHeld },
        'stop.requested': 'stopping',
      },
    },
    watching: {
      on: {
        /** Of what the worker does not know any more, or has not dared to decide about in time. */
        'lease.ended': { actions: releaseHeld },
        'worker.hung': 'killing',
        'worker.dying': { actions: keepAnnouncing },
        'worker.died': [...died],
        'worker.ended': 'ended',
        'stop.requested': 'stopping',
      },
    },
    killing: {
      entry: killWorker,
      on: {
        'worker.dying': { actions: keepAnnouncing },
        'worker.died': [...died],
        'worker.ended': 'ended',
        'lease.ended': { actions: releaseHeld },
        'stop.requested': 'stopping',
      },
    },
    pausing: {
      after: { pause: { target: 'starting', actions: startWorker } },
      on: {
        'lease.ended': { actions: releaseHeld },
        'stop.requested': { target: 'ended', actions: releaseHeld },
      },
    },
    stopping: {
      on: {
        'worker.hung': { actions: killWorker },
        'lease.ended': { actions: releaseHeld },
        'worker.died': diedStopping,
        'worker.ended': 'ended',
      },
    },
    ended: { entry: endWatch },
  },
});
