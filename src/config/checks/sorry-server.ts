/** sorry_server and what must follow it. */
import type { Problems } from '../problems.ts';
import { type RealServerNode, usable, type VirtualServerNode } from './lvs-nodes.ts';
import { keptPort } from './real-servers.ts';
import type { GroupFacts } from './virtual-server-groups.ts';

/** Settings that stand before their sorry_server say nothing; a further sorry_server starts anew. */
export function checkSorryOrder(server: VirtualServerNode, problems: Problems): void {
  const servers = usable(server.given('sorry_server'));
  const first = servers[0]?.index ?? Number.POSITIVE_INFINITY;
  const last = servers.at(-1)?.index ?? Number.POSITIVE_INFINITY;
  for (const keyword of ['sorry_server_inhibit', 'sorry_server_lvs_method'] as const) {
    for (const line of usable(server.given(keyword))) {
      if (line.index > first) continue;
      const message = `'${keyword}' must follow sorry_server: it is ignored`;
      problems.add({ severity: 'warning', code: 'wrong-order', place: line.keyword, message });
    }
  }
  const holds = (keyword: 'sorry_server_inhibit' | 'sorry_server_lvs_method'): boolean =>
    usable(server.given(keyword)).some(({ index }) => index > last);
  if (server.isSet('sorry_server_inhibit') && !holds('sorry_server_inhibit')) {
    server.correct('sorry_server_inhibit', false);
  }
  if (server.isSet('sorry_server_lvs_method') && !holds('sorry_server_lvs_method')) {
    server.correct('sorry_server_lvs_method', server.get('lvs_method'));
  }
}

/** DR and TUN leave the port of a packet as it is. */
export function checkSorryPort(
  server: VirtualServerNode,
  group: GroupFacts | null,
  problems: Problems,
): void {
  const sorry = server.get('sorry_server');
  if (sorry === null) return;
  const { method } = server.get('sorry_server_lvs_method');
  const kept = method === 'NAT' || sorry.port === 0 ? null : keptPort(server, group, sorry.port);
  if (kept !== null) {
    const message = `${method} keeps the port of a packet: ${kept.why}`;
    problems.add({
      severity: 'warning',
      code: 'port-mismatch',
      place: server.place('sorry_server'),
      message,
    });
  }
  const { name } = server;
  const port = sorry.port === 0 && name.by === 'address' ? name.port : sorry.port;
  server.correct('sorry_server', { ...sorry, port: kept?.port ?? port });
}

/**
 * A real server that is the sorry server too has one weight, so both follow inhibit_on_failure of the real server.
 * Ports are compared as the file has them.
 */
export function settleSorryInhibit(server: VirtualServerNode, problems: Problems): void {
  const sorry = server.get('sorry_server');
  if (sorry === null) return;
  const isSorry = ({ name }: RealServerNode): boolean =>
    name.address === sorry.address && name.port === sorry.port;
  const real = server.blocks('real_server').find(isSorry);
  const inhibit = real?.get('inhibit_on_failure');
  if (inhibit === undefined || inhibit === server.get('sorry_server_inhibit')) return;
  server.correct('sorry_server_inhibit', inhibit);
  const message = `the sorry server is a real server too, whose inhibit_on_failure is ${inhibit ? 'on' : 'off'}: so it holds for the sorry server`;
  problems.add({ severity: 'warning', code: 'sorry-inhibit', place: server.place('sorry_server'), message });
}
