/** Quorum and hysteresis against the weights of the real servers. */
import type { Problems } from '../problems.ts';
import type { VirtualServerNode } from './lvs-nodes.ts';

export function checkQuorum(server: VirtualServerNode, problems: Problems): void {
  const total = server.blocks('real_server').reduce((sum, real) => sum + real.get('weight'), 0);
  // What those weigh that are known by name is not known yet.
  if (server.get('quorum') > total && !server.hasBlock('real_server_name')) {
    const message = `the real servers weigh ${total} together, the quorum is ${server.get('quorum')}: ${total} is in force`;
    problems.add({ severity: 'warning', code: 'quorum-too-large', place: server.place('quorum'), message });
    server.correct('quorum', total);
  }
  const largest = Math.max(0, server.get('quorum') - 1);
  const hysteresis = server.get('hysteresis');
  if (hysteresis <= largest) return;
  const message = `hysteresis must be less than the quorum (${server.get('quorum')}), not ${hysteresis}: ${largest} is in force`;
  problems.add({
    severity: 'warning',
    code: 'hysteresis-too-large',
    place: server.place('hysteresis'),
    message,
  });
  server.correct('hysteresis', largest);
}
