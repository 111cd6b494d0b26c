/** Pure updaters of the bfd context: each returns the keys that an event changes. */
import { DIAGNOSTIC_NONE } from '../../protocol/bfd.ts';
import type { BfdContext } from './bfd.context.ts';
import type { BfdEvent } from './bfd.events.ts';

type Update = Partial<BfdContext>;

export const bfdUpdates = {
  recordStart(event: BfdEvent): Update {
    if (event.type !== 'session.started') return {};
    return { discriminator: event.discriminator, spareDiscriminator: event.spare };
  },

  /** The final bit ends the poll sequence, and what was polled for holds (RFC 5880 section 6.5). */
  learnNeighbor(context: BfdContext, event: BfdEvent): Update {
    if (event.type !== 'control.received') return {};
    const { type: _, ...remote } = event;
    return event.final && context.polling ? { remote, polling: false, former: null } : { remote };
  },

  /** A new session needs a new discriminator, so that packets of the old one are not taken for its own. */
  renewDiscriminator({ spareDiscriminator }: BfdContext): Update {
    return { discriminator: spareDiscriminator };
  },

  keepSpare(event: BfdEvent): Update {
    return event.type === 'discriminator.drawn' ? { spareDiscriminator: event.discriminator } : {};
  },

  /** The interval falls from that of an idle session to the configured one, which has to be polled. */
  comeUp({ input }: BfdContext): Update {
    return { diagnostic: DIAGNOSTIC_NONE, polling: input.idleTxUs !== input.minTxUs, former: null };
  },

  fall(diagnostic: number): Update {
    return { diagnostic, polling: false, former: null };
  },

  adoptInput(event: BfdEvent): Update {
    return event.type === 'session.reconfigured' ? { input: event.input } : {};
  },

  /** RFC 5880 section 6.8.3: intervals that change while the session is up are polled for. */
  pollForInput({ input: before, former }: BfdContext, event: BfdEvent): Update {
    if (event.type !== 'session.reconfigured') return {};
    const { input } = event;
    const same = before.minTxUs === input.minTxUs && before.minRxUs === input.minRxUs;
    if (same) return { input };
    return {
      input,
      polling: true,
      former: former ?? { minTxUs: before.minTxUs, minRxUs: before.minRxUs },
    };
  },

  recordSocket(event: BfdEvent): Update {
    return { socketError: event.type === 'socket.failed' ? event.error : null };
  },

  recordSendError(event: BfdEvent): Update {
    return { sendError: event.type === 'control.sendFailed' ? event.error : null };
  },

  recordStall(event: BfdEvent): Update {
    return event.type === 'self.stalled' ? { lastStallUs: event.stalledUs } : {};
  },
};
