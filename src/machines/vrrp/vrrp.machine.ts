/**
 * The statechart of one vrrp_instance (RFC 9568 section 6.4), in regions that tell one story: may it take part (standing,
 * startup), who speaks for the virtual router (protocol, preemption, ownership), who holds its addresses (addresses), who
 * told the LAN (garp, contest, refresh), and who told people (notices).
 *
 * State names are keepalived's (initialize, backup, master, fault), which operators know; RFC 9568 says Active
 * where they say master.
 */
import { addresses } from './regions/addresses.ts';
import { device } from './regions/device.ts';
import { contest, garp, refresh } from './regions/garp.ts';
import { notices } from './regions/notices.ts';
import { ownership } from './regions/ownership.ts';
import { preemption } from './regions/preemption.ts';
import { protocol } from './regions/protocol.ts';
import { standing } from './regions/standing.ts';
import { startup } from './regions/startup.ts';
import { initialContext } from './vrrp.context.ts';
import { vrrpSetup } from './vrrp.setup.ts';

export const vrrpMachine = vrrpSetup.createMachine({
  id: 'vrrp',
  type: 'parallel',
  context: ({ input }) => initialContext(input),
  states: {
    standing,
    startup,
    device,
    protocol,
    preemption,
    ownership,
    addresses,
    garp,
    contest,
    refresh,
    notices,
  },
});
