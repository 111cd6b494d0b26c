/** keepalived.json (2.4.3): the keys, their order and their forms are its own, for programs read them. */
import type { ConfigTree, VrrpInstanceConfig } from '../../config/model.ts';
import { type InstanceFacts, ownDevice, STATE_NUMBERS, wantedState } from './facts.ts';
import { addressText, commandText, routeText, ruleText } from './object-text.ts';
import { statistics } from './stats.ts';

/** A number that is written as it stands. */
class Verbatim {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | boolean | readonly string[] | Verbatim;
type Field = readonly [key: string, value: Value | null];

const SECOND_US = 1_000_000;

type ProcessConfig = ConfigTree['vrrp_track_process'][number];

/** A process tracker, as version 2 of the layout lists it. */
export interface ProcessFacts {
  readonly config: ProcessConfig;
  readonly count: number;
  readonly hasQuorum: boolean;
}

/** One line. Version 2 has an object around the list, and the process trackers. */
export function jsonText(
  instances: readonly InstanceFacts[],
  version: number,
  processes: readonly ProcessFacts[] = [],
): string {
  const list = `[${instances.map(instanceJson).join(',')}]`;
  if (version !== 2) return `${list}\n`;
  const tracked = processes.map((facts) => object(processFields(facts)));
  const more = tracked.length === 0 ? '' : `,"track_process":[${tracked.join(',')}]`;
  return `{"vrrp":${list}${more}}\n`;
}

function processFields({ config, count, hasQuorum }: ProcessFacts): Field[] {
  const [program = '', ...parameters] = config.process ?? [];
  const { weight } = config;
  return [
    ['process', config.name || program],
    ['parameters', parameters.length === 0 ? null : parameters.join(' ')],
    ['param_match', config.param_match ?? (parameters.length === 0 ? 'none' : 'exact')],
    ['min_processes', config.quorum],
    ['max_processes', config.quorum_max],
    ['current_processes', count],
    ['have_quorum', hasQuorum],
    ['weight', weight.reverse ? -weight.value : weight.value],
    ['terminate_delay', seconds(config.terminate_delay)],
    ['fork_delay', seconds(config.fork_delay)],
    ['fork_delay_timer_running', false],
    ['terminate_delay_timer_running', false],
    ['full_command', config.full_command],
  ];
}

function instanceJson(facts: InstanceFacts): string {
  const { config } = facts;
  const data = object([
    ...identityFields(facts),
    ...settingFields(config),
    ...stateFields(facts),
    ...scriptFields(config),
    ...objectFields(facts),
  ]);
  return `{"data":${data},"stats":${object(Object.entries(statistics(facts)))}}`;
}

function identityFields({ config, device, master, history }: InstanceFacts): Field[] {
  return [
    ['iname', config.name],
    ['dont_track_primary', Number(config.dont_track_primary)],
    ['skip_check_adv_addr', Number(config.skip_check_adv_addr)],
    ['strict_mode', Number(config.strict_mode)],
    ['vmac_ifname', device?.name ?? ''],
    ['ifp_ifname', device?.name ?? config.interface],
    ['master_priority', master?.priority ?? 0],
    ['last_transition', new Verbatim((history.lastTransitionUs / SECOND_US).toFixed(6))],
  ];
}

function settingFields(config: VrrpInstanceConfig): Field[] {
  return [
    ['garp_delay', seconds(config.garp_master_delay)],
    ['garp_refresh', wholeSeconds(config.garp_master_refresh)],
    ['garp_rep', config.garp_master_repeat],
    ['garp_refresh_rep', config.garp_master_refresh_repeat],
    ['garp_lower_prio_delay', wholeSeconds(config.garp_lower_prio_delay)],
    ['garp_lower_prio_rep', config.garp_lower_prio_repeat],
    ['lower_prio_no_advert', Number(config.lower_prio_no_advert)],
    ['higher_prio_send_advert', Number(config.higher_prio_send_advert)],
    ['vrid', config.virtual_router_id ?? 0],
    ['base_priority', config.priority],
  ];
}

function stateFields(facts: InstanceFacts): Field[] {
  const { config, state } = facts;
  return [
    ['effective_priority', facts.effectivePriority],
    ['vipset', facts.holds],
    ['promote_secondaries', config.promote_secondaries],
    ['adver_int', seconds(config.advert_int)],
    ['master_adver_int', seconds(facts.masterIntervalUs)],
    ['accept', Number(config.accept)],
    ['nopreempt', config.nopreempt],
    ['preempt_delay', wholeSeconds(config.preempt_delay)],
    ['state', STATE_NUMBERS[state]],
    ['wantstate', STATE_NUMBERS[wantedState(facts)]],
    ['version', config.version],
    ['smtp_alert', config.smtp_alert === true],
    ['notify_deleted', config.notify_deleted !== false && config.notify_deleted !== null],
  ];
}

function scriptFields(config: VrrpInstanceConfig): Field[] {
  const deleted: unknown = config.notify_deleted;
  return [
    ['script_backup', commandText(config.notify_backup)],
    ['script_master', commandText(config.notify_master)],
    ['script_fault', commandText(config.notify_fault)],
    ['script_stop', commandText(config.notify_stop)],
    ['script_deleted', commandText(deleted)],
    ['script', commandText(config.notify)],
    ['script_master_rx_lower_pri', commandText(config.notify_master_rx_lower_pri)],
  ];
}

function objectFields(facts: InstanceFacts): Field[] {
  const { config, holds, commandOf } = facts;
  const own = ownDevice(facts);
  const addresses = (list: VrrpInstanceConfig['virtual_ipaddress']): string[] =>
    list.map((entry) => addressText(entry, own, holds));
  const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
  const [authentication] = config.authentication;
  const authType = AUTH_TYPES[authentication?.auth_type ?? ''] ?? 0;
  return [
    ['vips', listOrNull(addresses(config.virtual_ipaddress))],
    ['evips', listOrNull(addresses(config.virtual_ipaddress_excluded))],
    ['vroutes', listOrNull(config.virtual_routes.map(routeText))],
    ['vrules', listOrNull(config.virtual_rules.map(ruleText))],
    ['track_ifp', listOrNull(names(config.track_interface))],
    ['track_script', listOrNull(names(config.track_script).map(commandOf))],
    ['track_process', listOrNull(names(config.track_process))],
    ['auth_type', authType],
    ['auth_data', authType === 0 ? null : '********'],
  ];
}

const AUTH_TYPES: Readonly<Record<string, number>> = { PASS: 1, AH: 2 };

function listOrNull(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list;
}

/** As C's %g writes it. */
function seconds(us: number): Verbatim {
  return new Verbatim(String(Number((us / SECOND_US).toPrecision(6))));
}

function wholeSeconds(us: number): number {
  return Math.trunc(us / SECOND_US);
}

/** A field without a value is left out. */
function object(fields: readonly Field[]): string {
  const written = fields.flatMap(([key, value]) =>
    value === null ? [] : `${text(key)}:${valueJson(value)}`,
  );
  return `{${written.join(',')}}`;
}

function valueJson(value: Value): string {
  if (value instanceof Verbatim) return value.text;
  if (typeof value === 'string') return text(value);
  return typeof value === 'object' ? `[${value.map(text).join(',')}]` : String(value);
}

/** keepalived's writer escapes the solidus. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll('/', '\\/');
}
