/** The first section of keepalived.data: settings of the whole program. */
import type { ConfigTree } from '../../config/model.ts';
import { commandText } from './object-text.ts';

interface GlobalFacts {
  readonly tree: ConfigTree;
  readonly namespace: string | null;
  readonly umask: number;
  readonly scriptUser: { readonly uid: number; readonly gid: number } | null;
  /** The process has rules for packets, of its own accord (macvlans, no_accept) or because it was told to. */
  readonly filters?: boolean;
}

type Globals = ConfigTree['global_defs'][number];

const SECOND_US = 1_000_000;

export function globalLines(facts: GlobalFacts): string[] {
  const [globals] = facts.tree.global_defs;
  if (globals === undefined) return [];
  return [
    ...programLines(facts, globals),
    ...mailLines(globals),
    ...reloadLines(globals),
    ...defaultLines(globals),
    ...instanceLines(facts, globals),
    ...processLines(globals),
    ...fileLines(facts, globals),
  ].map((line) => ` ${line}`);
}

const whole = (us: number): number => Math.trunc(us / SECOND_US);
const yes = (value: boolean): string => (value ? 'yes' : 'no');

/** A line, if there is something to say. */
function given(label: string, value: unknown): string[] {
  return value === null || value === undefined ? [] : [`${label} = ${String(value)}`];
}

function programLines({ tree, namespace }: GlobalFacts, globals: Globals): string[] {
  const named = (name: string): string | null => (name === 'keepalived' ? null : name);
  return [
    `Network namespace = ${namespace ?? '(default)'}`,
    `Network namespace ipvs = ${tree.net_namespace_ipvs === null ? '(main namespace)' : tree.net_namespace_ipvs || '(default)'}`,
    ...given('Instance name', tree.instance),
    ...given('Parent process name', named(globals.process_name)),
    ...given('VRRP process name', named(globals.vrrp_process_name)),
    `${globals.use_symlink_paths ? 'Keep' : 'Replace'} symlinks in script paths`,
    ...given('Router ID', globals.router_id),
  ];
}

function mailLines(globals: Globals): string[] {
  const alert = (value: boolean | null): string => (value === null ? 'unset' : value ? 'on' : 'off');
  const server: unknown = globals.smtp_server;
  const address =
    server !== null && typeof server === 'object' && 'address' in server ? server.address : server;
  return [
    ...given('Smtp server', address),
    ...given('Smtp HELO name', globals.smtp_helo_name),
    ...given('Email notification from', globals.notification_email_from),
    `Default smtp_alert = ${alert(globals.smtp_alert)}`,
    `Default smtp_alert_vrrp = ${alert(globals.smtp_alert_vrrp)}`,
    `Default smtp_alert_checker = ${alert(globals.smtp_alert_checker)}`,
    `Checkers log all failures = ${globals.checker_log_all_failures}`,
  ];
}

function reloadLines(globals: Globals): string[] {
  const { reload_check_config: log, reload_time_file: timeFile } = globals;
  return [
    log === null ? 'No test config before reload' : `Test config before reload, log to ${log}`,
    ...given(
      'Reload time file',
      timeFile === null ? null : timeFile + (globals.reload_repeat ? ' (repeat)' : ''),
    ),
    ...given('Reload_file', globals.reload_file),
    `keep script symlinks = ${globals.use_symlink_paths}`,
    ...(globals.data_use_instance ? ['Use instance name in data dumps'] : []),
    ...given('Startup script', commandText(globals.startup_script)),
    ...given('Shutdown script', commandText(globals.shutdown_script)),
  ];
}

function defaultLines(globals: Globals): string[] {
  return [
    `Dynamic interfaces = ${globals.dynamic_interfaces !== false && globals.dynamic_interfaces !== null}`,
    `Default interface = ${globals.default_interface}`,
    `Disable local IGMP = ${yes(globals.disable_local_igmp)}`,
    `Use VRRPv2 checksum for VRRPv3 IPv4 = ${yes(globals.v3_checksum_as_v2)}`,
    `LVS flush = ${globals.lvs_flush}`,
    `LVS flush on stop = ${globals.lvs_flush_on_stop === false ? 'disabled' : String(globals.lvs_flush_on_stop)}`,
    `FIFO write vrrp states on reload = ${globals.fifo_write_vrrp_states_on_reload}`,
    `VRRP notify priority changes = ${globals.vrrp_notify_priority_changes}`,
    `VRRP IPv4 mcast group = ${globals.vrrp_mcast_group4}`,
    `VRRP IPv6 mcast group = ${globals.vrrp_mcast_group6}`,
    `Gratuitous ARP delay = ${whole(globals.vrrp_garp_master_delay)}`,
    `Gratuitous ARP repeat = ${globals.vrrp_garp_master_repeat}`,
    `Gratuitous ARP refresh timer = ${whole(globals.vrrp_garp_master_refresh)}`,
    `Gratuitous ARP refresh repeat = ${globals.vrrp_garp_master_refresh_repeat}`,
    `Gratuitous ARP lower priority delay = ${whole(globals.vrrp_garp_lower_prio_delay)}`,
    `Gratuitous ARP lower priority repeat = ${globals.vrrp_garp_lower_prio_repeat}`,
    `Num adverts before down = ${globals.vrrp_down_timer_adverts}`,
    'Gratuitous ARP for each secondary VMAC = 0s',
  ];
}

/** The table that keepalived takes if it needs one and none is named. */
const OWN_TABLE = 'keepalived';

function filterLines({ filters = false }: GlobalFacts, globals: Globals): string[] {
  const { nftables, vrrp_iptables: iptables } = globals;
  if (nftables === null && (!filters || iptables !== null)) return [];
  return [
    `nftables table name = ${nftables ?? OWN_TABLE}`,
    `nftables base chain priority = ${globals.nftables_priority}`,
    `nftables ${globals.nftables_ifindex ? '' : "don't "}force use ifindex for link local IPv6`,
  ];
}

function instanceLines(facts: GlobalFacts, globals: Globals): string[] {
  return [
    `Send advert after receive lower priority advert = ${!globals.vrrp_lower_prio_no_advert}`,
    `Send advert after receive higher priority advert = ${globals.vrrp_higher_prio_send_advert}`,
    `Gratuitous ARP interval = ${(globals.vrrp_garp_interval / SECOND_US).toFixed(6)}`,
    `Gratuitous NA interval = ${(globals.vrrp_gna_interval / SECOND_US).toFixed(6)}`,
    `VRRP default protocol version = ${globals.vrrp_version}`,
    ...filterLines(facts, globals),
    `nftables with${globals.nftables_counters ? '' : 'out'} counters`,
    `VRRP check unicast_src = ${globals.vrrp_check_unicast_src}`,
    `VRRP skip check advert addresses = ${globals.vrrp_skip_check_adv_addr}`,
    `VRRP strict mode = ${globals.vrrp_strict}`,
  ];
}

/** One kind of process after the other; here they are one, and what is asked of the others says so in its place. */
function processLines(globals: Globals): string[] {
  const { max_auto_priority: highest } = globals;
  const lines = [
    `Max auto priority = ${highest === -1 ? 'Disabled' : highest}`,
    `Min auto priority delay = ${globals.min_auto_priority_delay} usecs`,
  ];
  for (const [label, process] of [
    ['VRRP', 'vrrp'],
    ['Checker', 'checker'],
    ['BFD', 'bfd'],
  ] as const) {
    lines.push(
      `${label} process priority = ${globals[`${process}_priority`]}`,
      `${label} don't swap = ${globals[`${process}_no_swap`]}`,
      `${label} realtime priority = ${globals[`${process}_rt_priority`]}`,
      ...given(`${label} CPU Affinity`, globals[`${process}_cpu_affinity`]?.join(' ')),
      `${label} realtime limit = ${globals[`${process}_rlimit_rttime`]}`,
    );
  }
  return lines;
}

const BUFFERS = [
  'vrrp_netlink_cmd_rcv_bufs',
  'vrrp_netlink_monitor_rcv_bufs',
  'process_monitor_rcv_bufs',
  'lvs_netlink_cmd_rcv_bufs',
  'lvs_netlink_monitor_rcv_bufs',
] as const;

function fileLines({ umask, scriptUser }: GlobalFacts, globals: Globals): string[] {
  const buffers = BUFFERS.flatMap((name) => [
    `${name} = ${globals[name] ?? 0}`,
    `${name}_force = ${Number(globals[`${name}_force`])}`,
  ]);
  return [
    `Script security ${globals.enable_script_security ? 'enabled' : 'disabled'}`,
    ...(scriptUser === null ? [] : [`Default script uid:gid ${scriptUser.uid}:${scriptUser.gid}`]),
    ...buffers,
    `rs_init_notifies = ${Number(globals.rs_init_notifies)}`,
    `no_checker_emails = ${Number(globals.no_checker_emails)}`,
    `rx_bufs_multiples = ${globals.vrrp_rx_bufs_multiplier}`,
    `umask = 0${umask.toString(8)}`,
    ...(globals.vrrp_startup_delay > 0
      ? [`vrrp_startup_delay = ${globals.vrrp_startup_delay / SECOND_US}`]
      : []),
    ...(globals.log_unknown_vrids ? ['log_unknown_vrids'] : []),
    `json_version ${globals.json_version}`,
    `iproute usr directory ${globals.iproute_usr_dir}`,
    `iproute etc directory ${globals.iproute_etc_dir}`,
  ];
}
