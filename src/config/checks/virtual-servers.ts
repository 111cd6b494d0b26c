/**
 * Virtual servers as a whole, in the order in which keepalived completes them (check_data.c): afterwards the tree says
 * what is in force. Everything here is linear in the size of the file.
 */
import type { Environment } from '../environment.ts';
import type { BlockNode } from '../node.ts';
import type { Problems } from '../problems.ts';
import type { ROOT } from '../registry/blocks.ts';
import { PERSISTENCE_US } from '../registry/lvs/lvs-kinds.ts';
import { familyOf, formatService } from '../registry/lvs/service.ts';
import { type CheckerContext, checkCheckers, contextOf } from './checkers.ts';
import { reportRepeated, usable, type VirtualServerNode } from './lvs-nodes.ts';
import { checkQuorum } from './quorum.ts';
import { checkNamedCheckers, checkNamedPorts } from './real-server-names.ts';
import { checkForwarding, dropDuplicates, dropForeignFamilies } from './real-servers.ts';
import { checkSorryOrder, checkSorryPort, settleSorryInhibit } from './sorry-server.ts';
import { checkGroups, type GroupFacts } from './virtual-server-groups.ts';

/** Reports what is wrong with virtual servers, and corrects or leaves out what keepalived does. */
export function checkVirtualServers(
  root: BlockNode<typeof ROOT.keywords, null>,
  problems: Problems,
  environment: Environment,
): void {
  const groups = checkGroups(root.blocks('virtual_server_group'), problems);
  const servers = root.blocks('virtual_server');
  if (servers.length === 0) return;
  const context = contextOf(root, problems, environment);
  for (const server of servers) checkServer(server, groups, context);
  reportDuplicates(servers, problems);
}

function checkServer(
  server: VirtualServerNode,
  groups: ReadonlyMap<string, GroupFacts>,
  context: CheckerContext,
): void {
  const { problems } = context;
  const { name } = server;
  const group = name.by === 'group' ? (groups.get(name.group) ?? null) : null;
  checkOrder(server, problems);
  checkSorryOrder(server, problems);
  reportScripts(server, problems);
  checkGranularity(server, problems);
  const certain = dropForeignFamilies(server, problems);
  for (const real of server.blocks('real_server')) checkCheckers(real, server, context);
  checkNamedCheckers(server, context);
  if (name.by === 'group' && !groupFits(server, group, certain, problems)) return;
  if (!server.hasBlock('real_server') && !server.hasBlock('real_server_name')) {
    leaveOut(server, 'warning', 'no-real-server', 'it has no real servers', problems);
    return;
  }
  const marksOnly = name.by === 'fwmark' || (group !== null && !group.hasRanges);
  checkHaSuspend(server, name.by === 'fwmark' || group?.hasFwmarks === true, problems);
  checkProtocol(server, marksOnly, problems);
  checkPort(server, group, problems);
  checkScheduling(server, marksOnly, problems);
  dropDuplicates(server, problems);
  settleSorryInhibit(server, problems);
  checkForwarding(server, group, problems);
  checkNamedPorts(server, group, problems);
  checkSorryPort(server, group, problems);
  checkQuorum(server, problems);
}

/** Each script is given once. */
function reportScripts(server: VirtualServerNode, problems: Problems): void {
  reportRepeated(server.given('quorum_up'), problems);
  reportRepeated(server.given('quorum_down'), problems);
  for (const real of server.blocks('real_server')) {
    reportRepeated(real.given('notify_up'), problems);
    reportRepeated(real.given('notify_down'), problems);
  }
}

function leaveOut(
  server: VirtualServerNode,
  severity: 'note' | 'warning',
  code: string,
  why: string,
  problems: Problems,
): void {
  server.kept = false;
  const message = `the virtual server ${formatService(server.name)} is left out: ${why}`;
  problems.add({ severity, code, place: server.origin, message });
}

const HASH_FLAGS = ['hashed', 'sh-port', 'sh-fallback', 'mh-port', 'mh-fallback'] as const;

/** The flags of sh and mh are taken only after the line that says so. */
function checkOrder(server: VirtualServerNode, problems: Problems): void {
  const schedulers = usable(server.given('lvs_sched'));
  for (const flag of HASH_FLAGS) {
    const lines = server.given(flag);
    let taken = false;
    for (const { keyword, index } of lines) {
      const before = schedulers.findLast((scheduler) => scheduler.index < index)?.value;
      if (before === 'sh' || before === 'mh') {
        taken = true;
        continue;
      }
      const message = `'${flag}' must follow 'lvs_sched sh' or 'lvs_sched mh': it is ignored`;
      problems.add({ severity: 'warning', code: 'wrong-order', place: keyword, message });
    }
    if (lines.length > 0) server.correct(flag, taken);
  }
}

/** For IPv4 keepalived takes a number as an address: 24 is 0.0.0.24. */
function checkGranularity(server: VirtualServerNode, problems: Problems): void {
  const value = server.get('persistence_granularity');
  if (value === null) return;
  const { name } = server;
  const place = server.place('persistence_granularity');
  const dotted = 'netmask' in value;
  const family =
    name.by === 'address'
      ? familyOf(name.address)
      : server.isSet('ip_family')
        ? server.get('ip_family')
        : null;
  if (family === 'inet' && !dotted) {
    const netmask = `0.0.0.${value.prefixLength}`;
    server.correct('persistence_granularity', { netmask });
    const message = `this is the netmask ${netmask}, as keepalived reads it: write a netmask, as 255.255.255.0`;
    problems.add({ severity: 'note', code: 'netmask-as-number', place, message });
  } else if (family === 'inet6' && dotted) {
    server.correct('persistence_granularity', null);
    const message = 'the granularity of an IPv6 service is a prefix length, 1 to 128: the line is ignored';
    problems.add({ severity: 'warning', code: 'invalid-granularity', place, message });
  } else if (family === null && !server.isSet('ip_family')) {
    server.correct('ip_family', dotted ? 'inet' : 'inet6');
  }
}

/** keepalived passes over these in its test, and logs them when it starts. */
function groupFits(
  server: VirtualServerNode,
  group: GroupFacts | null,
  certain: boolean,
  problems: Problems,
): boolean {
  if (group === null) {
    leaveOut(
      server,
      'note',
      'unknown-group',
      'there is no such virtual_server_group that can be used',
      problems,
    );
    return false;
  }
  if (group.inet && group.inet6) {
    if (!certain) return true;
    leaveOut(
      server,
      'note',
      'mixed-families',
      'its group has both families, which tunnels alone can serve',
      problems,
    );
    return false;
  }
  const family = group.inet ? 'inet' : group.inet6 ? 'inet6' : null;
  if (family === null || family === server.get('ip_family')) return true;
  if (!certain) {
    server.correct('ip_family', family);
    return true;
  }
  leaveOut(
    server,
    'note',
    'mixed-families',
    `its group has addresses of ${family}, its servers have not`,
    problems,
  );
  return false;
}

function checkHaSuspend(server: VirtualServerNode, hasMarks: boolean, problems: Problems): void {
  if (!hasMarks || !server.get('ha_suspend')) return;
  server.correct('ha_suspend', false);
  const message = 'a firewall mark is no address that could be missing: ha_suspend is ignored';
  problems.add({
    severity: 'warning',
    code: 'ha-suspend-fwmark',
    place: server.place('ha_suspend'),
    message,
  });
}

function checkProtocol(server: VirtualServerNode, marksOnly: boolean, problems: Problems): void {
  if (marksOnly === (server.get('protocol') === null)) return;
  const place = server.place('protocol');
  if (marksOnly) {
    server.correct('protocol', null);
    const message = 'a firewall mark stands for any protocol: the line is ignored';
    problems.add({ severity: 'warning', code: 'protocol-fwmark', place, message });
    return;
  }
  server.correct('protocol', 'UDP');
  const message = 'no protocol is set: UDP is in force';
  problems.add({ severity: 'warning', code: 'no-protocol', place, message });
}

/** Without a port every port is served, which only a persistent service can be. */
function checkPort(server: VirtualServerNode, group: GroupFacts | null, problems: Problems): void {
  const { name } = server;
  const everyPort = name.by === 'address' ? name.port === 0 : group?.ports.has(0) === true;
  if (!everyPort || server.get('persistence_timeout') > 0) return;
  server.correct('persistence_timeout', PERSISTENCE_US);
  const message =
    'without a port the service must be persistent: persistence_timeout 360 is in force (is the port missing?)';
  problems.add({ severity: 'warning', code: 'no-port', place: server.origin, message });
}

function checkScheduling(server: VirtualServerNode, marksOnly: boolean, problems: Problems): void {
  if (!server.isSet('lvs_sched')) {
    const message = 'no lvs_sched is set: wlc is in force';
    problems.add({ severity: 'warning', code: 'no-scheduler', place: server.origin, message });
  }
  if (!server.get('ops') || marksOnly || server.get('protocol') === 'UDP') return;
  server.correct('ops', false);
  const message = `one packet scheduling is for UDP, not ${server.get('protocol')}: it is ignored`;
  problems.add({ severity: 'warning', code: 'ops-not-udp', place: server.place('ops'), message });
}

/** IPVS has each service once. */
function reportDuplicates(servers: readonly VirtualServerNode[], problems: Problems): void {
  const seen = new Map<string, VirtualServerNode>();
  for (const server of servers) {
    if (!server.kept) continue;
    const key = `${formatService(server.name)}|${server.get('protocol')}|${server.get('ip_family')}`;
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, server);
      continue;
    }
    const { file, number } = first.origin.line;
    const message = `the virtual server ${formatService(server.name)} is defined already (${file}:${number}): both would change one service of IPVS`;
    problems.add({ severity: 'note', code: 'duplicate-virtual-server', place: server.origin, message });
  }
}
