/**
 * The keeper of static addresses, routes and rules: set while the program runs, and set again when somebody deletes them
 * (keepalived's static_ipaddress, static_routes, static_rules).
 */
import { assign, setup } from 'xstate';
import { difference, isTracked, type KernelObjects, kernelObjects, NO_OBJECTS } from '../kernel-objects.ts';
import { staticEffects } from './static.effects.ts';
import type { StaticEvent } from './static.events.ts';
import type { StaticInput } from './static.input.ts';

export type StaticContext = {
  readonly input: StaticInput;
  /** What a reload took out of the configuration and the kernel still holds. */
  readonly stale: KernelObjects;
};

const staticSetup = setup({
  types: {
    context: {} as StaticContext,
    events: {} as StaticEvent,
    input: {} as StaticInput,
  },
  actions: {
    ...staticEffects,
    adoptConfiguration: assign(({ context, event }) => {
      if (event.type !== 'static.reconfigured') return {};
      const { input } = event;
      return { input, stale: difference(context.input.objects, input.objects) };
    }),
    forgetStale: assign({ stale: NO_OBJECTS }),
  },
  guards: {
    isForeign: ({ event }) => event.type === 'object.deleted' && event.own !== true,
  },
});

type Args = { readonly context: StaticContext };

const addAll = {
  type: 'addVips' as const,
  params: ({ context }: Args) => context.input.objects,
};
/** keepalived: what has no_track stays away once it was deleted. */
const addTracked = {
  type: 'addVips' as const,
  params: ({ context }: Args) => {
    const { addresses, routes = [], rules = [] } = context.input.objects;
    return kernelObjects(addresses.filter(isTracked), routes.filter(isTracked), rules.filter(isTracked));
  },
};
const removeAll = {
  type: 'removeVips' as const,
  params: ({ context }: Args) => context.input.objects,
};
const removeStale = {
  type: 'removeVips' as const,
  params: ({ context }: Args) => context.stale,
};

/** What ends its work, whatever it was about. */
const ends = { 'shutdown.requested': 'removing', 'static.removed': 'removing' } as const;
/** By anybody else. */
const mended = { guard: 'isForeign', target: 'reinstating' } as const;
const changes = { 'static.reconfigured': { target: 'replacing', actions: 'adoptConfiguration' } } as const;

export const staticMachine = staticSetup.createMachine({
  id: 'static',
  context: ({ input }) => ({ input, stale: NO_OBJECTS }),
  initial: 'initialize',
  states: {
    initialize: { on: { 'static.started': 'clearing', ...ends, ...changes } },
    /** A predecessor that was killed may have left them, with other options maybe. */
    clearing: {
      entry: removeAll,
      on: { 'vips.removed': 'adding', 'vips.removeFailed': 'adding', ...ends, ...changes },
    },
    adding: {
      entry: addAll,
      on: { 'vips.added': 'held', 'vips.addFailed': 'incomplete', ...ends, ...changes },
    },
    held: { on: { 'object.deleted': mended, 'link.up': 'reinstating', ...ends, ...changes } },
    /** Something could not be set. The rest is, and a link that comes may change it. */
    incomplete: { on: { 'object.deleted': mended, 'link.up': 'reinstating', ...ends, ...changes } },
    /** What is there already does not notice. */
    reinstating: {
      entry: addTracked,
      on: {
        'vips.added': 'held',
        'vips.addFailed': 'incomplete',
        'object.deleted': { ...mended, reenter: true },
        'link.up': { target: 'reinstating', reenter: true },
        ...ends,
        ...changes,
      },
    },
    replacing: {
      entry: removeStale,
      on: {
        'vips.removed': { target: 'adding', actions: 'forgetStale' },
        'vips.removeFailed': { target: 'adding', actions: 'forgetStale' },
        ...ends,
      },
    },
    removing: {
      entry: removeAll,
      on: { 'vips.removed': 'absent', 'vips.removeFailed': 'absent' },
    },
    absent: {},
  },
});
