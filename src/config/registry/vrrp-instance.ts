/** vrrp_instance and the blocks in it. */
import { ADDRESS_OPTIONS, addressLine } from './address-line.ts';
import { PEER_OPTIONS_INERT } from './entry-options-inert.ts';
import { boolean, choice, duration, flag, integer, ipv4, seconds, secret, word } from './kinds.ts';
import { peerLine } from './peer-line.ts';
import { ACTS, accepted, block, derived, fixed, fromGlobal, setting, unset } from './rows.ts';
import type { ListBlock, SettingsBlock } from './spec.ts';
import { VRRP_INSTANCE_INERT } from './vrrp-instance-inert.ts';

const NOT_AUTHENTICATED = accepted(
  'adverts are neither signed nor checked; which routers that matters to is said where it is configured',
  null,
);

const AUTHENTICATION = {
  path: 'vrrp_instance/authentication',
  keywords: {
    auth_type: setting({ kind: choice('PASS', 'AH'), default: unset(), meaning: 'kind of authentication' }),
    auth_pass: setting({
      kind: secret(),
      default: unset(),
      meaning: 'shared secret, of which eight characters count',
    }),
  },
} satisfies SettingsBlock;

const VIRTUAL_IPADDRESS = {
  path: 'vrrp_instance/virtual_ipaddress',
  line: addressLine(ADDRESS_OPTIONS),
} satisfies ListBlock<unknown>;

const UNICAST_PEER = {
  path: 'vrrp_instance/unicast_peer',
  line: peerLine(PEER_OPTIONS_INERT),
} satisfies ListBlock<unknown>;

const ACTING = {
  state: setting({
    kind: word('MASTER|BACKUP'),
    default: unset('MASTER if the priority is 255, else BACKUP'),
    meaning: 'preferred first state; a later BACKUP does not undo MASTER',
    standing: ACTS,
  }),
  interface: setting({
    kind: word('IFNAME'),
    default: unset('must be set'),
    meaning: 'interface of the adverts, and of addresses without dev',
    standing: ACTS,
  }),
  virtual_router_id: setting({
    kind: integer(1, 255),
    default: unset('must be set'),
    meaning: 'the VRID; one value on one network means one virtual router',
    standing: ACTS,
  }),
  priority: setting({
    kind: integer(1, 255),
    default: fixed(100, '100; 255 when state MASTER and unset'),
    meaning: 'the highest becomes master; 255 is the owner of the addresses',
    standing: ACTS,
  }),
  advert_int: setting({
    kind: duration(10_000, 255_000_000, {
      range: '1 to 255 in whole seconds (version 2); 0.01 to 40.95 in steps of 0.01 (version 3)',
    }),
    default: fixed(1_000_000, '1'),
    meaning: 'time between two adverts',
    standing: ACTS,
  }),
  virtual_ipaddress: block({
    block: VIRTUAL_IPADDRESS,
    meaning: 'up to 255 addresses that the master holds and the adverts list',
    standing: ACTS,
  }),
  no_virtual_ipaddress: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'an instance without addresses is intended',
    standing: ACTS,
  }),
  unicast_src_ip: setting({
    kind: ipv4(),
    default: unset("the interface's first address"),
    meaning: 'source address of the adverts',
    standing: ACTS,
  }),
  mcast_src_ip: setting({
    kind: ipv4(),
    default: unset("the interface's first address"),
    meaning: 'source address of the adverts',
    standing: ACTS,
  }),
  unicast_peer: block({
    block: UNICAST_PEER,
    meaning: 'routers to send the adverts to, one by one, in place of multicast to 224.0.0.18',
    standing: ACTS,
  }),
  nopreempt: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'leave a master of lower priority alone; not with state MASTER or priority 255',
    standing: ACTS,
  }),
  preempt: setting({
    kind: flag(),
    default: fixed(true),
    meaning: 'undo nopreempt',
    standing: ACTS,
  }),
  version: setting({
    kind: integer(2, 3),
    default: fromGlobal<number>('vrrp_version'),
    meaning: 'protocol version',
    standing: ACTS,
  }),
  v3_checksum_as_v2: setting({
    kind: boolean(),
    default: derived(
      'the flag of the same name in global_defs',
      ({ global }) => global('v3_checksum_as_v2') === true,
    ),
    meaning: 'leave the pseudo-header out of the checksum of version 3 adverts over IPv4',
    standing: ACTS,
  }),
  strict_mode: setting({
    kind: boolean(),
    default: fromGlobal<boolean>('vrrp_strict'),
    meaning: 'refuse what the RFC does not allow; the host still accepts packets to the addresses',
    standing: ACTS,
  }),
  garp_master_delay: setting({
    kind: seconds(0, 4294),
    default: fromGlobal<number>('vrrp_garp_master_delay'),
    meaning:
      'how long after becoming master the second burst of gratuitous ARPs goes out; 0: no second burst',
    standing: ACTS,
  }),
  garp_master_repeat: setting({
    kind: integer(0, 4_294_967_295),
    default: fromGlobal<number>('vrrp_garp_master_repeat'),
    meaning: 'gratuitous ARPs in a burst; 0 counts as 1',
    standing: ACTS,
  }),
  garp_lower_prio_repeat: setting({
    kind: integer(0, 2_147_483_647),
    default: derived('vrrp_garp_lower_prio_repeat; 0 when strict', ({ own, global }) =>
      own('strict_mode') === true ? 0 : (global('vrrp_garp_lower_prio_repeat') as number),
    ),
    meaning: 'gratuitous ARPs in a burst after a master heard an advert of lower priority',
    standing: ACTS,
  }),
  lower_prio_no_advert: setting({
    kind: boolean(),
    default: derived('vrrp_lower_prio_no_advert; true when strict', ({ own, global }) =>
      own('strict_mode') === true ? true : (global('vrrp_lower_prio_no_advert') as boolean),
    ),
    meaning: 'a master does not answer an advert of lower priority',
    standing: ACTS,
  }),
  authentication: block({
    block: AUTHENTICATION,
    meaning: 'authentication of version 2',
    standing: NOT_AUTHENTICATED,
  }),
};

export const VRRP_INSTANCE = {
  path: 'vrrp_instance',
  keywords: { ...(VRRP_INSTANCE_INERT as Record<never, never>), ...ACTING },
} satisfies SettingsBlock;
