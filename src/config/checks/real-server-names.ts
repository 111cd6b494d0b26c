/** real_server_name: what of the checks of real servers holds before there is an address. */
import type { Problems } from '../problems.ts';
import { type CheckerContext, checkCheckers } from './checkers.ts';
import { type RealServerNode, reportRepeated, type VirtualServerNode } from './lvs-nodes.ts';
import { checkKeptPort, checkThresholds } from './real-servers.ts';
import type { GroupFacts } from './virtual-server-groups.ts';

/** Each has the keywords of a real server, and some more. */
function named(server: VirtualServerNode): readonly RealServerNode[] {
  return server.blocks('real_server_name') as unknown as readonly RealServerNode[];
}

export function checkNamedCheckers(server: VirtualServerNode, context: CheckerContext): void {
  for (const real of named(server)) {
    reportRepeated(real.given('notify_up'), context.problems);
    reportRepeated(real.given('notify_down'), context.problems);
    checkCheckers(real, server, context);
  }
}

/** Ports as those of real servers: without one it is that of the service, which DR and TUN want anyway. */
export function checkNamedPorts(
  server: VirtualServerNode,
  group: GroupFacts | null,
  problems: Problems,
): void {
  const port = server.name.by === 'address' ? server.name.port : 0;
  for (const real of named(server)) {
    if (real.get('lvs_method').method !== 'NAT' && real.name.port !== 0) {
      checkKeptPort(real, server, group, problems);
    }
    if (real.name.port === 0 && port !== 0) real.name = { ...real.name, port };
    checkThresholds(real, problems);
  }
}
