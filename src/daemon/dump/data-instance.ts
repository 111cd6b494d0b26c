/** Instances and groups in keepalived.data. */
import type { ConfigTree, VrrpInstanceConfig } from '../../config/model.ts';
import { skewTimeUs } from '../../machines/vrrp/vrrp.timing.ts';
import { timestamp } from '../logger.ts';
import { weightText } from './data-tracker.ts';
import type { InstanceFacts } from './facts.ts';
import { addressText, commandText, routeText, ruleText } from './object-text.ts';

type Group = ConfigTree['vrrp_sync_group'][number];

const SECOND_US = 1_000_000;
const MILLISECOND_US = 1_000;

/** The first lines say the state, the others mostly what is configured. */
export function instanceLines(facts: InstanceFacts): string[] {
  return [
    ` VRRP Instance = ${facts.config.name}`,
    ...[
      ...stateLines(facts),
      ...interfaceLines(facts),
      ...announcingLines(facts.config),
      ...electionLines(facts),
      ...authenticationLines(facts),
      ...objectLines(facts),
      ...trackLines(facts.config),
      ...noticeLines(facts.config),
    ].map((line) => `   ${line}`),
  ];
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');
const enabled = (value: boolean): string => (value ? 'enabled' : 'disabled');
const whole = (us: number): number => Math.trunc(us / SECOND_US);

/** The lines below a title, which is left out with them. */
function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function stateLines(facts: InstanceFacts): string[] {
  const { config, state, master, history, faultReasons } = facts;
  const unicast = config.unicast_peer.length > 0;
  const heard =
    state === 'BACKUP'
      ? [`Master router = ${master?.source ?? '(none)'}`, `Master priority = ${master?.priority ?? 0}`]
      : [];
  const interval = `Master advert interval = ${facts.masterIntervalUs / MILLISECOND_US} milli-sec`;
  return [
    `VRRP Version = ${config.version}`,
    ...(facts.group === null ? [] : [`Sync group = ${facts.group}`]),
    ...(facts.family === 'IPv6' ? ['Using Native IPv6'] : []),
    `State = ${state}`,
    ...heard,
    ...(state === 'BACKUP' && config.version === 3 ? [interval] : []),
    ...(unicast ? ['Flags:', '  Using unicast'] : ['Flags: none']),
    `Wantstate = ${state === 'FAULT' ? config.state : state}`,
    'Number of config faults = 0',
    `Number of tracker faults = ${faultReasons.filter((reason) => reason.startsWith('tracker/')).length}`,
    ...faultLines(faultReasons),
    `Last transition = ${timeText(history.lastTransitionUs)}`,
    `Master down timer = ${downUs(facts)} usecs`,
  ];
}

/** keepalived's words for what it has a word for. */
const FAULTS: Readonly<Record<string, string>> = {
  link: 'i/f down',
  source: 'no source IP address',
  config: 'config error',
};

function faultLines(reasons: readonly string[]): string[] {
  if (reasons.length === 0) return ['Flags of interface faults - (none)'];
  return listed('Flags of interface faults:', [
    ...new Set(reasons.map((reason) => FAULTS[reason] ?? reason)),
  ]);
}

function timeText(us: number): string {
  const text = timestamp(new Date(us / MILLISECOND_US));
  const [seconds, micros] = (us / SECOND_US).toFixed(6).split('.');
  return `${seconds}.${micros} (${text.replace(/ (\d{4})$/, `.${micros} $1`)})`;
}

function downUs({ config, effectivePriority, masterIntervalUs }: InstanceFacts): number {
  const version = config.version === 3 ? 3 : 2;
  const skewUs = skewTimeUs({
    version,
    priority: effectivePriority,
    masterAdvertIntervalUs: masterIntervalUs,
  });
  return config.down_timer_adverts * masterIntervalUs + skewUs;
}

function interfaceLines({ config, sourceAddress }: InstanceFacts): string[] {
  const configured = config.unicast_src_ip ?? config.mcast_src_ip;
  const unicast = config.unicast_peer.length > 0;
  return [
    `Interface = ${config.interface ?? 'not configured'}`,
    ...(config.dont_track_primary ? ['VRRP interface tracking disabled'] : []),
    ...(config.skip_check_adv_addr ? ['Skip checking advert IP addresses'] : []),
    ...(config.strict_mode ? ['Enforcing strict VRRP compliance'] : []),
    `Using src_ip = ${sourceAddress ?? '(none)'}${configured === null ? '' : ' (from configuration)'}`,
    ...(unicast ? [] : [`Multicast address ${config.mcast_dst_ip}`]),
  ];
}

function announcingLines(config: VrrpInstanceConfig): string[] {
  return [
    `Gratuitous ARP delay = ${whole(config.garp_master_delay)}`,
    `Gratuitous ARP repeat = ${config.garp_master_repeat}`,
    `Gratuitous ARP refresh = ${whole(config.garp_master_refresh)}`,
    `Gratuitous ARP refresh repeat = ${config.garp_master_refresh_repeat}`,
    `Gratuitous ARP lower priority delay = ${whole(config.garp_lower_prio_delay)}`,
    `Gratuitous ARP lower priority repeat = ${config.garp_lower_prio_repeat}`,
  ];
}

function electionLines({ config, effectivePriority }: InstanceFacts): string[] {
  const { advert_int: intervalUs, version, preempt_delay: delayUs } = config;
  const interval =
    version === 2 ? `${intervalUs / SECOND_US} sec` : `${intervalUs / MILLISECOND_US} milli-sec`;
  return [
    `Down timer adverts = ${config.down_timer_adverts}`,
    `Send advert after receive lower priority advert = ${!config.lower_prio_no_advert}`,
    `Send advert after receive higher priority advert = ${config.higher_prio_send_advert}`,
    `Virtual Router ID = ${config.virtual_router_id}`,
    `Priority = ${config.priority}`,
    `Effective priority = ${effectivePriority}`,
    `Total priority = ${effectivePriority}`,
    `Advert interval = ${interval}`,
    `Accept = ${enabled(config.accept)}`,
    `Preempt = ${enabled(!config.nopreempt)}`,
    ...(delayUs > 0 ? [`Preempt delay = ${delayUs / SECOND_US} secs`] : []),
    `Promote_secondaries = ${enabled(config.promote_secondaries)}`,
  ];
}

function authenticationLines({ config, family }: InstanceFacts): string[] {
  const type: string | null | undefined = config.authentication[0]?.auth_type;
  const names: Readonly<Record<string, string>> = { PASS: 'SIMPLE_PASSWORD', AH: 'IPSEC_AH' };
  const name = names[type ?? ''];
  const lines = name === undefined ? [] : [`Authentication type = ${name}`];
  if (type === 'PASS') lines.push('Password = ********');
  if (name === undefined && config.version === 2) lines.push('Authentication type = none');
  const [hmac] = config.auth_hmac;
  if (hmac !== undefined) lines.push('Authentication extension = HMAC-SHA256-128');
  if (config.version === 3 && family === 'IPv4') {
    lines.push(`VRRPv3 uses VRRPv2 checksum = ${enabled(config.v3_checksum_as_v2)}`);
  }
  return lines;
}

function objectLines({ config, holds }: InstanceFacts): string[] {
  const own = config.interface ?? '';
  const addresses = (list: VrrpInstanceConfig['virtual_ipaddress']): string[] =>
    list.map((entry) => addressText(entry, own, holds));
  return [
    ...listed(`Virtual IP (${config.virtual_ipaddress.length}):`, addresses(config.virtual_ipaddress)),
    ...listed('Virtual IP Excluded :', addresses(config.virtual_ipaddress_excluded)),
    ...unicastLines(config),
    ...listed('Virtual Routes :', config.virtual_routes.map(routeText)),
    ...listed('Virtual Rules :', config.virtual_rules.map(ruleText)),
  ];
}

function unicastLines(config: VrrpInstanceConfig): string[] {
  if (config.unicast_peer.length === 0) return [];
  const ttl = config.unicast_ttl === null ? [] : [`Unicast TTL = ${config.unicast_ttl}`];
  return [
    ...ttl,
    `Check unicast src : ${yes(config.check_unicast_src)}`,
    ...listed(
      'Unicast Peer :',
      config.unicast_peer.map(({ address }) => address),
    ),
  ];
}

function trackLines(config: VrrpInstanceConfig): string[] {
  const weighted = (list: readonly { readonly name: string; readonly weight: unknown }[], mark: string) =>
    list.map(({ name, weight }) => `${name}${mark} weight ${weightText(weight as never)}`);
  return [
    ...listed('Tracked interfaces :', weighted(config.track_interface, '')),
    ...listed('Tracked scripts :', weighted(config.track_script, ',')),
    ...listed('Tracked files :', weighted(config.track_file, ',')),
    ...listed('Tracked processes :', weighted(config.track_process, ',')),
    ...listed('Tracked BFDs :', weighted(config.track_bfd, ':')),
  ];
}

function noticeLines(config: VrrpInstanceConfig): string[] {
  const scripts = [
    ['Backup', config.notify_backup],
    ['Master', config.notify_master],
    ['Fault', config.notify_fault],
    ['Stop', config.notify_stop],
    ['Generic', config.notify],
    ['Master rx lower pri', config.notify_master_rx_lower_pri],
  ] as const;
  const deleted = config.notify_deleted !== false && config.notify_deleted !== null;
  return [
    `Using smtp notification = ${yes(config.smtp_alert === true)}`,
    `Notify deleted = ${deleted ? 'Deleted' : 'Fault'}`,
    ...scripts.flatMap(([state, script]) => {
      const command = commandText(script);
      return command === null ? [] : [`${state} state transition script = ${command}`];
    }),
    `Notify priority changes = ${config.notify_priority_changes === true}`,
  ];
}

/** A group is as its members are. */
export function groupLines(group: Group, instances: readonly InstanceFacts[]): string[] {
  const names = group.group.flat();
  const members = instances.filter(({ config }) => names.includes(config.name));
  const states = new Set(members.map(({ state }) => state));
  const [only] = states;
  const state = states.has('FAULT') ? 'FAULT' : states.size === 1 ? only : 'BACKUP';
  const faults = members.filter((member) => member.state === 'FAULT').length;
  const starting = members.filter((member) => member.state === 'INIT').length;
  return [
    ` VRRP Sync Group = ${group.name}, ${state ?? 'INIT'}`,
    `   Num member fault ${faults}, num member init ${starting}`,
    '   VRRP member instances :',
    ...names.map((name) => `     ${name}`),
    `   Using smtp notification = ${yes(group.smtp_alert === true)}`,
  ];
}
