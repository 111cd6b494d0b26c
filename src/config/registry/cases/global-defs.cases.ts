import type { BlockCases } from './cases.ts';

const OTHER_IPSETS =
  '{"address":"a","address6":"a6","interface6":"a_if6","igmp":"a_igmp","mld":"a_mld","nd":"a_nd"}';
const IPSETS =
  '{"address":"keepalived","address6":"keepalived6","interface6":"keepalived_if6","igmp":"keepalived_igmp","mld":"keepalived_mld","nd":"keepalived_nd"}';
const TRUE_SCRIPT = '{"command":["/bin/true","-x"],"user":"root","group":"root"}';

/** Understood without effect. */
const ACCEPTED = `
checker_process_name bfd_process_name
checker_priority checker_no_swap checker_rt_priority checker_cpu_affinity checker_rlimit_rttime
bfd_priority bfd_no_swap bfd_rt_priority bfd_cpu_affinity bfd_rlimit_rttime
vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
vrrp_netlink_monitor_rcv_bufs_force
lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs
lvs_netlink_monitor_rcv_bufs_force vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier
nftables_ipvs nftables_ipvs_priority
nftables_ipvs_start_fwmark
tmp_config_directory
`;

/** Not supported yet. */
const REFUSED = `
snmp_socket enable_traps enable_snmp_vrrp enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3
enable_snmp_checker snmp_vs_stats_update_interval snmp_rs_stats_update_interval
enable_dbus dbus_service_name dbus_no_interface_name
iproute_usr_dir iproute_etc_dir
`;

function each(keywords: string, ...codes: string[]): Record<string, string[]> {
  return Object.fromEntries(
    keywords
      .trim()
      .split(/\s+/)
      .map((keyword) => [keyword, codes]),
  );
}

export const CASES: readonly BlockCases[] = [
  {
    block: 'global_defs',
    wrap: (line) => `global_defs {\n${line}\n}`,
    find: (tree) => tree.global_defs[0],
    also: {
      ...each(ACCEPTED, 'no-effect'),
      ...each(REFUSED, 'unsupported-keyword'),
      ...each('lvs_process_name checker_rlimit_rtime bfd_rlimit_rtime', 'deprecated-keyword', 'no-effect'),
      lvs_flush_onstop: ['deprecated-keyword'],
      vrrp_rlimit_rtime: ['deprecated-keyword'],
      vrrp_vmac_garp_intvl: ['deprecated-keyword'],
      enable_snmp_keepalived: ['deprecated-keyword', 'unsupported-keyword'],
      // What asks for what happens anyway is no matter.
      'max_auto_priority -1': [],
      // 0 changes nothing.
      'vrrp_netlink_cmd_rcv_bufs 0': [],
      'vrrp_gna_interval 4294.967295': ['long-interval'],
      'vrrp_garp_interval 4294.967295': ['long-interval'],
    },
    rows: `
process_names | | true | false | x | extra-word
process_name | a23456789012345 | "a23456789012345" | "keepalived" | a234567890123456 | value-corrected
vrrp_process_name | v | "v" | "keepalived" | | missing-parameter
checker_process_name | c | "c" | "keepalived" | | missing-parameter
lvs_process_name | c | "c" | "keepalived" | | missing-parameter
bfd_process_name | b | "b" | "keepalived" | | missing-parameter
use_symlink_paths | | true | false | maybe | invalid-boolean
set_supplementary_groups | yes | true | false | maybe | invalid-boolean
router_id | here | "here" | null | | missing-parameter
notification_email_from | "A <a@b.c>" | "A <a@b.c>" | null | | missing-parameter
smtp_server | 192.0.2.1 | {"host":"192.0.2.1","port":25} | null | | missing-parameter
smtp_server | mail.example.com 65535 | {"host":"mail.example.com","port":65535} | null | mail 65536 | number-out-of-range
smtp_server | 2001:db8::1 1 | {"host":"2001:db8::1","port":1} | null | mail 0 | number-out-of-range
smtp_server | mail 25 | {"host":"mail","port":25} | null | @ | invalid-address
smtp_helo_name | me | "me" | null | me too | extra-word
smtp_connect_timeout | 1 | 1000000 | 30000000 | 0 | value-corrected
smtp_connect_timeout | 4294 | 4294000000 | 30000000 | 4295 | number-out-of-range
notification_email | { a@b.c } | [["a@b.c"]] | [] | | missing-open
smtp_alert | | true | null | maybe | invalid-boolean
startup_script | "/bin/true -x" root root | ${TRUE_SCRIPT} | null | | missing-parameter
startup_script_timeout | 1 | 1000000 | 10000000 | 0 | number-out-of-range
startup_script_timeout | 1000 | 1000000000 | 10000000 | 1001 | number-out-of-range
shutdown_script | "/bin/true -x" root root | ${TRUE_SCRIPT} | null | | missing-parameter
shutdown_script_timeout | 1 | 1000000 | 10000000 | 0 | number-out-of-range
shutdown_script_timeout | 1000 | 1000000000 | 10000000 | 1001 | number-out-of-range
max_auto_priority | | 99 | 0 | 100 | number-out-of-range
max_auto_priority | 99 | 99 | 0 | 100 | number-out-of-range
max_auto_priority | -1 | -1 | 0 | -2 | number-out-of-range
min_auto_priority_delay | 1 | 1 | 1000000 | 0 | number-out-of-range
min_auto_priority_delay | 10000000 | 10000000 | 1000000 | 10000001 | number-out-of-range
smtp_alert_vrrp | true | true | null | maybe | invalid-boolean
smtp_alert_checker | on | true | null | maybe | invalid-boolean
checker_share_probes | | true | false | maybe | invalid-boolean
lvs_start_plan | no | false | true | maybe | invalid-boolean
relived_view | 127.0.0.1:8112 | {"listen":{"host":"127.0.0.1","port":8112},"tokenFile":null,"tlsCertificate":null,"tlsKey":null,"socketMode":"600","names":[]} | null | 10.0.0.1:8112 | missing-parameter
relived_view | unix:/run/view.sock socket_mode 660 name a.example | {"listen":{"path":"/run/view.sock"},"tokenFile":null,"tlsCertificate":null,"tlsKey":null,"socketMode":"660","names":["a.example"]} | null | www.example.com:80 | invalid-address
relived_view | 10.0.0.1:8112 token_file /etc/t tls_cert /c tls_key /k | {"listen":{"host":"10.0.0.1","port":8112},"tokenFile":"/etc/t","tlsCertificate":"/c","tlsKey":"/k","socketMode":"600","names":[]} | null | :1 tls_cert /c | missing-parameter
relived_view | :8112 | {"listen":{"host":"127.0.0.1","port":8112},"tokenFile":null,"tlsCertificate":null,"tlsKey":null,"socketMode":"600","names":[]} | null | :1 readonly | unknown-option
relived_view | [::1]:80 | {"listen":{"host":"::1","port":80},"tokenFile":null,"tlsCertificate":null,"tlsKey":null,"socketMode":"600","names":[]} | null | unix:/x socket_mode 9 | invalid-choice
name_server | 192.0.2.53 5353 | [{"address":"192.0.2.53","port":5353}] | [] | ns.example.com | invalid-address
checker_log_all_failures | | true | false | maybe | invalid-boolean
dynamic_interfaces | | true | false | x | unknown-option
dynamic_interfaces | allow_if_changes | "allow_if_changes" | false | x | unknown-option
no_email_faults | | true | false | x | extra-word
default_interface | eth1 | "eth1" | "eth0" | | missing-parameter
disable_local_igmp | | true | false | x | extra-word
vrrp_heartbeat | raw-socket | "raw-socket" | "native" | udp | invalid-choice
v3_checksum_as_v2 | | true | false | true | extra-word
lvs_timeouts | tcp 0 | {"tcpUs":0,"tcpfinUs":null,"udpUs":null} | null | | missing-parameter
lvs_timeouts | tcp 1 udp 2678400 tcpfin 2 | {"tcpUs":1000000,"tcpfinUs":2000000,"udpUs":2678400000000} | null | udp 2678401 | number-out-of-range
lvs_timeouts | tcp 1 | {"tcpUs":1000000,"tcpfinUs":null,"udpUs":null} | null | tcp 1 sctp | unknown-option
lvs_timeouts | tcp 1 | {"tcpUs":1000000,"tcpfinUs":null,"udpUs":null} | null | tcp 1 udp | missing-parameter
lvs_flush | | true | false | x | extra-word
lvs_flush_on_stop | | true | false | vs | unknown-option
lvs_flush_on_stop | VS | "VS" | false | vs | unknown-option
lvs_flush_onstop | VS | "VS" | false | vs | unknown-option
lvs_sync_daemon | eth0 | {"interface":"eth0","instance":null,"id":null,"maxlen":null,"port":null,"ttl":null,"group":null} | null | | missing-parameter
lvs_sync_daemon | eth0 A id 255 maxlen 65507 port 65535 ttl 255 group 224.0.0.81 | {"interface":"eth0","instance":"A","id":255,"maxlen":65507,"port":65535,"ttl":255,"group":"224.0.0.81"} | null | eth0 A id 256 | number-out-of-range
lvs_sync_daemon | eth0 inst A id 0 maxlen 1 port 1 ttl 1 | {"interface":"eth0","instance":"A","id":0,"maxlen":1,"port":1,"ttl":1,"group":null} | null | eth0 A maxlen 65508 | number-out-of-range
lvs_sync_daemon | eth0 id 5 | {"interface":"eth0","instance":null,"id":5,"maxlen":null,"port":null,"ttl":null,"group":null} | null | eth0 A group 192.0.2.1 | not-multicast
lvs_sync_daemon | eth0 A | {"interface":"eth0","instance":"A","id":null,"maxlen":null,"port":null,"ttl":null,"group":null} | null | eth0 A 5 | deprecated-form
lvs_sync_daemon | eth0 A | {"interface":"eth0","instance":"A","id":null,"maxlen":null,"port":null,"ttl":null,"group":null} | null | eth0 A 256 | invalid-number
lvs_sync_daemon | eth0 A | {"interface":"eth0","instance":"A","id":null,"maxlen":null,"port":null,"ttl":null,"group":null} | null | eth0 A id 1 x | unknown-option
lvs_sync_daemon | eth0 A | {"interface":"eth0","instance":"A","id":null,"maxlen":null,"port":null,"ttl":null,"group":null} | null | eth0 A inst B | duplicate-option
lvs_sync_daemon | a23456789012345 | {"interface":"a23456789012345","instance":null,"id":null,"maxlen":null,"port":null,"ttl":null,"group":null} | null | a234567890123456 | bad-interface-name
vrrp_mcast_group4 | 224.0.0.0 | "224.0.0.0" | "224.0.0.18" | 223.255.255.255 | not-multicast
vrrp_mcast_group4 | 239.255.255.255 | "239.255.255.255" | "224.0.0.18" | 240.0.0.0 | not-multicast
vrrp_mcast_group4 | 224.0.0.19 | "224.0.0.19" | "224.0.0.18" | ff02::12 | invalid-address
vrrp_mcast_group6 | ff02::13 | "ff02::13" | "ff02::12" | ff05::12 | not-link-local
vrrp_mcast_group6 | ff02::13 | "ff02::13" | "ff02::12" | fe80::12 | not-multicast
vrrp_garp_master_delay | 0 | 0 | 5000000 | -1 | number-out-of-range
vrrp_garp_master_delay | 4294 | 4294000000 | 5000000 | 4295 | number-out-of-range
vrrp_garp_master_repeat | 1 | 1 | 5 | 0 | value-corrected
vrrp_garp_master_repeat | 4294967295 | 4294967295 | 5 | 4294967296 | number-out-of-range
vrrp_garp_master_refresh | 0 | 0 | 0 | -1 | number-out-of-range
vrrp_garp_master_refresh | 4294967295 | 4294967295000000 | 0 | 4294967296 | number-out-of-range
vrrp_garp_master_refresh_repeat | 1 | 1 | 1 | 0 | value-corrected
vrrp_garp_master_refresh_repeat | 4294967295 | 4294967295 | 1 | 4294967296 | number-out-of-range
vrrp_garp_lower_prio_delay | 0 | 0 | 5000000 | -1 | number-out-of-range
vrrp_garp_lower_prio_delay | 4294 | 4294000000 | 5000000 | 4295 | number-out-of-range
vrrp_garp_lower_prio_repeat | 0 | 0 | 5 | -1 | number-out-of-range
vrrp_garp_lower_prio_repeat | 2147483647 | 2147483647 | 5 | 2147483648 | number-out-of-range
vrrp_down_timer_adverts | 1 | 1 | 3 | 0 | number-out-of-range
vrrp_down_timer_adverts | 100 | 100 | 3 | 101 | number-out-of-range
vrrp_garp_interval | 0.000001 | 1 | 0 | 0 | number-out-of-range
vrrp_garp_interval | 4294.967295 | 4294967295 | 0 | 4294.967296 | number-out-of-range
vrrp_gna_interval | 0.000001 | 1 | 0 | 0 | number-out-of-range
vrrp_gna_interval | 4294.967295 | 4294967295 | 0 | 4294.967296 | number-out-of-range
vrrp_min_garp | | true | false | maybe | invalid-boolean
vrrp_garp_extra_if | 1 | {"all":false,"intervalUs":1000000} | null | 0 | number-out-of-range
vrrp_garp_extra_if | all 86400 | {"all":true,"intervalUs":86400000000} | null | all 86401 | number-out-of-range
vrrp_garp_extra_if | all 1 | {"all":true,"intervalUs":1000000} | null | all | missing-parameter
vrrp_vmac_garp_intvl | 1 | {"all":false,"intervalUs":1000000} | null | | missing-parameter
vrrp_lower_prio_no_advert | | true | false | maybe | invalid-boolean
vrrp_higher_prio_send_advert | | true | false | maybe | invalid-boolean
vrrp_version | 2 | 2 | 2 | 1 | number-out-of-range
vrrp_version | 3 | 3 | 2 | 4 | number-out-of-range
vrrp_iptables | | {"input":"INPUT","output":"OUTPUT"} | null | A A | duplicate-name
vrrp_iptables | A | {"input":"A","output":null} | null | "" | bad-name
vrrp_iptables | a23456789012345678901234567 B | {"input":"a23456789012345678901234567","output":"B"} | null | a234567890123456789012345678 | bad-name
vrrp_ipsets | | false | ${IPSETS} | a a | duplicate-name
vrrp_ipsets | a | ${OTHER_IPSETS} | ${IPSETS} | a a_igmp | duplicate-name
vrrp_ipsets | a b c d e f | {"address":"a","address6":"b","interface6":"c","igmp":"d","mld":"e","nd":"f"} | ${IPSETS} | a b c d e f g | extra-word
vrrp_ipsets | a | ${OTHER_IPSETS} | ${IPSETS} | a234567890123456789012345678901 | bad-name
nftables | | "keepalived" | null | "" | bad-name
nftables | other | "other" | null | other word | extra-word
nftables_priority | -2147483648 | -2147483648 | -1 | -2147483649 | number-out-of-range
nftables_priority | 2147483647 | 2147483647 | -1 | 2147483648 | number-out-of-range
nftables_ifindex | | true | false | x | extra-word
vrrp_check_unicast_src | | true | false | x | extra-word
vrrp_skip_check_adv_addr | | true | false | maybe | invalid-boolean
vrrp_strict | | true | false | maybe | invalid-boolean
vrrp_priority | -20 | -20 | 0 | -21 | number-out-of-range
vrrp_priority | 19 | 19 | 0 | 20 | number-out-of-range
vrrp_no_swap | | true | false | x | extra-word
vrrp_rt_priority | 1 | 1 | 0 | 0 | value-corrected
vrrp_rt_priority | 99 | 99 | 0 | 100 | value-corrected
vrrp_cpu_affinity | 1 0 1 | [0,1] | null | 1 x | invalid-number
vrrp_cpu_affinity | 1023 | [1023] | null | 1024 | number-out-of-range
vrrp_rlimit_rttime | 1 | 2 | 10000 | 0 | number-out-of-range
vrrp_rlimit_rttime | 4294967295 | 4294967295 | 10000 | 4294967296 | number-out-of-range
vrrp_rlimit_rtime | 3 | 3 | 10000 | | missing-parameter
nftables_ipvs | | "keepalived_ipvs" | null | "" | bad-name
nftables_ipvs_priority | -2147483648 | -2147483648 | -1 | -2147483649 | number-out-of-range
nftables_ipvs_priority | 2147483647 | 2147483647 | -1 | 2147483648 | number-out-of-range
nftables_ipvs_start_fwmark | 1 | 1 | 1000 | 0 | number-out-of-range
nftables_ipvs_start_fwmark | 4294967295 | 4294967295 | 1000 | 4294967296 | number-out-of-range
nftables_counters | | true | false | x | extra-word
notify_fifo | /run/f | {"path":"/run/f","user":null,"group":null} | null | | missing-parameter
notify_fifo | /run/f u g | {"path":"/run/f","user":"u","group":"g"} | null | /run/f u g x | extra-word
notify_fifo_script | "/bin/true -x" root root | ${TRUE_SCRIPT} | null | | missing-parameter
vrrp_notify_fifo | /run/f u | {"path":"/run/f","user":"u","group":null} | null | | missing-parameter
vrrp_notify_fifo_script | "/bin/true -x" root root | ${TRUE_SCRIPT} | null | | missing-parameter
vrrp_notify_priority_changes | | true | false | maybe | invalid-boolean
fifo_write_vrrp_states_on_reload | | true | false | x | extra-word
lvs_notify_fifo | /run/f u g | {"path":"/run/f","user":"u","group":"g"} | null | | missing-parameter
lvs_notify_fifo_script | "/bin/true -x" root root | ${TRUE_SCRIPT} | null | | missing-parameter
checker_priority | -20 | -20 | 0 | -21 | number-out-of-range
checker_priority | 19 | 19 | 0 | 20 | number-out-of-range
checker_no_swap | | true | false | x | extra-word
checker_rt_priority | 1 | 1 | 0 | 0 | value-corrected
checker_rt_priority | 99 | 99 | 0 | 100 | value-corrected
checker_cpu_affinity | 0 | [0] | null | | missing-parameter
checker_rlimit_rttime | 1 | 2 | 10000 | 0 | number-out-of-range
checker_rlimit_rttime | 4294967295 | 4294967295 | 10000 | 4294967296 | number-out-of-range
checker_rlimit_rtime | 3 | 3 | 10000 | | missing-parameter
bfd_priority | -20 | -20 | 0 | -21 | number-out-of-range
bfd_priority | 19 | 19 | 0 | 20 | number-out-of-range
bfd_no_swap | | true | false | x | extra-word
bfd_rt_priority | 1 | 1 | 0 | 0 | value-corrected
bfd_rt_priority | 99 | 99 | 0 | 100 | value-corrected
bfd_cpu_affinity | 0 | [0] | null | | missing-parameter
bfd_rlimit_rttime | 1 | 2 | 10000 | 0 | number-out-of-range
bfd_rlimit_rttime | 4294967295 | 4294967295 | 10000 | 4294967296 | number-out-of-range
bfd_rlimit_rtime | 3 | 3 | 10000 | | missing-parameter
snmp_socket | unix:/run/agentx | "unix:/run/agentx" | null | | missing-parameter
enable_traps | | true | false | x | extra-word
enable_snmp_vrrp | | true | false | x | extra-word
enable_snmp_keepalived | | true | false | x | extra-word
enable_snmp_rfc | | true | false | x | extra-word
enable_snmp_rfcv2 | | true | false | x | extra-word
enable_snmp_rfcv3 | | true | false | x | extra-word
enable_snmp_checker | | true | false | x | extra-word
snmp_vs_stats_update_interval | 0.001 | 1000 | 5000000 | 0.0009 | number-out-of-range
snmp_vs_stats_update_interval | 30 | 30000000 | 5000000 | 30.000001 | number-out-of-range
snmp_rs_stats_update_interval | 0.001 | 1000 | 5000000 | 0 | number-out-of-range
snmp_rs_stats_update_interval | 30 | 30000000 | 5000000 | 31 | number-out-of-range
enable_dbus | | true | false | x | extra-word
dbus_service_name | a.b | "a.b" | "org.keepalived.Vrrp1" | | missing-parameter
dbus_no_interface_name | none | "none" | null | | missing-parameter
script_user | u | {"user":"u","group":null,"supplementary":false} | null | | missing-parameter
script_user | u g | {"user":"u","group":"g","supplementary":false} | null | u g x | extra-word
script_user | u :g | {"user":"u","group":"g","supplementary":true} | null | | missing-parameter
script_user | u : | {"user":"u","group":null,"supplementary":true} | null | | missing-parameter
enable_script_security | | true | false | x | extra-word
vrrp_netlink_cmd_rcv_bufs | 0 | null | null | -1 | number-out-of-range
vrrp_netlink_cmd_rcv_bufs | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
vrrp_netlink_cmd_rcv_bufs_force | | true | false | maybe | invalid-boolean
vrrp_netlink_monitor_rcv_bufs | 1 | 1 | null | -1 | number-out-of-range
vrrp_netlink_monitor_rcv_bufs | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
vrrp_netlink_monitor_rcv_bufs_force | | true | false | maybe | invalid-boolean
process_monitor_rcv_bufs | 1 | 1 | null | -1 | number-out-of-range
process_monitor_rcv_bufs | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
process_monitor_rcv_bufs_force | | true | false | maybe | invalid-boolean
lvs_netlink_cmd_rcv_bufs | 1 | 1 | null | | missing-parameter
lvs_netlink_cmd_rcv_bufs | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
lvs_netlink_cmd_rcv_bufs_force | | true | false | maybe | invalid-boolean
lvs_netlink_monitor_rcv_bufs | 1 | 1 | null | -1 | number-out-of-range
lvs_netlink_monitor_rcv_bufs | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
lvs_netlink_monitor_rcv_bufs_force | | true | false | maybe | invalid-boolean
rs_init_notifies | | true | false | maybe | invalid-boolean
no_checker_emails | | true | false | maybe | invalid-boolean
vrrp_rx_bufs_policy | mtu | "MTU" | null | MTU ADVERT | conflicting-options
vrrp_rx_bufs_policy | Advert | "ADVERT" | null | x | invalid-choice
vrrp_rx_bufs_policy | 0 | 0 | null | -1 | invalid-choice
vrrp_rx_bufs_policy | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
vrrp_rx_bufs_multiplier | 1 | 1 | 3 | 0 | number-out-of-range
vrrp_rx_bufs_multiplier | 4294967295 | 4294967295 | 3 | 4294967296 | number-out-of-range
vrrp_startup_delay | 0.001 | 1000 | 0 | 0 | number-out-of-range
vrrp_startup_delay | 4294.967295 | 4294967295 | 0 | 4294.967296 | number-out-of-range
vrrp_delay_after_boot | 0.001 | 1000 | 0 | 0.0009 | number-out-of-range
vrrp_delay_after_boot | 4294.967295 | 4294967295 | 0 | 4295 | number-out-of-range
log_unknown_vrids | | true | false | x | extra-word
vrrp_owner_ignore_adverts | | true | false | maybe | invalid-boolean
vmac_prefix | vm | "vm" | "vrrp" | | missing-parameter
vmac_addr_prefix | vm | "vm" | "vrrp" | | missing-parameter
umask | 0 | 0 | 127 | | missing-parameter
umask | 0777 | 511 | 127 | 01000 | number-out-of-range
umask | 0x1f | 31 | 127 | 08 | invalid-number
umask | 511 | 511 | 127 | 512 | number-out-of-range
umask | IRUSR|IWGRP | 272 | 127 | IRUSR| | invalid-choice
random_seed | 0 | 0 | null | -1 | number-out-of-range
random_seed | 4294967295 | 4294967295 | null | 4294967296 | number-out-of-range
reload_check_config | | "/dev/null" | null | /tmp/l x | extra-word
reload_check_config | /tmp/l | "/tmp/l" | null | /tmp/l x | extra-word
reload_time_file | /run/t | "/run/t" | null | | missing-parameter
reload_repeat | | true | false | x | extra-word
reload_file | | "" | null | /run/r x | extra-word
reload_file | /run/r | "/run/r" | null | /run/r x | extra-word
include_check | | ["read","+match","+wildcard_match","+brace_match"] | null | x | invalid-choice
include_check | +read -match | ["+read","-match"] | null | readable | invalid-choice
include_check | match | ["match"] | null | match brace_match | invalid-choice
config_save_dir | /var/tmp | "/var/tmp" | null | | missing-parameter
tmp_config_directory | /var/tmp | "/var/tmp" | null | | missing-parameter
data_use_instance | | true | false | maybe | invalid-boolean
json_version | 1 | 1 | 1 | 0 | number-out-of-range
json_version | 2 | 2 | 1 | 3 | number-out-of-range
iproute_usr_dir | /usr/lib/iproute2 | "/usr/lib/iproute2" | "/usr/share/iproute2" | | missing-parameter
iproute_etc_dir | /usr/etc | "/usr/etc" | "/etc/iproute2" | | missing-parameter
state_dump_file | /run/s | "/run/s" | null | | missing-parameter
stats_dump_file | /run/s | "/run/s" | null | | missing-parameter
json_dump_file | /run/s | "/run/s" | null | | missing-parameter
`,
  },
];
