/** Region garp: who told the LAN where the addresses are. */
import { garpMaster } from '../vrrp.requests.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

export const garp = vrrpSetup.createStateConfig({
  initial: 'idle',
  states: {
    idle: {
      on: {
        'addresses.held': [
          { guard: 'wantsSecondBurst', target: 'announced' },
          { target: 'settled', actions: garpMaster },
        ],
      },
    },
    announced: {
      entry: garpMaster,
      after: { garpDelay: { target: 'settled', actions: garpMaster } },
      on: { 'mastership.lost': 'idle' },
    },
    settled: { on: { 'mastership.lost': 'idle' } },
  },
});
