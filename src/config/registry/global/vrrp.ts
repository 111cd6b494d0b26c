/** global_defs: VRRP, its gratuitous ARPs and its firewall. */
import { quoted } from '../../problems.ts';
import { aboveZero, checked, lenient, optional } from '../corrected-kinds.ts';
import { ip } from '../ip-kinds.ts';
import { boolean, choice, duration, firstOnly, flag, integer, seconds, word } from '../kinds.ts';
import { ACTS, deprecated, derived, EXTENSION, fixed, setting, unset } from '../rows.ts';
import type { DefaultScope, Kind } from '../spec.ts';
import { IPSETS, ipsets, iptablesChains } from './firewall-kinds.ts';
import { isMulticast } from './ipvs-kinds.ts';
import { flagOr, garpExtraIf } from './kinds.ts';

const UINT32 = 4_294_967_295;
const LONGEST_DELAY_US = 4_294_967_295;

const isMinimal = ({ own }: DefaultScope): boolean => own('vrrp_min_garp') === true;

/** Only addresses that a group of routers can listen on. */
function multicast(family: 'inet' | 'inet6'): Kind<string> {
  return checked(ip(family), 'not-multicast', (address, given) =>
    isMulticast(address) ? null : `${quoted(given)} is not a multicast address`,
  );
}

/** Pauses of a second and more are hardly meant: an address would be unreachable meanwhile. */
function pause(): Kind<number> {
  const inner = duration(1, LONGEST_DELAY_US);
  return {
    ...inner,
    read: (args) => {
      const place = args.peek() ?? args.keyword;
      const valueUs = inner.read(args);
      if (valueUs !== null && valueUs >= 1_000_000) {
        const message = `${quoted(args.keyword)} of a second or more delays every address`;
        args.report('note', 'long-interval', place, message);
      }
      return valueUs;
    },
  };
}

export const GRATUITOUS_ARP = {
  vrrp_garp_master_delay: setting({
    kind: seconds(0, 4294),
    default: derived('5; 0 with vrrp_min_garp', (scope) => (isMinimal(scope) ? 0 : 5_000_000)),
    meaning:
      'how long after becoming master the second burst of gratuitous ARPs goes out; 0: no second burst',
    standing: ACTS,
  }),
  vrrp_garp_master_repeat: setting({
    kind: aboveZero(integer(0, UINT32), 1),
    default: derived('5; 1 with vrrp_min_garp', (scope) => (isMinimal(scope) ? 1 : 5)),
    meaning: 'gratuitous ARPs in a burst',
    standing: ACTS,
  }),
  vrrp_garp_master_refresh: setting({
    kind: seconds(0, UINT32),
    default: fixed(0, '0 (off)'),
    meaning: 'time between repeated gratuitous ARPs of a master',
    standing: ACTS,
  }),
  vrrp_garp_master_refresh_repeat: setting({
    kind: aboveZero(integer(0, UINT32), 1),
    default: derived('1; 0 with vrrp_min_garp', (scope) => (isMinimal(scope) ? 0 : 1)),
    meaning: 'gratuitous ARPs at each repetition',
    standing: ACTS,
  }),
  vrrp_garp_lower_prio_delay: setting({
    kind: seconds(0, 4294),
    default: derived('vrrp_garp_master_delay', ({ own }) => own('vrrp_garp_master_delay') as number),
    meaning: 'how long after an advert of lower priority the second burst goes out; 0: no second burst',
    standing: ACTS,
  }),
  vrrp_garp_lower_prio_repeat: setting({
    kind: integer(0, 2_147_483_647),
    default: derived('vrrp_garp_master_repeat', ({ own }) => own('vrrp_garp_master_repeat') as number),
    meaning: 'gratuitous ARPs in a burst after a master heard an advert of lower priority',
    standing: ACTS,
  }),
  vrrp_garp_interval: setting({
    kind: pause(),
    default: fixed(0),
    meaning: 'time between two gratuitous ARPs on one interface',
    standing: ACTS,
  }),
  vrrp_gna_interval: setting({
    kind: pause(),
    default: fixed(0),
    meaning: 'time between two unsolicited neighbour advertisements on one interface',
    standing: ACTS,
  }),
  vrrp_min_garp: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'one gratuitous ARP, no second burst and no repetition, where nothing else is set',
    standing: ACTS,
  }),
  vrrp_garp_extra_if: setting({
    kind: garpExtraIf(1),
    default: unset('off'),
    meaning: 'time between gratuitous ARPs on further interfaces; all: on those without a virtual MAC too',
    standing: ACTS,
  }),
  vrrp_vmac_garp_intvl: deprecated('vrrp_garp_extra_if', 'note'),
};

export const INSTANCE_DEFAULTS = {
  dynamic_interfaces: setting({
    kind: flagOr('allow_if_changes', true),
    default: fixed(false, 'off'),
    meaning: 'interfaces may be missing at start; allow_if_changes: and come back as another kind',
    standing: ACTS,
  }),
  default_interface: setting({
    kind: lenient(word('IFNAME')),
    default: fixed('eth0'),
    meaning: 'interface of static addresses without dev',
    standing: ACTS,
  }),
  v3_checksum_as_v2: setting({
    kind: flag(),
    default: fixed(false),
    meaning: 'leave the pseudo-header out of the checksum of version 3 adverts over IPv4',
    standing: ACTS,
  }),
  vrrp_heartbeat: setting({
    kind: choice('native', 'raw-socket'),
    default: fixed<'native' | 'raw-socket'>('native'),
    meaning:
      'who sends and awaits adverts: a thread of its own, or the event loop by raw-socket; from the next start on',
    standing: EXTENSION,
  }),
  vrrp_mcast_group4: setting({
    kind: multicast('inet'),
    default: fixed('224.0.0.18'),
    meaning: 'destination of adverts over IPv4',
    standing: ACTS,
  }),
  vrrp_mcast_group6: setting({
    kind: linkLocalGroup(),
    default: fixed('ff02::12'),
    meaning: 'destination of adverts over IPv6',
    standing: ACTS,
  }),
  vrrp_down_timer_adverts: setting({
    kind: integer(1, 100),
    default: fixed(3),
    meaning: 'missed adverts after which the master counts as dead',
    standing: ACTS,
  }),
  vrrp_lower_prio_no_advert: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'a master does not answer an advert of lower priority',
    standing: ACTS,
  }),
  vrrp_higher_prio_send_advert: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'a master sends one advert before it yields',
    standing: ACTS,
  }),
  vrrp_version: setting({
    kind: integer(2, 3),
    default: fixed(2),
    meaning: 'protocol version of instances that do not say; IPv6 is always 3',
    standing: ACTS,
  }),
  vrrp_check_unicast_src: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'take unicast adverts from configured peers only',
    standing: ACTS,
  }),
  vrrp_skip_check_adv_addr: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'compare the address list only with the first advert of a master',
    standing: ACTS,
  }),
  vrrp_strict: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'default of strict_mode',
    standing: ACTS,
  }),
  vrrp_startup_delay: startDelay('after the start of the program'),
  vrrp_delay_after_boot: startDelay('until the machine has run this long'),
  log_unknown_vrids: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'log adverts for other virtual routers',
    standing: ACTS,
  }),
  vrrp_owner_ignore_adverts: setting({
    kind: boolean(),
    default: fixed(false),
    meaning: 'default of owner_ignore_adverts',
    standing: ACTS,
  }),
  vmac_prefix: setting({
    kind: firstOnly(word('PREFIX')),
    default: fixed('vrrp'),
    meaning: 'how names of virtual MAC interfaces begin',
    standing: ACTS,
  }),
  vmac_addr_prefix: setting({
    kind: firstOnly(word('PREFIX')),
    default: derived('vmac_prefix', ({ own }) => own('vmac_prefix') as string),
    meaning: 'the same for addresses on other interfaces than their instance',
    standing: ACTS,
  }),
};

function linkLocalGroup(): Kind<string> {
  const inner = multicast('inet6');
  return {
    ...inner,
    read: (args) => {
      const place = args.peek() ?? args.keyword;
      const address = inner.read(args);
      if (address !== null && !/^ff.2:/.test(address)) {
        const message = `${quoted(args.keyword)} should be link-local multicast, as ff02::12`;
        args.report('warning', 'not-link-local', place, message);
      }
      return address;
    },
  };
}

function startDelay(until: string) {
  const kind = duration(1_000, LONGEST_DELAY_US);
  return setting({
    kind: until.startsWith('after') ? kind : lenient(kind),
    default: fixed(0),
    meaning: `no instance becomes master ${until}`,
    standing: ACTS,
  });
}

const CHAIN_PRIORITY = integer(-2_147_483_648, 2_147_483_647);
const TABLE = { ...word('TABLE'), range: '1 to 254 characters' };

export const FIREWALL = {
  vrrp_iptables: setting({
    kind: firstOnly(iptablesChains()),
    default: unset(),
    meaning: 'chains of iptables for VRRP, unless that is nftables; without names INPUT and OUTPUT',
    standing: ACTS,
  }),
  vrrp_ipsets: setting({
    kind: ipsets(),
    default: fixed(IPSETS, Object.values(IPSETS).join(', ')),
    meaning: 'ipsets for vrrp_iptables; without names: no ipsets',
    standing: ACTS,
  }),
  nftables: setting({
    kind: firstOnly(optional(limited(TABLE, 254), 'keepalived')),
    default: unset('keepalived, once a rule is needed'),
    meaning: 'table of nftables for VRRP',
    standing: ACTS,
  }),
  nftables_priority: setting({
    kind: CHAIN_PRIORITY,
    default: fixed(-1),
    meaning: 'priority of the chains in that table',
    standing: ACTS,
  }),
  nftables_ifindex: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'name interfaces by their index in sets of link-local addresses',
    standing: ACTS,
  }),
  nftables_counters: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'count packets in rules and sets',
    standing: ACTS,
  }),
  disable_local_igmp: setting({
    kind: flag(),
    default: fixed(false, 'off'),
    meaning: 'no IGMP reports of the kernel for 224.0.0.0/24',
    standing: ACTS,
  }),
};

/** A name of the kernel's that is too long is refused as a whole. */
export function limited(kind: Kind<string>, longest: number): Kind<string> {
  return checked(kind, 'bad-name', (name, given) =>
    name !== '' && name.length <= longest ? null : `${quoted(given)} must have 1 to ${longest} characters`,
  );
}
