/** Keywords of global_defs that act. */
import { acts, type KeywordSpec } from './spec.ts';

const REPEATS = { type: 'integer', min: 0, max: 4_294_967_295 } as const;

export const GLOBAL_DEFS_ACTING: readonly KeywordSpec[] = [
  acts({
    keyword: 'router_id',
    value: { type: 'word' },
    default: 'the host name',
    meaning: 'name of this machine in what it reports',
  }),
  acts({
    keyword: 'vrrp_version',
    value: { type: 'integer', min: 2, max: 3 },
    defaultValue: 2,
    meaning: 'protocol version of instances that do not say',
  }),
  acts({
    keyword: 'vrrp_garp_master_delay',
    value: { type: 'integer', min: 0, max: 4294 },
    arguments: 'SECONDS',
    unit: 's',
    defaultValue: 5,
    meaning:
      'how long after becoming master the second burst of gratuitous ARPs goes out; 0: no second burst',
  }),
  acts({
    keyword: 'vrrp_garp_master_repeat',
    value: REPEATS,
    defaultValue: 5,
    meaning: 'gratuitous ARPs in a burst; 0 counts as 1',
  }),
  acts({
    keyword: 'vrrp_garp_lower_prio_repeat',
    value: { type: 'integer', min: 0, max: 2_147_483_647 },
    default: 'vrrp_garp_master_repeat',
    meaning: 'gratuitous ARPs in a burst after a master heard an advert of lower priority',
  }),
  acts({
    keyword: 'vrrp_min_garp',
    value: { type: 'boolean' },
    defaultValue: false,
    meaning: 'one gratuitous ARP and no second burst, where nothing else is set',
  }),
  acts({
    keyword: 'vrrp_lower_prio_no_advert',
    value: { type: 'boolean' },
    defaultValue: false,
    meaning: 'a master does not answer an advert of lower priority',
  }),
  acts({
    keyword: 'v3_checksum_as_v2',
    value: { type: 'flag' },
    defaultValue: false,
    meaning: 'leave the pseudo-header out of the checksum of version 3 adverts over IPv4',
  }),
  acts({
    keyword: 'vrrp_strict',
    value: { type: 'boolean' },
    defaultValue: false,
    meaning: 'default of strict_mode',
  }),
];
