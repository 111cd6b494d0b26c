/** global_defs. */
import { GLOBAL_DEFS_INERT } from './global-defs-inert.ts';
import { boolean, flag, integer, seconds, word } from './kinds.ts';
import { ACTS, derived, fixed, setting, unset } from './rows.ts';
import type { SettingsBlock } from './spec.ts';

const REPEATS = integer(0, 4_294_967_295);

const ACTING = {
  router_id: setting({
    kind: word(),
    default: unset('the host name'),
    meaning: 'name of this machine in what it reports',
    standing: ACTS,
  }),
  vrrp_version: setting({
    kind: integer(2, 3),
    default: fixed(2),
    meaning: 'protocol version of instances that do not say',
    standing: ACTS,
  }),
  vrrp_garp_master_delay: setting({
    kind: seconds(0, 4294),
    default: derived('5; 0 with vrrp_min_garp', ({ own }) => (own('vrrp_min_garp') === true ? 0 : 5_000_000)),
    meaning:
      'how long after becoming master the second burst of gratuitous ARPs goes out; 0: no second burst',
    standing: ACTS,
  }),
  vrrp_garp_master_repeat: setting({
    kind: REPEATS,
    default: derived('5; 1 with vrrp_min_garp', ({ own }) => (own('vrrp_min_garp') === true ? 1 : 5)),
    meaning: 'gratuitous ARPs in a burst; 0 counts as 1',
    standing: ACTS,
  }),
  vrrp_garp_lower_prio_repeat: setting({
    kind: integer(0, 2_147_483_647),
    default: derived('vrrp_garp_master_repeat', ({ own }) => own('vrrp_garp_master_repeat') as number),
    meaning: 'gratuitous ARPs in a burst after a master heard an advert of lower priority',
    standing: ACTS,
  }),
  vrrp_min_garp: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'one gratuitous ARP and no second burst, where nothing else is set',
    standing: ACTS,
  }),
  vrrp_lower_prio_no_advert: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'a master does not answer an advert of lower priority',
    standing: ACTS,
  }),
  v3_checksum_as_v2: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'leave the pseudo-header out of the checksum of version 3 adverts over IPv4',
    standing: ACTS,
  }),
  vrrp_strict: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'default of strict_mode',
    standing: ACTS,
  }),
};

export const GLOBAL_DEFS = {
  path: 'global_defs',
  keywords: { ...(GLOBAL_DEFS_INERT as Record<never, never>), ...ACTING },
} satisfies SettingsBlock;
