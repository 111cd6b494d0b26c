/** keepalived.data: what the daemon knows, for a person (keepalived 2.4.3: headings and labels are its own). */
import type { ConfigTree } from '../../config/model.ts';
import { type SessionFacts, sessionLines } from './data-bfd.ts';
import { type CheckFacts, followedLines, healthLines, topologyLines } from './data-check.ts';
import { type GarpTimes, garpLines } from './data-garp.ts';
import { globalLines } from './data-global.ts';
import { groupLines, trackGroupLines } from './data-group.ts';
import { instanceLines } from './data-instance.ts';
import { interfaceLines, type LinkFacts } from './data-interface.ts';
import type { Identify } from './data-notify.ts';
import { bfdLines, fileLines, processLines, scriptLines, type TrackerViews } from './data-tracker.ts';
import type { InstanceFacts } from './facts.ts';
import { addressText, routeText, ruleText } from './object-text.ts';

export interface DataFacts {
  readonly tree: ConfigTree;
  readonly namespace: string | null;
  readonly umask: number;
  /** Whom scripts run as that name nobody; null: unknown. */
  readonly scriptUser: { readonly uid: number; readonly gid: number } | null;
  readonly instances: readonly InstanceFacts[];
  readonly links: readonly LinkFacts[];
  readonly trackers: TrackerViews;
  readonly garpTimes: GarpTimes;
  readonly identify: Identify;
}

/** What every process of keepalived knows. */
type ProgramFacts = Pick<DataFacts, 'tree' | 'namespace' | 'umask' | 'scriptUser'>;

/** A heading and what stands below it; none where there is nothing. */
function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`------< ${title} >------`, ...lines];
}

/** keepalived_parent.data: what the process knows that watches over the others. */
export function parentText(facts: ProgramFacts): string {
  return `${section('Global definitions', globalLines(facts)).join('\n')}\n`;
}

/** keepalived_bfd.data: what the process of the BFD sessions knows. */
export function bfdText(facts: ProgramFacts, sessions: readonly SessionFacts[]): string {
  const lines = [
    ...section('Global definitions', globalLines(facts)),
    // keepalived's descriptors stand here.
    '------< BFD Data >------',
    ...section('BFD Topology', sessions.flatMap(sessionLines)),
  ];
  return `${lines.join('\n')}\n`;
}

const AUTOMATIC = ' Using autogen SSL context';

/** keepalived_check.data: what the process of virtual servers knows. */
export function checkText(program: ProgramFacts, facts: CheckFacts): string {
  const { files, sessions } = followedLines(facts);
  const lines = [
    ...section('Global definitions', globalLines(program)),
    ...section('SSL definitions', tlsLines(facts.tree)),
    ...section('LVS Topology', topologyLines(facts)),
    ...section('Health checkers', healthLines(facts)),
    ...section('Checker track files', files),
    ...section('Checker track BFDs', sessions),
  ];
  return `${lines.join('\n')}\n`;
}

/** keepalived shows the password, too. */
function tlsLines({ SSL: blocks, virtual_server: servers }: ConfigTree): string[] {
  const block = blocks.at(-1);
  const isUsed = servers.some(({ real_server: reals }) =>
    reals.some(({ SSL_GET: checks }) => checks.length > 0),
  );
  if (block === undefined) return isUsed ? [AUTOMATIC] : [];
  const { password, ca, certificate, key } = block;
  const lines = [
    ...(password === null ? [] : [' Password : ********']),
    ...(ca === null ? [] : [` CA-file : ${ca}`]),
    ...(certificate === null ? [] : [` Certificate file : ${certificate}`]),
    ...(key === null ? [] : [` Key file : ${key}`]),
  ];
  return lines.length === 0 ? [AUTOMATIC] : lines;
}

export function dataText(facts: DataFacts): string {
  const { tree, instances, identify } = facts;
  const own = tree.global_defs[0]?.default_interface ?? '';
  const indented = (text: string): string => `     ${text}`;
  const filters = instances.some(({ devices, config }) => devices.length > 0 || !config.accept);
  const lines = [
    ...section('Global definitions', globalLines({ ...facts, filters })),
    ...section('Gratuitous ARP delays', garpLines(tree, facts.garpTimes)),
    ...section(
      'Static Addresses',
      tree.static_ipaddress.map((entry) => indented(addressText(entry, own, true))),
    ),
    ...section('Static Routes', tree.static_routes.map(routeText).map(indented)),
    ...section('Static Rules', tree.static_rules.map(ruleText).map(indented)),
    ...section('Static Track groups', trackGroupLines(tree)),
    ...section(
      'VRRP Topology',
      instances.flatMap((instance) => instanceLines(instance, identify)),
    ),
    ...section('VRRP Sockpool', socketLines(instances)),
    ...section(
      'VRRP Sync groups',
      tree.vrrp_sync_group.flatMap((group) => groupLines(group, instances, { identify, tree })),
    ),
    ...section('VRRP Scripts', scriptLines(facts)),
    ...section('VRRP Track files', fileLines(facts)),
    ...section('VRRP Track processes', processLines(facts)),
    ...section('VRRP Track BFDs', bfdLines(facts)),
    ...section(
      'Interfaces',
      facts.links.flatMap((link) => interfaceLines(link, tree, instances)),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** keepalived's sockets; here there is one for each interface and family. */
function socketLines(instances: readonly InstanceFacts[]): string[] {
  return instances.flatMap(({ config, family, sourceAddress }) => {
    const unicast = config.unicast_peer.length > 0;
    return [
      `   Interface = ${config.interface ?? ''}`,
      `   Family = ${family}`,
      '   Protocol = VRRP',
      `   Type = ${unicast ? 'Unicast' : 'Multicast'}`,
      ...(unicast ? [`   Address = ${sourceAddress ?? '(none)'}`] : []),
      '   VRRP instances',
      `     ${config.name} vrid ${config.virtual_router_id}`,
    ];
  });
}
