/** Keywords of global_defs that do not act, each with the reason. */
import { inert } from './inert.ts';
import type { KeywordTable } from './spec.ts';

export const GLOBAL_DEFS_INERT: KeywordTable = {
  ...inert(
    'note',
    'processes have their own names',
    `
process_names |  |  |  |  | set children names to keepalived_vrrp, keepalived_lvs, keepalived_bfd
process_name | NAME | keepalived | truncated to 15 chars |  | parent process name
vrrp_process_name | NAME | keepalived | truncated to 15 chars |  | vrrp child process name
checker_process_name | NAME | keepalived | truncated to 15 chars |  | checker child process name
lvs_process_name | NAME |  | truncated to 15 chars |  | checker child process name
bfd_process_name | NAME | keepalived | truncated to 15 chars |  | bfd child process name
`,
  ),
  ...inert(
    'note',
    'scheduling and limits are left to the service manager',
    `
max_auto_priority | [N] | 0 (bare keyword 99) | -1..99 | 0,-1 | ceiling for automatic realtime priority raise
min_auto_priority_delay | USECS | 1000000 | 1..10000000 |  | lateness that triggers a priority raise
vrrp_priority | N | 0 | -20..19 |  | vrrp child nice value
vrrp_no_swap |  | off |  |  | lock vrrp process memory
vrrp_rt_priority | N | 0 (off) | 1..99 clamped |  | SCHED_RR priority of vrrp child
vrrp_cpu_affinity | CPU ... | all | 0..ncpu-1 |  | CPU set for vrrp child
vrrp_rlimit_rttime | USECS | 10000 | 1..4294967295 (1 becomes 2) |  | RLIMIT_RTTIME hard limit, soft is half
vrrp_rlimit_rtime | USECS |  | 1..4294967295 |  | as vrrp_rlimit_rttime
checker_priority | N | 0 | -20..19 |  | checker child nice value
checker_no_swap |  | off |  |  | lock checker process memory
checker_rt_priority | N | 0 (off) | 1..99 clamped |  | SCHED_RR priority of checker child
checker_cpu_affinity | CPU ... | all | 0..ncpu-1 |  | CPU set for checker child
checker_rlimit_rttime | USECS | 10000 | 1..4294967295 (1 becomes 2) |  | RLIMIT_RTTIME for checker child
checker_rlimit_rtime | USECS |  | 1..4294967295 |  | as checker_rlimit_rttime
bfd_priority | N | 0 | -20..19 |  | bfd child nice value
bfd_no_swap |  | off |  |  | lock bfd process memory
bfd_rt_priority | N | 0 (off) | 1..99 clamped |  | SCHED_RR priority of bfd child
bfd_cpu_affinity | CPU ... | all | 0..ncpu-1 |  | CPU set for bfd child
bfd_rlimit_rttime | USECS | 10000 | 1..4294967295 (1 becomes 2) |  | RLIMIT_RTTIME for bfd child
bfd_rlimit_rtime | USECS |  | 1..4294967295 |  | as bfd_rlimit_rttime
umask | NUMBER/BITS | 0177 | 0..0777 or I{R,W,X}{USR,GRP,OTH}, IRWX{U,G,O} joined by / |  | process umask
`,
  ),
  ...inert(
    'note',
    'socket buffers are sized by the program',
    `
vrrp_netlink_cmd_rcv_bufs | BYTES | kernel | 0..4294967295 (0 ignored) |  | vrrp netlink command socket buffer
vrrp_netlink_cmd_rcv_bufs_force | [BOOL] | false | BOOL |  | use SO_RCVBUFFORCE for it
vrrp_netlink_monitor_rcv_bufs | BYTES | kernel | 0..4294967295 (0 ignored) |  | vrrp netlink monitor socket buffer
vrrp_netlink_monitor_rcv_bufs_force | [BOOL] | false | BOOL |  | use SO_RCVBUFFORCE for it
process_monitor_rcv_bufs | BYTES | kernel | 0..4294967295 (0 ignored) |  | process connector socket buffer
process_monitor_rcv_bufs_force | [BOOL] | false | BOOL |  | use SO_RCVBUFFORCE for it
lvs_netlink_cmd_rcv_bufs | BYTES | kernel | 0..4294967295 (0 ignored) |  | checker netlink command socket buffer
lvs_netlink_cmd_rcv_bufs_force | [BOOL] | false | BOOL |  | use SO_RCVBUFFORCE for it
lvs_netlink_monitor_rcv_bufs | BYTES | kernel | 0..4294967295 (0 ignored) |  | checker netlink monitor socket buffer
lvs_netlink_monitor_rcv_bufs_force | [BOOL] | false | BOOL |  | use SO_RCVBUFFORCE for it
vrrp_rx_bufs_policy | MTU/ADVERT/BYTES | system default | BYTES 0..4294967295 |  | how to size advert receive buffers
vrrp_rx_bufs_multiplier | N | 3 | 1..4294967295 |  | multiplier for MTU/ADVERT policy
`,
  ),
  ...inert(
    'note',
    'no script is run yet',
    `
script_user | USER [GROUP/:GROUP/:] | keepalived_script else root |  |  | default identity for scripts
enable_script_security |  | off |  |  | refuse root scripts with writable path elements
use_symlink_paths | [BOOL] | false | BOOL | BOOL | keep symlinks in script paths rather than resolving
set_supplementary_groups | [BOOL] | false | BOOL | BOOL | give scripts the user's supplementary groups by default
`,
  ),
  ...inert(
    'note',
    'no mail is sent yet',
    `
notification_email_from | ADDRESS | user@hostname |  |  | From address in alert mail
notification_email | {ADDR ...} | none |  |  | recipient list block
smtp_server | HOST/IP [PORT] | none | port default 25 |  | mail relay for alerts
smtp_helo_name | NAME | local host name |  |  | name sent in SMTP HELO
smtp_connect_timeout | SECS | 30 | 0..4294 (0 becomes 1) |  | SMTP socket timeout
no_email_faults |  | off |  |  | suppress mail for FAULT transitions
`,
  ),
  ...inert(
    'warning',
    'no mail is sent',
    `
smtp_alert | [BOOL] | unset | BOOL | BOOL | default for every smtp_alert setting
smtp_alert_vrrp | [BOOL] | unset | BOOL | BOOL | default smtp_alert for vrrp objects
smtp_alert_checker | [BOOL] | unset | BOOL | BOOL | default smtp_alert for checker objects
`,
  ),
  ...inert(
    'warning',
    'no script is run',
    `
startup_script | SCRIPT [USER [GROUP]] | none |  |  | run once before children start
startup_script_timeout | SECS | 10 | 1..1000 |  | kill startup script after this time
shutdown_script | SCRIPT [USER [GROUP]] | none |  |  | run once after children stop
shutdown_script_timeout | SECS | 10 | 1..1000 |  | kill shutdown script after this time
notify_fifo_script | SCRIPT [USER [GROUP]] | none |  |  | reader of notify_fifo; FIFO path appended as last argument
vrrp_notify_fifo_script | SCRIPT [USER [GROUP]] | none |  |  | reader of vrrp_notify_fifo
lvs_notify_fifo_script | SCRIPT [USER [GROUP]] | none |  |  | reader of lvs_notify_fifo
`,
  ),
  ...inert(
    'warning',
    'no notification FIFO is written',
    `
notify_fifo | PATH [USER [GROUP]] | none |  |  | FIFO for all notify events
vrrp_notify_fifo | PATH [USER [GROUP]] | none |  |  | FIFO for vrrp events
lvs_notify_fifo | PATH [USER [GROUP]] | none |  |  | FIFO for checker events
`,
  ),
  ...inert(
    'note',
    'no notification FIFO is written',
    `
vrrp_notify_priority_changes | [BOOL] | false | BOOL | BOOL | default for FIFO priority change lines
fifo_write_vrrp_states_on_reload |  | off |  |  | resend current states to FIFOs after reload
`,
  ),
  ...inert(
    'note',
    'a difference between address lists is reported and never decides',
    `
vrrp_skip_check_adv_addr | [BOOL] | false | BOOL |  | skip VIP list check for repeat adverts of same master
`,
  ),
  ...inert(
    'note',
    'IPv6 is not supported yet',
    `
vrrp_mcast_group6 | IPV6 | ff02::12 | multicast, warn if not link-local | ff02::12 | destination of IPv6 adverts
vrrp_gna_interval | DECIMAL | 0 | 0.000001..4294.967295 | 0 | gap between unsolicited NAs on one interface
`,
  ),
  ...inert(
    'note',
    'no firewall rule is needed for what is supported',
    `
vrrp_iptables | [INCHAIN [OUTCHAIN]] | none; bare keyword INPUT OUTPUT | 1..27 chars, distinct names |  | use iptables for accept/VMAC rules
vrrp_ipsets | [A4 [A6 [IF6 [IGMP [MLD [ND]]]]]] | keepalived, keepalived6, keepalived_if6, keepalived_igmp, keepalived_mld, keepalived_nd | 1..30 chars, all different |  | ipset names; bare keyword disables ipsets
nftables | [TABLE] | keepalived | 1..254 chars |  | use nftables table for VRRP rules
nftables_priority | N | -1 | -2147483648..2147483647 |  | base chain priority
nftables_ifindex |  | off |  |  | key link-local sets by ifindex
nftables_counters |  | off |  |  | add counters to rules and sets
disable_local_igmp |  | off |  |  | turn off kernel IGMP reports for 224.0.0.0/24
`,
  ),
  ...inert(
    'note',
    'virtual servers are not supported yet',
    `
checker_log_all_failures | [BOOL] | false | BOOL | BOOL | log each failed probe, not only transitions
lvs_timeouts | [tcp N] [tcpfin N] [udp N] | kernel values | 0..2678400 each |  | set IPVS connection timeouts
lvs_flush |  | off |  |  | clear all IPVS state at start
lvs_flush_on_stop | [VS] | off |  |  | flush IPVS at stop; VS removes only our services
lvs_flush_onstop | [VS] |  |  |  | as lvs_flush_on_stop
nftables_ipvs | [TABLE] | keepalived_ipvs | 1..254 chars |  | map group addresses to one fwmark service
nftables_ipvs_priority | N | -1 | -2147483648..2147483647 |  | chain priority for IPVS table
nftables_ipvs_start_fwmark | N | 1000 | 1..4294967295 |  | first automatic fwmark
rs_init_notifies | [BOOL] | false | BOOL | BOOL | notify for real servers on initial start
no_checker_emails | [BOOL] | false | BOOL | BOOL | mail only when real server state changes, not per checker
`,
  ),
  ...inert(
    'warning',
    'the IPVS synchronisation daemon is not run',
    `
lvs_sync_daemon | IF [inst] VRRP [id N] [maxlen N] [port N] [ttl N] [group MCAST] | id: VRID of inst or 0 | id 0..255; maxlen 1..65507; port 1..65535; ttl 1..255 |  | run kernel IPVS sync daemons
`,
  ),
  ...inert(
    'warning',
    'SNMP is not served',
    `
snmp_socket | SOCKET | net-snmp default (/var/agentx/master) | <PATH_MAX |  | AgentX master address
enable_traps |  | off |  |  | emit SNMP traps
enable_snmp_vrrp |  | off (on with -x) |  |  | serve keepalived MIB vrrp part
enable_snmp_keepalived |  |  |  |  | as enable_snmp_vrrp
enable_snmp_rfc |  | off |  |  | serve both RFC2787 and RFC6527 MIBs
enable_snmp_rfcv2 |  | off |  |  | serve RFC2787 MIB
enable_snmp_rfcv3 |  | off |  |  | serve RFC6527 MIB
enable_snmp_checker |  | off |  |  | serve keepalived MIB checker part
snmp_vs_stats_update_interval | TIMER | 5 | 0.001..30 |  | minimum age before re-reading virtual server stats
snmp_rs_stats_update_interval | TIMER | snmp_vs_stats_update_interval | 0.001..30 |  | minimum age before re-reading real server stats
`,
  ),
  ...inert(
    'warning',
    'D-Bus is not served',
    `
enable_dbus |  | off |  |  | start D-Bus service in vrrp process
dbus_service_name | NAME | org.keepalived.Vrrp1 |  |  | bus name to own
dbus_no_interface_name | NAME | none |  |  | object path element when instance has no interface
`,
  ),
  ...inert(
    'note',
    'virtual MAC interfaces are not supported yet',
    `
vmac_prefix | STRING | vrrp |  |  | prefix of generated VMAC interface names
vmac_addr_prefix | STRING | vmac_prefix |  |  | prefix for VMACs of VIPs on other interfaces
vrrp_garp_extra_if | [all] SECS | 0 (off) | 1..86400 |  | periodic GARPs on other VIP interfaces
vrrp_vmac_garp_intvl | [all] SECS |  | 1..86400 |  | as vrrp_garp_extra_if
`,
  ),
  ...inert(
    'note',
    'the journal holds what these files would',
    `
state_dump_file | PATH | TMPDIR/keepalived.data | non-empty |  | intended path of SIGUSR1 dump
stats_dump_file | PATH | TMPDIR/keepalived.stats | non-empty |  | intended path of stats dump
json_dump_file | PATH | TMPDIR/keepalived.json | non-empty |  | intended path of JSON dump
json_version | 1/2 | 1 | 1..2 |  | layout of JSON dump
data_use_instance | [BOOL] | false | BOOL | BOOL | include instance and namespace in dump file names
config_save_dir | DIR | none |  |  | store config and state copies around reloads
tmp_config_directory | DIR | memory file |  |  | filesystem for shared config copy
`,
  ),
  ...inert(
    'note',
    'a configuration with errors is never applied',
    `
reload_check_config | [LOGFILE] | off; bare keyword /dev/null |  |  | validate configuration in a child before reload
`,
  ),
  ...inert(
    'warning',
    'a reload happens only when it is asked for',
    `
reload_time_file | PATH | none |  |  | file holding scheduled reload time
reload_repeat |  | off |  |  | keep reload_time_file and repeat daily
reload_file | [PATH] | RUNSTATEDIR/keepalived.reload or pid dir variant |  |  | handshake file truncated then removed around config read
`,
  ),
  ...inert(
    'note',
    'scopes have no effect',
    `
iproute_usr_dir | DIR | configure time IPROUTE_USR_DIR |  |  | vendor iproute2 name tables
iproute_etc_dir | DIR | configure time IPROUTE_ETC_DIR |  |  | local iproute2 name tables
`,
  ),
  ...inert(
    'note',
    "nothing random is read: '~SEQ' and definitions are not supported yet",
    `
random_seed | N | time based | 0..4294967295 |  | seed for $ {_RANDOM}
`,
  ),
  ...inert(
    'warning',
    'use includer, includem, includew, includeb or includea where a check is wanted',
    `
include_check | [+/-]readable/match/wildcard_match/brace_match ... | none; bare keyword all |  |  | error checks applied to include
`,
  ),
  ...inert(
    'note',
    "an address without dev is on its instance's interface",
    `
default_interface | IFNAME | eth0 |  |  | interface for addresses lacking dev
`,
  ),
  ...inert(
    'warning',
    'every interface must exist when the program starts',
    `
dynamic_interfaces | [allow_if_changes] | off |  |  | permit configured interfaces that do not exist yet
`,
  ),
  ...inert(
    'warning',
    'gratuitous ARPs are not paced',
    `
vrrp_garp_interval | DECIMAL | 0 | 0.000001..4294.967295 | 0 | gap between GARPs on one interface
`,
  ),
  ...inert(
    'warning',
    'gratuitous ARPs are not repeated periodically',
    `
vrrp_garp_master_refresh | SECS | 0 (off) | 0..4294967295 | 0 | period of repeat GARPs while master
vrrp_garp_master_refresh_repeat | N | 1 | 0..4294967295 (0 becomes 1) | 0,1 | GARPs per refresh
`,
  ),
  ...inert(
    'warning',
    'there is no second burst after an advert of lower priority',
    `
vrrp_garp_lower_prio_delay | SECS | vrrp_garp_master_delay | 0..4294 | 0 | second burst delay after lower priority advert seen
`,
  ),
  ...inert(
    'warning',
    'no advert is sent before yielding',
    `
vrrp_higher_prio_send_advert | [BOOL] | false | BOOL | BOOL | master sends one advert before yielding
`,
  ),
  ...inert(
    'note',
    'adverts for other virtual routers are not logged',
    `
log_unknown_vrids |  | off |  |  | log adverts for unconfigured VRIDs
`,
  ),
  ...inert(
    'error',
    'adverts go to 224.0.0.18 only',
    `
vrrp_mcast_group4 | IPV4 | 224.0.0.18 | multicast | 224.0.0.18 | destination of IPv4 adverts
`,
  ),
  ...inert(
    'error',
    'three missed adverts always mean a dead master',
    `
vrrp_down_timer_adverts | N | 3 | 1..100 | 3 | missed adverts before taking over
`,
  ),
  ...inert(
    'error',
    'the sender of a unicast advert is not compared with the peers',
    `
vrrp_check_unicast_src |  | off |  |  | require unicast sender to be a configured peer
`,
  ),
  ...inert(
    'error',
    'instances start at once',
    `
vrrp_startup_delay | DECIMAL | 0 | 0.001..4294.967295 | 0 | hold all instances after daemon start
vrrp_delay_after_boot | DECIMAL | 0 | 0.001..4294.967295 | 0 | hold instances until this uptime
`,
  ),
  ...inert(
    'error',
    'an address owner listens to adverts',
    `
vrrp_owner_ignore_adverts | [BOOL] | false | BOOL | BOOL | default for owner_ignore_adverts
`,
  ),
};
