/** Keywords of vrrp_instance about gratuitous ARPs and neighbour advertisements. */
import { aboveZero } from '../corrected-kinds.ts';
import { type GarpExtraIf, garpExtraIf } from '../global/kinds.ts';
import { flag, integer, seconds } from '../kinds.ts';
import { ACTS, deprecated, derived, fixed, fromGlobal, setting } from '../rows.ts';

const COUNT = integer(0, 4_294_967_295);

/** No further bursts under strict_mode. */
function unlessStrict(keyword: string) {
  return derived(`${keyword}; 0 when strict`, ({ own, global }) =>
    own('strict_mode') === true ? 0 : (global(keyword) as number),
  );
}

export const ANNOUNCING = {
  garp_master_delay: setting({
    kind: seconds(0, 4294),
    default: fromGlobal<number>('vrrp_garp_master_delay'),
    meaning:
      'how long after becoming master the second burst of gratuitous ARPs goes out; 0: no second burst',
    standing: ACTS,
  }),
  garp_master_repeat: setting({
    kind: aboveZero(COUNT, 1),
    default: fromGlobal<number>('vrrp_garp_master_repeat'),
    meaning: 'gratuitous ARPs in a burst',
    standing: ACTS,
  }),
  garp_master_refresh: setting({
    kind: seconds(0, 4_294_967_295),
    default: fromGlobal<number>('vrrp_garp_master_refresh'),
    meaning: 'time between further bursts while master; 0: none',
    standing: ACTS,
  }),
  garp_master_refresh_repeat: setting({
    kind: aboveZero(COUNT, 1),
    default: fromGlobal<number>('vrrp_garp_master_refresh_repeat'),
    meaning: 'gratuitous ARPs in such a burst',
    standing: ACTS,
  }),
  garp_lower_prio_delay: setting({
    kind: seconds(0, 4294),
    default: unlessStrict('vrrp_garp_lower_prio_delay'),
    meaning: 'how long after an advert of lower priority the second burst goes out; 0: no second burst',
    standing: ACTS,
  }),
  garp_lower_prio_repeat: setting({
    kind: integer(0, 2_147_483_647),
    default: unlessStrict('vrrp_garp_lower_prio_repeat'),
    meaning: 'gratuitous ARPs in a burst after a master heard an advert of lower priority',
    standing: ACTS,
  }),
  garp_extra_if: setting({
    kind: garpExtraIf(0),
    default: fromGlobal<GarpExtraIf | null>('vrrp_garp_extra_if'),
    meaning: 'time between gratuitous ARPs on further interfaces; all: on those without a virtual MAC, too',
    standing: ACTS,
  }),
  vmac_garp_intvl: deprecated('garp_extra_if'),
  promote_secondaries: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'removing an address leaves the others of its network in place',
    standing: ACTS,
  }),
};
