/** Journals of simulated routers (test/sim), each with a clock of its own: the true order of things is known to the test. */
import { join } from 'node:path';
import type { Cluster, SimulatedRouter } from '../../test/sim/cluster.ts';
import { writePulse } from '../journal/pulse.ts';
import { openJournal } from '../journal/writer.ts';
import { machineBody, vrrpDefinition } from '../machines/registry.ts';

/** A router's wall clock. */
export interface Skew {
  /** How far it is ahead of the true time. */
  readonly aheadUs: number;
  /** It is set by this much at a time since the beginning. */
  readonly step?: { readonly atUs: number; readonly byUs: number };
}

export const TRUE_CLOCK: Skew = { aheadUs: 0 };

/** Wall time of a skewed clock where the true one shows `wallUs`, of a history that began at `beginUs`. */
export function skewed(skew: Skew, wallUs: number, beginUs: number): number {
  const sinceUs = wallUs - beginUs;
  const setUs = skew.step !== undefined && sinceUs >= skew.step.atUs ? skew.step.byUs : 0;
  return Math.round(wallUs + skew.aheadUs + setUs);
}

/** Writes each router's lives into `root/NAME`. */
export async function writeJournals(
  cluster: Cluster,
  root: string,
  skews: Readonly<Record<string, Skew>>,
): Promise<void> {
  const beginUs = cluster.time.wallUs() - cluster.time.monotonicUs();
  for (const router of cluster.routers)
    await writeJournal(router, join(root, router.name), skews[router.name] ?? TRUE_CLOCK, {
      beginUs,
      endUs: cluster.time.wallUs(),
    });
}

async function writeJournal(
  router: SimulatedRouter,
  directory: string,
  skew: Skew,
  { beginUs, endUs }: { readonly beginUs: number; readonly endUs: number },
): Promise<void> {
  const wall = (us: number): number => skewed(skew, us, beginUs);
  for (const { rows, runs, endWallUs } of router.lives) {
    const writer = openJournal({ directory, node: router.name, process: 'vrrp' });
    writer.define({ kind: 'machine', name: vrrpDefinition.name, body: machineBody(vrrpDefinition) });
    const waiting = [...runs];
    for (const row of rows) {
      for (; waiting[0] !== undefined && waiting[0].afterSeq < row.seq; waiting.shift())
        writer.run({ ...waiting[0], firstWallUs: wall(waiting[0].firstWallUs) });
      writer.row({ ...row, wallUs: wall(row.wallUs) });
    }
    for (const run of waiting) writer.run({ ...run, firstWallUs: wall(run.firstWallUs) });
    await writer.flush();
    // Which process start this is, is known once something is stored.
    await writer.flush();
    const epoch = writer.status().epoch ?? 0;
    await writer.close();
    // The writer's own pulse is real time.
    writePulse(directory, 'vrrp', epoch, wall(endWallUs ?? endUs));
  }
}
