/** Keywords of vrrp_instance that do not act, each with the reason. */
import { inert } from './inert.ts';
import type { KeywordTable } from './spec.ts';

export const VRRP_INSTANCE_INERT: KeywordTable = {
  ...inert(
    'warning',
    'no script is run',
    `
notify_backup | SCRIPT [USER [GROUP]] | none |  |  | run on entering BACKUP
notify_master | SCRIPT [USER [GROUP]] | none |  |  | run on entering MASTER
notify_fault | SCRIPT [USER [GROUP]] | none |  |  | run on entering FAULT
notify_stop | SCRIPT [USER [GROUP]] | none |  |  | run when daemon stops
notify | SCRIPT [USER [GROUP]] | none |  |  | run on any transition with four extra arguments
notify_deleted | [SCRIPT [USER [GROUP]]] | off |  |  | report DELETED instead of FAULT on removal by reload
notify_master_rx_lower_pri | SCRIPT [USER [GROUP]] | none |  |  | run when master hears lower priority
`,
  ),
  ...inert(
    'warning',
    'no mail is sent',
    `
smtp_alert | [BOOL] | smtp_alert_vrrp, smtp_alert, else false | BOOL | BOOL | mail on transitions
`,
  ),
  ...inert(
    'note',
    'no notification FIFO is written',
    `
notify_priority_changes | [BOOL] | vrrp_notify_priority_changes | BOOL | BOOL | FIFO lines on priority change
`,
  ),
  ...inert(
    'note',
    'a difference between address lists is reported and never decides',
    `
skip_check_adv_addr | [BOOL] | vrrp_skip_check_adv_addr | BOOL |  | skip VIP list check
`,
  ),
  ...inert(
    'note',
    'it is what happens anyway',
    `
accept |  | on, except strict non-owner |  |  | let host accept VIP traffic
`,
  ),
  ...inert(
    'warning',
    'no firewall rule is set: the host accepts packets to the addresses',
    `
no_accept |  |  |  |  | drop VIP traffic on non-owner
`,
  ),
  ...inert(
    'note',
    'levels of detail are not set per instance',
    `
debug | N | 0 | 0..4 |  | debug level, unused
`,
  ),
  ...inert(
    'note',
    'link state comes from the kernel',
    `
linkbeat_use_polling |  | off |  |  | poll own interface
`,
  ),
  ...inert(
    'note',
    'socket buffers are sized by the program',
    `
kernel_rx_buf_size | BYTES | vrrp_rx_bufs_policy | 0..4294967295 |  | socket receive buffer
`,
  ),
  ...inert(
    'warning',
    'the sysctl promote_secondaries is left as it is',
    `
promote_secondaries |  | off |  |  | set sysctl so secondaries survive
`,
  ),
  ...inert(
    'warning',
    'adverts leave with a TTL of 255',
    `
unicast_ttl | N | 255 (IPv4), kernel default (IPv6) | 0..255 | 255 | TTL of unicast adverts
`,
  ),
  ...inert(
    'warning',
    'the IPVS synchronisation daemon is not run',
    `
lvs_sync_daemon_interface | IFNAME |  |  |  | run sync daemon tied to this instance
`,
  ),
  ...inert(
    'warning',
    'gratuitous ARPs are not repeated periodically',
    `
garp_master_refresh | SECS | vrrp_garp_master_refresh | 0..4294967295 | 0 | refresh period
garp_master_refresh_repeat | N | vrrp_garp_master_refresh_repeat | 0..4294967295 (0 becomes 1) | 0,1 | refresh burst size
`,
  ),
  ...inert(
    'warning',
    'there is no second burst after an advert of lower priority',
    `
garp_lower_prio_delay | SECS | vrrp_garp_lower_prio_delay | 0..4294 | 0 | second burst delay after lower priority advert
`,
  ),
  ...inert(
    'note',
    'virtual MAC interfaces are not supported yet',
    `
garp_extra_if | [all] SECS | vrrp_garp_extra_if | 0..86400 (0 disables) |  | periodic GARPs on other VIP interfaces
vmac_garp_intvl | [all] SECS |  | 0..86400 |  | as garp_extra_if
`,
  ),
  ...inert(
    'warning',
    'no advert is sent before yielding',
    `
higher_prio_send_advert | [BOOL] | vrrp_higher_prio_send_advert; false when strict | BOOL | BOOL | send advert before yielding
`,
  ),
  ...inert(
    'warning',
    'checksums of peers older than 1.3.7 are not accepted',
    `
old_unicast_checksum | [never] | auto detect |  | never | force or forbid pre-1.3.7 VRRPv3 unicast checksum
`,
  ),
  ...inert(
    'error',
    'virtual MAC interfaces are missing: the addresses would be on another interface',
    `
use_vmac | [[name] IFNAME] [MAC] [netlink_notify_msg] [group G] | vrrp.VRID or vrrp6.VRID; 00:00:5e:00:01/02:VRID | MAC unicast, 5 or 6 octets, not 00:00:5e:00:01/02 |  | use private macvlan carrying virtual MAC
use_vmac_addr |  | off |  |  | VMACs for VIPs on other interfaces too
vmac_xmit_base |  | off |  |  | exchange adverts on base interface
use_ipvlan | [[name] IFNAME] [IP] [bridge/private/vepa] [group G] | vrrp.VRID (vmac_prefix), bridge | IPv4 address required for IPv4 |  | use L2 ipvlan interface
`,
  ),
  ...inert(
    'error',
    'tracking is missing: a failure would not move the addresses',
    `
track_interface | {lines} |  |  |  | interfaces to follow
track_script | {lines} |  |  |  | scripts to follow
track_file | {lines} |  |  |  | files to follow
track_process | {lines} |  |  |  | processes to follow
track_bfd | {lines} |  |  |  | BFD sessions to follow
dont_track_primary |  | off |  |  | ignore faults of own interface
track_src_ip |  | off |  |  | fault when source address missing
`,
  ),
  ...inert(
    'error',
    'these addresses would not be set',
    `
virtual_ipaddress_excluded | {lines} |  | any family |  | addresses not advertised
`,
  ),
  ...inert(
    'error',
    'they would not be set',
    `
virtual_routes | {lines} |  |  |  | routes while master
virtual_rules | {lines} |  |  |  | rules while master
`,
  ),
  ...inert(
    'error',
    'preemption would not wait',
    `
preempt_delay | DECIMAL | 0 | 0..1000 | 0 | wait before preempting
`,
  ),
  ...inert(
    'error',
    'three missed adverts always mean a dead master',
    `
down_timer_adverts | N | vrrp_down_timer_adverts | 1..100 | 3 | missed adverts before takeover
`,
  ),
  ...inert(
    'error',
    'a late master would not yield',
    `
timer_expired_backup | [PRIORITY] | off; bare keyword 254 | 1..254 |  | yield if own advert was seriously late
thread_timer_expired | [PRIORITY] |  | 1..254 |  | as timer_expired_backup
`,
  ),
  ...inert(
    'error',
    'an address owner listens to adverts',
    `
owner_ignore_adverts | [BOOL] | vrrp_owner_ignore_adverts; true when strict | BOOL | BOOL | owner discards received adverts
`,
  ),
  ...inert(
    'error',
    'adverts go to 224.0.0.18 only',
    `
mcast_dst_ip | IP | vrrp_mcast_group4/6 | multicast; IPv6 link-local | 224.0.0.18 | destination of adverts
`,
  ),
  ...inert(
    'error',
    'the sender of a unicast advert is not compared with the peers',
    `
check_unicast_src |  | vrrp_check_unicast_src |  |  | require sender in peer list
`,
  ),
  ...inert(
    'error',
    'an empty list of peers means multicast',
    `
unicast_fault_no_peer |  | off |  |  | fault rather than multicast when peer list empty
`,
  ),
  ...inert(
    'error',
    'adverts would leave through another routing table',
    `
vrf | IFNAME | none | no interface given |  | VRF for interface-less unicast
`,
  ),
  ...inert(
    'error',
    'IPv6 is missing',
    `
native_ipv6 |  | off |  |  | force IPv6 and version 3
`,
  ),
  ...inert(
    'error',
    'adverts would lack the authentication that peers demand',
    `
auth_hmac | {block} | none |  |  | HMAC trailer authentication
`,
  ),
};
