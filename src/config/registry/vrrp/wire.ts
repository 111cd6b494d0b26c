/** Keywords of vrrp_instance that say how adverts travel. */
import { ip } from '../ip-kinds.ts';
import { boolean, choice, each, firstOnly, flag, integer, seconds, word } from '../kinds.ts';
import { ACTS, accepted, block, derived, fixed, fromGlobal, setting, unset } from '../rows.ts';
import type { DefaultScope, ListBlock, SettingsBlock } from '../spec.ts';
import { hmacKey } from './hmac-key.ts';
import { alwaysTrue, multicast, oldChecksum, password } from './kinds.ts';
import { type PeerEntry, peerLine } from './peer-line.ts';
import { ipvlan, vmac } from './vmac-kinds.ts';

const AUTHENTICATION = {
  path: 'vrrp_instance/authentication',
  keywords: {
    auth_type: setting({ kind: choice('PASS', 'AH'), default: unset(), meaning: 'kind of authentication' }),
    auth_pass: setting({
      kind: password(),
      default: unset(),
      meaning: 'shared secret, of which eight characters count',
    }),
  },
} satisfies SettingsBlock;

/** Three intervals, within 5 to 300 seconds. */
function defaultWindow({ parent }: DefaultScope): number {
  return Math.min(300_000_000, Math.max(5_000_000, 3 * Number(parent('advert_int') ?? 0)));
}

const AUTH_HMAC = {
  path: 'vrrp_instance/auth_hmac',
  keywords: {
    key: setting({
      kind: each(hmacKey()),
      default: fixed([], 'one is needed'),
      meaning: 'a shared key by its number, as text, hexadecimal digits or in a file',
    }),
    active_key: setting({
      kind: integer(1, 255),
      default: unset('must be set'),
      meaning: 'number of the key that signs adverts',
    }),
    time_window: setting({
      kind: seconds(1, 300),
      default: derived('3 times advert_int, at least 5', defaultWindow),
      meaning: 'how old a signed advert may be',
    }),
    anti_replay: setting({
      kind: choice('time', 'monotonic'),
      default: fixed<'time' | 'monotonic'>('time'),
      meaning: 'how a repeated advert is told from a new one',
    }),
    mode: setting({
      kind: choice('enforce', 'permissive', 'receive-only'),
      default: fixed<'enforce' | 'permissive' | 'receive-only'>('enforce'),
      meaning: 'what happens to adverts without a signature, and whether ours have one',
    }),
  },
} satisfies SettingsBlock;

const UNICAST_PEER: ListBlock<PeerEntry> = { path: 'vrrp_instance/unicast_peer', line: peerLine() };

export const WIRE = {
  unicast_src_ip: setting({
    kind: ip(),
    default: unset("the interface's first address"),
    meaning: 'source address of the adverts',
    standing: ACTS,
  }),
  mcast_src_ip: setting({
    kind: ip(),
    default: unset("the interface's first address"),
    meaning: 'source address of the adverts',
    standing: ACTS,
  }),
  mcast_dst_ip: setting({
    kind: multicast(),
    default: derived(
      'vrrp_mcast_group4, or vrrp_mcast_group6',
      (scope) => scope.global('vrrp_mcast_group4') as string,
    ),
    meaning: 'group that the adverts go to',
    standing: ACTS,
  }),
  unicast_peer: block({
    block: UNICAST_PEER,
    meaning: 'routers to send the adverts to, one by one, in place of multicast to 224.0.0.18',
    standing: ACTS,
  }),
  unicast_fault_no_peer: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'an empty list of peers is a fault, in place of multicast',
    standing: ACTS,
  }),
  unicast_ttl: setting({
    kind: integer(0, 255),
    default: derived<number | null>('255 (IPv4), that of the kernel (IPv6)', () => 255),
    meaning: 'TTL of unicast adverts',
    standing: ACTS,
  }),
  check_unicast_src: setting({
    kind: flag(),
    default: fromGlobal<boolean>('vrrp_check_unicast_src'),
    meaning: 'drop unicast adverts of senders that are no peers',
    standing: ACTS,
  }),
  old_unicast_checksum: setting({
    kind: oldChecksum(),
    default: derived<'auto' | 'always' | 'never'>('auto: as the peer does', () => 'auto'),
    meaning: 'version 3 unicast checksum as keepalived had it before 1.3.7',
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
  skip_check_adv_addr: setting({
    kind: alwaysTrue(),
    default: fromGlobal<boolean>('vrrp_skip_check_adv_addr'),
    meaning: 'do not compare the addresses of adverts with ours',
    standing: ACTS,
  }),
  native_ipv6: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'the instance is one of IPv6; deprecated, since its addresses say so',
    standing: ACTS,
  }),
  vrf: setting({
    kind: word('IFNAME'),
    default: unset(),
    meaning: 'VRF of unicast adverts without an interface',
    standing: ACTS,
  }),
  kernel_rx_buf_size: setting({
    kind: integer(0, 4_294_967_295, { unit: 'B' }),
    default: unset('vrrp_rx_bufs_policy'),
    meaning: 'size of the receive buffer',
    standing: accepted('socket buffers are sized by the program'),
  }),
  use_vmac: setting({
    kind: vmac(),
    default: unset('off; without a name vrrp.VRID'),
    meaning: 'addresses and adverts on an interface of its own with the virtual MAC',
    standing: ACTS,
  }),
  use_vmac_addr: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'virtual MAC interfaces for addresses on other interfaces, too',
    standing: ACTS,
  }),
  vmac_xmit_base: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'adverts on the interface below the virtual MAC interface',
    standing: ACTS,
  }),
  use_ipvlan: setting({
    kind: firstOnly(ipvlan()),
    default: unset('off; without a name vrrp.VRID'),
    meaning: 'addresses and adverts on an ipvlan interface of its own',
    standing: ACTS,
  }),
  authentication: block({
    block: AUTHENTICATION,
    meaning: 'authentication of version 2',
    standing: ACTS,
  }),
  auth_hmac: block({
    block: AUTH_HMAC,
    meaning: 'adverts are signed with a shared key',
    standing: ACTS,
  }),
};
