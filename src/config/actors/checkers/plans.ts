/** Which function makes checks of which block; a kind that is not here is not run. */
import { httpChecks, sslChecks } from './http.ts';
import type { Around, PlannedCheck, RealServerConfig } from './planned.ts';
import { tcpChecks } from './tcp.ts';

type CheckerKeyword = RealServerConfig['blockOrder'][number];

type Planners = {
  readonly [K in CheckerKeyword]?: (
    check: RealServerConfig[K][number],
    around: Around,
  ) => readonly PlannedCheck[];
};

const PLANNERS: Planners = {
  TCP_CHECK: tcpChecks,
  HTTP_GET: httpChecks,
  SSL_GET: sslChecks,
};

/** The checks of a real server, over all kinds in the order of the file (keepalived). */
export function plannedChecks(around: Around): readonly PlannedCheck[] {
  const { real } = around;
  const taken = new Map<CheckerKeyword, number>();
  return real.blockOrder.flatMap((keyword) => {
    const index = taken.get(keyword) ?? 0;
    taken.set(keyword, index + 1);
    return plan(keyword, index, around);
  });
}

function plan<K extends CheckerKeyword>(keyword: K, index: number, around: Around): readonly PlannedCheck[] {
  const check: RealServerConfig[K][number] | undefined = around.real[keyword][index];
  return check === undefined ? [] : (PLANNERS[keyword]?.(check, around) ?? []);
}
