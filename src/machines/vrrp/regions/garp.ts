/** Regions garp, contest and refresh: who told the LAN where the addresses are. */
import { garpContested, garpMaster, refreshGarps, stopRefreshingGarps } from '../requests/garp.ts';
import { vrrpSetup } from '../vrrp.setup.ts';

/** The LAN knows nothing of an address that came later. */
const tellAgain = [
  { guard: 'wantsSecondBurst', target: 'announced', reenter: true },
  { target: 'settled', actions: garpMaster },
] as const;

/** What a new master says. */
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
      // After a reload that brings addresses all are told again once they are held, as keepalived does.
      on: {
        'mastership.lost': 'idle',
        'instance.reconfigured': { guard: 'gainsAddresses', target: 'idle' },
        'addresses.completed': [...tellAgain],
      },
    },
    settled: {
      on: {
        'mastership.lost': 'idle',
        'instance.reconfigured': { guard: 'gainsAddresses', target: 'idle' },
        'addresses.completed': [...tellAgain],
      },
    },
  },
});

/** The last word after another router spoke for the virtual router. The first one goes out with the answer to it. */
export const contest = vrrpSetup.createStateConfig({
  initial: 'quiet',
  states: {
    quiet: { on: { 'mastership.contested': { guard: 'answersRivalsTwice', target: 'contested' } } },
    contested: {
      after: { contestDelay: { target: 'quiet', actions: garpContested } },
      on: {
        // It counts from the last advert: a rival that goes on must not bring one burst after the other.
        'mastership.contested': { target: 'contested', reenter: true },
        'mastership.lost': 'quiet',
      },
    },
  },
});

/** What a master says again and again, if it is asked to. Steady state: the effect layer keeps the time. */
export const refresh = vrrpSetup.createStateConfig({
  initial: 'off',
  states: {
    off: {
      on: {
        'addresses.held': { guard: 'refreshes', target: 'on' },
        'instance.reconfigured': { guard: 'beginsToRefresh', target: 'on' },
      },
    },
    on: {
      entry: refreshGarps,
      exit: stopRefreshingGarps,
      on: {
        'mastership.lost': 'off',
        'instance.reconfigured': { guard: 'changesRefreshes', target: 'on', reenter: true },
      },
    },
  },
});
