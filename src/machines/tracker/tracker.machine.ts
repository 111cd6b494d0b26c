/**
 * The statechart of one thing that instances follow: a script, an interface, a file, processes or a BFD session. It
 * decides when a result counts, and tells each follower what that means for its priority (keepalived 2.4.3).
 */
import { initialContext } from './tracker.context.ts';
import { trackerSetup } from './tracker.setup.ts';
import { failed, measured, observe, pending, stopObserving, well } from './tracker.states.ts';

export const trackerMachine = trackerSetup.createMachine({
  id: 'tracker',
  context: ({ input }) => initialContext(input),
  initial: 'idle',
  states: {
    /** Its followers do not exist yet. */
    idle: {
      on: {
        'tracker.started': [
          { guard: 'startsFailed', target: 'failed', actions: observe },
          { target: 'pending', actions: observe },
        ],
        // At a reload the session may be up already, and nobody must take it for down in between.
        'bfd.up': { target: 'well', actions: observe },
      },
    },
    pending,
    well,
    failed,
    measured,
    ended: { entry: stopObserving },
  },
  on: {
    'tracker.removed': '.ended',
    'shutdown.requested': '.ended',
    // keepalived: it is not run a second time beside itself, and the result to come counts as any other.
    'script.overran': {},
    'file.invalid': {},
    'source.troubled': {},
  },
});
