import type { BlockCases } from './cases.ts';

const block = 'vrrp_instance';
const find: BlockCases['find'] = (tree) => tree.vrrp_instance[0];

function wrapper(head: string, name = 'A'): BlockCases['wrap'] {
  return (line) => `vrrp_instance ${name} {
    virtual_router_id 1
    ${head}
    ${line}
  }`;
}

const MULTICAST = 'interface eth0\nvirtual_ipaddress { 192.0.2.1 }';
const UNICAST = `${MULTICAST}\nunicast_peer { 192.0.2.9 }`;

const NO_EFFECT = ['debug', 'kernel_rx_buf_size'];

const entries = (keywords: readonly string[], ...codes: string[]) =>
  keywords.map((keyword) => [keyword, codes] as const);

/** What a line of addresses is when only the address is written. */
export function plainAddress(address: string, prefixLength: number, more: object): string {
  return JSON.stringify({
    address,
    prefixLength,
    dev: null,
    scope: 0,
    broadcast: null,
    label: null,
    peer: null,
    home: false,
    '-nodad': false,
    mngtmpaddr: false,
    autojoin: false,
    noprefixroute: false,
    preferred_lft: 'forever',
    no_track: false,
    ...more,
  });
}

const VIRTUAL = plainAddress('192.0.2.7', 24, { use_vmac: false });
const SCRIPT = '{"command":["/bin/true","a"],"user":null,"group":null}';
const FAULT = '{"value":0,"reverse":false}';

export const CASES: readonly BlockCases[] = [
  {
    block,
    find,
    wrap: wrapper(MULTICAST),
    also: {
      ...Object.fromEntries([...entries(NO_EFFECT, 'no-effect')]),
      linkbeat_use_polling: ['deprecated-keyword'],
      lvs_sync_daemon_interface: ['deprecated-keyword'],
      vmac_garp_intvl: ['deprecated-keyword'],
      auth_hmac: ['hmac-ignored'],
      'skip_check_adv_addr off': ['always-on'],
      'advert_int 0.5': ['interval-adjusted'],
      'use_ipvlan ipv1 vepa group 3': ['ipvlan-address'],
    },
    rows: `
state | MASTER | "MASTER" | "BACKUP" | MAIN | invalid-state
state | BACKUP | "BACKUP" | "BACKUP" | | missing-parameter
interface | eth1 | "eth1" | "eth0" | lo | loopback-interface
virtual_router_id | 1 | 1 | 1 | 0 | number-out-of-range
virtual_router_id | 255 | 255 | 1 | 256 | number-out-of-range
priority | 1 | 1 | 100 | 0 | number-out-of-range
priority | 255 | 255 | 100 | 256 | number-out-of-range
version | 2 | 2 | 2 | 1 | number-out-of-range
version | 3 | 3 | 2 | 4 | number-out-of-range
advert_int | 1 | 1000000 | 1000000 | 0.009 | number-out-of-range
advert_int | 255 | 255000000 | 1000000 | 255.000001 | number-out-of-range
advert_int | 0.5 | 1000000 | 1000000 | 1s | invalid-number
nopreempt | | true | false | x | extra-word
preempt | | true | true | x | extra-word
preempt_delay | 0 | 0 | 0 | -1 | invalid-number
preempt_delay | 0.000001 | 1 | 0 | x | invalid-number
preempt_delay | 1000 | 1000000000 | 0 | 1000.1 | number-out-of-range
strict_mode | on | true | false | maybe | invalid-boolean
down_timer_adverts | 1 | 1 | 3 | 0 | number-out-of-range
down_timer_adverts | 100 | 100 | 3 | 101 | number-out-of-range
lower_prio_no_advert | yes | true | false | maybe | invalid-boolean
higher_prio_send_advert | true | true | false | maybe | invalid-boolean
owner_ignore_adverts | | true | false | maybe | invalid-boolean
dont_track_primary | | true | false | x | extra-word
track_src_ip | | true | false | x | extra-word
accept | | true | true | x | extra-word
no_accept | | true | false | x | extra-word
debug | 0 | 0 | 0 | -1 | number-out-of-range
debug | 4 | 4 | 0 | 5 | number-out-of-range
linkbeat_use_polling | | true | false | x | extra-word
lvs_sync_daemon_interface | eth1 | "eth1" | null | | missing-parameter
mcast_src_ip | 192.0.2.3 | "192.0.2.3" | null | 192.0.2.256 | invalid-address
mcast_dst_ip | 224.0.0.99 | "224.0.0.99" | "224.0.0.18" | 192.0.2.1 | not-multicast
mcast_dst_ip | 239.1.2.3 | "239.1.2.3" | "224.0.0.18" | ff02::1 | address-family
unicast_fault_no_peer | | true | false | x | extra-word
v3_checksum_as_v2 | on | true | false | maybe | invalid-boolean
skip_check_adv_addr | | true | false | maybe | invalid-boolean
skip_check_adv_addr | off | true | false | maybe | invalid-boolean
kernel_rx_buf_size | 0 | 0 | null | -1 | number-out-of-range
kernel_rx_buf_size | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
use_vmac | vrrp.5 | {"name":"vrrp.5","mac":null,"netlink_notify_msg":false,"group":null} | null | abcdefghijklmnop | invalid-interface-name
use_vmac | name v1 02:00:00:00:00:0A group 7 | {"name":"v1","mac":"02:00:00:00:00:0a","netlink_notify_msg":false,"group":7} | null | 01:00:5e:00:00:01 | invalid-mac
use_vmac | 02:00:00:00:00 netlink_notify_msg | {"name":null,"mac":"02:00:00:00:00:01","netlink_notify_msg":true,"group":null} | null | 00:00:5e:00:01:05 | invalid-mac
use_vmac_addr | | true | false | x | extra-word
use_ipvlan | name i1 192.0.2.4/24 private | {"name":"i1","address":"192.0.2.4/24","mode":"private","group":null} | null | 192.0.2.4/33 | invalid-prefix
use_ipvlan | ipv1 vepa group 3 | {"name":"ipv1","address":null,"mode":"vepa","group":3} | null | fe80::1 | address-family
garp_master_delay | 0 | 0 | 5000000 | -1 | number-out-of-range
garp_master_delay | 4294 | 4294000000 | 5000000 | 4295 | number-out-of-range
garp_master_repeat | 1 | 1 | 5 | 0 | value-corrected
garp_master_repeat | 4294967295 | 4294967295 | 5 | 4294967296 | number-out-of-range
garp_master_refresh | 1 | 1000000 | 0 | -1 | number-out-of-range
garp_master_refresh | 4294967295 | 4294967295000000 | 0 | 4294967296 | number-out-of-range
garp_master_refresh_repeat | 1 | 1 | 1 | 0 | value-corrected
garp_master_refresh_repeat | 4294967295 | 4294967295 | 1 | 4294967296 | number-out-of-range
garp_lower_prio_delay | 0 | 0 | 5000000 | -1 | number-out-of-range
garp_lower_prio_delay | 4294 | 4294000000 | 5000000 | 4295 | number-out-of-range
garp_lower_prio_repeat | 0 | 0 | 5 | -1 | number-out-of-range
garp_lower_prio_repeat | 2147483647 | 2147483647 | 5 | 2147483648 | number-out-of-range
garp_extra_if | all 0 | {"all":true,"intervalUs":0} | null | x | invalid-number
garp_extra_if | 86400 | {"all":false,"intervalUs":86400000000} | null | 86401 | number-out-of-range
vmac_garp_intvl | all 5 | {"all":true,"intervalUs":5000000} | null | 86401 | number-out-of-range
promote_secondaries | | true | false | x | extra-word
notify_backup | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify_master | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify_fault | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify_stop | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
notify_deleted | | true | false | | -
notify_deleted | "/bin/true a" | ${SCRIPT} | false | | -
notify_master_rx_lower_pri | "/bin/true a" | ${SCRIPT} | null | | missing-parameter
smtp_alert | on | true | false | maybe | invalid-boolean
notify_priority_changes | on | true | false | maybe | invalid-boolean
virtual_ipaddress_excluded | { 192.0.2.7/24 } | [${VIRTUAL}] | [] | x { } | extra-word
track_interface | { eth1 } | [{"name":"eth1","weight":${FAULT}}] | [] | x { } | extra-word
track_script | { } | [] | [] | { none } | unknown-tracked
track_file | { } | [] | [] | { none } | unknown-tracked
track_process | { } | [] | [] | { none } | unknown-tracked
track_bfd | { } | [] | [] | { none } | unknown-tracked
virtual_routes | { } | [] | [] | x { } | extra-word
virtual_rules | { } | [] | [] | x { } | extra-word
authentication | { } | [{"name":null,"auth_type":null,"auth_pass":null}] | [] | x { } | extra-word
auth_hmac | { } | [] | [] | { } | hmac-ignored
`,
  },
  {
    block,
    find,
    wrap: wrapper(`${MULTICAST}\nnopreempt`),
    also: {
      thread_timer_expired: ['deprecated-keyword'],
    },
    rows: `
timer_expired_backup | 1 | 1 | null | 0 | number-out-of-range
timer_expired_backup | 254 | 254 | null | 255 | number-out-of-range
timer_expired_backup | | 254 | null | x | invalid-number
thread_timer_expired | 7 | 7 | null | 255 | number-out-of-range
`,
  },
  {
    block,
    find,
    wrap: wrapper(UNICAST),
    also: {
      vmac_xmit_base: ['vmac-missing'],
    },
    rows: `
unicast_src_ip | 192.0.2.3 | "192.0.2.3" | null | 192.0.2.256 | invalid-address
unicast_ttl | 0 | 0 | 255 | -1 | number-out-of-range
unicast_ttl | 255 | 255 | 255 | 256 | number-out-of-range
check_unicast_src | | true | false | x | extra-word
old_unicast_checksum | | "always" | "auto" | sometimes | invalid-choice
old_unicast_checksum | never | "never" | "auto" | sometimes | invalid-choice
vmac_xmit_base | | false | false | x | extra-word
`,
  },
  {
    block,
    find,
    wrap: wrapper(`${MULTICAST}\nuse_vmac`),
    rows: `
vmac_xmit_base | | true | false | x | extra-word
`,
  },
  {
    block,
    find,
    wrap: wrapper('unicast_src_ip 192.0.2.2\nunicast_peer { 192.0.2.9 }\nvirtual_ipaddress { 192.0.2.1 }'),
    rows: `
vrf | red | "red" | null | | missing-parameter
`,
  },
  {
    block,
    find,
    wrap: wrapper('interface eth0\nno_virtual_ipaddress'),
    rows: `
native_ipv6 | | true | false | x | extra-word
virtual_ipaddress | { 192.0.2.7/24 } | [${VIRTUAL}] | [] | x { } | extra-word
unicast_peer | { 192.0.2.7 } | [{"address":"192.0.2.7","min_ttl":0,"max_ttl":255}] | [] | x { } | extra-word
no_virtual_ipaddress | | true | true | x | extra-word
`,
  },
];
