/** Keywords of vrrp_instance, and of the blocks in it, that act. */
import { acts, type KeywordSpec } from './spec.ts';

export const VRRP_INSTANCE_ACTING: readonly KeywordSpec[] = [
  acts({
    keyword: 'state',
    value: { type: 'word' },
    arguments: 'MASTER|BACKUP',
    default: 'MASTER if the priority is 255, else BACKUP',
    meaning: 'preferred first state; a later BACKUP does not undo MASTER',
  }),
  acts({
    keyword: 'interface',
    value: { type: 'word' },
    default: 'must be set',
    meaning: 'interface of the adverts, and of addresses without dev',
  }),
  acts({
    keyword: 'virtual_router_id',
    value: { type: 'integer', min: 1, max: 255 },
    default: 'must be set',
    meaning: 'the VRID; one value on one network means one virtual router',
  }),
  acts({
    keyword: 'priority',
    value: { type: 'integer', min: 1, max: 255 },
    default: '100; 255 when state MASTER and unset',
    defaultValue: 100,
    meaning: 'the highest becomes master; 255 is the owner of the addresses',
  }),
  acts({
    keyword: 'advert_int',
    value: { type: 'duration', minUs: 10_000, maxUs: 255_000_000 },
    range: '1 to 255 in whole seconds (version 2); 0.01 to 40.95 in steps of 0.01 (version 3)',
    defaultValue: 1_000_000,
    meaning: 'time between two adverts',
  }),
  acts({
    keyword: 'virtual_ipaddress',
    value: { type: 'block', opens: 'vrrp_instance/virtual_ipaddress', named: false },
    arguments: '{lines}',
    range: 'up to 255',
    meaning: 'addresses that the master holds and the adverts list',
  }),
  acts({
    keyword: 'no_virtual_ipaddress',
    value: { type: 'flag' },
    defaultValue: false,
    meaning: 'an instance without addresses is intended',
  }),
  acts({
    keyword: 'unicast_src_ip',
    value: { type: 'address' },
    default: "the interface's first address",
    meaning: 'source address of the adverts',
  }),
  acts({
    keyword: 'mcast_src_ip',
    value: { type: 'address' },
    default: "the interface's first address",
    meaning: 'source address of the adverts',
  }),
  acts({
    keyword: 'unicast_peer',
    value: { type: 'block', opens: 'vrrp_instance/unicast_peer', named: false },
    arguments: '{lines}',
    default: 'multicast to 224.0.0.18',
    meaning: 'routers to send the adverts to, one by one',
  }),
  acts({
    keyword: 'nopreempt',
    value: { type: 'flag' },
    defaultValue: false,
    meaning: 'leave a master of lower priority alone; not with state MASTER or priority 255',
  }),
  acts({
    keyword: 'preempt',
    value: { type: 'flag' },
    default: 'true',
    meaning: 'undo nopreempt',
  }),
  acts({
    keyword: 'version',
    value: { type: 'integer', min: 2, max: 3 },
    default: 'vrrp_version',
    meaning: 'protocol version',
  }),
  acts({
    keyword: 'v3_checksum_as_v2',
    value: { type: 'boolean' },
    default: 'the flag of the same name in global_defs',
    meaning: 'leave the pseudo-header out of the checksum of version 3 adverts over IPv4',
  }),
  acts({
    keyword: 'strict_mode',
    value: { type: 'boolean' },
    default: 'vrrp_strict',
    meaning: 'refuse what the RFC does not allow; the host still accepts packets to the addresses',
  }),
  acts({
    keyword: 'garp_master_delay',
    value: { type: 'integer', min: 0, max: 4294 },
    arguments: 'SECONDS',
    unit: 's',
    default: 'vrrp_garp_master_delay',
    meaning:
      'how long after becoming master the second burst of gratuitous ARPs goes out; 0: no second burst',
  }),
  acts({
    keyword: 'garp_master_repeat',
    value: { type: 'integer', min: 0, max: 4_294_967_295 },
    default: 'vrrp_garp_master_repeat',
    meaning: 'gratuitous ARPs in a burst; 0 counts as 1',
  }),
  acts({
    keyword: 'garp_lower_prio_repeat',
    value: { type: 'integer', min: 0, max: 2_147_483_647 },
    default: 'vrrp_garp_lower_prio_repeat',
    meaning: 'gratuitous ARPs in a burst after a master heard an advert of lower priority',
  }),
  acts({
    keyword: 'lower_prio_no_advert',
    value: { type: 'boolean' },
    default: 'vrrp_lower_prio_no_advert; true when strict',
    meaning: 'a master does not answer an advert of lower priority',
  }),
  acts({
    keyword: 'authentication',
    value: { type: 'block', opens: 'vrrp_instance/authentication', named: false },
    meaning: 'authentication of version 2',
    status: 'accepted',
    why: 'adverts are neither signed nor checked; which routers that matters to is said where it is configured',
  }),
];

export const AUTHENTICATION_KEYWORDS: readonly KeywordSpec[] = [
  acts({
    keyword: 'auth_type',
    value: { type: 'word' },
    arguments: 'PASS|AH',
    meaning: 'kind of authentication',
    status: 'accepted',
    why: 'adverts are not authenticated',
  }),
  acts({
    keyword: 'auth_pass',
    value: { type: 'secret' },
    meaning: 'shared secret, eight characters',
    status: 'accepted',
    why: 'adverts are not authenticated',
  }),
];

export const ADDRESS_OPTIONS_ACTING: readonly KeywordSpec[] = [
  acts({
    keyword: 'dev',
    value: { type: 'word' },
    default: "the instance's interface",
    meaning: 'interface that carries the address; if its link goes, the instance is in fault',
  }),
  acts({
    keyword: 'no_track',
    value: { type: 'flag' },
    defaultValue: false,
    meaning: 'neither the deletion of the address nor the link of its dev matters to the instance',
  }),
];
