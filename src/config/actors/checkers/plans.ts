/** Which function makes checks of which block. */
import { agentChecks } from './agent.ts';
import { bfdChecks } from './bfd.ts';
import { dnsChecks } from './dns.ts';
import { fileChecks } from './file.ts';
import { grpcChecks } from './grpc.ts';
import { httpChecks, sslChecks } from './http.ts';
import { miscChecks } from './misc.ts';
import { pingChecks } from './ping.ts';
import type { Around, PlannedCheck, RealServerConfig } from './planned.ts';
import { smtpChecks } from './smtp.ts';
import { tcpChecks } from './tcp.ts';
import { udpChecks } from './udp.ts';

type CheckerKeyword = RealServerConfig['blockOrder'][number];

type Planners = {
  readonly [K in CheckerKeyword]: (
    check: RealServerConfig[K][number],
    around: Around,
  ) => readonly PlannedCheck[];
};

const PLANNERS: Planners = {
  TCP_CHECK: tcpChecks,
  SMTP_CHECK: smtpChecks,
  DNS_CHECK: dnsChecks,
  UDP_CHECK: udpChecks,
  PING_CHECK: pingChecks,
  MISC_CHECK: miscChecks,
  FILE_CHECK: fileChecks,
  BFD_CHECK: bfdChecks,
  HTTP_GET: httpChecks,
  SSL_GET: sslChecks,
  GRPC_CHECK: grpcChecks,
  AGENT_CHECK: agentChecks,
};

/** The checks of a real server, over all kinds in the order of the file (keepalived). */
export function plannedChecks(around: Around): readonly PlannedCheck[] {
  const { blockOrder } = around.real;
  const taken = new Map<CheckerKeyword, number>();
  // keepalived takes those of files when it has read everything.
  const isOfFile = (keyword: CheckerKeyword): boolean => keyword === 'FILE_CHECK';
  const order = [
    ...blockOrder.filter((keyword) => !isOfFile(keyword)),
    ...blockOrder.filter((keyword) => isOfFile(keyword)),
  ];
  return order.flatMap((keyword) => {
    const index = taken.get(keyword) ?? 0;
    taken.set(keyword, index + 1);
    return plan(keyword, index, around);
  });
}

function plan<K extends CheckerKeyword>(keyword: K, index: number, around: Around): readonly PlannedCheck[] {
  const check: RealServerConfig[K][number] | undefined = around.real[keyword][index];
  return check === undefined ? [] : PLANNERS[keyword](check, around);
}
