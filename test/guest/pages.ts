/** HTTP_GET and SSL_GET in a guest, whose kernel has the IPVS that keepalived's checkers need. */
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';
import { type Lived, livePages, realServers } from '../harness/pages/story.ts';

/** Slow enough for a step to be taken between two probes. */
const PACE = { delayLoop: 2, retry: 1, timeout: 2, deadline: 120 };

export interface Observed extends Lived {
  readonly servers: readonly [clear: string, tls: string, none: string];
}

const observe = (program: RouterProgram): Promise<Observed> =>
  withLan({ hosts: ['r', 'a'] }, async (lan) => ({
    ...(await livePages(lan, program, temporaryDirectory('pages'), PACE)),
    servers: realServers(lan),
  }));

export async function pages(): Promise<{ readonly theirs: Observed; readonly ours: Observed }> {
  const theirs = await observe(keepalived);
  return { theirs, ours: await observe(relived) };
}
