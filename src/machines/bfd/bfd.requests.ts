/** Effects of the bfd chart with the parameters it gives them: each is a line in its states. */
import type { BfdState } from '../../protocol/bfd.ts';
import type { BfdSignal } from '../signals.ts';
import {
  awaitedIn,
  type BfdContext,
  detectUs,
  identityOf,
  packetOf,
  transmitIntervalUs,
} from './bfd.context.ts';
import type { BfdEvent } from './bfd.events.ts';

type Args = { readonly context: BfdContext; readonly event: BfdEvent };

export const openSession = {
  type: 'openSession' as const,
  params: ({ context }: Args) => ({ identity: identityOf(context) }),
};
export const closeSession = { type: 'closeSession' as const, params: {} };
export const drawDiscriminator = { type: 'drawDiscriminator' as const, params: {} };

function transmitIn(state: BfdState) {
  return {
    type: 'transmitControl' as const,
    params: ({ context, event }: Args) => ({
      packet: packetOf(context, state),
      intervalUs: transmitIntervalUs(context, state),
      // RFC 5880 section 6.5: a poll is answered at once, whatever the schedule.
      answerPoll: event.type === 'control.received' && event.poll && state !== 'adminDown',
    }),
  };
}

function awaitIn(state: BfdState) {
  return {
    type: 'awaitControl' as const,
    params: ({ context }: Args) => ({
      awaited: awaitedIn(context, state),
      detectUs: state === 'adminDown' ? null : detectUs(context),
    }),
  };
}

/** What holds on the wire in this state, with what is known now. */
export const speakIn = {
  down: [transmitIn('down'), awaitIn('down')],
  init: [transmitIn('init'), awaitIn('init')],
  up: [transmitIn('up'), awaitIn('up')],
  adminDown: [transmitIn('adminDown'), awaitIn('adminDown')],
};

function signal(eventOf: (event: BfdEvent) => BfdSignal) {
  return {
    type: 'signalActor' as const,
    params: ({ context, event }: Args) => ({
      actor: `tracker/bfd/${context.input.name}`,
      event: eventOf(event),
    }),
  };
}

export const signalUp = signal(() => ({ type: 'bfd.up' }));
export const signalDown = signal((event) => ({
  type: 'bfd.down',
  reason: event.type === 'neighbor.silent' ? 'neighbor is silent' : 'neighbor says down',
}));
