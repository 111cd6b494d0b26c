/** Checks of every kind but pages in a guest, whose kernel has the IPVS that keepalived's checkers need. */
import { keepalived, type RouterProgram, relived } from '../../src/lab/routers.ts';
import { KINDS, type KindName, type Lived, liveKinds, ROUNDS, realServer } from '../harness/kinds/story.ts';
import { withLan } from '../harness/lan.ts';
import { temporaryDirectory } from '../harness/leftovers.ts';

/** keepalived needs more than a second now and then to start a program under this kernel. */
const PACE = { delayLoop: 2, retry: 1, timeout: 1, run: 5, deadline: 120 };

export interface Observed extends Lived {
  readonly servers: Readonly<Record<KindName, string>>;
}

const observe = (program: RouterProgram): Promise<Observed> =>
  withLan({ hosts: ['r', 'a', 'b'] }, async (lan) => ({
    ...(await liveKinds(lan, program, temporaryDirectory('kinds'), PACE, ROUNDS)),
    servers: Object.fromEntries(KINDS.map((kind) => [kind, realServer(lan, kind)])) as Observed['servers'],
  }));

export async function kinds(): Promise<{ readonly theirs: Observed; readonly ours: Observed }> {
  const theirs = await observe(keepalived);
  return { theirs, ours: await observe(relived) };
}
