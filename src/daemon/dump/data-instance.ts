/** Instances in keepalived.data. */
import type { VrrpInstanceConfig } from '../../config/model.ts';
import { OWNER_PRIORITY } from '../../machines/vrrp/vrrp.context.ts';
import { skewTimeUs } from '../../machines/vrrp/vrrp.timing.ts';
import { type Identify, notifyLines } from './data-notify.ts';
import { trackedLines } from './data-tracker.ts';
import { type InstanceFacts, ownDevice, wantedState } from './facts.ts';
import { addressText, routeText, ruleText } from './object-text.ts';
import {
  enabled,
  exactSeconds,
  listed,
  MILLISECOND_US,
  SECOND_US,
  timeText,
  wholeSeconds,
  yesNo,
} from './words.ts';

/** The first lines say the state, the others mostly what is configured. */
export function instanceLines(facts: InstanceFacts, identify: Identify): string[] {
  return [
    ` VRRP Instance = ${facts.config.name}`,
    ...[
      ...stateLines(facts),
      ...deviceLines(facts),
      ...interfaceLines(facts),
      ...announcingLines(facts.config),
      ...electionLines(facts),
      ...authenticationLines(facts),
      ...objectLines(facts),
      ...trackedLines(facts.config, 'Tracked processes'),
      ...noticeLines(facts.config, identify),
    ].map((line) => `   ${line}`),
  ];
}

function stateLines(facts: InstanceFacts): string[] {
  const { config, state, master, history, faultReasons } = facts;
  const heard =
    state === 'BACKUP'
      ? [`Master router = ${master?.source ?? '(none)'}`, `Master priority = ${master?.priority ?? 0}`]
      : [];
  const isOwner = state === 'MASTER' && config.priority === OWNER_PRIORITY;
  const interval = `Master advert interval = ${facts.masterIntervalUs / MILLISECOND_US} milli-sec`;
  return [
    `VRRP Version = ${config.version}`,
    ...(facts.group === null ? [] : [`Sync group = ${facts.group}`]),
    ...(facts.family === 'IPv6' ? ['Using Native IPv6'] : []),
    `State = ${state}`,
    ...heard,
    ...(isOwner ? ['Rogue master counter = 0', 'Roger timer thread = (nil)'] : []),
    ...(state === 'BACKUP' && config.version === 3 ? [interval] : []),
    ...flagLines(facts),
    `Wantstate = ${wantedState(facts)}`,
    'Number of config faults = 0',
    `Number of tracker faults = ${faultReasons.filter((reason) => reason.startsWith('tracker/')).length}`,
    ...faultLines(faultReasons),
    `Number of track scripts init = ${facts.pendingTrackers}`,
    `Last transition = ${timeText(history.lastTransitionUs)}`,
    `Master down timer = ${downUs(facts)} usecs`,
  ];
}

/** keepalived has words for some of its flags only. */
function flagLines({ config, devices }: InstanceFacts): string[] {
  const unspoken =
    devices.length > 0 ||
    config.nopreempt ||
    config.promote_secondaries ||
    config.dont_track_primary ||
    config.skip_check_adv_addr;
  const flags = [
    ...(config.unicast_peer.length > 0 ? ['Using unicast'] : []),
    ...(config.unicast_fault_no_peer ? ['If unicast go to fault state if no peers'] : []),
  ];
  if (flags.length > 0) return listed('Flags:', flags);
  return [unspoken ? 'Flags:' : 'Flags: none'];
}

/** keepalived's words for what it has a word for; a tracker and the sync group are `unspecified`. */
const FAULTS: Readonly<Record<string, string>> = {
  link: 'i/f down',
  source: 'no source IP address',
  device: 'i/f down',
  config: 'config error',
};

function faultLines(reasons: readonly string[]): string[] {
  if (reasons.length === 0) return ['Flags of interface faults - (none)'];
  return listed('Flags of interface faults:', [
    ...new Set(reasons.map((reason) => FAULTS[reason] ?? 'unspecified')),
  ]);
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

/** The devices that the instance made for itself. */
function deviceLines({ config, device: own, state }: InstanceFacts): string[] {
  if (own === null) return [];
  const isUp = state !== 'FAULT';
  const group = own.group === null ? [] : [`  Interface group ${own.group}`];
  if (own.device.kind === 'ipvlan') {
    const address = own.address === null ? '' : `, i/f address = ${own.address.replace(/\/32$/, '')}`;
    return [`Use IPVLAN, i/f ${own.name}, is_up = ${isUp}${address}, type ${own.device.flags}`, ...group];
  }
  return [
    `Use VMAC, i/f name ${own.name}, is_up = ${isUp}, xmit_base = ${config.vmac_xmit_base}`,
    ...(config.use_vmac?.mac ? [`  MAC = ${own.device.mac}`] : []),
    ...(own.notifiesBase ? ['  Force netlink update for base interface'] : []),
    ...(config.use_vmac_addr ? ['  Use VMAC for VIPs on other interfaces'] : []),
    ...group,
  ];
}

function interfaceName({ config, device: own }: InstanceFacts): string {
  if (own === null) return config.interface ?? 'not configured';
  const kind = own.device.kind === 'macvlan' ? 'vmac' : 'ipvlan';
  return `${own.name}, ${kind} on ${own.base}${config.vmac_xmit_base ? ', xmit base i/f' : ''}`;
}

function interfaceLines(facts: InstanceFacts): string[] {
  const { config, sourceAddress } = facts;
  const configured = config.unicast_src_ip ?? config.mcast_src_ip ?? config.use_ipvlan?.address ?? null;
  const index = facts.family === 'IPv6' ? `, ifindex ${facts.advertIndex}` : '';
  const unicast = config.unicast_peer.length > 0;
  return [
    `Interface = ${interfaceName(facts)}`,
    ...(config.vrf === null ? [] : [`VRF = ${config.vrf}`]),
    ...(config.dont_track_primary ? ['VRRP interface tracking disabled'] : []),
    ...(config.skip_check_adv_addr ? ['Skip checking advert IP addresses'] : []),
    ...(config.strict_mode ? ['Enforcing strict VRRP compliance'] : []),
    `Using src_ip = ${sourceAddress ?? '(none)'}${configured === null ? '' : ' (from configuration)'}`,
    ...(unicast ? [] : [`Multicast address ${config.mcast_dst_ip}${index}`]),
  ];
}

function announcingLines(config: VrrpInstanceConfig): string[] {
  return [
    `Gratuitous ARP delay = ${wholeSeconds(config.garp_master_delay)}`,
    `Gratuitous ARP repeat = ${config.garp_master_repeat}`,
    `Gratuitous ARP refresh = ${wholeSeconds(config.garp_master_refresh)}`,
    `Gratuitous ARP refresh repeat = ${config.garp_master_refresh_repeat}`,
    `Gratuitous ARP lower priority delay = ${wholeSeconds(config.garp_lower_prio_delay)}`,
    `Gratuitous ARP lower priority repeat = ${config.garp_lower_prio_repeat}`,
  ];
}

function electionLines({
  announcesElsewhere,
  config,
  effectivePriority,
  rivalPriority,
  lastSentWallUs,
}: InstanceFacts): string[] {
  const { advert_int: intervalUs, version, preempt_delay: delayUs } = config;
  const interval =
    version === 2 ? `${intervalUs / SECOND_US} sec` : `${intervalUs / MILLISECOND_US} milli-sec`;
  const extra = config.garp_extra_if;
  return [
    `Down timer adverts = ${config.down_timer_adverts}`,
    ...(extra === null || !announcesElsewhere
      ? []
      : [
          `Gratuitous ARP for each secondary ${extra.all ? 'i/f' : 'VMAC'} = ${wholeSeconds(extra.intervalUs)}`,
        ]),
    `Send advert after receive lower priority advert = ${!config.lower_prio_no_advert}`,
    `Send advert after receive higher priority advert = ${config.higher_prio_send_advert}`,
    ...(config.priority === OWNER_PRIORITY
      ? [`Address owner ignores received adverts = ${config.owner_ignore_adverts}`]
      : []),
    `Virtual Router ID = ${config.virtual_router_id}`,
    `Priority = ${config.priority}`,
    `Effective priority = ${effectivePriority}`,
    `Total priority = ${effectivePriority}`,
    ...(config.nopreempt ? [`Highest other priority = ${rivalPriority}`] : []),
    `Advert interval = ${interval}`,
    `Last advert sent = ${exactSeconds(lastSentWallUs)}`,
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
  if (hmac !== undefined) {
    const replay =
      hmac.anti_replay === 'time' ? `time, window = ${wholeSeconds(hmac.time_window)} sec` : 'monotonic';
    lines.push(
      'Authentication extension = HMAC-SHA256-128',
      `  Keys = ${hmac.key.length}, active key id = ${hmac.active_key ?? 0}`,
      `  Mode = ${hmac.mode}`,
      `  Anti replay = ${replay}`,
    );
  }
  if (config.version === 3 && family === 'IPv4') {
    lines.push(`VRRPv3 uses VRRPv2 checksum = ${enabled(config.v3_checksum_as_v2)}`);
  }
  return lines;
}

function objectLines(facts: InstanceFacts): string[] {
  const { config, holds } = facts;
  const own = ownDevice(facts);
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

function peerText({
  address,
  min_ttl: least,
  max_ttl: most,
}: VrrpInstanceConfig['unicast_peer'][number]): string {
  return `${address} min_ttl ${least} max_ttl ${most}`;
}

function checksumCompatibility({ old_unicast_checksum: old }: VrrpInstanceConfig): string {
  if (old === 'auto') return 'no';
  return old === 'always' ? 'config' : 'never';
}

function unicastLines(config: VrrpInstanceConfig): string[] {
  if (config.unicast_peer.length === 0) return [];
  const ttl = config.unicast_ttl === null ? [] : [`Unicast TTL = ${config.unicast_ttl}`];
  return [
    ...ttl,
    `Check unicast src : ${yesNo(config.check_unicast_src)}`,
    ...listed('Unicast Peer :', config.unicast_peer.map(peerText)),
    `Unicast checksum compatibility = ${checksumCompatibility(config)}`,
  ];
}

function noticeLines(config: VrrpInstanceConfig, identify: Identify): string[] {
  const { notify_deleted: deleted } = config;
  return [
    `Using smtp notification = ${yesNo(config.smtp_alert === true)}`,
    `Notify deleted = ${deleted !== false && deleted !== null ? 'Deleted' : 'Fault'}`,
    ...notifyLines(
      [
        ['Backup', config.notify_backup],
        ['Master', config.notify_master],
        ['Fault', config.notify_fault],
        ['Stop', config.notify_stop],
        ['Deleted', typeof deleted === 'boolean' ? null : deleted],
        ['Generic', config.notify],
        ['Master rx lower pri', config.notify_master_rx_lower_pri],
      ],
      identify,
    ),
    `Notify priority changes = ${config.notify_priority_changes === true}`,
  ];
}
