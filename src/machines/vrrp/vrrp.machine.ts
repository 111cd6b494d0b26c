/**
 * The statechart of one vrrp_instance (RFC 9568 section 6.4), in regions that tell one story: who speaks
 * for the virtual router (protocol), who holds its addresses (addresses), who told the LAN (garp, contest, refresh).
 *
 * State names are keepalived's (initialize, backup, master, fault), which operators know; RFC 9568 says Active
 * where they say master.
 */
import { addresses } from './regions/addresses.ts';
import { device } from './regions/device.ts';
import { contest, garp, refresh } from './regions/garp.ts';
import { protocol } from './regions/protocol.ts';
import { initialContext } from './vrrp.context.ts';
import { vrrpSetup } from './vrrp.setup.ts';

export const vrrpMachine = vrrpSetup.createMachine({
  id: 'vrrp',
  type: 'parallel',
  context: ({ input }) => initialContext(input),
  states: { protocol, addresses, garp, contest, refresh, device },
});
