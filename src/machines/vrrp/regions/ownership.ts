/**
 * Region ownership: two routers that both claim to own the addresses. The one with the lower address gives way; ours, if
 * it is the higher, waits for that, and gives way itself if the other one is stubborn (keepalived).
 */
import { vrrpSetup } from '../vrrp.setup.ts';

export const ownership = vrrpSetup.createStateConfig({
  initial: 'undisputed',
  states: {
    undisputed: { on: { 'advert.received': { guard: 'meetsLesserOwner', target: 'disputed' } } },
    /** The other one may not have heard of us yet. */
    disputed: { after: { ownerPatience: 'judging' }, on: { 'mastership.lost': 'undisputed' } },
    /** It should be silent by now. */
    judging: { after: { ownerVerdict: 'undisputed' }, on: { 'mastership.lost': 'undisputed' } },
  },
});
