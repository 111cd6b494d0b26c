/**
 * The statechart of one bfd_instance: RFC 5880 section 6.2 in asynchronous mode, without echo and authentication.
 *
 * Periodic packets and the Detection Time are kept by the packet service; the chart hears of changes. `up` and `down`
 * are told to the tracker of the session. As with keepalived nothing is told when either end is taken down on purpose:
 * that says nothing about the path (RFC 5880 section 6.8.16).
 */
import { assign, setup } from 'xstate';
import {
  DIAGNOSTIC_ADMIN_DOWN,
  DIAGNOSTIC_EXPIRED,
  DIAGNOSTIC_NEIGHBOR_DOWN,
  DIAGNOSTIC_NONE,
} from '../../protocol/bfd.ts';
import { type BfdContext, initialContext } from './bfd.context.ts';
import { bfdEffects } from './bfd.effects.ts';
import type { BfdEvent } from './bfd.events.ts';
import { bfdGuards } from './bfd.guards.ts';
import type { BfdInput } from './bfd.input.ts';
import {
  closeSession,
  drawDiscriminator,
  openSession,
  signalDown,
  signalUp,
  speakIn,
} from './bfd.requests.ts';
import { bfdUpdates } from './bfd.updates.ts';

/** How long after a socket could not be opened it is tried again (keepalived's interval). */
const REOPEN_US = 60_000_000;

export const bfdMachine = setup({
  types: { context: {} as BfdContext, events: {} as BfdEvent, input: {} as BfdInput },
  actions: {
    ...bfdEffects,
    recordStart: assign(({ event }) => bfdUpdates.recordStart(event)),
    learnNeighbor: assign(({ context, event }) => bfdUpdates.learnNeighbor(context, event)),
    forgetNeighbor: assign({ remote: null }),
    renewDiscriminator: assign(({ context }) => bfdUpdates.renewDiscriminator(context)),
    keepSpare: assign(({ event }) => bfdUpdates.keepSpare(event)),
    comeUp: assign(({ context }) => bfdUpdates.comeUp(context)),
    blameNobody: assign({ diagnostic: DIAGNOSTIC_NONE }),
    blameSilence: assign(() => bfdUpdates.fall(DIAGNOSTIC_EXPIRED)),
    blameNeighbor: assign(() => bfdUpdates.fall(DIAGNOSTIC_NEIGHBOR_DOWN)),
    blameOurselves: assign(() => bfdUpdates.fall(DIAGNOSTIC_ADMIN_DOWN)),
    adoptInput: assign(({ event }) => bfdUpdates.adoptInput(event)),
    pollForInput: assign(({ context, event }) => bfdUpdates.pollForInput(context, event)),
    recordSocket: assign(({ event }) => bfdUpdates.recordSocket(event)),
    recordSendError: assign(({ event }) => bfdUpdates.recordSendError(event)),
    recordStall: assign(({ event }) => bfdUpdates.recordStall(event)),
  },
  guards: bfdGuards,
  delays: { reopen: REOPEN_US },
}).createMachine({
  id: 'bfd',
  context: ({ input }) => initialContext(input),
  initial: 'initialize',
  states: {
    initialize: {
      on: { 'session.started': { target: 'down', actions: ['recordStart', openSession] } },
    },
    down: {
      entry: speakIn.down,
      on: {
        'control.received': [
          { guard: 'neighborIsDown', target: 'init', actions: 'learnNeighbor' },
          { guard: 'neighborIsInit', target: 'up', actions: 'learnNeighbor' },
          { actions: ['learnNeighbor', ...speakIn.down] },
        ],
        'neighbor.silent': { actions: ['forgetNeighbor', ...speakIn.down] },
        'socket.failed': { target: 'adminDown', actions: 'recordSocket' },
        'session.reconfigured': { actions: ['adoptInput', openSession, ...speakIn.down] },
      },
    },
    init: {
      entry: ['blameNobody', ...speakIn.init],
      on: {
        'control.received': [
          { guard: 'neighborIsAdminDown', target: 'down', actions: ['learnNeighbor', 'blameNeighbor'] },
          { guard: 'neighborHearsUs', target: 'up', actions: 'learnNeighbor' },
          { actions: ['learnNeighbor', ...speakIn.init] },
        ],
        'neighbor.silent': { target: 'down', actions: ['forgetNeighbor', 'blameSilence'] },
        'socket.failed': { target: 'adminDown', actions: 'recordSocket' },
        'session.reconfigured': { actions: ['adoptInput', openSession, ...speakIn.init] },
      },
    },
    up: {
      entry: ['comeUp', ...speakIn.up, signalUp],
      on: {
        'control.received': [
          {
            guard: 'neighborIsAdminDown',
            target: 'down',
            actions: ['learnNeighbor', 'blameNeighbor', 'renewDiscriminator', drawDiscriminator],
          },
          {
            guard: 'neighborIsDown',
            target: 'down',
            actions: ['learnNeighbor', 'blameNeighbor', 'renewDiscriminator', drawDiscriminator, signalDown],
          },
          { actions: ['learnNeighbor', ...speakIn.up] },
        ],
        'neighbor.silent': {
          target: 'down',
          actions: ['forgetNeighbor', 'blameSilence', 'renewDiscriminator', drawDiscriminator, signalDown],
        },
        'socket.failed': { target: 'adminDown', actions: 'recordSocket' },
        'session.reconfigured': { actions: ['pollForInput', openSession, ...speakIn.up] },
        'state.asked': { actions: signalUp },
      },
    },
    /** There is no socket. Any packet is a reason to try again, and so is some time. */
    adminDown: {
      entry: ['blameOurselves', ...speakIn.adminDown],
      on: {
        'control.received': { actions: ['learnNeighbor', openSession, ...speakIn.adminDown] },
        'socket.opened': { target: 'down', actions: ['recordSocket', 'forgetNeighbor', 'blameNobody'] },
        'socket.failed': { actions: 'recordSocket' },
        'session.reconfigured': { actions: ['adoptInput', openSession, ...speakIn.adminDown] },
      },
      after: { reopen: { target: 'adminDown', reenter: true, actions: openSession } },
    },
    /** keepalived just stops: the neighbour finds out by the silence. */
    stopped: { entry: closeSession },
  },
  on: {
    'discriminator.drawn': { actions: 'keepSpare' },
    'self.stalled': { actions: 'recordStall' },
    'control.sendFailed': { actions: 'recordSendError' },
    'control.sendRecovered': { actions: 'recordSendError' },
    'session.removed': { target: '.stopped' },
    'shutdown.requested': { target: '.stopped' },
  },
});
